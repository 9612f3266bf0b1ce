"""Values in words that people read: names of fields, moments, periods, countries."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from fulfilment.access_copy.scratch_files import flatten
from shared.domain.calendar_dates import LONDON
from shared.languages import Language

BASES = {
    "consent": "your permission (consent)",
    "contract": "our contract with you, or steps you asked for before one",
    "legitimate_interests": "our legitimate interests",
    "legal_obligation": "a legal obligation",
    "recognised_legitimate_interests": "legitimate interests that the law itself recognises",
    "exempt": "the law needs no permission for it",
}
STARTS = {
    "accounting_year_ended": "the end of the accounting year",
    "closed": "the day the matter was closed",
    "confirmed": "the day you confirmed",
    "created": "the day it was made",
    "decided": "the day you decided",
    "last_activity": "the last activity",
    "received": "the day we received it",
}
PLACES = {"GB": "United Kingdom", "IE": "Ireland", "US": "United States of America"}
STATUSES = {
    "collected": "answered; what it holds is in this copy",
    "uploaded": "answered through our staff; what it holds is in this copy",
    "skipped": "left out",
}
ROLES = {
    "processor": "It works for us and on our instructions (processor).",
    "controller": "It decides itself what it does with it (controller).",
}

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
# What our records call the parts that they are made of.
_PARTS = frozenset({"fields", "facts", "data"})


def label(path: str, language: Language) -> str:
    """Name a value by its path: `provenance.ip` is "Provenance: ip"."""
    steps = [step for step in path.split(".") if step not in _PARTS] or [path]
    said = ": ".join(language.say(step.replace("_", " ")) for step in steps)
    return said[:1].upper() + said[1:]


def value(given: Any, language: Language) -> str:
    """Write a value out."""
    match given:
        case None:
            return ""
        case bool():
            return language.say("yes" if given else "no")
        case str() if _MOMENT.fullmatch(given):
            return moment(given, language)
        case list():
            return "; ".join(value(member, language) for member in given)
        case Mapping():
            return ", ".join(f"{name}: {member}" for name, member in lines(given, language))
        case _:
            return str(given)


def moment(text: str | None, language: Language) -> str:
    """Write an RFC 3339 moment as the clock in London showed it, `1 February 2026, 09:00`."""
    if text is None:
        return ""
    local = datetime.fromisoformat(text).astimezone(LONDON)
    return f"{language.day(local.date().isoformat())}, {local:%H:%M}"


def period(text: str | None, language: Language) -> str:
    """Write an ISO 8601 duration of days, weeks, months and years out: `P2Y` is "2 years"."""
    return language.say("not set") if text is None else language.period(text)


def lines(data: Mapping[str, Any], language: Language) -> Iterator[tuple[str, str]]:
    """Give every value of an entry with its name."""
    return ((label(name, language), value(given, language)) for name, given in flatten(data))
