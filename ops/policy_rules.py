"""What must hold between the tables of a policy, beyond each value having the right type.

A rule gives its faults as (dotted key, reason), in the order of the file.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from ops.policy_model import PolicyFile, Purpose, RetentionRule
from shared.domain.record_classes import ROWS, RecordClass
from shared.domain.request_types import TYPES

Fault = tuple[str, str]

# Bases of a use that somebody may object to.
WITHOUT_CONSENT = ("legitimate_interests", "recognised_legitimate_interests", "exempt")
# Bases of a use that its person can neither refuse nor object to.
_UNENDED = ("contract", "legal_obligation")
# What a basis lists, none of which is marketing.
_NEVER_MARKETING: Mapping[str, str] = {
    "recognised_legitimate_interests": "condition of Annex 1",
    "exempt": "paragraph of Sch. A1",
}
# The paragraphs of Sch. A1 by whether what they exempt is always on; one that is not named may be
# either.
_ALWAYS_ON: Mapping[int, bool] = {4: True, 5: False, 6: False}
_ALWAYS_ON_WHY = {
    True: "is for what cannot be refused",
    False: "stands on a free objection",
}
# Those that other countries' law has, too.
_LAW_ELSEWHERE = (4,)
# Signals that let nobody else keep anything on a device.
_HARMLESS_SIGNALS = ("functionality_storage", "security_storage")
# The heading of what is always on (S35).
NECESSARY = "strictly_necessary"
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
        yield from _shown_bases(policy)


def _shown_bases(policy: PolicyFile) -> Iterator[Fault]:
    """Yield what a version of form 2 leaves unsaid about its bases and its cookies."""
    if policy.controller is not None:
        yield "controller", "belongs into company.json, which changes without a new version"
    if policy.changes is None:
        yield "changes", "is missing; people are told in words what is different"
    for index, purpose in enumerate(policy.purposes):
        for name, reason in (*_stands_on(purpose), *_on_a_device(purpose)):
            yield f"purposes[{index}].{name}", reason
    yield from _cookies(policy)
    lives = {purpose.id: purpose.lifetime_days for purpose in policy.purposes}
    for index, kind in enumerate(policy.classes):
        for name, reason in (*_ends(kind, lives.get(kind.ends_with or "")), *_of_nobody(kind)):
            yield f"classes[{index}].{name}", reason
    for index, recipient in enumerate(policy.recipients):
        agreed, checked = recipient.contract_on, recipient.checked_on
        if agreed and checked and checked < agreed:
            yield f"recipients[{index}].checked_on", f"{checked} is before contract_on, {agreed}"


def _cookies(policy: PolicyFile) -> Iterator[Fault]:
    """Yield what headings and cookies say of their purposes that is not so."""
    purposes = {purpose.id: purpose for purpose in policy.purposes if purpose.cookie}
    for index, category in enumerate(policy.cookie_categories):
        necessary = category.id == NECESSARY
        for place, name in enumerate(category.purposes):
            if name in purposes and purposes[name].required is not necessary:
                why = "can be refused, so it is not" if necessary else "is always on, so it is"
                key = f"cookie_categories[{index}].purposes[{place}]"
                yield key, f'"{name}" {why} strictly necessary'
    for index, cookie in enumerate(policy.cookies):
        own = purposes.get(cookie.purpose)
        for place, name in enumerate(cookie.also):
            for why in _also(own, purposes.get(name)):
                yield f"cookies[{index}].also[{place}]", f'"{name}" {why}'
        life = own.lifetime_days if own else None
        if life is not None and _days(cookie.lifetime) > life and cookie.limit is None:
            why = f"is missing; the cookie outlives its permission of {life} days"
            yield f"cookies[{index}].limit", why


def _also(own: Purpose | None, other: Purpose | None) -> Iterator[str]:
    """Yield why a cookie of one purpose cannot serve another, too."""
    if other is None:
        yield "is not a purpose that uses cookies"
    elif other is own:
        yield "is what the cookie is for already"
    elif own and own.required and not other.required:
        yield f'can be refused, and "{own.id}" cannot'


def _on_a_device(purpose: Purpose) -> Iterator[Fault]:
    """Yield what a purpose says of devices that PECR reg. 6 does not allow."""
    asks, exempt = purpose.lawful_basis == "consent", purpose.exemption
    if purpose.cookie and not asks and purpose.lawful_basis != "exempt":
        yield "cookie", "what is kept on a device rests on consent or an exemption"
    if exempt and not purpose.cookie:
        yield "cookie", "an exemption is for what is kept on a device"
    if exempt and _ALWAYS_ON.get(exempt.paragraph, purpose.required) is not purpose.required:
        why = _ALWAYS_ON_WHY[_ALWAYS_ON[exempt.paragraph]]
        yield "required", f"paragraph {exempt.paragraph} {why}"
    if exempt and exempt.paragraph not in _LAW_ELSEWHERE and exempt.territory != ["GB"]:
        yield "exemption.territory", f"paragraph {exempt.paragraph} is the law of GB alone"
    kept = [kind for kind in _told_to_others(purpose) if kind not in _HARMLESS_SIGNALS]
    if kept and not asks:
        yield "signals", f"{kept[0]} lets others keep something, which rests on consent alone"
    if asks and not purpose.gpc and (advertising := _advertising(purpose)):
        yield "gpc", f"is missing; {advertising[0]} is what Global Privacy Control turns off"


def _ends(kind: RetentionRule, permitted_days: int | None) -> Iterator[Fault]:
    """Yield what a class that goes with a permission says besides."""
    if kind.ends_with is None:
        return
    if kind.survives_erasure:
        yield "survives_erasure", "it goes when its permission is taken back"
    if kind.rests_on is not None:
        yield "rests_on", "it goes with a permission, so nothing else lets it be kept"
    if permitted_days is not None and _days(kind.keep) > permitted_days:
        why = f"outlives the permission of {permitted_days} days with which it ends"
        yield "keep", why


def _of_nobody(kind: RetentionRule) -> Iterator[Fault]:
    for name in ("ends_with", "provided_for", "survives_erasure"):
        if not kind.personal and getattr(kind, name):
            yield name, "names nobody, so it is no person's"


# What each basis has to show, and no other may.
_SHOWN: Mapping[str, str] = {
    "assessment": "legitimate_interests",
    "condition": "recognised_legitimate_interests",
    "exemption": "exempt",
}


def _stands_on(purpose: Purpose) -> Iterator[Fault]:
    for name, basis in _SHOWN.items():
        given = getattr(purpose, name) is not None
        if given and purpose.lawful_basis != basis:
            yield name, f"only {basis} has one"
        if not given and purpose.lawful_basis == basis:
            yield name, f"is missing; {basis} has to show it"
    made = purpose.assessment
    if made and (made.decided_by is None) != (made.decided_on is None):
        yield "assessment", "needs both who decided it and on which day, or neither"
    if made and made.decided_on and made.decided_on > made.review_by:
        why = f"{made.decided_on} is after review_by, {made.review_by}"
        yield "assessment.decided_on", why
    if purpose.lawful_basis in _UNENDED and not purpose.required:
        yield "required", f"nothing ends what rests on {purpose.lawful_basis}; say true"
    if purpose.exemption and not of_a_browser(purpose):
        yield "exemption", "is about a device, so a browser decides it or may object to it"
    if purpose.channel and not purpose.marketing:
        yield "channel", "only marketing has one"


def _days(lifetime: str) -> int:
    """Return the days of an ISO 8601 duration, a month having 31; a session has none."""
    found = re.fullmatch(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T.*)?", lifetime)
    if found is None:
        return 0
    years, months, weeks, days = (int(number or 0) for number in found.groups())
    return 366 * years + 31 * months + 7 * weeks + days


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


def objectable(purpose: Purpose) -> bool:
    """Tell whether an objection ends this use at once (UK GDPR Art. 21, PECR Sch. A1)."""
    return purpose.lawful_basis in WITHOUT_CONSENT and not purpose.required


def of_a_browser(purpose: Purpose) -> bool:
    """Tell whether each browser has a state of its own about it, decided or objected to."""
    return purpose.subject == "browser" or purpose.browser_may_object


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
    if purpose.lawful_basis != "consent" and (advertising := _advertising(purpose)):
        yield "signals", f"{advertising[0]} is advertising, which rests on consent alone"


def _told_to_others(purpose: Purpose) -> Sequence[str]:
    """Return what a purpose's state is called to Google, Clarity and UET."""
    return (*purpose.signals.google, *purpose.signals.clarity, *purpose.signals.uet)


def _advertising(purpose: Purpose) -> Sequence[str]:
    return [kind for kind in _told_to_others(purpose) if kind.startswith("ad_")]


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
