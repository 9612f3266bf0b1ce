"""`python -m ops redrive`: have a worker do again what it gave up."""

import argparse
import contextlib
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from infra.catalogue import FUNCTIONS
from ops import CommandError, stores

WORKERS = tuple(row.name for row in FUNCTIONS if not row.serves_http)
# As long as the longest function may run, so that nobody else takes the message meanwhile.
HIDDEN_SECONDS = 900
BATCH = 10
# Pages of a stream may be empty; so many in a row are not.
MAX_EMPTY = 100

Message = dict[str, Any]


class _Gone(Exception):
    """The stream no longer has the records: it keeps them for a day."""


ABOUT = "have a worker do again what is among its dead letters"
DESCRIPTION = (
    "Takes each message of the worker's dead-letter queue, reads the records that "
    "it stands for from the table's stream, invokes the worker with them, and deletes the "
    "message once the worker is done. Every effect happens once, so that too often is no "
    "harm. Streams keep records for a day: what is older stays in the queue and is named. "
    "Exits with 1 if a message is left."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("worker", choices=WORKERS, help="whose dead letters")
    stores.add_stack(parser)
    parser.add_argument("--dry-run", action="store_true", help="tell, and change nothing")
    parser.set_defaults(func=run)


def run(chosen: argparse.Namespace) -> int:
    """Drive every message again; 0 if none is left, else 1.

    Raises:
        CommandError: the stack has no such queue or function.
    """
    named, worker = stores.resources(chosen.stack), chosen.worker.title().replace("_", "")
    queue, function = _only(named, f"{worker}DeadLetters"), _only(named, f"{worker}Function")
    done, left = 0, dict[str, str]()  # the handle that each was received with last, by its id
    for message in _messages(queue, left):
        what, fault = _again(function, json.loads(message["Body"]), dry_run=chosen.dry_run)
        print(f"{what}: {fault or ('would be done again' if chosen.dry_run else 'done')}")
        if fault or chosen.dry_run:
            left[message["MessageId"]] = message["ReceiptHandle"]
            continue
        _client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        done += 1
    for handle in left.values():  # now, not before: it would come again in this very round
        _show(queue, handle)
    print(f"{done} done again, {len(left)} left")
    return 1 if left and not chosen.dry_run else 0


def _again(function: str, body: Message, *, dry_run: bool) -> tuple[str, str | None]:
    """Do one message again; return what it is in words, and what went wrong, if anything did."""
    batch = body.get("DDBStreamBatchInfo")
    if batch is None:
        return "a daily run", None if dry_run else _invoke(function, body.get("requestPayload", {}))
    table = batch["streamArn"].split("/")[1]
    what = f"{batch['batchSize']} records of {table}, {batch['approximateArrivalOfFirstRecord']}"
    try:
        records = list(_records(batch))
    except _Gone:
        return (
            what,
            "no longer in the stream; docs/operations/runbooks/dead-letters.md says what is left",
        )
    return what, None if dry_run or not records else _invoke(function, {"Records": records})


def _invoke(function: str, event: Message) -> str | None:
    """Run the function; return what went wrong, without what it was about."""
    answer = _client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
    if "FunctionError" in answer:
        return "failed again; see the worker's log"
    said = json.loads(answer["Payload"].read() or b"null") or {}
    failed = said.get("batchItemFailures", ())
    return f"{len(failed)} records failed again; see the worker's log" if failed else None


def _records(batch: Message) -> Iterator[Message]:
    """Read the new items that a batch stood for, in the form in which Lambda hands them over.

    Raises:
        _Gone: the stream no longer has them.
    """
    streams, last = _client("dynamodbstreams"), int(batch["endSequenceNumber"])
    try:
        iterator = streams.get_shard_iterator(
            StreamArn=batch["streamArn"],
            ShardId=batch["shardId"],
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=batch["startSequenceNumber"],
        )["ShardIterator"]
        empty = 0
        while iterator and empty < MAX_EMPTY:
            page = streams.get_records(ShardIterator=iterator)
            empty = 0 if page["Records"] else empty + 1
            for record in page["Records"]:
                if int(record["dynamodb"]["SequenceNumber"]) > last:
                    return
                if record["eventName"] == "INSERT":
                    yield as_lambda_gives_it(record, batch["streamArn"])
                if int(record["dynamodb"]["SequenceNumber"]) == last:
                    return
            iterator = page.get("NextShardIterator")
        raise _Gone
    except (
        streams.exceptions.TrimmedDataAccessException,
        streams.exceptions.ResourceNotFoundException,
    ):
        raise _Gone from None


def as_lambda_gives_it(record: Message, stream: str) -> Message:
    """Turn a record, as a stream's API gives it, into the form in which Lambda hands it over."""
    change = record["dynamodb"]
    arrived = change["ApproximateCreationDateTime"].timestamp()
    return {
        **record,
        "dynamodb": {**change, "ApproximateCreationDateTime": arrived},
        "eventSourceARN": stream,
    }


def _messages(queue: str, left: dict[str, str]) -> Iterator[Message]:
    """Take messages until there are none; each is hidden from others while it is worked on.

    What was `left` comes again where the work takes longer than that: it has had its turn.
    """
    while True:
        answer = _client("sqs").receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=BATCH,
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=1,
        )
        found = answer.get("Messages", ())
        left |= {
            each["MessageId"]: each["ReceiptHandle"] for each in found if each["MessageId"] in left
        }
        if not (new := [each for each in found if each["MessageId"] not in left]):
            return
        yield from new


def _show(queue: str, handle: str) -> None:
    """Let others see a message again, unless its time has done so already."""
    sqs = _client("sqs")
    with contextlib.suppress(sqs.exceptions.MessageNotInflight):
        sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0)


def _only(named: dict[str, str], beginning: str) -> str:
    """Find what the CDK named so, with eight characters of its own after it."""
    found = [named[each] for each in named if re.fullmatch(f"{beginning}[0-9A-F]{{8}}", each)]
    if len(found) != 1:
        raise CommandError(f"The stack has {len(found)} resources called {beginning}….")
    return found[0]


@cache
def _client(service: str) -> Any:
    """Return a client that waits as long as the longest function may run, and asks once."""
    import boto3  # noqa: PLC0415 - only for this command
    from botocore.config import Config  # noqa: PLC0415

    once = Config(
        connect_timeout=5,
        read_timeout=HIDDEN_SECONDS + 10,
        retries={"total_max_attempts": 1 if service == "lambda" else 4},
    )
    return boto3.client(service, config=once)
