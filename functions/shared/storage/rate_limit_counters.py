"""Counters that limit how often something may happen; they vanish with their window."""

from datetime import datetime
from typing import Any

from shared.domain.errors import Limited
from shared.domain.hash_chain import base64url
from shared.domain.identifiers import keyed
from shared.domain.rate_limits import Limit, source
from shared.storage import secrets
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import encode


def count(limit: Limit, who: str, now: datetime) -> int:
    """Count one more for `who`, kept only as a keyed hash; return what remains of the window.

    The addresses of one IPv6 network are one source.

    Raises:
        Limited: the window is full; nothing was counted.
    """
    ends = limit.ends(now)
    try:
        answer = database.call(
            "update_item",
            TableName=database.table("tokens"),
            Key=_key(limit, source(who), now),
            UpdateExpression="ADD hits :one SET expires = :expires",
            ConditionExpression="attribute_not_exists(hits) OR hits < :most",
            ExpressionAttributeValues=encode(
                {":one": 1, ":most": limit.most, ":expires": ends + limit.window}
            ),
            ReturnValues="UPDATED_NEW",
        )
    except database.ConditionFailed:
        wait = max(1, ends - int(now.timestamp()))
        raise Limited(limit.most, limit.window, wait) from None
    return limit.most - int(answer["Attributes"]["hits"]["N"])


def count_once(limit: Limit, who: str, cause: str, now: datetime) -> bool:
    """Count `cause` for `who` unless it is counted already; tell whether it is within the limit.

    The causes are kept as a set, so that a worker that tries again counts nothing twice.
    """
    limits = encode(
        {":cause": cause, ":most": limit.most, ":expires": limit.ends(now) + limit.window}
    )
    try:
        database.call(
            "update_item",
            TableName=database.table("tokens"),
            Key=_key(limit, who, now),
            UpdateExpression="ADD causes :causes SET expires = :expires",
            ConditionExpression=(
                "attribute_not_exists(causes) OR size(causes) < :most OR contains(causes, :cause)"
            ),
            ExpressionAttributeValues={":causes": {"SS": [cause]}, **limits},
        )
    except database.ConditionFailed:
        return False
    return True


def _key(limit: Limit, who: str, now: datetime) -> dict[str, Any]:
    name = base64url(keyed(secrets.identity(), limit.name, who))
    return encode({"token": f"{limit.name}#{name}#{limit.bucket(now)}"})
