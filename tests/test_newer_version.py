"""This version works on what a newer one has written: they run side by side for minutes.

While a deployment is on its way, and for good after it was taken back, tables hold items with
attributes that this code does not know. Here every item that is written gets one, and a person
walks the whole way through all functions, workers and runs with it. But for the ledger's: an
event's digest covers all that it holds, and what is added to it afterwards is altered.
"""

from typing import Any

import boto3
import pytest

from infra.catalogue import TABLES
from local import aws_calls
from local.functions import Functions
from ops.__main__ import main
from shared.edge import current_time
from tests.support import NOW
from tests.walk import Walk, somebody

LATER = {"of_a_later_version": {"M": {"said": {"S": "nobody here knows"}}}}


def _as_a_newer_version(_service: str, operation: str, parameters: dict[str, Any]) -> None:
    """Add to every item that is about to be written what only a newer version knows."""
    puts = [member["Put"] for member in parameters.get("TransactItems", ()) if "Put" in member]
    for put in [parameters] if operation == "PutItem" else puts:
        if put["TableName"] != "LedgerTable":
            put["Item"] = put["Item"] | LATER


@pytest.mark.usefixtures("cloud")
def test_the_whole_way_is_walked_on_items_of_a_newer_version(
    functions: Functions, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Forms, links, requests, copies, erasure, retention; and the ledger's chains are whole."""
    monkeypatch.setattr(current_time, "now", lambda: NOW)
    with aws_calls.seen(("dynamodb",), _as_a_newer_version):
        Walk(functions, somebody("198.51.100.202")).everywhere()
    for row in TABLES:
        pages = (
            boto3.client("dynamodb")
            .get_paginator("scan")
            .paginate(TableName=functions.cloud.table(f"{row.name.title().replace('_', '')}Table"))
        )
        items = [item for page in pages for item in page["Items"]]
        newer = any(LATER.items() <= item.items() for item in items)
        assert newer == (row.name not in ("ledger", "statistics")), row.name
    capsys.readouterr()
    ledger = functions.cloud.table("LedgerTable")
    assert main(["ledger", "verify", "--table", ledger]) == 0, capsys.readouterr().out
