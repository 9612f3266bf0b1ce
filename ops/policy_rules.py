"""What must hold between the tables of a policy, beyond each value having the right type.

A rule gives its faults as (dotted key, reason), in the order of the file.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

from ops.policy_model import PolicyFile, Purpose

Fault = tuple[str, str]

# The ids that functions, websites and outside tests know by name; a policy may add others.
REQUIRED = {
    "purposes": (
        "strictly_necessary",
        "analytics",
        "advertising",
        "personalisation",
        "direct_marketing",
        "third_party_promotions",
        "third_party_sharing",
        "publicity",
        "service",
        "service_notices",
        "improvement",
        "legal_obligation",
    ),
    "cookie_categories": (
        "strictly_necessary",
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
    ),
    "classes": (
        "consent_evidence",
        "enquiry",
        "subscription",
        "subscription_pending",
        "account",
        "account_pending",
        "visit",
        "visit_statistics",
        "suppression",
        "import",
        "disclosure",
        "case",
        "export",
        "erasure_list",
        "desk_audit",
        "retention_report",
        "breach",
        "statutory_record",
        "token",
        "support_record",
        "display_settings",
    ),
    "rights.regimes": ("uk_gdpr", "dpa_1998"),
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
    """Give all that is wrong between the tables of `policy`."""
    if policy.revised < policy.effective:
        yield "revised", f"{policy.revised} is before effective, {policy.effective}"
    yield from _ids(policy)
    yield from _purposes(policy.purposes)
    yield from _references(policy)
    yield from _notices(policy)
    yield from _classes_and_recipients(policy)


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
        asks = purpose.lawful_basis == "consent"
        if asks and purpose.lifetime_days is None:
            yield f"{key}.lifetime_days", "is missing; a consent has to end"
        if not asks and purpose.lifetime_days is not None:
            yield f"{key}.lifetime_days", "only a purpose that rests on consent has one"
        if asks and purpose.required:
            yield f"{key}.required", "what rests on consent can be refused"
        if purpose.objectable and (purpose.required or asks):
            yield f"{key}.objectable", "neither a required purpose nor a consent is objected to"


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
    for index, notice in enumerate(policy.notices):
        if (notice.file is None) == (notice.text is None):
            yield f"notices[{index}]", "needs its words either as text or in a file"
        yield from _strangers(
            f"notices[{index}].asks", notice.asks, consents, "is not a purpose that asks consent"
        )


def _classes_and_recipients(policy: PolicyFile) -> Iterator[Fault]:
    consents = {purpose.id for purpose in policy.purposes if purpose.lawful_basis == "consent"}
    for index, kind in enumerate(policy.classes):
        if kind.survives_erasure and kind.ground is None:
            yield f"classes[{index}].ground", "is missing; what survives an erasure needs one"
        if kind.ground is not None and not kind.survives_erasure:
            yield f"classes[{index}].ground", "only what survives an erasure has one"
        if kind.ends_with is not None and kind.ends_with not in consents:
            yield f"classes[{index}].ends_with", "is not a purpose that asks consent"
    for index, recipient in enumerate(policy.recipients):
        if recipient.location not in HOME and recipient.safeguard is None:
            yield (
                f"recipients[{index}].safeguard",
                f"is missing; {recipient.location} is outside the EEA and the UK",
            )
