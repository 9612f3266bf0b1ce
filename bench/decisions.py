"""Decisions of many browsers as a stream brings them: the sample's, each of another browser."""

import json
from collections.abc import Iterator
from typing import Any

from bench.folders import ROOT

SAMPLE = ROOT / "events" / "aggregation" / "ledger.json"
METHODS = ("accept_all", "reject_all", "choose")
NOTICES = ("cookie_banner", "preference_centre")


def records(count: int, table: str = "ledger", first: int = 0) -> Iterator[dict[str, Any]]:
    """Yield stream records of a table, the numbers from `first` on, of six notices and methods."""
    (sample, *_) = json.loads(SAMPLE.read_text("utf-8"))["Records"]
    change = sample["dynamodb"]
    arn = sample["eventSourceARN"].replace("LedgerTable", table)
    for number in range(first, first + count):
        subject = {"S": "c_" + format(number, "026b").replace("0", "a").replace("1", "b")}
        notice = {"M": {**change["NewImage"]["notice"]["M"], "id": {"S": NOTICES[number % 2]}}}
        told = {"subject": subject, "notice": notice, "method": {"S": METHODS[number % 3]}}
        yield {
            **sample,
            "eventSourceARN": arn,
            "dynamodb": {
                **change,
                "SequenceNumber": f"{100_000_000_000_000_000_000 + number}",
                "Keys": {**change["Keys"], "subject": subject},
                "NewImage": {**change["NewImage"], **told},
            },
        }
