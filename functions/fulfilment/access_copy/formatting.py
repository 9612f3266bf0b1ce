"""Values in words that people read: names of fields, moments, periods, countries."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fulfilment.access_copy.scratch_files import flatten
from shared.domain import person_fields
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

# Names of data of which the value is a name of ours, too, or several.
CODED = frozenset(
    {
        "action",
        "answers_to",
        "asks",
        "by",
        "change",
        "channel",
        "classes",
        "decided",
        "device_type",
        "field",
        "fields",
        "form",
        "ground",
        "gpc_overridden",
        "gpc_turned_off",
        "identified_by",
        "kind",
        "lawful_basis",
        "method",
        "outcome",
        "property",
        "purpose",
        "status",
        "superseded",
        "type",
    }
)

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
# What our records call the parts that they are made of.
_PARTS = frozenset({"fields", "facts", "data"})
# What is called as something else is, by its whole path.
_CALLED = {"subject": "whose_decision_it_is"}


@dataclass(frozen=True, slots=True)
class Wording:
    """How a copy says its values: in which language, and how the policy calls its own things.

    `titles` are those of purposes and record classes, by their ids. What other systems of the
    company call their data is not `ours`: but for a person's details it is shown as they call it.
    """

    language: Language
    titles: Mapping[str, str]
    ours: bool = True

    def of(self, system: str | None) -> "Wording":
        """Return the wording for what a system holds; none is this one."""
        return self if system is None else replace(self, ours=False)

    def label(self, path: str) -> str:
        """Name a value by its path: `provenance.ip` is "Where it came from: network address"."""
        whole = _CALLED.get(path, path)
        steps = [step for step in whole.split(".") if step not in _PARTS] or [whole]
        said = ": ".join(map(self.named, steps))
        return said[:1].upper() + said[1:]

    def named(self, name: str) -> str:
        """Say a name of ours: of a purpose or class as the policy does, else in plain words."""
        plain = name.replace("_", " ")
        if not (self.ours or name in person_fields.ROWS):
            return plain
        return self.titles.get(name) or self.language.say(plain)

    def value(self, given: Any, name: str = "") -> str:
        """Write a value out; `name` says what it is a value of."""
        match given:
            case bool():
                return self.language.say("yes" if given else "no")
            case str():
                return self._text(given, name)
            case list():
                return "; ".join(self.value(member, name) for member in given)
            case Mapping():
                return ", ".join(f"{label}: {member}" for label, member in self.lines(given))
            case _:
                return "" if given is None else str(given)

    def _text(self, given: str, name: str) -> str:
        if _MOMENT.fullmatch(given):
            return self.moment(given)
        if _DAY.fullmatch(given):
            return self.language.day(given) or ""
        return self.named(given) if self.ours and name in CODED else given

    def moment(self, text: str | None) -> str:
        """Write an RFC 3339 moment as the clock in London showed it, `1 February 2026, 09:00`."""
        if text is None:
            return ""
        local = datetime.fromisoformat(text).astimezone(LONDON)
        return f"{self.language.day(local.date().isoformat())}, {local:%H:%M}"

    def period(self, text: str | None) -> str:
        """Write an ISO 8601 duration of days, weeks, months and years out: `P2Y` is "2 years"."""
        return self.language.say("not set") if text is None else self.language.period(text)

    def lines(self, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield every value of an entry with its name."""
        for path, given in flatten(data):
            yield self.label(path), self.value(given, path.rpartition(".")[2])
