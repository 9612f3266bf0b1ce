"""What the workers gave up, as Lambda leaves it in their queues; `ops redrive` brings it back."""

import argparse
import contextlib
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock

from moto.backends import get_backend

from local.cloud import ACCOUNT, REGION
from ops import redrive, stores

Invoke = Callable[[str, dict[str, Any]], Any]
# What the CDK adds to a name.
_ADDED = "0" * 8


class DeadLetters:
    """The queues of all workers; `letters` are (worker, message), the oldest first."""

    def __init__(self) -> None:
        """Begin with nothing set aside."""
        self.letters: list[tuple[str, str]] = []

    def put_batch(self, worker: str, stream: str, records: list[dict[str, Any]]) -> None:
        """Set records of a stream aside: the message says where in it they are."""
        changes = [record["dynamodb"] for record in records]
        where = {
            "shardId": _shard(stream),
            "startSequenceNumber": min(change["SequenceNumber"] for change in changes),
            "endSequenceNumber": max(change["SequenceNumber"] for change in changes),
            "approximateArrivalOfFirstRecord": "2026-02-01T09:00:00Z",
            "batchSize": len(records),
            "streamArn": stream,
        }
        self.letters.append((worker, json.dumps({"DDBStreamBatchInfo": where})))

    def put_run(self, worker: str, event: dict[str, Any]) -> None:
        """Set a run that a schedule or a rule began aside."""
        self.letters.append((worker, json.dumps({"requestPayload": event})))

    def workers(self) -> list[str]:
        """Name the workers of whom something is set aside."""
        return list(dict.fromkeys(worker for worker, _ in self.letters))

    def redrive(self, worker: str, invoke: Invoke) -> Iterator[str]:
        """Look first, then have all of it done again; return what is not as it should be."""
        before = list(self.letters)
        with self._at_hand(worker, invoke):
            if _command(worker, dry_run=True) != 0 or sorted(self.letters) != sorted(before):
                yield f"a dry run changed something: {worker}"
            if _command(worker) != 0:
                yield f"cannot be redriven: {worker}"
                self.letters = [letter for letter in self.letters if letter[0] != worker]

    @contextmanager
    def _at_hand(self, worker: str, invoke: Invoke) -> Iterator[None]:
        """Give the command the queue and the function of a worker; the streams are the engine's."""
        name = worker.title().replace("_", "")
        named = {f"{name}DeadLetters{_ADDED}": worker, f"{name}Function{_ADDED}": worker}
        services = {"sqs": _Queue(self.letters), "lambda": _Lambda(invoke)}
        plain = redrive._client

        def client(service: str) -> Any:
            return services.get(service) or plain(service)

        with (
            mock.patch.object(stores, "resources", return_value=named),
            mock.patch.object(redrive, "_client", client),
        ):
            yield


class _Queue:
    """The parts of Amazon SQS that the command uses."""

    exceptions = SimpleNamespace(MessageNotInflight=LookupError)

    def __init__(self, letters: list[tuple[str, str]]) -> None:
        self._letters = letters
        self._taken: dict[str, tuple[str, str]] = {}

    def receive_message(self, *, QueueUrl: str, **_: Any) -> dict[str, Any]:  # noqa: N803 - AWS's
        for letter in list(self._letters):
            if letter[0] == QueueUrl:
                self._letters.remove(letter)
                handle = str(len(self._taken))
                self._taken[handle] = letter
                found = {"MessageId": handle, "Body": letter[1], "ReceiptHandle": handle}
                return {"Messages": [found]}
        return {}

    def delete_message(self, *, ReceiptHandle: str, **_: Any) -> None:  # noqa: N803 - AWS's
        del self._taken[ReceiptHandle]

    def change_message_visibility(self, *, ReceiptHandle: str, **_: Any) -> None:  # noqa: N803
        self._letters.append(self._taken.pop(ReceiptHandle))


class _Lambda:
    """The part of AWS Lambda that the command uses."""

    def __init__(self, invoke: Invoke) -> None:
        self._invoke = invoke

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - AWS's
        answer = self._invoke(FunctionName, json.loads(Payload))
        failed = {"FunctionError": "Unhandled"} if answer is None else {}
        return {**failed, "Payload": io.BytesIO(json.dumps(answer, default=str).encode())}


def _command(worker: str, *, dry_run: bool = False) -> int:
    chosen = argparse.Namespace(worker=worker, stack="privacy", dry_run=dry_run)
    with contextlib.redirect_stdout(io.StringIO()):
        return redrive.run(chosen)


def _shard(stream: str) -> str:
    backend: Any = get_backend("dynamodb")[ACCOUNT][REGION]
    shard: str = backend.tables[stream.split("/")[1]].stream_shard.id
    return shard
