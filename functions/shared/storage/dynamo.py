"""One call to DynamoDB, with its faults in the words of the business."""

import os
from collections.abc import Iterator
from typing import Any

from botocore import exceptions

from shared.domain.errors import Busy
from shared.storage.aws import client

_THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "InternalServerError",
        "ServiceUnavailable",
    }
)


class ConditionFailed(Exception):
    """The item is not what the write's condition asked for; `item` is what is there."""

    def __init__(self, item: dict[str, Any] | None) -> None:
        """Hold the item's attributes, if the write asked to be shown them."""
        super().__init__()
        self.item = item


def table(name: str) -> str:
    """Give the deployed name of one of the catalogue's tables."""
    return os.environ[f"TABLE_{name.upper()}"]


def call(operation: str, **parameters: Any) -> dict[str, Any]:
    """Call DynamoDB, e.g. `call("put_item", TableName=…, Item=…)`.

    Raises:
        ConditionFailed: the write's condition does not hold.
        Busy: throttled or out of reach, after the client's own retries.
    """
    try:
        answer: dict[str, Any] = getattr(client("dynamodb"), operation)(**parameters)
    except exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ConditionalCheckFailedException":
            raise ConditionFailed(error.response.get("Item")) from None
        if code in _THROTTLED:
            raise Busy from None
        raise
    except (exceptions.ConnectionError, exceptions.HTTPClientError):
        raise Busy from None
    return answer


def pages(operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
    """Give every item of a query or scan, however many pages it takes."""
    while True:
        answer = call(operation, **parameters)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        parameters["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
