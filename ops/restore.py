"""`python -m ops restore`: bring back from a restored table what the deployed one lacks.

The restored table stands beside (AWS restores under a new name only). Nothing that is there now is
overwritten: what is newer than the backup stays, and an append-only table refuses changes anyway.
"""

import argparse
from collections.abc import Iterator
from typing import Any

from infra.catalogue import TABLES
from infra.rows import Table, title
from ops import CommandError, stores

BY_NAME = {row.name: row for row in TABLES}
# What a stream's mapping lets through while items are put back: nothing.
CLOSED = '{"eventName":["NEVER"]}'

Item = dict[str, Any]


ABOUT = "put back into a table what a restored copy of it has and it lacks"
DESCRIPTION = (
    "Goes through the restored table page by page and puts each item that the "
    "deployed table lacks, on condition that it is still not there; what is there, newer or "
    "not, stays. Refuses while workers would take the items for new ones and mail again. May "
    "be broken off and repeated. Afterwards play the list of erasures (`ops erasures replay`). "
    "docs/operations/restore.md tells the whole way."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("--stack", metavar="NAME", required=True, help="e.g. privacy-prod")
    parser.add_argument("--dry-run", action="store_true", help="compare, and change nothing")
    parser.add_argument("table", choices=sorted(BY_NAME), help="which of the deployment's tables")
    parser.add_argument("restored", help="the name of the table that was restored beside it")
    parser.set_defaults(func=run)


def run(chosen: argparse.Namespace) -> int:
    """Compare, and unless it is a dry run put back what is missing; 0 if nothing is missing then.

    Raises:
        CommandError: the tables do not fit, or workers would hear of the items.
    """
    row, dynamodb = BY_NAME[chosen.table], _client("dynamodb")
    place = stores.resources(chosen.stack).get(f"{title(row.name)}Table")
    if place is None:
        raise CommandError(f"The stack {chosen.stack} has no table {row.name}.")
    now, then = (_described(dynamodb, name) for name in (place, chosen.restored))
    if now["KeySchema"] != then["KeySchema"] or place == chosen.restored:
        raise CommandError(f"{chosen.restored} is not a restored {row.name}.")
    if not chosen.dry_run:
        _refuse_while_heard(now)
    missing = same = other = 0
    for item in _items(dynamodb, chosen.restored):
        key = {name: item[name] for name in (row.partition, row.sort) if name is not None}
        there = dynamodb.get_item(TableName=place, Key=key, ConsistentRead=True).get("Item")
        if there is None:
            missing += 1
            if not chosen.dry_run:
                _put(dynamodb, place, row, item)
        elif there == item:
            same += 1
        else:
            other += 1
    done = "would be put back" if chosen.dry_run else "put back"
    print(f"{missing} {done}, {same} the same, {other} newer or other and left as they are")
    return 0


def _put(dynamodb: Any, place: str, row: Table, item: Item) -> None:
    """Put an item that was not there a moment ago; if it is now, that one stays."""
    try:
        dynamodb.put_item(
            TableName=place,
            Item=item,
            ConditionExpression="attribute_not_exists(#key)",
            ExpressionAttributeNames={"#key": row.partition},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return


def _refuse_while_heard(table: dict[str, Any]) -> None:
    """Refuse while a worker hears what is new in the table: it would all be done again."""
    stream = table.get("LatestStreamArn")
    if stream is None:
        return
    pages = _client("lambda").get_paginator("list_event_source_mappings")
    for page in pages.paginate(EventSourceArn=stream):
        for mapping in page["EventSourceMappings"]:
            filters = mapping.get("FilterCriteria", {}).get("Filters", [])
            if [each.get("Pattern") for each in filters] != [CLOSED]:
                raise CommandError(
                    f"A worker would hear of it: close the mapping {mapping['UUID']} first"
                    " (docs/operations/restore.md)."
                )


def _described(dynamodb: Any, name: str) -> dict[str, Any]:
    try:
        return dict(dynamodb.describe_table(TableName=name)["Table"])
    except dynamodb.exceptions.ResourceNotFoundException:
        raise CommandError(f"There is no table {name}.") from None


def _items(dynamodb: Any, name: str) -> Iterator[Item]:
    for page in dynamodb.get_paginator("scan").paginate(TableName=name, ConsistentRead=True):
        yield from page["Items"]


def _client(service: str) -> Any:
    from shared.storage.aws_clients import client  # noqa: PLC0415 - needs botocore

    return client(service)
