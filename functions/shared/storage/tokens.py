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

from shared.domain.chain import base64url
from shared.domain.errors import TokenInvalid
from shared.domain.subject import keyed
from shared.storage import dynamo, secrets
from shared.storage.items import decode, encode


@dataclass(frozen=True, slots=True)
class Power:
    """What a token allows, for how long, and whether using it ends it."""

    name: str
    lifetime: timedelta
    single_use: bool


CONFIRM_NEWSLETTER = Power("confirm_newsletter", timedelta(days=7), single_use=True)
CONFIRM_ACCOUNT = Power("confirm_account", timedelta(days=7), single_use=True)
OPEN_PREFERENCES = Power("open_preferences", timedelta(minutes=30), single_use=True)
PREFERENCES = Power("preferences", timedelta(minutes=30), single_use=False)
UNSUBSCRIBE = Power("unsubscribe", timedelta(days=730), single_use=False)
# Each stands for one request, so the request's id takes the person's place.
VERIFY_REQUEST = Power("verify_request", timedelta(days=7), single_use=True)
REQUEST = Power("request", timedelta(minutes=30), single_use=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token that was shown stands for: a person, and facts kept when it was issued."""

    person: str
    facts: Mapping[str, Any]


def derive(power: Power, person: str, cause: str) -> str:
    """Make the token of `power` that `cause` (a record's id, or randomness) leads to."""
    secret = base64url(keyed(secrets.identity(), "token", power.name, person, cause))
    return f"{_slot(power, person)}.{secret}"


def issue(power: Power, person: str, cause: str, facts: Mapping[str, Any], now: datetime) -> str:
    """Keep a token's hash, in place of the older one of the same power, and give the token."""
    token = derive(power, person, cause)
    dynamo.call("put_item", **_put(power, person, token, facts, now))
    return token


def show(power: Power, token: str, now: datetime) -> Grant:
    """Check a token without using it up.

    Raises:
        TokenInvalid: wrong, used, replaced or over.
    """
    answer = dynamo.call(
        "get_item",
        TableName=dynamo.table("tokens"),
        Key=encode({"token": _key(power, token)}),
        ConsistentRead=True,
    )
    item = decode(answer.get("Item", {}))
    if item.get("hash") != _hash(token) or item["expires"] <= now.timestamp():
        raise TokenInvalid
    return Grant(item["person"], item["facts"])


def place(power: Power, person: str) -> dict[str, Any]:
    """Give the key of a person's token of `power`, if there is one: for its erasure."""
    return encode({"token": f"{power.name}#{_slot(power, person)}"})


def use(power: Power, token: str, now: datetime) -> dict[str, Any]:
    """Give the write that uses a token up, for a transaction with what it leads to."""
    return {
        "TableName": dynamo.table("tokens"),
        "Key": encode({"token": _key(power, token)}),
        "ConditionExpression": "#hash = :hash AND expires > :now",
        "ExpressionAttributeNames": {"#hash": "hash"},
        "ExpressionAttributeValues": encode({":hash": _hash(token), ":now": int(now.timestamp())}),
    }


def exchange(power: Power, token: str, session: Power, cause: str, now: datetime) -> str:
    """Turn a single-use token into a session: one transaction, so that it works once.

    Raises:
        TokenInvalid: wrong, used, replaced or over.
    """
    opened, members = exchanging(power, token, session, cause, now)
    try:
        dynamo.call("transact_write_items", TransactItems=members)
    except dynamo.TransactionFailed:
        raise TokenInvalid from None
    return opened


def exchanging(
    power: Power, token: str, session: Power, cause: str, now: datetime
) -> tuple[str, list[dict[str, Any]]]:
    """Give the session of an exchange and its writes, for a transaction with what it leads to.

    Raises:
        TokenInvalid: wrong, used, replaced or over.
    """
    grant = show(power, token, now)
    opened = derive(session, grant.person, cause)
    members: list[dict[str, Any]] = [
        {"Delete": use(power, token, now)},
        {"Put": _put(session, grant.person, opened, grant.facts, now)},
    ]
    return opened, members


def _put(
    power: Power, person: str, token: str, facts: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    item = {
        "token": _key(power, token),
        "hash": _hash(token),
        "person": person,
        "facts": dict(facts),
        "expires": int((now + power.lifetime).timestamp()),
    }
    return {"TableName": dynamo.table("tokens"), "Item": encode(item)}


def _slot(power: Power, person: str) -> str:
    return base64url(keyed(secrets.identity(), "slot", power.name, person))


def _key(power: Power, token: str) -> str:
    return f"{power.name}#{token.partition('.')[0]}"


def _hash(token: str) -> str:
    return base64url(hashlib.sha256(token.encode()).digest())
