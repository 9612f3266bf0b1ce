"""Names for browsers and people that tell nothing about them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import identifiers
from shared.domain.email_address import canonical
from shared.domain.errors import Invalid


def is_canonical(email: str) -> bool:
    try:
        return bool(canonical(email))
    except ValueError:
        return False


secrets = st.binary(min_size=32, max_size=64)
emails = st.emails().filter(is_canonical)


@given(st.binary(min_size=16, max_size=16))
def test_a_consent_id_holds_128_bits_and_passes_its_own_check(randomness: bytes) -> None:
    name = identifiers.consent_id(randomness)
    assert identifiers.checked_consent_id(name) == name


@pytest.mark.parametrize(
    "text",
    ["", "c_", "c_" + "A" * 26, "p_" + "a" * 26, "c_" + "a" * 25, "c_" + "a" * 27, "c_" + "1" * 26],
)
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        identifiers.checked_consent_id(text)
    assert caught.value.errors[0].pointer == "/consent_id"


@given(secrets, emails)
def test_a_person_has_one_name_however_the_address_is_typed(secret: bytes, email: str) -> None:
    name = identifiers.person_id(secret, email)
    assert identifiers.person_id(secret, f"  {email.upper().lower()} ") == name
    assert name.startswith("p_")
    assert email.lower() not in name


@given(secrets, emails, emails)
def test_two_addresses_are_two_people(secret: bytes, one: str, other: str) -> None:
    same = canonical(one) == canonical(other)
    assert (identifiers.person_id(secret, one) == identifiers.person_id(secret, other)) is same


@given(secrets, st.text(max_size=20))
def test_a_retry_names_the_same_browser_and_nobody_elses(secret: bytes, key: str) -> None:
    name = identifiers.repeatable_consent_id(secret, key)
    assert identifiers.repeatable_consent_id(secret, key) == name
    assert identifiers.repeatable_consent_id(secret, key + "x") != name
    assert identifiers.repeatable_consent_id(secret + b"x", key) != name
