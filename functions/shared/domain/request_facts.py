"""What an action says of a request's facts, and which day it has.

A date has an author: what we do is dated by our clock; what came to us may be dated back, never
before what it answers and never into the future.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from shared.domain.errors import Invalid
from shared.domain.request_actions import ACTIONS

# Told so long before a restriction ends (UK GDPR Art. 18(3)), if staff name no other day.
NOTICE_OF_END = timedelta(days=14)

# The mail, or letter, that says that we have a complaint.
ACKNOWLEDGEMENT = "complaint_received"

Facts = Mapping[str, Any]


def dated(facts: Facts, action: str, on: date | None, today: date) -> date:
    """Return the day of an action: today, or the one on which what it tells of reached us.

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
    """Return the day before which what reached us cannot have come, and what was on it."""
    if action == "payment" and facts.get("fee_asked_on"):
        return facts["fee_asked_on"], "the fee was asked"
    if action == "resumption":
        return facts["pauses"][-1]["asked"], "the question was asked"
    return facts["received"], "the request was received"


@dataclass(frozen=True, slots=True)
class ActionDetails:
    """What an action tells: its day in London (ISO), its moment (RFC 3339), reason and details."""

    on: str
    at: str
    reason: str | None
    details: Facts


def changed(facts: Facts, action: str, details: ActionDetails) -> Facts:
    """Return what an action changes of the facts; a value of none takes a fact away."""
    change = _CHANGES.get(action)
    return change(facts, details) if change else {}


def _fee(_facts: Facts, it: ActionDetails) -> Facts:
    names = ("ground", "amount", "currency", "calculation")
    told = {f"fee_{name}": it.details.get(name) for name in names}
    asked = {"fee_asked": True, "fee_asked_on": it.on, "fee_reason": it.reason}
    return {**asked, **told, "fee_paid": None, "fee_waived": None, "posted": None}


def _asked(facts: Facts, it: ActionDetails) -> Facts:
    return {"pauses": [*facts.get("pauses", ()), {"asked": it.on}]}


def _answered(facts: Facts, it: ActionDetails) -> Facts:
    """Close the question that is open, if one is."""
    pauses = list(facts.get("pauses", ()))
    if not pauses or pauses[-1].get("answered"):
        return {}
    return {"pauses": [*pauses[:-1], {**pauses[-1], "answered": it.on}]}


def _extended(_facts: Facts, it: ActionDetails) -> Facts:
    ground = it.details.get("ground")
    return {"extension": {"told": it.on, "reason": it.reason, "ground": ground}}


def _reviewed(facts: Facts, it: ActionDetails) -> Facts:
    if not it.details.get("release"):
        return {}
    return {"review": {**facts["review"], "released": it.on}}


def _ending(_facts: Facts, it: ActionDetails) -> Facts:
    usual = (date.fromisoformat(it.on) + NOTICE_OF_END).isoformat()
    return {"lifting": {"told": it.on, "ends": it.details.get("ends_on") or usual}}


def _identified(_facts: Facts, it: ActionDetails) -> Facts:
    return {"identified": it.on, "identified_by": it.details.get("method")}


def _authorised(_facts: Facts, it: ActionDetails) -> Facts:
    return {"authority": {"shown": it.on, "answers_to": it.details.get("answers_to")}}


def _acknowledged(facts: Facts, it: ActionDetails) -> Facts:
    return {"acknowledged": facts.get("acknowledged") or it.at, "mail_withheld": None}


def _noted(facts: Facts, it: ActionDetails) -> Facts:
    """Note when the person was told how far we are; a note for the file is no news.

    With either, staff say how they reached somebody whose side refused our mail.
    """
    reached = {"mail_refused": None} if facts.get("mail_refused") else {}
    if not it.details.get("tell"):
        return reached
    return {**reached, "progress": [*facts.get("progress", ()), it.at]}


def _posted(facts: Facts, it: ActionDetails) -> Facts:
    """Note when a letter left: one that says that we have a complaint acknowledges it from then."""
    posted: Facts = {"posted": it.on}
    if not str(it.details.get("letter")).endswith(ACKNOWLEDGEMENT) or facts.get("acknowledged"):
        return posted
    return {**posted, "acknowledged": min(it.at, f"{it.on}T12:00:00.000Z")}


def _outcome(_facts: Facts, it: ActionDetails) -> Facts:
    return {"outcome": it.details.get("outcome")}


def _undelivered(facts: Facts, it: ActionDetails) -> Facts:
    """Take back what a mail asked or told that its reader never got: it counts for nothing."""
    mail, pauses = it.details.get("mail"), list(facts.get("pauses", ()))
    refused: Facts = {"mail_refused": it.at}
    if mail == "request_clarification" and pauses and not pauses[-1].get("answered"):
        return {**refused, "pauses": pauses[:-1]}
    if mail == "request_extension":
        return {**refused, "extension": None}
    if mail == ACKNOWLEDGEMENT:
        return {**refused, "acknowledged": None}
    if mail == "request_fee" and not facts.get("fee_paid"):
        return {**refused, "fee_asked": None, "fee_asked_on": None}
    return refused


def _proved(_facts: Facts, it: ActionDetails) -> Facts:
    return {"new_person": it.details["new_person"], "address_proved": it.at}


_CHANGES: Mapping[str, Callable[[Facts, ActionDetails], Facts]] = {
    "verified": _identified,
    "identity": _identified,
    "authority": _authorised,
    "acknowledgement": _acknowledged,
    "acknowledged": _acknowledged,
    "fee": _fee,
    "payment": lambda _, it: {"fee_paid": it.on},
    "waiver": lambda _, it: {"fee_asked": None, "fee_paid": None, "fee_waived": it.on},
    "clarification": _asked,
    "resumption": _answered,
    "message": _answered,
    "address_proved": _proved,
    "extension": _extended,
    "asked_again": lambda _facts, _it: {"mail_withheld": None},
    "link_asked": lambda _facts, _it: {"mail_withheld": None},
    "mail_withheld": lambda _, it: {"mail_withheld": it.at},
    "mail_refused": _undelivered,
    "letter_posted": _posted,
    "note": _noted,
    "completion": _outcome,
    "begun": lambda _, it: {"begun": it.on},
    "review_needed": lambda _, it: {"review": {"since": it.on, "version": it.details["version"]}},
    "review": _reviewed,
    "lifting": _ending,
    "lifted": lambda _, it: {"lifted": it.on},
}
