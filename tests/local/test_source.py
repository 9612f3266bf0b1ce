"""The sample of another system: it answers by docs/sources.md, and only to signed calls (S5)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fulfilment.sources import webhook_signature
from fulfilment.sources.source_schemas import Collected, Corrected, Erased
from local.example_source import PAGE, Refused, Source

NOW = datetime(2026, 2, 1, 9, tzinfo=UTC)
KEY = b"a key of thirty-two bytes, sort of"
EMAIL = "sam@example.com"


@pytest.fixture
def source() -> Source:
    return Source(secret=lambda: KEY)


def say(source: Source, name: str, kind: str, at: datetime = NOW, **more: Any) -> bytes:
    """Send a signed message; return the answer as it goes over the wire."""
    body = json.dumps({"type": kind, "email": EMAIL, **more}).encode()
    headers = webhook_signature.headers([KEY], name, at, body)
    return json.dumps(source.answer(headers, body, NOW)).encode()


def collected(source: Source, prefix: str) -> list[Any]:
    found, cursor = [], None
    for number in range(9):
        answer = say(source, f"{prefix}{number}", "collect", cursor=cursor)
        page = Collected.model_validate_json(answer)
        assert len(page.records) <= PAGE
        found += page.records
        cursor = page.next
        if cursor is None:
            return found
    raise AssertionError


def test_it_gives_what_it_holds_page_by_page(source: Source) -> None:
    found = collected(source, "a")
    assert {record.kind for record in found} == {"statutory_record", "support_record"}
    assert len(found) > PAGE
    assert {record.portable for record in found} == {True, False}


def test_it_corrects_what_it_knows_and_refuses_the_rest(source: Source) -> None:
    wanted = [{"field": "phone", "value": "+442079460999"}]
    answer = say(source, "c1", "correct", corrections=wanted)
    assert Corrected.model_validate_json(answer).status == "corrected"
    assert "+442079460999" in str(collected(source, "after"))
    shoe = [{"field": "shoe_size", "value": "44"}]
    refused = Corrected.model_validate_json(say(source, "c2", "correct", corrections=shoe))
    assert (refused.status, bool(refused.reason)) == ("refused", True)


def test_it_erases_but_for_what_statute_keeps_and_the_same_message_once(source: Source) -> None:
    """S22."""
    answer = say(source, "e1", "erase")
    erased = Erased.model_validate_json(answer)
    assert erased.erased == 1
    assert [kept.kind for kept in erased.kept] == ["statutory_record"]
    assert say(source, "e1", "erase") == answer, "the same message has the same answer"
    assert Erased.model_validate_json(say(source, "e2", "erase")).erased == 0
    assert {record.kind for record in collected(source, "e")} == {"statutory_record"}


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_or_early_message_is_refused(source: Source, minutes: int) -> None:
    with pytest.raises(Refused) as fault:
        say(source, "o1", "collect", NOW + timedelta(minutes=minutes), cursor=None)
    assert fault.value.status == 401


def test_an_unsigned_or_unknown_message_is_refused(source: Source) -> None:
    with pytest.raises(Refused) as fault:
        source.answer({}, b"{}", NOW)
    assert fault.value.status == 401
    with pytest.raises(Refused) as fault:
        say(source, "u1", "delete everything")
    assert fault.value.status == 422
