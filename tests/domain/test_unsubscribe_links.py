"""The way out of a marketing mail names its person to us alone, whatever else is sent as one."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import unsubscribe_links
from shared.domain.errors import TokenInvalid

SECRET = b"a secret of this test"
people = st.binary(min_size=16, max_size=16).map(
    lambda raw: "p_" + base64.b32encode(raw).decode().rstrip("=").lower()
)


@given(people)
def test_a_link_leads_back_to_its_person_and_does_not_show_them(person: str) -> None:
    token = unsubscribe_links.token(SECRET, person)
    assert unsubscribe_links.person(SECRET, token) == person
    assert token == unsubscribe_links.token(SECRET, person), "one person, one link"
    raw = base64.b32decode(person[2:].upper() + "======")
    assert raw not in base64.urlsafe_b64decode(token.partition(".")[2] + "==")
    with pytest.raises(TokenInvalid):
        unsubscribe_links.person(b"another secret", token)


@given(people, st.integers(0, 46), st.characters())
def test_a_link_with_one_character_changed_is_nobodys(person: str, at: int, char: str) -> None:
    token = unsubscribe_links.token(SECRET, person)
    changed = token[:at] + char + token[at + 1 :]
    if changed != token:
        with pytest.raises(TokenInvalid):
            unsubscribe_links.person(SECRET, changed)


@pytest.mark.parametrize("length", [0, 1, 44, 2049, 100_000])
@pytest.mark.parametrize("char", ["A", ".", "²", "\ud800", "٣"])
def test_garbage_of_any_length_is_nobodys(length: int, char: str) -> None:
    with pytest.raises(TokenInvalid):
        unsubscribe_links.person(SECRET, char * length)


@given(st.text(max_size=60))
def test_any_text_is_nobodys(text: str) -> None:
    with pytest.raises(TokenInvalid):
        unsubscribe_links.person(SECRET, text)
