"""What the words of a mail about a request mention, in the language of whoever asked."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from shared.domain import address_change
from shared.domain.calendar_dates import london_date
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.policy import in_language
from shared.domain.request_types import FEE_GROUNDS, STATED, WITHHOLDING_GROUNDS, row
from shared.languages import Language
from shared.storage import disclosures, policies
from shared.storage.requests.request_store import TimelineEvent

# Why a legal hold keeps something, and what else has no row of its own, in words.
HELD = "it is needed for a legal claim (UK GDPR Art. 17(3)(e)); it goes when the dispute is over"
FAILED = "our systems failed at it; we try again and tell you"
UNANSWERED = "it did not answer"


def values(
    happened: TimelineEvent, case: DataSubjectRequest, language: Language, now: datetime
) -> Mapping[str, Any]:
    """Return what the words mention of a request and of the step that calls for them."""
    kind = row(case.type)
    return {
        "authority": policies.published().controller(now)["supervisory_authority"],
        "case": case,
        "what": language.say(kind.words),
        "called": language.say(kind.called),
        "ends": language.day(case.facts.get("lifting", {}).get("ends")),
        "ground": _said(_ground(happened, case), language),
        "goes_on": list(_going_on(happened, language, now)),
        "fee_ground": _said(FEE_GROUNDS.get(case.facts.get("fee_ground", "")), language),
        "outcome": _said(kind.outcomes.get(case.facts.get("outcome", "")), language),
        "left": list(_left_undone(case, language, now)),
        "recipients": _recipients(case),
        "received": language.day(case.facts["received"]),
        "due": language.day(case.due),
        "others": [],
        "reason": happened.reason or "",
        "new_address": address_change.unproved(case),
        "stop_days": address_change.TIME_TO_STOP.days if address_change.stoppable(case) else None,
        "moved": address_change.holder(case) != case.person,
        "details": happened.details,
        "letter": case.email is None,
        "to_agent": False,
        "on": language.day(london_date(now).isoformat()),
    }


def _said(words: str | None, language: Language) -> str | None:
    return None if words is None else language.say(words)


def _left_undone(
    case: DataSubjectRequest, language: Language, now: datetime
) -> Iterator[tuple[str, Any, str]]:
    """Name what the answer leaves undone: how, what of it, and the reason."""
    result = case.result
    for ground, places in result.get("withheld", {}).items():
        yield "withheld", places, language.say(WITHHOLDING_GROUNDS[ground])
    for kind, ground in result.get("kept_because", {}).items():
        yield "kept", *_kept(kind, ground, language, now)
    if result.get("held"):
        yield "held", None, language.say(HELD)
    if result.get("failed") or result.get("left"):
        yield "failed", None, language.say(FAILED)
    for name, state in case.sources.items():
        if state.get("status") == "skipped":
            yield "source", name, (state.get("reason") or language.say(UNANSWERED)).rstrip(".")


def _kept(kind: str, ground: str, language: Language, now: datetime) -> tuple[str, str]:
    """Name a class that stays, with the ground: in the language, where the policy has it in it."""
    classes = policies.published().current(now).document["retention"]
    found = next((each for each in classes if each["id"] == kind), None)
    if found is None:
        return kind.replace("_", " "), ground.rstrip(".")
    shown = in_language(found, language.code)
    return shown["title"], (shown["ground"] if ground == found["ground"] else ground).rstrip(".")


def _going_on(happened: TimelineEvent, language: Language, now: datetime) -> Iterator[str]:
    """Name the uses that go on in spite of an objection (Art. 21(1))."""
    for purpose in policies.published().current(now).document["purposes"]:
        if purpose["id"] in happened.details.get("goes_on", ()):
            yield in_language(purpose, language.code)["title"]


def _recipients(case: DataSubjectRequest) -> list[dict[str, Any]] | None:
    """Name who is told of what was done, and whether by mail; None where nobody has to be."""
    if row(case.type).recipients is None or case.open:
        return None
    return [
        {"name": name, "mailed": mailed}
        for name, mailed in disclosures.recipients(address_change.holder(case))
    ]


def _ground(happened: TimelineEvent, case: DataSubjectRequest) -> str | None:
    """Return the law's ground of a refusal, an extension or what is left undone, if named."""
    name = happened.details.get("ground", STATED)
    kind = row(case.type)
    grounds = {**kind.partly, **kind.refusals, **kind.extensions}
    return grounds.get(name) if name != STATED else None
