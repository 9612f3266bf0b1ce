"""Retention does all of its work with what its row of the catalogue grants, and no more (S11)."""

from typing import Any

import pytest

from local import aws_calls
from local.functions import Functions
from retention import handler
from shared.edge import current_time
from shared.storage import objects
from shared.storage.retention import retention_index
from tests.functions.keeping import KEPT, Context, edge, hold, put, request
from tests.granted import allowed, targets
from tests.sample_events import EVENTS
from tests.support import NOW
from tests.test_events import load

SERVICES = {"dynamodb": "dynamodb", "s3": "s3"}


@pytest.mark.usefixtures("cloud")
def test_removing_everything_stays_within_the_role(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current_time, "now", lambda: NOW)
    for table, kind in sorted(
        {(place.table, place.kind) for place in retention_index.places(KEPT)}
    ):
        put(table, kind, edge(kind))
    whole: dict[str, Any] = {
        "entry": "case",
        "person": "p_x",
        "sources": {"orders": {"status": "uploaded"}},
    }
    name = request()
    put("requests", "case", edge("case"), request=name, **whole)
    objects.put_json(f"uploads/{name}/orders.json", {})
    hold(kind="support_record", until="2026-01-31T00:00:00.000Z")
    names = {
        known: logical_id
        for logical_id, attributes in functions.cloud.resources.items()
        for known in (attributes["Ref"], attributes.get("Arn", attributes["Ref"]))
    }
    seen: set[tuple[str, str]] = set()

    def note(service: str, operation: str, params: dict[str, Any]) -> None:
        for action, resource in targets(operation, params, names):
            seen.add((f"{service}:{action}", resource))

    with aws_calls.seen(SERVICES, note):
        handler.handle({}, Context())
        batch = load(EVENTS / "retention" / "operations.json")
        assert handler.handle(batch, Context()) == {"batchItemFailures": []}
    template = functions.cloud.template
    assert not [one for one in sorted(seen) if not allowed(template, "retention", *one)]
    assert {
        ("dynamodb:DeleteItem", "LedgerTable"),
        ("dynamodb:DeleteItem", "AuditTable"),
        ("dynamodb:ConditionCheckItem", "OperationsTable"),
        ("dynamodb:Query", "RequestsTable"),
        ("s3:DeleteObject", "ExportsBucket/*"),
    } <= seen
