"""Mailed tokens and sessions: one power each, only a hash is kept, used once, replaced by newer.

A token is `slot.secret`. The slot is a keyed hash of power and person: there is one per
person and power, so a newer token takes the older one's place in the same write. The
secret is derived from the record that led to the mail, so that a worker that sends a mail
again, after a crash, sends the same token and voids nothing.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.domain.errors import TokenInvalid
from shared.domain.hash_chain import base64url
from shared.domain.identifiers import keyed
from shared.storage import secrets
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode


@dataclass(frozen=True, slots=True)
class TokenScope:
    """What a token allows, for how long, and whether using it ends it."""

    name: str
    lifetime: timedelta
    single_use: bool


CONFIRM_NEWSLETTER = TokenScope("confirm_newsletter", timedelta(days=7), single_use=True)
CONFIRM_ACCOUNT = TokenScope("confirm_account", timedelta(days=7), single_use=True)
OPEN_PREFERENCES = TokenScope("open_preferences", timedelta(minutes=30), single_use=True)
PREFERENCES = TokenScope("preferences", timedelta(minutes=30), single_use=False)
UNSUBSCRIBE = TokenScope("unsubscribe", timedelta(days=730), single_use=False)
# Each stands for one request, so the request's id takes the person's place.
VERIFY_REQUEST = TokenScope("verify_request", timedelta(days=7), single_use=True)
REQUEST = TokenScope("request", timedelta(minutes=30), single_use=False)


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """What a token that was shown stands for: a person, and facts kept when it was issued."""

    person: str
    facts: Mapping[str, Any]


def derive(power: TokenScope, person: str, cause: str) -> str:
    """Make the token of `power` that `cause` (a record's id, or randomness) leads to."""
    secret = base64url(keyed(secrets.identity(), "token", power.name, person, cause))
    return f"{_slot(power, person)}.{secret}"


def issue(
    power: TokenScope, person: str, cause: str, facts: Mapping[str, Any], now: datetime
) -> str:
    """Keep a token's hash, in place of the older one of the same power, and give the token."""
    token = derive(power, person, cause)
    database.call("put_item", **_put(power, person, token, facts, now))
    return token


def verify(power: TokenScope, token: str, now: datetime) -> TokenClaims:
    """Check a token without using it up.

    Raises:
        TokenInvalid: wrong, used, replaced or over.
    """
    answer = database.call(
        "get_item",
        TableName=database.table("tokens"),
        Key=encode({"token": _key(power, token)}),
        ConsistentRead=True,
    )
    item = decode(answer.get("Item", {}))
    if item.get("hash") != _hash(token) or item["expires"] <= now.timestamp():
        raise TokenInvalid
    return TokenClaims(item["person"], item["facts"])


def place(power: TokenScope, person: str) -> dict[str, Any]:
    """Give the key of a person's token of `power`, if there is one: for its erasure."""
    return encode({"token": f"{power.name}#{_slot(power, person)}"})


def use(power: TokenScope, token: str, now: datetime) -> dict[str, Any]:
    """Give the write that uses a token up, for a transaction with what it leads to."""
    return {
        "TableName": database.table("tokens"),
        "Key": encode({"token": _key(power, token)}),
        "ConditionExpression": "#hash = :hash AND expires > :now",
        "ExpressionAttributeNames": {"#hash": "hash"},
        "ExpressionAttributeValues": encode({":hash": _hash(token), ":now": int(now.timestamp())}),
    }


def exchange(power: TokenScope, token: str, session: TokenScope, cause: str, now: datetime) -> str:
    """Turn a single-use token into a session: one transaction, so that it works once.

    Raises:
        TokenInvalid: wrong, used, replaced or over.
    """
    opened, members = exchanging(power, token, session, cause, now)
    try:
        database.call("transact_write_items", TransactItems=members)
    except database.TransactionFailed:
        raise TokenInvalid from None
    return opened


def exchanging(
    power: TokenScope, token: str, session: TokenScope, cause: str, now: datetime
) -> tuple[str, list[dict[str, Any]]]:
    """Give the session of an exchange and its writes, for a transaction with what it leads to.

    Raises:
        TokenInvalid: wrong, used, replaced or over.
    """
    grant = verify(power, token, now)
    opened = derive(session, grant.person, cause)
    members: list[dict[str, Any]] = [
        {"Delete": use(power, token, now)},
        {"Put": _put(session, grant.person, opened, grant.facts, now)},
    ]
    return opened, members


def _put(
    power: TokenScope, person: str, token: str, facts: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    item = {
        "token": _key(power, token),
        "hash": _hash(token),
        "person": person,
        "facts": dict(facts),
        "expires": int((now + power.lifetime).timestamp()),
    }
    return {"TableName": database.table("tokens"), "Item": encode(item)}


def _slot(power: TokenScope, person: str) -> str:
    return base64url(keyed(secrets.identity(), "slot", power.name, person))


def _key(power: TokenScope, token: str) -> str:
    return f"{power.name}#{token.partition('.')[0]}"


def _hash(token: str) -> str:
    return base64url(hashlib.sha256(token.encode()).digest())
