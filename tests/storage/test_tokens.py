"""Tokens and sessions: one scope each, hashed, each submission its own, used once, over in time."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest

from shared.domain.errors import IdempotencyConflict, Limited, TokenInvalid
from shared.domain.idempotency import IdempotencyKey
from shared.domain.rate_limits import Limit
from shared.domain.token_scopes import ROWS, TokenScope, link
from shared.storage import rate_limit_counters, tokens
from shared.storage.deduplication import REMEMBERED
from shared.storage.dynamodb import database
from tests.support import NOW

pytestmark = pytest.mark.usefixtures("cloud")
STORED = [scope for scope in TokenScope if scope.row.record_class is not None]
ONCE = [scope for scope in STORED if scope.row.once]
EXCHANGED = [scope for scope in STORED if scope.row.opens is not None]
KEY = IdempotencyKey("0b8f1c1e-52a6-4f0e-8a35-6f1d7e6f2f10", "asked")


@pytest.fixture
def person() -> str:
    return f"p_{secrets.token_hex(8)}"


def used(scope: TokenScope, token: str) -> None:
    claims = tokens.verify(scope, token, NOW)
    write = {"Update": tokens.use(claims, NOW, {"record": "x"})}
    database.call("transact_write_items", TransactItems=[write])


def test_every_scope_has_a_row_and_says_all_of_it() -> None:
    assert ROWS.keys() == set(TokenScope)
    for scope in TokenScope:
        row = scope.row
        mailed = row.page is not None
        assert mailed == (scope not in {other.row.opens for other in TokenScope})
        assert (row.lifetime is None) == (row.record_class is None)
        if mailed:
            address = link("https://api.example/", scope, "T", request="r_x")
            assert address.startswith("https://api.example/")
            assert address.endswith(("#token=T", "/T"))


def test_a_token_has_one_scope(person: str) -> None:
    for scope in STORED:
        token = tokens.issue(scope, person, "cause", {}, NOW)
        assert tokens.verify(scope, token, NOW).person == person
        for other in STORED:
            if other is not scope:
                with pytest.raises(TokenInvalid):
                    tokens.verify(other, token, NOW)


def test_only_a_hash_is_kept(person: str) -> None:
    token = tokens.issue(TokenScope.OPEN_PREFERENCES, person, "cause", {}, NOW)
    items: list[Any] = boto3.client("dynamodb").scan(TableName=database.table("tokens"))["Items"]
    assert token.partition(".")[2] not in str(items)


@pytest.mark.parametrize("scope", STORED)
def test_a_newer_one_leaves_the_older_one_alone(scope: TokenScope, person: str) -> None:
    made = [tokens.issue(scope, person, cause, {"of": cause}, NOW) for cause in ("first", "second")]
    assert len(set(made)) == 2
    assert [tokens.verify(scope, token, NOW).facts["of"] for token in made] == ["first", "second"]


@pytest.mark.parametrize("scope", STORED)
def test_the_same_cause_makes_the_same_token(scope: TokenScope, person: str) -> None:
    assert len({tokens.issue(scope, person, "record", {}, NOW) for _ in range(3)}) == 1


@pytest.mark.parametrize("scope", ONCE)
def test_a_used_token_stays_used_however_late_a_worker_comes_again(
    scope: TokenScope, person: str
) -> None:
    """K3.5."""
    token = tokens.issue(scope, person, "record", {}, NOW)
    used(scope, token)
    for later in (timedelta(0), timedelta(days=1), scope.lifetime + timedelta(days=14)):
        assert tokens.issue(scope, person, "record", {}, NOW + later) == token
        with pytest.raises(TokenInvalid):
            tokens.verify(scope, token, NOW + later)
    assert tokens.get(scope, token).result == {"record": "x"}


@pytest.mark.parametrize("scope", ONCE)
def test_what_was_used_or_is_over_outlives_every_redelivery(scope: TokenScope, person: str) -> None:
    token = tokens.issue(scope, person, "record", {}, NOW)
    item = database.call(
        "get_item",
        TableName=database.table("tokens"),
        Key={"token": {"S": f"{scope}#{token.partition('.')[0]}"}},
    )["Item"]
    assert int(item["expires"]["N"]) == (NOW + scope.lifetime + REMEMBERED).timestamp()


@pytest.mark.parametrize("scope", STORED)
def test_it_is_over_when_its_time_is_over(scope: TokenScope, person: str) -> None:
    token = tokens.issue(scope, person, "cause", {}, NOW)
    last = NOW + scope.lifetime - timedelta(seconds=1)
    assert tokens.verify(scope, token, last).person == person
    with pytest.raises(TokenInvalid):
        tokens.verify(scope, token, NOW + scope.lifetime)


@pytest.mark.parametrize("scope", EXCHANGED)
def test_it_is_exchanged_once_and_the_same_call_gets_the_same_session(
    scope: TokenScope, person: str
) -> None:
    token = tokens.issue(scope, person, "cause", {"request": "r_x"}, NOW)
    opens = scope.row.opens
    assert opens is not None
    first = tokens.open_session(scope, token, KEY, NOW)
    claims = tokens.verify(opens, first.session, NOW)
    assert (claims.person, claims.facts) == (person, {"request": "r_x"})
    again = tokens.open_session(scope, token, KEY, NOW + timedelta(minutes=5))
    assert (again.session, again.expires_at) == (first.session, first.expires_at)
    assert again.writes == ()
    for other in (IdempotencyKey(), IdempotencyKey("another-key-of-somebody-else", "asked")):
        with pytest.raises(TokenInvalid):
            tokens.open_session(scope, token, other, NOW)
    with pytest.raises(IdempotencyConflict):
        tokens.open_session(scope, token, replace(KEY, fingerprint="asked otherwise"), NOW)


@pytest.mark.parametrize("key", [IdempotencyKey(), KEY], ids=["without", "with"])
def test_of_two_exchanges_at_once_one_wins_or_both_get_the_same(
    key: IdempotencyKey, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scope = TokenScope.OPEN_PREFERENCES
    token = tokens.issue(scope, person, "cause", {}, NOW)
    plain, opened = tokens.exchange, []
    raced = iter((True,))

    def exchange(*arguments: Any) -> tokens.Exchange:
        made = plain(*arguments)
        if next(raced, False):
            database.call("transact_write_items", TransactItems=list(plain(*arguments).writes))
            opened.append(made)
        return made

    monkeypatch.setattr(tokens, "exchange", exchange)
    if key.key is None:
        with pytest.raises(TokenInvalid):
            tokens.open_session(scope, token, key, NOW)
    else:
        assert tokens.open_session(scope, token, key, NOW).session == opened[0].session


def test_a_person_s_tokens_are_found(person: str) -> None:
    for scope in STORED:
        tokens.issue(scope, person, "cause", {"of": "x"}, NOW)
    tokens.issue(STORED[0], f"{person}-another", "cause", {}, NOW)
    found = list(tokens.of_person(person))
    assert {claims.scope for claims in found} == set(STORED)
    for claims in found:
        database.call("delete_item", TableName=database.table("tokens"), Key=tokens.place(claims))
    assert list(tokens.of_person(person)) == []


def garbage() -> Iterator[str]:
    yield from ("", ".", "x", "a.b", "A" * 22 + "." + "B" * 22, "é.ü")


@pytest.mark.parametrize("token", list(garbage()))
def test_what_was_never_issued_is_refused_like_the_rest(token: str) -> None:
    with pytest.raises(TokenInvalid):
        tokens.verify(TokenScope.OPEN_PREFERENCES, token, NOW)


def test_a_counter_fills_up_says_when_to_come_back_and_starts_anew() -> None:
    limit, who = Limit("test", most=3, window=60), secrets.token_hex(8)
    assert [rate_limit_counters.count(limit, who, NOW) for _ in range(3)] == [2, 1, 0]
    with pytest.raises(Limited) as caught:
        rate_limit_counters.count(limit, who, NOW + timedelta(seconds=20))
    assert caught.value.retry_after == 40
    assert rate_limit_counters.count(limit, who, NOW + timedelta(seconds=60)) == 2
    assert rate_limit_counters.count(limit, "another", NOW) == 2


def test_a_cause_is_counted_once() -> None:
    limit, who = Limit("test", most=2, window=60), secrets.token_hex(8)
    assert all(rate_limit_counters.count_once(limit, who, "one", NOW) for _ in range(5))
    assert rate_limit_counters.count_once(limit, who, "two", NOW)
    assert not rate_limit_counters.count_once(limit, who, "three", NOW)
    assert rate_limit_counters.count_once(limit, who, "one", NOW)
