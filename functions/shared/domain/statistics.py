"""What one stored visit or decision adds to which of a day's counts (S8).

Days are of UTC, by when the item was stored. Nothing here names a browser or a person.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from shared.domain import visit
from shared.domain.consent import Event

Statistic = Literal["visits", "consents"]

# Longer paths are counted by their beginning: a key has at most 1,024 bytes.
MAX_PATH = 200


@dataclass(frozen=True, slots=True)
class Increment:
    """What is to be added under `what`, in the day's page of a book, to the counts named."""

    book: Statistic
    day: str
    what: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Addition:
    """What one record of a stream adds; `number` is its sequence number there.

    `once` are increments by a name that another record may have, too: the first one adds it.
    """

    number: str
    increments: list[Increment]
    once: Mapping[str, Increment] = field(default_factory=dict)


def together(increments: Iterable[Increment]) -> list[Increment]:
    """Add up what is to be added under the same name."""
    sums: dict[tuple[Statistic, str, str], Counter[str]] = defaultdict(Counter)
    for one in increments:
        sums[one.book, one.day, one.what].update(one.counts)
    return [Increment(*name, counts) for name, counts in sums.items()]


def of_visit(fields: Mapping[str, Any], received_at: str, *, begins: bool) -> list[Increment]:
    """Count a part of a visit: its pages; its entry and device if it `begins` the visit."""
    pages: dict[str, Counter[str]] = defaultdict(Counter)
    for page in fields["pages"]:
        pages[_name(page["url"])].update(views=1, engaged_ms=page["engaged_ms"])
    if begins:
        pages[_name(fields["entry"])].update(entries=1)
    day = received_at[:10]
    increments = [
        Increment("visits", day, f"page#{name}", counts) for name, counts in pages.items()
    ]
    if begins:
        increments.append(
            Increment("visits", day, f"device#{fields['device_type']}", {"visits": 1})
        )
    return increments


def of_exit(fields: Mapping[str, Any], received_at: str) -> list[Increment]:
    """Count the page that a visit ended with, if this part tells."""
    if "exit" not in fields:
        return []
    return [Increment("visits", received_at[:10], f"page#{_name(fields['exit'])}", {"exits": 1})]


def of_decision(event: Event) -> list[Increment]:
    """Count a ledger event under the notice it answers and how: once, and per purpose it decides.

    All of it is one item of one day, for an item is what a write costs. `answered` counts the
    events, `analytics#granted` those that granted analytics. A refusal of what was granted before
    counts as withdrawn, and so does every purpose that a withdrawal names; `#gpc` counts the
    decisions that came with that signal on.
    """
    counts: Counter[str] = Counter()
    for purpose in event["decided"]:
        counts[f"{purpose}#{_outcome(event, purpose)}"] += 1
        counts[f"{purpose}#gpc"] += event["gpc"]
    if not counts:
        return []
    what = f"{event['method']}#{event['notice']['id']}"
    told = {name: count for name, count in counts.items() if count}
    return [Increment("consents", event["decided_at"][:10], what, {"answered": 1, **told})]


def _outcome(event: Event, purpose: str) -> str:
    if event["choices"][purpose]:
        return "granted"
    before = (event["previous_choices"] or {}).get(purpose, False)
    return "withdrawn" if before or event["kind"] == "withdrawal" else "refused"


def _name(url: str) -> str:
    return visit.path(url)[:MAX_PATH]
