"""Items written straight into a table, as fast as the engine takes them."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

# What DynamoDB takes in one call.
BATCH = 25


def write(table: str, items: Iterable[dict[str, Any]]) -> None:
    """Write items to a table of the catalogue, by its name there; what is left is sent again."""
    from shared.storage.aws_clients import client  # noqa: PLC0415 - with the engine's environment
    from shared.storage.dynamodb import database  # noqa: PLC0415

    left = iter(items)
    while batch := [{"PutRequest": {"Item": item}} for item in islice(left, BATCH)]:
        asked = {database.table(table): batch}
        while asked:
            asked = client("dynamodb").batch_write_item(RequestItems=asked)["UnprocessedItems"]
