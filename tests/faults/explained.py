"""Ends other than the undisturbed one that are meant: each row with its reason.

A row that no difference needs any more fails the whole campaign: it would hide the next one.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.faults.campaign import Outcome


@dataclass(frozen=True, slots=True)
class Explained:
    """Differences that are meant: in which flows, after which faults, which lines, and why.

    `sign`: lines that are too many (+) or missing (-). Faults are a kind and a call (and ` in ` a
    function, where the row is about its calls alone), or how records came; patterns fit the whole
    of a flow's name and of a fault, and the beginning of a line.
    """

    flows: str
    faults: str
    sign: str
    lines: str
    reason: str

    def covers(self, outcome: Outcome, sign: str, line: str) -> bool:
        """Tell whether the row is about a line of an outcome."""
        return (
            sign in self.sign
            and re.fullmatch(self.flows, outcome.injection.flow) is not None
            and any(re.fullmatch(rf"(?:{self.faults})(?: in \w+)?", it) for it in outcome.broken)
            and re.match(self.lines, line) is not None
        )


ANY = ".*"
PASSING = "(throttled|server_error|unanswered|in_conflict|partly)"
DENIED = "(refused|expired)"
# It was done, and whoever did it does not know or is gone.
UNKNOWN = "(answer_lost|answer_lost_once|killed_after|out_of_time)"
BROKEN = f"({PASSING}|{DENIED}|{UNKNOWN}|killed_before)"
# Not a slip of the code's own.
NO_SLIP = "(?!(Type|Key|Value|Attribute|Index|Lookup|Assertion|Name)Error)"
# A mark that was not written, or of which nobody knows.
UNMARKED = rf"({DENIED}|{UNKNOWN}|{PASSING}) dynamodb\.PutItem"

TABLE: tuple[Explained, ...] = (
    Explained(
        ANY,
        f"{DENIED} {ANY}",
        "+",
        "500 at ",
        "A permission that a function lacks, or a credential that is over, is a fault of the "
        "deployment: 500, logged with its place, and an alarm; the same request works afterwards.",
    ),
    Explained(
        ANY,
        rf"{UNKNOWN} events\.PutEvents|{UNMARKED}",
        "+",
        "event: ",
        "An event is told again where nobody knows whether it was told: EventBridge itself gives "
        "at least once. It has the same `id`, by which consumers know it.",
    ),
    Explained(
        ANY,
        rf"{UNKNOWN} sesv2\.SendEmail|{UNMARKED}",
        "+",
        "mail: ",
        "A mail goes out again where nobody knows whether it went: SES has no idempotency, and a "
        "mail that is marked before it is sent can be lost for good.",
    ),
    Explained(
        ANY,
        f"{BROKEN} {ANY}|(late|poison) {ANY}",
        "+",
        "AuditTable: ",
        "Each time that staff tried something stands in the audit, also where a program tried it "
        "again for them: who looked at what is told twice rather than not at all.",
    ),
    Explained(
        "letter|review|erasure that a hold put off|agent",
        f"{BROKEN} {ANY}|(late|poison) {ANY}",
        "+-",
        '(RequestsTable|answer): .*"?desk_audit',
        "A copy and a certificate count what the audit has about the person, which is one more for "
        "each time that staff tried.",
    ),
    Explained(
        "retention",
        f"({BROKEN}|poison) {ANY}",
        "+-",
        'OperationsTable: .*"dry_run"',
        "A run that was throttled tells in parts what it did, and of one that was broken off the "
        "next one tells. What all of them removed is compared, and the same.",
    ),
    Explained(
        "retention",
        f"{BROKEN} {ANY}",
        "+-",
        "removed: token ",
        "The links of a request go with it; where a run leaves the request to its next part, they "
        "go by themselves, and count as links.",
    ),
    Explained(
        "retention",
        f"(out_of_time|{DENIED}) {ANY}",
        "+-",
        'MerkleLogTable: .*"part": {"S": "inbox"}',
        "What a run has no time for is removed by the next day's, and the log has it under that "
        "day; what was refused together is removed by halves, each with a note of its own.",
    ),
    Explained(
        "sample desk/preview_retention",
        f"{BROKEN} {ANY}",
        "+-",
        '(OperationsTable|answer): .*"dry_run"',
        "A preview that was throttled says that it is partial, and which places it did not see; "
        "one that is asked for again is another one, and both are kept.",
    ),
    Explained(
        "access|review",
        rf"{UNKNOWN} dynamodb\.TransactWriteItems",
        "+-",
        'RequestsTable: .*("action": {"S": "download"}|"entry": {"S": "case"})',
        "Each time that a copy was fetched stands in the request, also where a browser tried "
        "again because no answer came: told twice rather than not at all.",
    ),
    Explained(
        ANY,
        f"({PASSING}|{DENIED}|answer_lost|out_of_time) {ANY}",
        "+",
        f"raised: (deadlines|retention|transparency) {NO_SLIP}",
        "A run that cannot read what is due, or had to leave something, fails whole, and Lambda "
        "tries it again.",
    ),
    Explained(
        "mail that bounced( of somebody who waits)?|mail called spam",
        f"({PASSING}|{DENIED}|answer_lost|out_of_time) {ANY}",
        "+",
        f"raised: notifications {NO_SLIP}",
        "What the mail service tells comes as an event of its own: it fails whole, and Lambda "
        "tries it again.",
    ),
    Explained(
        "sample desk/today",
        f"{BROKEN} cloudwatch.DescribeAlarms",
        "+-",
        "answer: GET /v1/desk/today ",
        "Whether alarms ring is a detail: where CloudWatch does not answer, Today says that it is "
        "not known, and shows the rest.",
    ),
    Explained(
        "restriction|agent who is answered",
        "(late|poison) (fulfilment|notifications) of RequestsTable",
        "+-",
        "(RequestsTable|TokensTable|event): ",
        "What staff do and what a worker does are steps of one request, and stand there, with the "
        "numbers that mails and events have of them, in the order in which they happened.",
    ),
    Explained(
        "log over all ledgers",
        f"out_of_time {ANY}",
        "+-",
        "MerkleLogTable: |object: headsbucket/heads/",
        "A run of the log that has no time left stops between two steps, and the next goes on from "
        "where it stopped: what it left out stands under the next signed head.",
    ),
    Explained(
        "erasure|agent|address changed",
        "(late|poison) notifications of (RecordsTable|RequestsTable)",
        "-",
        '(mail|TokensTable): |RequestsTable: .*"entry": {"S": "mail#',
        "A worker acts on things as they stand when a record comes to it: what is gone, or is no "
        "longer called for, is neither mailed nor marked.",
    ),
)


def unexplained(outcome: Outcome) -> Iterator[str]:
    """Yield the differences that no row explains."""
    for sign, line in _lines(outcome):
        if not any(row.covers(outcome, sign, line) for row in TABLE):
            yield f"{sign} {line}"


def stale(outcomes: Iterable[Outcome]) -> list[Explained]:
    """Return the rows that nothing needs."""
    lines = [(each, *line) for each in outcomes for line in _lines(each)]
    return [row for row in TABLE if not any(row.covers(*line) for line in lines)]


def _lines(outcome: Outcome) -> Iterator[tuple[str, str]]:
    for sign, lines in (("-", outcome.missing), ("+", outcome.extra)):
        for line in lines:
            yield sign, line
