"""`python -m ops redrive`: what a worker gave up is done after all, once."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from infra import synth
from local.cloud import Cloud, of_type
from local.functions import Functions
from ops import redrive
from ops.__main__ import main
from tests.conftest import ENGINE
from tests.functions.people import Person, somebody

STACK = "privacy-test"
pytestmark = pytest.mark.skipif(ENGINE != "moto", reason="the stack is moto's")


class Lambda:
    """The service's client: runs our functions in this process; `broken` ones fail."""

    def __init__(self, functions: Functions) -> None:
        self.functions, self.broken, self.runs = functions, False, 0

    def invoke(self, FunctionName: str, Payload: bytes) -> Any:  # noqa: N803 - AWS's names
        self.runs += 1
        if self.broken:
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(b"{}")}
        name = FunctionName.removeprefix(f"{STACK}-")
        answer = self.functions.invoke(name, json.loads(Payload))
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


@pytest.fixture
def service(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lambda]:
    """The deployed stack as far as the command looks: queues and functions of the template."""
    names: dict[str, Any] = {}
    template = synth.template()
    for logical_id, function in of_type(template, "AWS::Lambda::Function").items():
        name = function["Properties"]["Handler"].split(".")[0]
        kept = {"FunctionName": f"{STACK}-{name}", "Handler": "x", "Runtime": "python3.13"}
        code = {"Code": {"ZipFile": "x"}, "Role": {"Fn::GetAtt": ["Role", "Arn"]}}
        names[logical_id] = {"Type": "AWS::Lambda::Function", "Properties": kept | code}
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    policy = {"Version": "2012-10-17", "Statement": [trust | {"Action": "sts:AssumeRole"}]}
    names["Role"] = {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": policy},
    }
    for logical_id in of_type(template, "AWS::SQS::Queue"):
        names[logical_id] = {"Type": "AWS::SQS::Queue"}
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(StackName=STACK, TemplateBody=json.dumps({"Resources": names}))
    running = Lambda(functions)
    plain = redrive._client
    monkeypatch.setattr(
        redrive, "_client", lambda name: running if name == "lambda" else plain(name)
    )
    yield running
    cloudformation.delete_stack(StackName=STACK)


@pytest.fixture
def sam() -> Person:
    return somebody()


def queue(worker: str) -> str:
    (url,) = [
        url
        for url in boto3.client("sqs").list_queues()["QueueUrls"]
        if f"{worker.title().replace('_', '')}DeadLetters" in url
    ]
    return str(url)


def stream(cloud: Cloud) -> tuple[str, str, list[Any]]:
    """Return the records' stream, its shard, and all that is in it."""
    client = boto3.client("dynamodbstreams")
    table = boto3.client("dynamodb").describe_table(TableName=cloud.table("RecordsTable"))
    arn = str(table["Table"]["LatestStreamArn"])
    (shard,) = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = client.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    return arn, shard["ShardId"], client.get_records(ShardIterator=iterator)["Records"]


def give_up(cloud: Cloud, first: int) -> None:
    """Set aside what the stream has from its record `first` on, as Lambda does."""
    arn, shard, changes = stream(cloud)
    numbers = [int(change["dynamodb"]["SequenceNumber"]) for change in changes]
    start = numbers[0] + first
    batch = {
        "shardId": shard,
        "startSequenceNumber": f"{start:021}",
        "endSequenceNumber": f"{max(start, numbers[-1]):021}",
        "approximateArrivalOfFirstRecord": datetime.now(UTC).isoformat(),
        "batchSize": max(1, len(numbers) - first),
        "streamArn": arn,
    }
    put("notifications", {"requestContext": {"condition": "x"}, "DDBStreamBatchInfo": batch})


def put(worker: str, message: dict[str, Any]) -> None:
    boto3.client("sqs").send_message(QueueUrl=queue(worker), MessageBody=json.dumps(message))


def waiting(worker: str = "notifications") -> int:
    attributes = boto3.client("sqs").get_queue_attributes(
        QueueUrl=queue(worker), AttributeNames=["All"]
    )["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"]) + int(
        attributes["ApproximateNumberOfMessagesNotVisible"]
    )


def run(worker: str = "notifications", *more: str) -> int:
    return main(["redrive", worker, "--stack", STACK, *more])


def written(sam: Person, cloud: Cloud) -> int:
    """Have a form sent; return where in the stream its record is."""
    before = len(stream(cloud)[2])
    assert sam.send("/v1/newsletter").status == 202
    return before


def test_the_mail_that_was_given_up_is_sent(
    service: Lambda, cloud: Cloud, sam: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    give_up(cloud, first=written(sam, cloud))
    assert sam.mails() == []
    assert run("notifications", "--dry-run") == 0
    assert (sam.mails(), waiting(), service.runs) == ([], 1, 0)
    assert run() == 0
    assert (len(sam.mails()), waiting(), service.runs) == (1, 0, 1)
    said = capsys.readouterr().out
    assert said.endswith("1 done again, 0 left\n")
    assert sam.email not in said
    assert sam.id not in said


def test_what_fails_again_stays(service: Lambda, cloud: Cloud, sam: Person) -> None:
    give_up(cloud, first=written(sam, cloud))
    service.broken = True
    assert run() == 1
    assert waiting() == 1
    service.broken = False
    assert run() == 0
    assert waiting() == 0


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_what_comes_again_while_the_others_are_tried_has_had_its_turn(
    service: Lambda, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
) -> None:
    """A worker that runs into its time for each message takes longer than messages stay hidden."""
    service.broken = True
    monkeypatch.setattr(redrive, "HIDDEN_SECONDS", 0)
    for number in range(3):
        put("deadlines", {"requestPayload": {"number": number}})
    assert run("deadlines", *more) == (0 if more else 1)
    assert (waiting("deadlines"), service.runs) == (3, 0 if more else 3)
    boto3.client("sqs").purge_queue(QueueUrl=queue("deadlines"))


def test_what_the_stream_no_longer_has_is_named_and_stays(
    service: Lambda, cloud: Cloud, sam: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    written(sam, cloud)
    give_up(cloud, first=10_000)
    assert run() == 1
    assert "no longer in the stream" in capsys.readouterr().out
    assert (waiting(), service.runs) == (1, 0)


def test_so_is_what_the_stream_has_trimmed(
    service: Lambda, cloud: Cloud, sam: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    give_up(cloud, first=written(sam, cloud))
    with Stubber(redrive._client("dynamodbstreams")) as stubbed:
        stubbed.add_client_error("get_shard_iterator", "TrimmedDataAccessException")
        assert run() == 1
    assert "no longer in the stream" in capsys.readouterr().out
    assert (waiting(), service.runs) == (1, 0)


@pytest.mark.parametrize("message", [{}, {"requestPayload": {}, "responsePayload": {}}])
def test_a_daily_run_is_run(service: Lambda, message: dict[str, Any]) -> None:
    put("deadlines", message)
    assert run("deadlines") == 0
    assert (waiting("deadlines"), service.runs) == (0, 1)


@pytest.mark.usefixtures("service")
def test_an_empty_queue_is_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    assert capsys.readouterr().out == "0 done again, 0 left\n"


@pytest.mark.usefixtures("cloud")
def test_an_unknown_stack_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["redrive", "notifications", "--stack", "none"]) == 1
    assert "Stack with id none does not exist" in capsys.readouterr().err
