"""One call to DynamoDB, with its faults in the words of the business."""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore import exceptions

from shared.domain.errors import Busy
from shared.storage import passing_faults
from shared.storage.aws_clients import client
from shared.storage.dynamodb.attribute_values import encode

_INVALID = "ValidationException"
# Of a transaction's reasons those that stay so however often it is tried.
_NEVER = frozenset({"ValidationError", "ItemCollectionSizeLimitExceeded"})

# What a transaction takes, checks and all, and a read of many items.
MEMBERS = 100
BATCH_ROUNDS = 5


class ConditionFailed(Exception):
    """The item is not what the write's condition asked for; `item` is what is there."""

    def __init__(self, item: dict[str, Any] | None) -> None:
        """Hold the item's attributes, if the write asked to be shown them."""
        super().__init__()
        self.item = item


class TransactionFailed(Exception):
    """Nothing was written: `items` has, by position, what stood against each condition."""

    def __init__(self, items: dict[int, dict[str, Any] | None]) -> None:
        """Hold the positions of the writes whose condition does not hold."""
        super().__init__()
        self.items = items


class TransactionRefused(Exception):
    """The store takes no such transaction, now or later: together it is too large."""


def table(name: str) -> str:
    """Return the deployed name of one of the catalogue's tables."""
    return os.environ[f"TABLE_{name.upper()}"]


def call(operation: str, **parameters: Any) -> dict[str, Any]:
    """Call DynamoDB, e.g. `call("put_item", TableName=…, Item=…)`.

    Raises:
        ConditionFailed: the write's condition does not hold.
        TransactionFailed: one of a transaction's conditions does not hold.
        TransactionRefused: a transaction is none that the store takes.
        Busy: throttled or out of reach, after the client's own retries.
    """
    try:
        answer: dict[str, Any] = getattr(client("dynamodb"), operation)(**parameters)
    except exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ConditionalCheckFailedException":
            raise ConditionFailed(error.response.get("Item")) from None
        if code == "TransactionCanceledException":
            raise _cancelled(error.response["CancellationReasons"]) from None
        if code == _INVALID and operation == "transact_write_items":
            raise TransactionRefused from error
        raise _busy(error) from None
    except exceptions.BotoCoreError as error:
        raise _busy(error) from None
    return answer


def _busy(error: Exception) -> Exception:
    """Return Busy in place of a fault that passes; any other as it is."""
    return Busy() if passing_faults.passes(error) else error


def _cancelled(reasons: list[dict[str, Any]]) -> Exception:
    failed = {
        index: reason.get("Item")
        for index, reason in enumerate(reasons)
        if reason["Code"] == "ConditionalCheckFailed"
    }
    if failed:
        return TransactionFailed(failed)
    refused = any(reason["Code"] in _NEVER for reason in reasons)
    return TransactionRefused() if refused else Busy()


def get(name: str, **key: Any) -> dict[str, Any] | None:
    """Read the attributes of one item of the catalogue's table `name`, strongly consistent."""
    answer = call("get_item", TableName=table(name), Key=encode(key), ConsistentRead=True)
    item: dict[str, Any] | None = answer.get("Item")
    return item


def put_new(name: str, item: Mapping[str, Any], key: str) -> dict[str, Any] | None:
    """Put an item if none has its key, of which `key` is a part; else give the one that has."""
    try:
        call(
            "put_item",
            TableName=table(name),
            Item=encode(item),
            ConditionExpression=f"attribute_not_exists({key})",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ConditionFailed as failure:
        return failure.item or {}
    return None


def partition(name: str, **key: Any) -> Iterator[dict[str, Any]]:
    """Yield every item of one partition of a table, in order, strongly consistent."""
    ((attribute, value),) = key.items()
    return pages(
        "query",
        TableName=table(name),
        KeyConditionExpression="#key = :key",
        ExpressionAttributeNames={"#key": attribute},
        ExpressionAttributeValues=encode({":key": value}),
        ConsistentRead=True,
    )


def pages(
    operation: str, by: Callable[..., dict[str, Any]] | None = None, /, **parameters: Any
) -> Iterator[dict[str, Any]]:
    """Yield every item of a query or scan, however many pages it takes; `by` asks for each."""
    while True:
        answer = (by or call)(operation, **parameters)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        parameters["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def batch_get(name: str, keys: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the items of up to a hundred keys of one table, in no order, those that exist.

    Raises:
        Busy: some are still unread after a few rounds.
    """
    wanted: dict[str, Any] = {name: {"Keys": keys, "ConsistentRead": True}}
    for _ in range(BATCH_ROUNDS):
        answer = call("batch_get_item", RequestItems=wanted)
        yield from answer["Responses"].get(name, ())
        wanted = answer.get("UnprocessedKeys") or {}
        if not wanted:
            return
    raise Busy
