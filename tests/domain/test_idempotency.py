"""Idempotency keys: which count as random, and what is kept of what was asked."""

import base64
import hashlib
import random
import string
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.hash_chain import canonical
from shared.domain.idempotency import IdempotencyKey, fingerprint, looks_random, read

HEX, LETTERS = "0123456789abcdef", string.ascii_letters + string.digits + "-_"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@given(st.uuids())
def test_a_uuid_is_random_enough(name: uuid.UUID) -> None:
    assert looks_random(str(name)) is (len(set(name.hex)) >= 8)


@pytest.mark.parametrize(("alphabet", "length"), [(HEX, 32), (LETTERS, 22), (CROCKFORD, 26)])
def test_what_generators_of_randomness_write_is_taken(alphabet: str, length: int) -> None:
    chosen = random.Random(2026)
    keys = ["".join(chosen.choices(alphabet, k=length)) for _ in range(2000)]
    assert sum(map(looks_random, keys)) > 0.95 * len(keys)


@pytest.mark.parametrize(
    "key",
    [
        "1" * 36,
        "00000000-0000-0000-0000-000000000000",
        "consent-banner-2026-06-v1",
        "accept-all-button-on-the-home-page",
        "2026-11-25T10:00:00.123Z",
        "1764064800000-consent-1764064800000",
        "aB" * 20,
    ],
)
def test_what_two_callers_may_both_think_of_is_not_random(key: str) -> None:
    assert not looks_random(key)


def test_a_key_is_read_bare_or_quoted_and_within_its_length() -> None:
    assert read(' "0123456789abcdef" ') == read("0123456789abcdef") == "0123456789abcdef"
    for bad in ("", "x" * 15, "x" * 129, "x" * 16 + " x", "é" * 20, '"' * 2):
        with pytest.raises(ValueError, match="16 to 128"):
            read(bad)


def test_the_kept_hash_tells_nothing_of_what_was_asked_without_the_key() -> None:
    """S30: a card number cannot be tried out against it."""
    asked = {"body": {"message": "4111 1111 1111 1111"}}
    one, other = (fingerprint(key, "POST /v1/contact", asked) for key in ("a" * 16, "b" * 16))
    assert one != other
    plain = canonical({"operation": "POST /v1/contact", **asked})
    assert one != base64.urlsafe_b64encode(hashlib.sha256(plain).digest()[:12]).decode()


def test_a_mark_is_of_owner_and_key_alone() -> None:
    key, again = (IdempotencyKey("0123456789abcdef", seen) for seen in ("one", "two"))
    assert key.mark("p_one") == again.mark("p_one") != key.mark("p_two")
    assert IdempotencyKey().mark("p_one") is None
