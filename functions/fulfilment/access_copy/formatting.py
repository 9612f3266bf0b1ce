"""Values in words that people read: names of fields, moments, periods, countries."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from fulfilment.access_copy.scratch_files import flatten
from shared.domain.calendar_dates import LONDON

BASES = {
    "consent": "your permission (consent)",
    "contract": "our contract with you, or steps you asked for before one",
    "legitimate_interests": "our legitimate interests",
    "legal_obligation": "a legal obligation",
    "recognised_legitimate_interests": "legitimate interests that the law itself recognises",
    "exempt": "the law's own exemption, until you object",
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
    "processor": "works for us and on our instructions (processor)",
    "controller": "decides itself what it does with it (controller)",
}

_UNITS = {"Y": "year", "M": "month", "W": "week", "D": "day"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
# What our records call the parts that they are made of.
_PARTS = frozenset({"fields", "facts", "data"})


def label(path: str) -> str:
    """Name a value by its path: `provenance.ip` is "Provenance: ip"."""
    steps = [step for step in path.split(".") if step not in _PARTS] or [path]
    return ": ".join(step.replace("_", " ") for step in steps).capitalize()


def value(given: Any) -> str:
    """Write a value out."""
    match given:
        case None:
            return ""
        case bool():
            return "yes" if given else "no"
        case str() if _MOMENT.fullmatch(given):
            return moment(given)
        case list():
            return "; ".join(value(member) for member in given)
        case Mapping():
            return ", ".join(f"{label(name)}: {value(member)}" for name, member in flatten(given))
        case _:
            return str(given)


def moment(text: str | None) -> str:
    """Write an RFC 3339 moment as the clock in London showed it, `1 February 2026, 09:00`."""
    if text is None:
        return ""
    local = datetime.fromisoformat(text).astimezone(LONDON)
    return f"{local.day} {local:%B %Y, %H:%M}"


def period(text: str | None) -> str:
    """Write an ISO 8601 duration of days, weeks, months and years out: `P2Y` is "2 years"."""
    if text is None:
        return "not set"
    parts = re.findall(r"(\d+)([YMWD])", text)
    return ", ".join(f"{n} {_UNITS[unit]}{'' if n == '1' else 's'}" for n, unit in parts)


def lines(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give every value of an entry with its name."""
    return ((label(name), value(given)) for name, given in flatten(data))
