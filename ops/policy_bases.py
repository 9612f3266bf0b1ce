"""What a policy's uses stand on: what each basis has to show, and what contradicts it.

These rules came with form 2 of a version. Each gives its faults as (dotted key, reason), in the
order of the file.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from ops.policy_model import PolicyFile, Purpose, RetentionRule
from shared.domain.consent_signals import HARMLESS

Fault = tuple[str, str]

# Bases of a use that somebody may object to.
WITHOUT_CONSENT = ("legitimate_interests", "recognised_legitimate_interests", "exempt")
# Bases of a use that its person can neither refuse nor object to.
_UNENDED = ("contract", "legal_obligation")
# The paragraphs of Sch. A1 by whether what they exempt is always on; one that is not named may be
# either.
_ALWAYS_ON: Mapping[int, bool] = {4: True, 5: False, 6: False}
_ALWAYS_ON_WHY = {
    True: "is for what cannot be refused",
    False: "stands on a free objection",
}
# Those that other countries' law has, too.
_LAW_ELSEWHERE = (4,)
# The heading of what is always on (S35).
NECESSARY = "strictly_necessary"


def objectable(purpose: Purpose) -> bool:
    """Tell whether an objection ends this use at once (UK GDPR Art. 21, PECR Sch. A1)."""
    return purpose.lawful_basis in WITHOUT_CONSENT and not purpose.required


def of_a_browser(purpose: Purpose) -> bool:
    """Tell whether each browser has a state of its own about it, decided or objected to."""
    return purpose.subject == "browser" or purpose.browser_may_object


def _told_to_others(purpose: Purpose) -> Sequence[str]:
    """Return what a purpose's state is called to Google, Clarity and UET."""
    return (*purpose.signals.google, *purpose.signals.clarity, *purpose.signals.uet)


def advertising(purpose: Purpose) -> Sequence[str]:
    """Return the signals of a purpose that are about advertising."""
    return [kind for kind in _told_to_others(purpose) if kind.startswith("ad_")]


def contradictions(policy: PolicyFile) -> Iterator[Fault]:
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
    kept = [kind for kind in _told_to_others(purpose) if kind not in HARMLESS]
    if kept and not asks:
        yield "signals", f"{kept[0]} lets others keep something, which rests on consent alone"
    if asks and not purpose.gpc and (told := advertising(purpose)):
        yield "gpc", f"is missing; {told[0]} is what Global Privacy Control turns off"


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
