"""Receipts after ISO/IEC TS 27560, plain and signed (S40, S51)."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey

from shared.storage import signing_keys
from tests.functions.test_capture import body, capture, on, withdraw
from tests.support import call

pytestmark = pytest.mark.usefixtures("cloud")


def receipt(consent_id: str, **headers: str) -> Any:
    return on("/receipt", consent_id, headers=dict(headers))


def test_a_receipt_has_every_mandatory_field() -> None:
    state = capture().json
    record = receipt(state["consent_id"]).json
    assert record["schema_version"] == "ISO/IEC TS 27560:2023"
    assert record["record_id"] == f"{state['consent_id']}/1"
    assert record["pii_principal_id"] == state["consent_id"]
    assert record["digest"] == state["digest"]
    assert record["privacy_notice"]["policy_version"] == "2023-06"
    assert len(record["privacy_notice"]["sha256"]) == 64
    assert record["language"] == "en-GB"
    (controller,) = record["party_identification"]
    assert controller["party_address"]
    assert "@" in controller["party_email"]
    assert {item["purpose_id"] for item in record["purposes"]} == set(state["choices"])
    for purpose in record["purposes"]:
        assert purpose["lawful_basis"] == "consent"
        assert purpose["pii_information"], "the personal data types"
        assert purpose["pii_controllers"] == ["controller"]
        assert purpose["storage_locations"] == ["eu-west-1"]
        assert purpose["retention_period"].startswith("P")
        assert purpose["jurisdiction"] == "GB"
        assert purpose["withdrawal_method"]
        assert isinstance(purpose["recipient_third_parties"], list)
    for event in record["events"]:
        assert event["event_time"] == state["decided_at"]
        assert event["validity_duration"].startswith("P")
        assert event["entity_id"] == state["consent_id"]
        assert event["event_type"]
        assert event["event_state"]


def test_the_states_tell_given_refused_withdrawn_and_never_asked() -> None:
    choices = {"analytics": True, "advertising": False}
    name = capture(body(choices=choices)).json["consent_id"]
    states = {e["purpose_id"]: e["event_state"] for e in receipt(name).json["events"]}
    assert states["analytics"] == "consent given"
    assert states["advertising"] == "consent refused"
    assert states["personalisation"] == "consent not requested"
    withdraw(name, ["analytics"])
    states = {e["purpose_id"]: e["event_state"] for e in receipt(name).json["events"]}
    assert states["analytics"] == "consent withdrawn"


def test_a_signed_receipt_verifies_with_the_published_key() -> None:
    name = capture().json["consent_id"]
    signed = receipt(name, Accept="application/jose")
    assert signed.headers["Content-Type"] == "application/jose"
    (key,) = call("consent", "GET", "/.well-known/jwks.json").json["keys"]
    message = jws.deserialize_compact(signed.text, ECKey.import_key(key))
    assert message.headers()["kid"] == key["kid"] == ECKey.import_key(key).thumbprint()
    plain = receipt(name).json
    assert json.loads(message.payload) == plain


def test_an_unknown_representation_is_406() -> None:
    name = capture().json["consent_id"]
    assert receipt(name, Accept="text/html").status == 406
    assert receipt(name, Accept="text/html, */*;q=0.1").status == 200


@given(st.integers(1, 2**256 - 1), st.integers(1, 2**256 - 1))
def test_any_der_signature_becomes_64_bytes(r: int, s: int) -> None:
    raw = signing_keys.raw_signature(encode_dss_signature(r, s))
    assert raw == r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert decode_dss_signature(encode_dss_signature(r, s)) == (r, s)


def test_a_key_on_another_curve_is_refused() -> None:
    der = ec.generate_private_key(ec.SECP384R1()).public_key()
    with pytest.raises(ValueError, match="P-256"):
        signing_keys.jwk(der.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
