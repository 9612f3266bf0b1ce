"""What becomes of a row about somebody that came from elsewhere (S9, S10).

A row never changes what is known: it is kept beside it, with its source, and where the two
differ staff decide. Who said no to us is not brought back by somebody else's list.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any, Literal, get_args

from shared.domain.calendar_dates import Period, london_date
from shared.domain.permission import ConsentState
from shared.domain.timestamps import parse_timestamp

Outcome = Literal["accepted", "merged", "conflicting", "suppressed", "needs_decision", "invalid"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
# What staff have to decide.
OPEN: frozenset[Outcome] = frozenset({"conflicting", "needs_decision"})

# Characters that take about a second to clean at the worst.
MUCH_TEXT = 100_000

# Sources that speak for themselves: what they say is never an import.
FIRST_HAND = frozenset({"person", "browser"})
# UK GDPR Art. 6(1), without vital interests and public tasks: neither is a company's with a list.
LAWFUL_BASES = (
    "consent",
    "contract",
    "legal_obligation",
    "legitimate_interests",
    "recognised_legitimate_interests",
)
# Within a month of obtaining the data its subject is told (UK GDPR Art. 14(3)(a)).
TO_TELL = Period(months=1)


@dataclass(frozen=True, slots=True)
class KnownRecord:
    """What one record about the person says, and since when (RFC 3339, UTC)."""

    received_at: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """What becomes of a row: what it adds, confirms and contradicts, by the fields' names."""

    outcome: Outcome
    added: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()


def barred(consent_state: ConsentState) -> str | None:
    """Say why a person's data may not be taken in again: suppressed, objected, restricted; or not.

    An objection of any kind (UK GDPR Art. 21) and a restriction (Art. 18) bar it as a suppression
    does: none of these can be the person's wish to be listed anew.
    """
    if consent_state.suppressed_since:
        return "suppressed"
    if consent_state.event is None:
        return None
    if consent_state.event["objections"]:
        return "objected"
    return "restricted" if consent_state.event["restricted_since"] else None


def erased(erasures: Iterable[str], held: Iterable[KnownRecord]) -> bool:
    """Tell whether a person was erased (at the moments of `erasures`) and did not come back since.

    Whoever gave us data of their own after their erasure is known again; a list of somebody
    else's, however it was obtained, brings nobody back by itself.
    """
    last = max(erasures, default="")
    return bool(last) and all(record.received_at <= last for record in held)


def compare(fields: Mapping[str, Any], held: Iterable[KnownRecord], *, known: bool) -> Finding:
    """Compare a row, its address left out, with all that is held about the person.

    A field contradicts if the newest record that has it says something else, whatever the
    spelling of letters' case and spaces; a list that is out of date is not the truth. `known`
    tells that the person has wishes on record, though perhaps nothing else.
    """
    newest: dict[str, Any] = {}
    anything = known
    for record in sorted(held, key=lambda each: each.received_at):
        anything = True
        newest |= record.fields
    if not anything:
        return Finding("accepted", added=tuple(sorted(fields)))
    added = tuple(sorted(name for name in fields if name not in newest))
    conflicts = tuple(
        sorted(name for name in fields if name in newest and not _same(fields[name], newest[name]))
    )
    confirmed = tuple(sorted(set(fields) - set(added) - set(conflicts)))
    return Finding("conflicting" if conflicts else "merged", added, confirmed, conflicts)


def part(rows: Sequence[Mapping[str, Any]], first: int, most: int) -> Sequence[Mapping[str, Any]]:
    """Return the rows from `first` on that are worked on before the clock is looked at again.

    At least one and at most `most` rows, and no more once they hold much text: to clean it takes
    time in proportion to it.
    """
    weights = accumulate(
        sum(len(cell) for cell in row.values() if isinstance(cell, str))
        for row in rows[first : first + most]
    )
    light = sum(weight <= MUCH_TEXT for weight in weights)
    return rows[first : first + max(light, 1)]


def tell_by(obtained_on: date) -> date:
    """Return the last day to tell the people: the corresponding date of the next month."""
    return TO_TELL.after(obtained_on)


def counted(outcomes: Iterable[str]) -> dict[str, int]:
    """Count outcomes, those that did not occur as zero."""
    counts = dict.fromkeys(map(str, OUTCOMES), 0)
    for outcome in outcomes:
        counts[outcome] += 1
    return counts


def late(obtained_on: date, at: str) -> bool:
    """Tell whether the month had passed when the data was brought in."""
    return london_date(parse_timestamp(at)) > tell_by(obtained_on)


def _same(one: Any, other: Any) -> bool:
    return _folded(one) == _folded(other)


def _folded(value: Any) -> str:
    return " ".join(str(value).casefold().split())
