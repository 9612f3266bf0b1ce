"""Tokens and sessions: one power each, hashed, single-use, replaced by newer, over in time."""

import secrets
from datetime import timedelta
from typing import Any

import boto3
import pytest

from shared.domain.errors import Limited, TokenInvalid
from shared.domain.rate_limits import Limit
from shared.storage import rate_limit_counters, tokens
from shared.storage.dynamodb import database
from shared.storage.tokens import (
    CONFIRM_ACCOUNT,
    CONFIRM_NEWSLETTER,
    OPEN_PREFERENCES,
    PREFERENCES,
    UNSUBSCRIBE,
)
from tests.support import NOW

pytestmark = pytest.mark.usefixtures("cloud")
POWERS = (CONFIRM_NEWSLETTER, CONFIRM_ACCOUNT, OPEN_PREFERENCES, PREFERENCES, UNSUBSCRIBE)


@pytest.fixture
def person() -> str:
    return f"p_{secrets.token_hex(8)}"


def test_a_token_has_one_power(person: str) -> None:
    for power in POWERS:
        token = tokens.issue(power, person, "cause", {}, NOW)
        assert tokens.verify(power, token, NOW).person == person
        for other in POWERS:
            if other is not power:
                with pytest.raises(TokenInvalid):
                    tokens.verify(other, token, NOW)


def test_only_a_hash_is_kept(person: str) -> None:
    token = tokens.issue(OPEN_PREFERENCES, person, "cause", {}, NOW)
    items: list[Any] = boto3.client("dynamodb").scan(TableName="TokensTable")["Items"]
    assert token.partition(".")[2] not in str(items)


def test_a_newer_one_takes_the_older_ones_place(person: str) -> None:
    old = tokens.issue(OPEN_PREFERENCES, person, "first", {}, NOW)
    new = tokens.issue(OPEN_PREFERENCES, person, "second", {}, NOW)
    with pytest.raises(TokenInvalid):
        tokens.verify(OPEN_PREFERENCES, old, NOW)
    assert tokens.verify(OPEN_PREFERENCES, new, NOW).person == person


def test_the_same_cause_makes_the_same_token(person: str) -> None:
    tokens_made = {tokens.issue(CONFIRM_NEWSLETTER, person, "record", {}, NOW) for _ in range(3)}
    assert len(tokens_made) == 1


@pytest.mark.parametrize("power", POWERS, ids=lambda power: power.name)
def test_it_is_over_when_its_time_is_over(power: tokens.TokenScope, person: str) -> None:
    token = tokens.issue(power, person, "cause", {}, NOW)
    last = NOW + power.lifetime - timedelta(seconds=1)
    assert tokens.verify(power, token, last).person == person
    with pytest.raises(TokenInvalid):
        tokens.verify(power, token, NOW + power.lifetime)


def test_it_is_exchanged_once(person: str) -> None:
    token = tokens.issue(OPEN_PREFERENCES, person, "cause", {}, NOW)
    session = tokens.exchange(OPEN_PREFERENCES, token, PREFERENCES, "a", NOW)
    assert tokens.verify(PREFERENCES, session, NOW).person == person
    with pytest.raises(TokenInvalid):
        tokens.exchange(OPEN_PREFERENCES, token, PREFERENCES, "b", NOW)


def test_of_two_uses_at_once_one_wins(person: str) -> None:
    token = tokens.issue(OPEN_PREFERENCES, person, "cause", {}, NOW)
    use = {"Delete": tokens.use(OPEN_PREFERENCES, token, NOW)}
    database.call("transact_write_items", TransactItems=[use])
    with pytest.raises(database.TransactionFailed):
        database.call("transact_write_items", TransactItems=[use])


@pytest.mark.parametrize("token", ["", ".", "x", "a.b", "A" * 22 + "." + "B" * 22, "é.ü"])
def test_what_was_never_issued_is_refused_like_the_rest(token: str) -> None:
    with pytest.raises(TokenInvalid):
        tokens.verify(OPEN_PREFERENCES, token, NOW)


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
