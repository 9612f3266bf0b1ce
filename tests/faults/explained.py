"""Ends other than the undisturbed one that are meant: each row with its reason.

A row that no difference needs any more fails the whole campaign: it would hide the next one.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.faults.campaign import Outcome


@dataclass(frozen=True, slots=True)
class Explained:
    """Differences that are meant: in which flows, after which faults, which lines, and why."""

    flows: str
    faults: str
    lines: str
    reason: str

    def covers(self, outcome: Outcome, line: str) -> bool:
        """Tell whether the row is about a line of an outcome."""
        return (
            re.fullmatch(self.flows, outcome.injection.flow) is not None
            and any(re.fullmatch(self.faults, broken) for broken in outcome.broken)
            and re.search(self.lines, line) is not None
        )


ANY = ".*"

TABLE: tuple[Explained, ...] = (
    Explained(
        ANY,
        "refused .*",
        "^500 at ",
        "A permission that a function lacks, or a credential that is over, is a fault of the "
        "deployment: 500, logged with its place, and an alarm; the same request works afterwards.",
    ),
    Explained(
        ANY,
        r"(answer_lost(_once)?|killed_after) events\.PutEvents|(refused|killed_after) .*PutItem",
        "^event: ",
        "An event is told again where nobody knows whether it was told: EventBridge itself gives "
        "at least once. It has the same `id`, by which consumers know it.",
    ),
    Explained(
        ANY,
        r"(answer_lost(_once)?|killed_after) sesv2\.SendEmail|(refused|killed_after) .*PutItem",
        "^mail: ",
        "A mail goes out again where nobody knows whether it went: SES has no idempotency, and a "
        "mail that is marked before it is sent can be lost for good.",
    ),
    Explained(
        ANY,
        ANY,
        "^AuditTable: ",
        "Each time that staff tried something stands in the audit, also where a program tried it "
        "again for them: who looked at what is told twice rather than not at all.",
    ),
    Explained(
        "retention",
        ANY,
        '^OperationsTable: .*"dry_run"',
        "A run that was throttled tells in parts what it did, and of one that was broken off the "
        "next one tells. What all of them removed is compared, and the same.",
    ),
    Explained(
        "access",
        r"(answer_lost|killed_after) dynamodb\.TransactWriteItems",
        '"action": {"S": "download"}|^RequestsTable: .*"entry": {"S": "case"}',
        "Each time that a copy was fetched stands in the request, also where a browser tried "
        "again because no answer came: told twice rather than not at all.",
    ),
    Explained(
        "deadlines|retention",
        ANY,
        "^raised: ",
        "A daily run that cannot read what is due fails whole, and Lambda tries it again.",
    ),
)


def unexplained(outcome: Outcome) -> Iterator[str]:
    """Give the differences that no row explains."""
    for sign, lines in (("-", outcome.missing), ("+", outcome.extra)):
        for line in lines:
            if not any(row.covers(outcome, line) for row in TABLE):
                yield f"{sign} {line}"


def stale(outcomes: Iterable[Outcome]) -> list[Explained]:
    """Give the rows that nothing needs."""
    lines = [(each, line) for each in outcomes for line in (*each.missing, *each.extra)]
    return [row for row in TABLE if not any(row.covers(each, line) for each, line in lines)]
