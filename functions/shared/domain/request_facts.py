"""What an action says of a request's facts, and which day it has.

A date has an author: what we do is dated by our clock; what came to us may be dated back, never
before what it answers and never into the future.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from shared.domain.errors import Invalid
from shared.domain.request_actions import ACTIONS
from shared.domain.timestamps import format_timestamp

# Told so long before a restriction ends (UK GDPR Art. 18(3)), if staff name no other day.
NOTICE_OF_END = timedelta(days=14)

Facts = Mapping[str, Any]


def dated(facts: Facts, action: str, on: date | None, today: date) -> date:
    """Give the day of an action: today, or the one on which what it tells of reached us.

    Raises:
        Invalid: the action is our own, or the day is in the future or before what it answers.
    """
    if on is None:
        return today
    if ACTIONS[action].dated == "us":
        raise Invalid.field("/on", f"is for what reached us; {action} is dated when it is done")
    if on > today:
        raise Invalid.field("/on", "is in the future")
    earliest, what = _answers(facts, action)
    if on.isoformat() < earliest:
        raise Invalid.field("/on", f"is before {what}, on {earliest}")
    return on


def _answers(facts: Facts, action: str) -> tuple[str, str]:
    """Give the day before which what reached us cannot have come, and what was on it."""
    if action == "payment" and facts.get("fee_asked_on"):
        return facts["fee_asked_on"], "the fee was asked"
    if action == "resumption":
        return facts["pauses"][-1]["asked"], "the question was asked"
    return facts["received"], "the request was received"


def changed(
    facts: Facts, action: str, day: date, at: datetime, reason: str | None, details: Facts
) -> Facts:
    """Give what an action changes of the facts; a value of none takes a fact away."""
    on, moment = day.isoformat(), format_timestamp(at)
    pauses = list(facts.get("pauses", ()))
    match action:
        case "verified" | "identity":
            return {"identified": on, "identified_by": details.get("method")}
        case "acknowledgement" | "acknowledged":
            return {"acknowledged": facts.get("acknowledged") or moment}
        case "fee":
            return {
                "fee_asked": True,
                "fee_asked_on": on,
                "fee_paid": None,
                "fee_waived": None,
                "fee_reason": reason,
                **{f"fee_{name}": details.get(name) for name in _OF_A_FEE},
                "asked": moment,
            }
        case "payment":
            return {"fee_paid": on}
        case "waiver":
            return {"fee_asked": None, "fee_paid": None, "fee_waived": on}
        case "clarification":
            return {"pauses": [*pauses, {"asked": on}], "asked": moment}
        case "resumption" | "message":
            return _answered(pauses, on)
        case "extension":
            return {"extension": {"told": on, "reason": reason, "ground": details.get("ground")}}
        case "mail_sent":
            return {"asked": moment, "mail_withheld": None}
        case "mail_withheld":
            return {"mail_withheld": moment}
        case "begun":
            return {"begun": on}
        case "review_needed":
            return {"review": {"since": on}}
        case "review":
            review = {**facts.get("review", {}), "released": on if details.get("release") else None}
            return {"review": review}
        case "lifting":
            ends = details.get("ends_on") or (day + NOTICE_OF_END).isoformat()
            return {"lifting": {"told": on, "ends": ends}}
        case "lifted":
            return {"lifted": on}
        case _:
            return {}


_OF_A_FEE = ("ground", "amount", "currency", "calculation")


def _answered(pauses: list[Facts], on: str) -> Facts:
    """Close the question that is open, if one is."""
    if not pauses or pauses[-1].get("answered"):
        return {}
    return {"pauses": [*pauses[:-1], {**pauses[-1], "answered": on}]}
