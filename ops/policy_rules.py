"""What must hold between the tables of a policy, beyond each value having the right type.

A rule gives its faults as (dotted key, reason), in the order of the file.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from ops.policy_bases import NECESSARY, Fault, advertising, contradictions, objectable, of_a_browser
from ops.policy_model import PolicyFile, Purpose, RetentionRule
from shared.domain.record_classes import ROWS, RecordClass
from shared.domain.request_types import TYPES

# What a basis lists, none of which is marketing.
_NEVER_MARKETING: Mapping[str, str] = {
    "recognised_legitimate_interests": "condition of Annex 1",
    "exempt": "paragraph of Sch. A1",
}
# The notice that speaks to a browser alone, and the one where every choice can be changed.
BANNER = "cookie_banner"
CENTRE = "preference_centre"

# The ids that functions, websites and outside tests know by name; a policy may add others. What
# a purpose is to us, its flags say, so that no purpose has to have a name.
REQUIRED = {
    "cookie_categories": (
        NECESSARY,
        "performance_and_analytics",
        "advertisement_and_targeting",
    ),
    "notices": (
        "cookie_banner",
        "contact_form",
        "newsletter_form",
        "account_form",
        "preference_centre",
        "request_form",
        "unsubscribe",
        "phone_script",
    ),
    "classes": tuple(map(str, RecordClass)),
    "rights.regimes": ("uk_gdpr", "dpa_1998"),
    "rights.rights": (*TYPES, "withdrawal"),
}

# ISO 3166 codes of the European Economic Area and of the United Kingdom (S12).
# fmt: off
HOME = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR",
        "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO",
        "SE", "SI", "SK",
    }
)
# fmt: on


class Identified(Protocol):
    """A row with an id."""

    @property
    def id(self) -> str:
        """The name that others refer to it by."""


def faults(policy: PolicyFile) -> Iterator[Fault]:
    """Yield all that is wrong between the tables of `policy`."""
    if policy.revised < policy.effective:
        yield "revised", f"{policy.revised} is before effective, {policy.effective}"
    yield from _ids(policy)
    yield from _purposes(policy.purposes)
    yield from _references(policy)
    yield from _notices(policy)
    yield from _classes_and_recipients(policy)
    if policy.form == 1:
        if policy.controller is None:
            yield "controller", "is missing"
    else:
        yield from contradictions(policy)


def _ids(policy: PolicyFile) -> Iterator[Fault]:
    lists: dict[str, Sequence[Identified]] = {
        "purposes": policy.purposes,
        "cookie_categories": policy.cookie_categories,
        "notices": policy.notices,
        "classes": policy.classes,
        "recipients": policy.recipients,
        "sources": policy.sources,
        "rights.regimes": policy.rights.regimes,
        "rights.rights": policy.rights.rights,
    }
    for key, rows in lists.items():
        names = [row.id for row in rows]
        yield from _repeated(f"{key}[{{}}].id", names)
        for name in REQUIRED.get(key, ()):
            if name not in names:
                yield key, f'"{name}" is missing'
    yield from _repeated(
        "cookies[{}].name", [f"{cookie.name} of {cookie.provider}" for cookie in policy.cookies]
    )


def _repeated(key: str, names: Sequence[str]) -> Iterator[Fault]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield key.format(index), f'"{name}" stands there twice'


def _purposes(purposes: Sequence[Purpose]) -> Iterator[Fault]:
    for index, purpose in enumerate(purposes):
        key = f"purposes[{index}]"
        for name, reason in (*_consent_or_not(purpose), *_flags(purpose)):
            yield f"{key}.{name}", reason
    if not any(purpose.marketing for purpose in purposes):
        yield "purposes", "none is flagged marketing, so the opt-out box would end nothing"
    if not any(purpose.gpc for purpose in purposes):
        yield "purposes", "none is flagged gpc, so Global Privacy Control would turn off nothing"


def _consent_or_not(purpose: Purpose) -> Iterator[Fault]:
    asks = purpose.lawful_basis == "consent"
    if asks and purpose.lifetime_days is None:
        yield "lifetime_days", "is missing; a consent has to end"
    if not asks and purpose.lifetime_days is not None:
        yield "lifetime_days", "only a purpose that rests on consent has one"
    if asks and purpose.required:
        yield "required", "what rests on consent can be refused"
    if purpose.lawful_basis in ("recognised_legitimate_interests", "exempt") and not purpose.law:
        yield "law", f"is missing; {purpose.lawful_basis} needs the condition that it stands on"


def _flags(purpose: Purpose) -> Iterator[Fault]:
    switch = purpose.lawful_basis == "consent" or objectable(purpose)
    if purpose.gpc and not switch:
        yield "gpc", "only what can be switched off can be turned off by the signal"
    if purpose.marketing and not switch:
        yield "marketing", "marketing can always be objected to (UK GDPR Art. 21(2))"
    if purpose.marketing and purpose.lawful_basis in _NEVER_MARKETING:
        yield "marketing", f"no {_NEVER_MARKETING[purpose.lawful_basis]} is marketing"
    if purpose.cookie and not of_a_browser(purpose):
        yield "subject", "a purpose with cookies is decided by a browser, or it may object to it"
    if purpose.browser_may_object and (purpose.subject == "browser" or not objectable(purpose)):
        yield "browser_may_object", "is for what is a person's and can be objected to"
    if purpose.lawful_basis != "consent" and (told := advertising(purpose)):
        yield "signals", f"{told[0]} is advertising, which rests on consent alone"


def _references(policy: PolicyFile) -> Iterator[Fault]:
    known = {purpose.id for purpose in policy.purposes}
    cookie_purposes = {purpose.id for purpose in policy.purposes if purpose.cookie}
    why = "is not a purpose that uses cookies"
    grouped: list[str] = []
    for index, category in enumerate(policy.cookie_categories):
        key = f"cookie_categories[{index}].purposes"
        yield from _strangers(key, category.purposes, cookie_purposes, why)
        for place, name in enumerate(category.purposes):
            if name in grouped:
                yield f"{key}[{place}]", f'"{name}" stands there twice'
            grouped.append(name)
    for name in sorted(cookie_purposes.difference(grouped)):
        yield "cookie_categories", f'no category holds the cookie purpose "{name}"'
    for index, cookie in enumerate(policy.cookies):
        if cookie.purpose not in cookie_purposes:
            yield f"cookies[{index}].purpose", f'"{cookie.purpose}" {why}'
    for index, recipient in enumerate(policy.recipients):
        key = f"recipients[{index}].purposes"
        yield from _strangers(key, recipient.purposes, known, "is not a purpose")


def _strangers(
    key: str, names: Sequence[str], known: Collection[str], reason: str
) -> Iterator[Fault]:
    for index, name in enumerate(names):
        if name not in known:
            yield f"{key}[{index}]", f'"{name}" {reason}'


def _notices(policy: PolicyFile) -> Iterator[Fault]:
    consents = {purpose.id for purpose in policy.purposes if purpose.lawful_basis == "consent"}
    browsers = {purpose.id for purpose in policy.purposes if purpose.subject == "browser"}
    for index, notice in enumerate(policy.notices):
        if (notice.file is None) == (notice.text is None):
            yield f"notices[{index}]", "needs its words either as text or in a file"
        key = f"notices[{index}]"
        why = "is not a purpose that asks consent"
        yield from _strangers(f"{key}.asks", notice.asks, consents, why)
        why = "is not what the notice asks for"
        yield from _strangers(f"{key}.boxes", list(notice.boxes.values()), notice.asks, why)
        if notice.id == BANNER:
            why = "is decided by a person, not by a browser: a banner cannot ask for it"
            yield from _strangers(f"{key}.asks", notice.asks, browsers, why)
        if notice.id == CENTRE:
            elsewhere = {name for other in policy.notices for name in other.asks}
            for name in sorted(elsewhere - set(notice.asks)):
                yield f"{key}.asks", f'"{name}" is missing, which another notice asks for'


def _classes_and_recipients(policy: PolicyFile) -> Iterator[Fault]:
    consents = {purpose.id for purpose in policy.purposes if purpose.lawful_basis == "consent"}
    exempt = {purpose.id for purpose in policy.purposes if objectable(purpose)}
    purposes = {purpose.id for purpose in policy.purposes}
    for index, kind in enumerate(policy.classes):
        for name, reason in (*_ground(kind), *_as_stored(kind)):
            yield f"classes[{index}].{name}", reason
        if kind.ends_with is not None and kind.ends_with not in consents:
            yield f"classes[{index}].ends_with", "is not a purpose that asks consent"
        if kind.provided_for is not None and kind.provided_for not in purposes:
            yield f"classes[{index}].provided_for", "is not a purpose"
        if kind.rests_on is not None and kind.rests_on not in exempt:
            yield f"classes[{index}].rests_on", "is not a purpose that can be objected to"
    yield from _exempt_recipients(policy)
    for index, recipient in enumerate(policy.recipients):
        if recipient.location not in HOME and recipient.safeguard is None:
            yield (
                f"recipients[{index}].safeguard",
                f"is missing; {recipient.location} is outside the EEA and the UK",
            )


def _ground(kind: RetentionRule) -> Iterator[Fault]:
    if kind.survives_erasure and kind.ground is None:
        yield "ground", "is missing; what survives an erasure needs one"
    if kind.ground is not None and not kind.survives_erasure:
        yield "ground", "only what survives an erasure has one"


def _as_stored(kind: RetentionRule) -> Iterator[Fault]:
    """Yield what a class says that is not so: what is kept, and how, `record_classes` knows."""
    row = ROWS.get(RecordClass(kind.id)) if kind.id in set(RecordClass) else None
    if row is None:
        if not kind.elsewhere:
            yield "id", f'nothing stores "{kind.id}"; say elsewhere = true if another system does'
        return
    if kind.elsewhere and row.stores:
        yield "elsewhere", "is not so; this system stores it"
    if kind.starts != row.starts:
        yield "starts", f"its period counts from {row.starts}"
    if kind.personal is (row.erasure == "nobody's"):
        yield "personal", "names nobody" if kind.personal else "is about somebody"
    if row.erasure in ("kept", "reduced") and not kind.survives_erasure:
        yield "survives_erasure", "it cannot be erased; say on which ground it stays"
    if kind.provided_for is not None and not row.portable:
        yield "provided_for", "is not in a copy to take along"


def _exempt_recipients(policy: PolicyFile) -> Iterator[Fault]:
    """Refuse that what PECR exempts from consent is passed to anybody but a processor."""
    exempt = {item.id for item in policy.purposes if item.lawful_basis == "exempt"}
    for index, recipient in enumerate(policy.recipients):
        shared = [name for name in recipient.purposes if name in exempt]
        if shared and recipient.role != "processor":
            why = f"{shared[0]} needs no consent only while no other controller receives it"
            yield f"recipients[{index}].role", why
