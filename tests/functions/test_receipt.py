"""Receipts after ISO/IEC TS 27560, plain and signed (S40, S51)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
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

from shared.domain import receipt as receipt_module
from shared.storage import policies, signing_keys
from tests.functions.test_capture import body, capture, on, withdraw
from tests.support import call

pytestmark = pytest.mark.usefixtures("cloud")


def receipt(consent_id: str, **headers: str) -> Any:
    return on("/receipt", consent_id, headers=dict(headers))


def record_of(consent_id: str) -> Any:
    return receipt(consent_id).json["dpv:hasRecordOfActivity"]


# What the community group's report says must be present, by where it stands. It publishes neither
# shapes nor a schema; these rules are ours, read from its text.
OF_RECEIPT = ("dct:conformsTo", "dpv:hasIdentifier", "dpv:hasRecordOfActivity", "dct:created")
OF_RECORD = (
    *("dct:conformsTo", "dpv:hasIdentifier", "dct:identifier", "dpv:hasDataSubject"),
    "dpv:hasEntity",
    *("dpv:hasNotice", "dct:language", "dpv:hasProcess"),
)
OF_PROCESS = (
    *("dpv:hasPurpose", "dpv:hasPersonalData", "dpv:hasStorageCondition", "dpv:hasDataController"),
    *("dpv:hasConsentControl", "dpv:hasJurisdiction", "dpv:hasRight", "dpv:hasLegalBasis"),
    "dpv:hasConsentStatus",
)
OF_ENTITY = ("@type", "dpv:hasIdentifier", "dpv:hasName", "schema:address", "schema:contactPoint")
OF_STATUS = ("@type", "dpv:isIndicatedBy", "dpv:hasIndicationMethod", "dpv:isIndicatedAtTime")


def filled(part: Any, names: tuple[str, ...]) -> bool:
    return all(part.get(name) for name in names)


def test_a_receipt_has_what_the_profile_says_must_be_present() -> None:
    state = capture().json
    shown = receipt(state["consent_id"]).json
    assert shown["@type"] == "dpv:ConsentReceipt"
    assert shown["dct:conformsTo"] == "https://w3id.org/dpv/schema/dpv-27560#receipt"
    assert filled(shown, OF_RECEIPT)
    record = shown["dpv:hasRecordOfActivity"]
    assert record["@type"] == "dpv:ConsentRecord"
    assert record["dct:conformsTo"] == "https://w3id.org/dpv/schema/dpv-27560#record"
    assert filled(record, OF_RECORD)
    assert filled(record["dpv:hasEntity"][0], OF_ENTITY)
    assert record["dpv:hasNotice"]["dct:hasVersion"] == "2023-06"
    assert len(record["dpv:hasNotice"]["ledger:sha256"]) == 64
    assert record["dpv:hasNotice"]["dct:language"] == "en-GB"
    processes = record["dpv:hasProcess"]
    assert {one["dpv:hasPurpose"]["dpv:hasIdentifier"] for one in processes} == set(
        state["choices"]
    )
    for one in processes:
        assert filled(one, OF_PROCESS)
        assert isinstance(one["dpv:hasRecipient"], list)
        assert filled(one["dpv:hasConsentStatus"], OF_STATUS)
        assert one["dpv:hasConsentStatus"]["dpv:isIndicatedAtTime"] == state["decided_at"]
        kinds = {each["@type"] for each in one["dpv:hasStorageCondition"]}
        assert kinds == {"dpv:StorageLocation", "dpv:StorageDuration"}
        assert one["dpv:hasStorageCondition"][0]["dpv:hasLocation"] == "loc:IE"


def test_every_term_has_a_prefix_of_the_context() -> None:
    shown = receipt(capture().json["consent_id"]).json
    known = set(shown["@context"])

    def terms(part: Any) -> Iterator[str]:
        for item in part if isinstance(part, list) else [part]:
            if isinstance(item, dict):
                for name, value in item.items():
                    yield name
                    yield from terms(value)

    named = {name for name in terms({**shown, "@context": {}}) if not name.startswith("@")}
    assert {name.partition(":")[0] for name in named} <= known


# The terms of DPV 2.3 that receipts use: each was looked up in the vocabularies that the group
# publishes (dpv, loc, legal/gb, legal/eu). Look a new one up before it is written here.
LOOKED_UP = {
    "dpv:": """
        Consent ConsentExpired ConsentGiven ConsentNotice ConsentReceipt ConsentRecord
        ConsentRefused ConsentUnknown ConsentWithdrawn DataController DataProcessor DataSubject
        DataSubjectRight ExpressedConsent PersonalData Process Purpose Recipient StorageDuration
        StorageLocation WithdrawConsent hasApplicableLaw hasConsentControl hasConsentStatus
        hasCountry hasDataController hasDataSubject hasDuration hasEntity hasIdentifier
        hasIndicationMethod hasJurisdiction hasLegalBasis hasLocation hasName hasNotice
        hasPersonalData hasProcess hasPurpose hasRecipient hasRecordOfActivity hasRight
        hasStorageCondition isExercisedAt isIndicatedAtTime isIndicatedBy
    """,
    "loc:": "GB IE US",
    "legal-gb:": "law-GDPR",
    "legal-eu:": "law-GDPR",
}


def test_every_term_of_the_vocabulary_is_one_that_it_has() -> None:
    name = capture(body(choices={"analytics": True, "advertising": False})).json["consent_id"]
    withdraw(name, ["analytics"])
    written = Path(receipt_module.__file__).read_text("utf-8") + receipt(name).text
    known = {f"{prefix}{term}" for prefix, terms in LOOKED_UP.items() for term in terms.split()}
    prefixes = "|".join(LOOKED_UP)
    used = set(re.findall(rf'"((?:{prefixes})[A-Za-z-]+)"', written))
    assert used
    assert not used - known


def test_the_holder_can_prove_it_against_the_ledger() -> None:
    state = capture().json
    shown = receipt(state["consent_id"]).json
    assert shown["record_id"] == f"{state['consent_id']}/1"
    assert shown["pii_principal_id"] == state["consent_id"]
    assert shown["digest"] == state["digest"]


def test_nothing_is_claimed_that_nobody_observed() -> None:
    """Neither that a datum is optional nor that none is sensitive; places are the register's."""
    text = receipt(capture().json["consent_id"]).text
    assert "pii_optional" not in text
    assert "sensitive" not in text.lower()
    register = policies.published().versions["2023-06"].document["recipients"]
    for one in record_of(capture().json["consent_id"])["dpv:hasProcess"]:
        purpose = one["dpv:hasPurpose"]["dpv:hasIdentifier"]
        assert [
            (each["dpv:hasName"], each["dpv:hasLocation"]) for each in one["dpv:hasRecipient"]
        ] == [
            (each["name"], f"loc:{each['location']}")
            for each in register
            if purpose in each["purposes"]
        ]


def states(consent_id: str) -> dict[str, str]:
    return {
        one["dpv:hasPurpose"]["dpv:hasIdentifier"]: one["dpv:hasConsentStatus"]["@type"][0]
        for one in record_of(consent_id)["dpv:hasProcess"]
    }


def test_the_states_tell_given_refused_withdrawn_and_never_asked() -> None:
    choices = {"analytics": True, "advertising": False}
    name = capture(body(choices=choices)).json["consent_id"]
    assert states(name)["analytics"] == "dpv:ConsentGiven"
    assert states(name)["advertising"] == "dpv:ConsentRefused"
    assert states(name)["personalisation"] == "dpv:ConsentUnknown"
    withdraw(name, ["analytics"])
    assert states(name)["analytics"] == "dpv:ConsentWithdrawn"


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
