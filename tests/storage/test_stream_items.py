"""What workers read from a stream, which hands over an empty list or map without its type."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.domain.retention import Figures
from shared.storage import breaches, ledger, records
from shared.storage.dynamodb.attribute_values import decode, encode
from shared.storage.ledger import LedgerEntry
from shared.storage.requests import request_items
from shared.storage.requests.request_items import RequestAction
from shared.storage.retention import runs
from shared.storage.retention.runs import RunReport
from tests import factories
from tests.factories import MORNING
from tests.storage.test_ledger import decide, new_subject
from tests.support import NOW

pytestmark = pytest.mark.usefixtures("cloud")


def lost(value: Any) -> Any:
    """Return an item as such a stream does."""
    if isinstance(value, list):
        return [lost(each) for each in value]
    if isinstance(value, dict):
        return {name: {} if each in ({"M": {}}, {"L": []}) else lost(each)
                for name, each in value.items()}  # fmt: skip
    return value


def _event() -> Any:
    event = decide(new_subject(), None)
    return ledger.put(LedgerEntry({**event, "decided": [], "carried": {}, "choices": {}}, {}, None))


def _breach() -> Any:
    return {"Item": encode(breaches._item(factories.breach()))}


def _step() -> Any:
    case = factories.request(version=1)
    return request_items.writes(case, None, RequestAction("note", "staff-1", NOW))[1]["Put"]


def _head() -> Any:
    return request_items.writes(factories.request(version=1, facts={}), None, _BEGUN)[0]["Put"]


def _report() -> Any:
    report = RunReport("run", 1, MORNING, MORNING, MORNING, dry_run=False, status=runs.FINISHED,
                    by="system", cutoffs={}, classes={"enquiry": Figures()})  # fmt: skip
    return {"Item": encode(
        {**runs._item(report, runs.KIND), "left": [], "digest": report.digest}
    )}  # fmt: skip


_BEGUN = RequestAction("opened", "system", NOW)
READ: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "record": (lambda: records.put(factories.record("p_1", fields={})), records.read),
    "event": (_event, ledger.read),
    "breach": (_breach, breaches.read),
    "step": (_step, lambda item: request_items.read_event(decode(item))),
    "request": (_head, lambda item: request_items.read_case(decode(item))),
    "report": (_report, runs.of_stream),
}


@pytest.mark.parametrize("kind", READ)
def test_what_is_empty_reads_the_same_when_a_stream_lost_it(kind: str) -> None:
    made, read = READ[kind]
    item = made()["Item"]
    assert read(lost(item)) == read(item)


def test_an_attribute_without_a_type_is_none() -> None:
    item = {"a": {"S": "x"}, "b": {}, "c": {"M": {"d": {}, "e": {"L": [{}, {"N": "1"}]}}}}
    assert decode(item) == {"a": "x", "c": {"e": [1]}}
