"""Mailed tokens and sessions as they are kept: a hash, whose it is, what it stands for, its use.

A token is `name.secret`, 22 characters each. Both are derived from the record that led to the
mail, so that a worker that sends a mail again, after a crash, sends the same token; what is kept
under the name is written once and never anew, so that a used token stays used. What was used or is
over stays for as long as a worker may come again, and then goes by the table's time to live.
"""

import hashlib
import secrets as randomness
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from shared.domain.errors import IdempotencyConflict, TokenInvalid
from shared.domain.hash_chain import base64url
from shared.domain.idempotency import IdempotencyKey
from shared.domain.identifiers import keyed
from shared.domain.timestamps import format_timestamp
from shared.domain.token_scopes import TokenScope
from shared.storage import secrets
from shared.storage.deduplication import REMEMBERED
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode

INDEX = "people"


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """What a token that was shown stands for.

    `facts` were kept when it was issued; `used_at`, `used_by` (hashes of the Idempotency-Key and
    of what was asked with it) and `result` when it was used. `until` is when it can no longer be
    used for the first time.
    """

    scope: TokenScope
    name: str
    person: str
    facts: Mapping[str, Any]
    issued_at: datetime
    until: datetime
    used_at: str | None = None
    used_by: str | None = None
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A token turned into a session: the session, until when it is open, and what to write.

    No `writes`: the same exchange was made before, and this is its answer again.
    """

    claims: TokenClaims
    session: str
    expires_at: datetime
    writes: tuple[dict[str, Any], ...] = ()


def issue(
    scope: TokenScope, person: str, cause: str, facts: Mapping[str, Any], now: datetime
) -> str:
    """Keep a token's hash and return the token; the same again for the same cause changes nothing.

    `cause` is the key of what led to it, one for each submission. A session's is random, or the
    exchange that opened it.
    """
    token = _derive(scope, person, cause)
    # Issued before, and perhaps used: what is kept of it stays as it is.
    with suppress(database.ConditionFailed):
        database.call("put_item", **_put(scope, person, token, facts, now))
    return token


def get(scope: TokenScope, token: str) -> TokenClaims:
    """Read what a token stands for, used or not, over or not.

    Raises:
        TokenInvalid: it was never issued, or is gone.
    """
    found = database.get("tokens", token=_key(scope, token))
    item = decode(found or {})
    if item.get("hash") != _hash(token):
        raise TokenInvalid
    return TokenClaims(
        scope=scope,
        name=_name(token),
        person=item["person"],
        facts=item["facts"],
        issued_at=_moment(item["issued"]),
        until=_moment(item["until"]),
        used_at=item.get("used_at"),
        used_by=item.get("used_by"),
        result=item.get("result", {}),
    )


def verify(scope: TokenScope, token: str, now: datetime) -> TokenClaims:
    """Check that a token may still be used, without using it up.

    Raises:
        TokenInvalid: wrong, used or over.
    """
    claims = get(scope, token)
    if claims.used_at is not None or now >= claims.until:
        raise TokenInvalid
    return claims


def use(
    claims: TokenClaims, now: datetime, result: Mapping[str, Any] | None = None, by: str = ""
) -> dict[str, Any]:
    """Return the write (an Update) that uses a token up, for a transaction with what it leads to.

    `result` is kept for the answer to a repetition; `by` names who may have that answer.
    """
    values = {
        ":at": format_timestamp(now),
        ":by": by or None,
        ":result": dict(result or {}),
        ":now": int(now.timestamp()),
    }
    names = {"#result": "result", "#until": "until"}
    sets = "SET used_at = :at, #result = :result" + (", used_by = :by" if by else "")
    return {
        "TableName": database.table("tokens"),
        "Key": encode({"token": f"{claims.scope}#{claims.name}"}),
        "UpdateExpression": sets,
        "ConditionExpression": "attribute_not_exists(used_at) AND #until > :now",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": encode(values),
    }


def used_by(claims: TokenClaims, key: IdempotencyKey) -> str:
    """Name the request that uses a token, by its key and what it asks; nothing without a key."""
    return f"{_hash(f'{claims.name} {key.key}')}.{key.fingerprint}" if key.key else ""


def repeats(claims: TokenClaims, key: IdempotencyKey) -> bool:
    """Tell whether a request that shows a used token is the one that used it.

    Raises:
        IdempotencyConflict: that one had this key and asked for something else.
    """
    this = used_by(claims, key)
    if not this or (claims.used_by or "").partition(".")[0] != this.partition(".")[0]:
        return False
    if claims.used_by != this:
        raise IdempotencyConflict
    return True


def exchange(scope: TokenScope, token: str, key: IdempotencyKey, now: datetime) -> Exchange:
    """Prepare the exchange of a mailed token for its session; nothing is written yet.

    With an Idempotency-Key the same call again, after an answer that got lost, gives the same
    session for as long as that is open. Without one, or with another, a used token is used.

    Raises:
        TokenInvalid: wrong, used or over.
        IdempotencyConflict: the key came before with something else.
    """
    claims = get(scope, token)
    opens = scope.row.opens
    if opens is None:
        raise TokenInvalid
    cause = f"{claims.name} {key.key or randomness.token_hex(16)}"
    session = _derive(opens, claims.person, cause)
    if claims.used_at is not None and repeats(claims, key):
        return Exchange(claims, session, verify(opens, session, now).until)
    if claims.used_at is not None or now >= claims.until:
        raise TokenInvalid
    writes = (
        {"Update": use(claims, now, by=used_by(claims, key))},
        {"Put": _put(opens, claims.person, session, claims.facts, now)},
    )
    return Exchange(claims, session, _moment(_seconds(now + opens.lifetime)), writes)


def carry_out(made: Exchange, token: str, key: IdempotencyKey, now: datetime) -> Exchange:
    """Write an exchange that was prepared, once; return it, or what the same call made of it.

    Raises:
        TokenInvalid: another call used the token meanwhile.
    """
    if made.writes:
        try:
            database.call("transact_write_items", TransactItems=list(made.writes))
        except database.TransactionFailed:  # used at this moment, perhaps by the same call
            made = exchange(made.claims.scope, token, key, now)
            if made.writes:
                raise TokenInvalid from None
    return made


def open_session(scope: TokenScope, token: str, key: IdempotencyKey, now: datetime) -> Exchange:
    """Exchange a mailed token for its session, once.

    Raises:
        TokenInvalid: wrong, used or over.
    """
    return carry_out(exchange(scope, token, key, now), token, key, now)


def of_person(person: str) -> Iterator[TokenClaims]:
    """Yield all tokens and sessions of a person, as the index has them: a moment may be missing."""
    query = {
        "TableName": database.table("tokens"),
        "IndexName": INDEX,
        "KeyConditionExpression": "person = :person",
        "ExpressionAttributeValues": encode({":person": person}),
    }
    for item in map(decode, database.pages("query", **query)):
        scope, _, name = item["token"].partition("#")
        yield TokenClaims(
            scope=TokenScope(scope),
            name=name,
            person=item["person"],
            facts=item["facts"],
            issued_at=_moment(item["issued"]),
            until=_moment(item["until"]),
            used_at=item.get("used_at"),
        )


def place(claims: TokenClaims) -> dict[str, Any]:
    """Return the key of a token, for its erasure."""
    return encode({"token": f"{claims.scope}#{claims.name}"})


def _put(
    scope: TokenScope, person: str, token: str, facts: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    until = now + scope.lifetime
    kept = until + REMEMBERED if scope.row.once else until
    item = {
        "token": _key(scope, token),
        "hash": _hash(token),
        "person": person,
        "facts": dict(facts),
        "issued": _seconds(now),
        "until": _seconds(until),
        "expires": _seconds(kept),
    }
    return {
        "TableName": database.table("tokens"),
        "Item": encode(item),
        "ConditionExpression": "attribute_not_exists(#token)",
        "ExpressionAttributeNames": {"#token": "token"},
    }


def _derive(scope: TokenScope, person: str, cause: str) -> str:
    secret = secrets.identity()
    name = keyed(secret, "token name", scope, person, cause)
    return f"{base64url(name)}.{base64url(keyed(secret, 'token', scope, person, cause))}"


def _name(token: str) -> str:
    return token.partition(".")[0]


def _key(scope: TokenScope, token: str) -> str:
    return f"{scope}#{_name(token)}"


def _hash(text: str) -> str:
    return base64url(hashlib.sha256(text.encode()).digest())


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
