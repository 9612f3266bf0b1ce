"""A table restored beside the others, under a name that begins as the role for restores allows."""

import time
from datetime import UTC, datetime
from typing import Any

from infra.declarations import Table
from ops import CommandError
from ops.stores import STORES

PAUSE_SECONDS = 20.0
_MAKING = ("CREATING", "RESTORING")


def restored(dynamodb: Any, stack: str, row: Table, now: dict[str, Any], at: datetime) -> str:
    """Restore a table to a moment, under the same key, and wait for it; return its name.

    One of that name and moment that is there already, or in the making, is taken for it.

    Raises:
        CommandError: the one that is there is of another moment.
    """
    name = f"{stack.removesuffix(STORES)}{STORES}-restored-{row.name}"
    try:
        dynamodb.restore_table_to_point_in_time(
            SourceTableName=now["TableName"],
            TargetTableName=name,
            RestoreDateTime=at,
            **_under_key(now),
        )
        print(f"{name} is being restored to {_said(at)}; that takes from 20 minutes to hours")
    except dynamodb.exceptions.TableAlreadyExistsException:
        of = described(dynamodb, name).get("RestoreSummary", {}).get("RestoreDateTime")
        if of is None or _said(of) != _said(at):
            moment = f"of {_said(of)}" if of else "and nothing says of when"
            raise CommandError(
                f"{name} is there already, {moment}: delete it, or take it with --from {name}."
            ) from None
        print(f"{name} is there already, and taken")
    while described(dynamodb, name)["TableStatus"] in _MAKING:
        time.sleep(PAUSE_SECONDS)
    return name


def _said(moment: datetime) -> str:
    """Write a moment to the second, which is as exact as DynamoDB restores."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def described(dynamodb: Any, name: str) -> dict[str, Any]:
    """Describe a table.

    Raises:
        CommandError: there is none of that name.
    """
    try:
        return dict(dynamodb.describe_table(TableName=name)["Table"])
    except dynamodb.exceptions.ResourceNotFoundException:
        raise CommandError(f"There is no table {name}.") from None


def check(now: dict[str, Any], then: dict[str, Any]) -> None:
    """Check that one table can have been the other.

    Raises:
        CommandError: their keys differ, or both are one.
    """
    name = then["TableName"]
    if now["KeySchema"] != then["KeySchema"] or now["TableName"] == name:
        raise CommandError(f"{name} is no copy of {now['TableName']}.")


def _under_key(table: dict[str, Any]) -> dict[str, Any]:
    key = table.get("SSEDescription", {}).get("KMSMasterKeyArn")
    if key is None:
        return {}
    return {"SSESpecificationOverride": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}}
