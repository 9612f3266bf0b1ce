"""What a backup has and the table lacks comes back, once, unheard, and nothing there changes."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError

from local import aws_calls
from local.cloud import Cloud
from ops import CommandError, restore, stores
from ops.__main__ import main
from ops.restore import beside, copying, quiet
from ops.stores import Resource
from shared.domain.timestamps import format_timestamp
from shared.storage import holds
from shared.storage.hold_items import Hold
from tests.conftest import ENGINE
from tests.factories import table_beside
from tests.support import NOW

pytestmark = pytest.mark.skipif(ENGINE != "moto", reason="restores are the embedded engine's")
COPY = "privacy-test-stores-restored-records"
OTHER = "privacy-test-a-copy"
WORDS = ["restore", "--stack", "privacy-test"]
OPEN = {"Filters": [{"Pattern": '{"eventName":["INSERT"]}'}]}


def item(number: int, said: str = "then") -> dict[str, Any]:
    return {"person": {"S": f"p_{number}"}, "record": {"S": "enquiry#1"}, "said": {"S": said}}


class Calls:
    """Lambda and CloudFormation as far as they are asked, in the order in which they are."""

    def __init__(self, template: Mapping[str, Any]) -> None:
        self.template = template
        self.made: list[tuple[str, str]] = []
        self.filters: dict[str, Any] = {}

    def put_function_concurrency(self, *, FunctionName: str, **_: Any) -> None:  # noqa: N803
        self.made.append(("stop", FunctionName))

    def delete_function_concurrency(self, *, FunctionName: str) -> None:  # noqa: N803
        self.made.append(("run", FunctionName))

    def update_event_source_mapping(self, *, UUID: str, FilterCriteria: Any) -> None:  # noqa: N803
        self.made.append(("close" if FilterCriteria == quiet.CLOSED else "open", UUID))
        self.filters[UUID] = FilterCriteria

    def get_event_source_mapping(self, **_: Any) -> dict[str, str]:
        return {"State": "Enabled"}

    def get_template(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        assert StackName == "privacy-test"
        return {"TemplateBody": self.template}

    def get_paginator(self, _: str) -> "Calls":
        return self

    def paginate(self, *, EventSourceArn: str) -> list[dict[str, Any]]:  # noqa: N803
        return [{"EventSourceMappings": [{"UUID": each} for each in self._of(EventSourceArn)]}]

    def _of(self, stream: str) -> list[str]:
        table = "RecordsTable" if "RecordsTable" in stream else "OperationsTable"
        return [
            name
            for name, each in self.template["Resources"].items()
            if each["Type"] == "AWS::Lambda::EventSourceMapping"
            if table in str(each["Properties"]["EventSourceArn"])
        ]


@pytest.fixture
def calls(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """A deployment of which all but the tables is told."""
    made = Calls(cloud.template)
    listed = {
        name: Resource(each["Type"], cloud.resources.get(name, {"Ref": name})["Ref"])
        if each["Type"].startswith(("AWS::DynamoDB", "AWS::S3", "AWS::Secrets"))
        else Resource(each["Type"], name)
        for name, each in cloud.template["Resources"].items()
    }
    monkeypatch.setattr(stores, "listed", lambda _: listed)
    monkeypatch.setattr(restore, "PASSING_SECONDS", 0)
    monkeypatch.setattr(beside, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(
        restore, "_client", lambda name: boto3.client(name) if name == "dynamodb" else made
    )
    put = copying.Copying.put_back

    def noted(work: copying.Copying) -> str:
        made.made.append(("put", work.place))
        return put(work)

    monkeypatch.setattr(copying.Copying, "put_back", noted)
    return made


@pytest.fixture
def table(cloud: Cloud) -> Iterator[str]:
    """A deployed table that lost one item and has one changed and one new since the backup."""
    name, dynamodb = cloud.table("RecordsTable"), boto3.client("dynamodb")
    table_beside(dynamodb, name, OTHER)
    for number in range(3):
        dynamodb.put_item(TableName=OTHER, Item=item(number))
    dynamodb.put_item(TableName=name, Item=item(1, "now"))
    dynamodb.put_item(TableName=name, Item=item(2))
    dynamodb.put_item(TableName=name, Item=item(9))
    yield name
    dynamodb.delete_table(TableName=OTHER)
    for person in held(name):
        key = {"person": {"S": person}, "record": {"S": "enquiry#1"}}
        dynamodb.delete_item(TableName=name, Key=key)


def held(name: str) -> dict[str, str]:
    found = boto3.client("dynamodb").scan(TableName=name)["Items"]
    return {each["person"]["S"]: each["said"]["S"] for each in found if "said" in each}


def test_what_is_missing_comes_back_and_what_is_there_stays(
    table: str, calls: Calls, capsys: pytest.CaptureFixture[str]
) -> None:
    before = held(table)
    assert main([*WORDS, "--dry-run", "--from", OTHER, "records"]) == 0
    assert "1 are missing, 1 the same, 1 newer" in capsys.readouterr().out
    assert (held(table), calls.made) == (before, [])
    assert main([*WORDS, "--from", OTHER, "records"]) == 0
    assert held(table) == {"p_0": "then", "p_1": "now", "p_2": "then", "p_9": "then"}
    said = capsys.readouterr().out
    assert "1 put back, 1 the same, 1 newer" in said
    assert "erasures on the list" in said, "and who was erased since is erased again"
    assert main([*WORDS, "--from", OTHER, "records"]) == 0
    assert "0 put back, 2 the same" in capsys.readouterr().out, "again, it is done"


def test_a_run_that_broke_off_says_so_and_the_next_goes_on(
    table: str, calls: Calls, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is back is back, and is written no second time."""
    dynamodb = boto3.client("dynamodb")
    for number in range(10, 250):
        dynamodb.put_item(TableName=OTHER, Item=item(number))
    written: list[str] = []

    def note(_service: str, operation: str, params: dict[str, Any]) -> None:
        if operation == "PutItem":
            if len(written) >= 150:
                raise KeyboardInterrupt
            written.append(params["Item"]["person"]["S"])

    with aws_calls.seen(("dynamodb",), note), pytest.raises(KeyboardInterrupt):
        main([*WORDS, "--from", OTHER, "records"])
    assert "the same command goes on, --open lets them in" in capsys.readouterr().out
    back = set(written)
    assert held(table).keys() == {"p_1", "p_2", "p_9"} | back
    written.clear()
    with aws_calls.seen(("dynamodb",), note):
        assert main([*WORDS, "--from", OTHER, "records"]) == 0
    assert not back & set(written)
    assert set(held(table)) == {f"p_{number}" for number in (0, 1, 2, 9, *range(10, 250))}


def test_a_table_that_takes_no_more_is_waited_for(
    table: str, calls: Calls, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table that is new to so many writes refuses some, longer than a client tries by itself."""
    monkeypatch.setattr(copying, "PAUSES", (0, 0))
    monkeypatch.setattr(copying, "PROGRESS", 2)
    asked: Counter[str] = Counter()

    def busy(_service: str, operation: str, _params: dict[str, Any]) -> None:
        asked[operation] += 1
        if operation in ("Scan", "BatchGetItem", "PutItem") and asked[operation] <= 2:
            raise ReadTimeoutError(endpoint_url="here")

    with aws_calls.seen(("dynamodb",), busy):
        assert main([*WORDS, "--from", OTHER, "records"]) == 0
    said = capsys.readouterr().out
    assert "1 put back, 1 the same" in said
    assert "3 compared, 1 were missing" in said, "and it says how far it is"
    asked.clear()
    monkeypatch.setattr(copying, "PAUSES", ())
    with aws_calls.seen(("dynamodb",), busy):
        assert main([*WORDS, "--from", OTHER, "--dry-run", "records"]) == 1
    assert "busy or out of reach: the same command again" in capsys.readouterr().err


def test_writers_stop_first_and_workers_hear_nothing_of_it(table: str, calls: Calls) -> None:
    """In this order: what was stored before is heard, what is put back is not."""
    assert main([*WORDS, "--from", OTHER, "records"]) == 0
    steps = [step for step, _ in calls.made]
    assert sorted(set(steps), key=steps.index) == ["stop", "close", "put", "open", "run"]
    stopped = {name[: name.index("Function")] for step, name in calls.made if step == "stop"}
    assert {"Contact", "Preferences", "Desk", "Retention"} <= stopped
    assert not stopped & {"Notifications", "Aggregation", "Pages", "Consent"}
    assert len(calls.filters) == 2, "notifications and aggregation"
    deployed = calls.template["Resources"]
    for name, filters in calls.filters.items():
        assert filters == deployed[name]["Properties"]["FilterCriteria"], "as it was deployed"


def test_a_run_that_broke_off_is_opened_alone(table: str, calls: Calls) -> None:
    assert main([*WORDS, "--open", "records"]) == 0
    assert {step for step, _ in calls.made} == {"open", "run"}


def test_a_table_is_restored_beside_to_a_moment(
    table: str,
    calls: Calls,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = "2026-02-01T09:00:00Z"
    assert main([*WORDS, "--at", at, "--dry-run", "records"]) == 0
    said = capsys.readouterr().out
    assert f"{COPY} is being restored to {at}" in said
    assert "0 are missing" in said
    assert main([*WORDS, "--at", "2026-02-01T08:00:00Z", "--dry-run", "records"]) == 1
    assert f"{COPY} is there already, of " in capsys.readouterr().err
    plain = beside.described

    def described(dynamodb: Any, name: str) -> dict[str, Any]:
        """As DynamoDB tells it; moto tells of the moment in which it was asked."""
        table = plain(dynamodb, name)
        summary = {"RestoreDateTime": datetime.fromisoformat(at)}
        return {**table, "RestoreSummary": summary} if name == COPY else table

    monkeypatch.setattr(beside, "described", described)
    assert main([*WORDS, "--at", "2026-02-01T10:00:00+01:00", "--dry-run", "records"]) == 0
    assert "is there already, and taken" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main([*WORDS, "--at", "2026-02-01T09:00:00", "--dry-run", "records"])
    boto3.client("dynamodb").delete_table(TableName=COPY)


def test_a_restored_register_of_holds_holds_what_is_in_force_and_no_more(
    cloud: Cloud, calls: Calls, capsys: pytest.CaptureFixture[str]
) -> None:
    """The markers of the backup would hold, for good, what was let go since."""
    name, dynamodb = cloud.table("OperationsTable"), boto3.client("dynamodb")
    placed, lifted = (
        Hold(each, "A claim.", "staff", format_timestamp(NOW), person=f"p_{each}")
        for each in ("stays", "goes")
    )
    holds.place(placed)
    holds.place(lifted)
    table_beside(dynamodb, name, OTHER)
    for each in dynamodb.scan(TableName=name)["Items"]:
        dynamodb.put_item(TableName=OTHER, Item=each)
    holds.lift(lifted, "staff", NOW + timedelta(days=1), "It is over.")
    key = {"kind": {"S": "held"}, "id": {"S": "person#p_stays"}}
    dynamodb.delete_item(TableName=name, Key=key)
    assert holds.on("p_stays") == frozenset()
    assert main([*WORDS, "--from", OTHER, "operations"]) == 0
    assert "1 holds in force, marked again" in capsys.readouterr().out
    assert holds.on("p_stays") == {"stays"}
    assert holds.on("p_goes") == frozenset()
    dynamodb.delete_table(TableName=OTHER)


def test_a_table_of_another_kind_or_none_is_refused(
    table: str, calls: Calls, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*WORDS, "--from", table, "records"]) == 1
    assert "is no copy of" in capsys.readouterr().err
    assert main([*WORDS, "--from", "privacy-none", "records"]) == 1
    assert "There is no table privacy-none" in capsys.readouterr().err
    assert main([*WORDS, "--from", OTHER, "audit"]) == 1
    assert "is no copy of" in capsys.readouterr().err
    assert calls.made == []


def test_a_mapping_that_is_still_changing_is_waited_for(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = iter(["Updating", "Updating", "Enabled"])
    monkeypatch.setattr(calls, "get_event_source_mapping", lambda **_: {"State": next(states)})
    monkeypatch.setattr(quiet, "PAUSE_SECONDS", 0)
    nobody = quiet.Quiet("privacy-test", restore.BY_NAME["records"], {}, None, lambda _: calls)
    nobody._filter("u", quiet.CLOSED)
    assert next(states, None) is None
    with pytest.raises(CommandError, match="There is no table"):
        beside.described(boto3.client("dynamodb"), "privacy-none")
