"""An erasure that is stopped at any call to AWS and begun again ends as if it never had been."""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from fulfilment.erasure import erasure_executor, erasure_run
from local import aws_calls
from local.functions import Functions
from shared.domain import erasure as domain
from shared.domain.erasure_scope import ErasureScope
from shared.domain.record_classes import RecordClass
from shared.domain.timestamps import format_timestamp
from shared.storage import objects, policies, records
from shared.storage.aws_clients import client
from shared.storage.dynamodb import database
from shared.storage.holds import Watch
from shared.storage.records import Record
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction
from tests.functions.asking import Asker
from tests.functions.people import somebody
from tests.functions.visiting import browser, visit
from tests.support import NOW

pytestmark = pytest.mark.usefixtures("sam")

LATER = NOW + timedelta(hours=1)
TABLES = {
    "ledger": ("subject", "sequence"),
    "consent_states": ("person",),
    "records": ("person", "record"),
    "requests": ("request", "entry"),
    "operations": ("kind", "id"),
    "tokens": ("token",),
}
SERVICES = ("dynamodb", "s3", "secretsmanager")


class Killed(BaseException):
    """The process is gone, in the middle of a call."""


@contextmanager
def killed(at: int) -> Iterator[Callable[[], int]]:
    """Stop the process before its call number `at`, which is just after the one before."""
    calls = 0

    def count(*_: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == at:
            raise Killed

    try:
        with aws_calls.seen(SERVICES, count):
            yield lambda: calls
    except Killed:
        return


def everything() -> dict[str, Any]:
    """Return every item of every table and every object."""
    found: dict[str, Any] = {}
    for name, keys in TABLES.items():
        for item in database.pages("scan", TableName=database.table(name)):
            found[json.dumps([name, {key: item[key] for key in keys if key in item}])] = item
    listed = client("s3").list_objects_v2(Bucket=objects.bucket())
    return found | {item["Key"]: item["Key"] for item in listed.get("Contents", ())}


def restore(before: dict[str, Any], now: dict[str, Any]) -> None:
    """Put back every item and object that is not as it was, and take away what is new."""
    for name in before.keys() | now.keys():
        item = before.get(name)
        if item == now.get(name):
            continue
        if isinstance(item, str):
            client("s3").put_object(Bucket=objects.bucket(), Key=name, Body=b"{}")
            continue
        table, key = json.loads(name)
        if item is not None:
            database.call("put_item", TableName=database.table(table), Item=item)
        else:
            database.call("delete_item", TableName=database.table(table), Key=key)


@pytest.fixture
def asker(cloud: object, functions: Functions) -> Asker:
    """Somebody with a little of everything, whose request for erasure is in progress."""
    sam = somebody()
    asker, earlier = Asker(sam, functions), Asker(sam, functions)
    linked = browser(NOW)
    visit(linked, NOW, "/")
    sam.send("/v1/contact", name="Sam", message="No", marketing_opt_out=True, consent_id=linked)
    earlier.ask("access", details="All of it")
    earlier.verify()
    request_store.advance(
        earlier.case, RequestAction("fulfilled", "system", NOW, status="completed")
    )
    # A copy whose time is over, and that retention has not come to.
    old = {"files": {}, "prepared_at": "2025-06-01T09:00:00Z"}
    request_store.put_entry(earlier.id, "export", old, RecordClass.EXPORT, format_timestamp(NOW))
    objects.put_json(f"exports/{earlier.id}/all.zip", {})
    asker.ask("erasure")
    asker.verify()
    return asker


def test_stopped_at_any_call_it_ends_the_same(asker: Asker) -> None:
    """The end is the same in all tables and the bucket, whichever call was the last one.

    Two stops with nothing but reading in between leave the same, and are driven on from once.
    """
    before, case = everything(), asker.case
    with killed(0) as count:
        erasure_run.carry_out(case, LATER)
    calls, wanted = count(), everything()
    assert calls > 40
    assert wanted != before
    now, last, driven = wanted, before, 0
    for at in range(1, calls + 1):
        restore(before, now)
        case = asker.case
        with killed(at) as count:
            erasure_run.carry_out(case, LATER)
        assert count() == at, f"call {at} was not made"
        now = everything()
        if at > 1 and now == last:
            continue
        driven, last = driven + 1, now
        erasure_run.carry_out(asker.case, LATER)
        now = everything()
        assert now == wanted, f"stopped at call {at}"
    assert driven > 6


def test_stopped_again_and_again_it_still_ends(asker: Asker) -> None:
    chance = random.Random(17)
    for _ in range(200):
        if not asker.case.open:
            break
        case = asker.case
        with killed(chance.randint(1, 90)):
            erasure_run.carry_out(case, LATER)
    assert asker.case.status == "completed"
    scope = ErasureScope(asker.person.id, asker.id, frozenset())
    known = domain.rules(policies.published().current(NOW).document)
    left = erasure_executor.find(scope, known, Watch())
    assert domain.outstanding(left.counts) == 0


def test_many_records_go_in_bounded_batches(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    model = asker.person.held("enquiry")[0]
    for number in range(7):
        records.add(Record(**{**_fields(model), "id": f"more{number}"}))
    monkeypatch.setattr(erasure_executor, "BATCH", 3)
    sizes: list[int] = []
    transact = erasure_executor._transact

    def measured(members: list[Any]) -> Any:
        sizes.append(len(members))
        return transact(members)

    monkeypatch.setattr(erasure_executor, "_transact", measured)
    erasure_run.carry_out(asker.case, LATER)
    assert asker.person.held() == []
    assert len(sizes) > 3
    assert max(sizes) == 3 + 1, "and that no hold has come"


def _fields(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in Record.__dataclass_fields__}
