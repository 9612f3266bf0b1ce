"""The published words are evidence (S51, S57): pinned here, so that nobody edits them."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from ops import policy, policy_source
from ops.policy_rules import REQUIRED
from shared.domain.policy import read

FOLDER = policy.POLICIES / "2023-06"

PINNED_NOTICE = "e7801641e0fc158416192e39c568bd7aab567786d44bb40e6bd323494245cddb"

PINNED_PURPOSES = {
    "strictly_necessary": "c980c1bfd03d6d8978d4c86c8492d2d9c5756e6ce03f5111c2dc8f8f6f024497",
    "analytics": "f758dad126dd9d1fbf0de639bfdb2d8084380bd0573437dcefbba98aee12faa9",
    "advertising": "5fad44dd126f98ebe61bcca156bc40c7a0e36eb9e7e54c7b83a280858941318a",
    "personalisation": "0afb76fd64c4a46ebedf934db082969cf908cd48d3fba35b53ae45f977cc99a7",
    "direct_marketing": "d68b80592991c24ce0cf8d4c8c605cbce76efb86b9423298159ddd4e98c62c75",
    "third_party_promotions": "361f744c67f6f788fe0f2b1748bca54602a03e8eebeaebe089eb7f4699744294",
    "third_party_sharing": "0acfe79642ea2d327a83dafe56a7d09cb55c70c6cf4471d8326bbdac6f016ebe",
    "publicity": "c0831fc87b84ec4d9eef4c6b81a01b0e2926a3ab77400ec675c9922f47a4e6bb",
    "service": "ac200dec6525c68ad0eac4b943c763266e8451c1214144b582f0b88f0f4134bb",
    "service_notices": "2f360f4a6d1a98afc64b8da64ca2233f73a1431648bf9cc90dff4b492a0f2c95",
    "improvement": "4c04981c49da05a58f642f14dd113cd6dd3b5ed254071a7e6930c02eddf613a7",
    "legal_obligation": "0c4d21a4a3fd910f9f3c61c7bda4061bd62433688fdaa44e13ac949368c243ee",
}

PINNED_NOTICES = {
    "cookie_banner": "082e72dfc9090ab976cbe50a2713928417cd5b60039c2beb5d9987ddd18f8e1f",
    "contact_form": "43ad80e3703e43af581a5a968d28de88054f302af46308f7a63bc75e761e349b",
    "newsletter_form": "f33c7153e7b9eabc946c7a71ea99c6441d173d2aaf9f69a9ed9a48941ce8d52b",
    "account_form": "19a75b72cb5f9d06c147a89ac258d3241b073e67b5b76761dc4745c98a9c083f",
    "preference_centre": "f06cc4111778a74342464731fd9afaeb7e2112788e1aebb0acc43895132b0448",
    "request_form": "5c6cf68226464a957f27f9e98e5444dfb6c5912c967fd8b5c1e1520e8b0604ed",
    "unsubscribe": "9c4e1c4d650456000bd93c22b06b7f0934b2617cff04e7f070ab4c4e04dc1599",
    "phone_script": "91fde5f8ae52c133455338d1f3ff44a840577466c4a3ec9437f27f852869ad64",
}

DOCUMENT_KEYS = [
    "version",
    "effective",
    "revised",
    "changes",
    "language",
    "controller",
    "gpc",
    "notice",
    "purposes",
    "cookie_categories",
    "cookies",
    "notices",
    "rights",
    "recipients",
    "sources",
    "retention",
]

PURPOSES = {
    "strictly_necessary": "legitimate_interests",
    "analytics": "consent",
    "advertising": "consent",
    "personalisation": "consent",
    "direct_marketing": "consent",
    "third_party_promotions": "consent",
    "third_party_sharing": "consent",
    "publicity": "consent",
    "service": "contract",
    "service_notices": "legitimate_interests",
    "improvement": "legitimate_interests",
    "legal_obligation": "legal_obligation",
}
CONSENTS = [name for name, basis in PURPOSES.items() if basis == "consent"]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "published.json").read_text(encoding="utf-8"))
    return found


def test_every_published_text_has_its_pinned_hash(document: dict[str, Any]) -> None:
    assert policy.texts(document) == {
        "notice": PINNED_NOTICE,
        **{f"purposes/{name}": digest for name, digest in PINNED_PURPOSES.items()},
        **{f"notices/{name}": digest for name, digest in PINNED_NOTICES.items()},
    }


def test_hashes_in_the_document_are_of_the_texts_beside_them(document: dict[str, Any]) -> None:
    """S51: who has the document can check the words against the hash that an event carries."""
    for item in [document["notice"], *document["notices"]]:
        assert item["sha256"] == hashlib.sha256(item["text"].encode()).hexdigest()
    for item in document["purposes"]:
        covered = f"{item['title']}\n{item['text']}\n{item['lawful_basis']}"
        assert item["sha256"] == hashlib.sha256(covered.encode()).hexdigest()


def test_sources_give_the_published_bytes() -> None:
    published = (FOLDER / "published.json").read_bytes()
    assert policy_source.render(policy_source.compile(FOLDER)).encode() == published


def test_sources_give_the_same_whatever_their_line_ends(tmp_path: Path) -> None:
    copy = tmp_path / FOLDER.name
    for path in FOLDER.rglob("*.*"):
        target = copy / path.relative_to(FOLDER)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert policy_source.compile(copy) == policy_source.compile(FOLDER)


def test_the_document_has_the_keys_of_the_contract(document: dict[str, Any]) -> None:
    assert list(document) == DOCUMENT_KEYS
    assert document["notice"]["media_type"] == "text/markdown"
    for key, required in REQUIRED.items():
        rows: Any = document["retention"] if key == "classes" else document
        for step in () if key == "classes" else key.split("."):
            rows = rows[step]
        assert set(required) <= {row["id"] for row in rows}


def test_functions_can_decide_by_it(document: dict[str, Any]) -> None:
    rules = read(document)
    assert rules.since.isoformat() == "2023-06-01"
    assert list(rules.consent_purposes) == CONSENTS
    assert rules.notices["unsubscribe"].asks == frozenset()


def test_purposes_and_their_lawful_bases(document: dict[str, Any]) -> None:
    """S14 to S29: the purposes of the contract, each with one lawful basis."""
    assert {item["id"]: item["lawful_basis"] for item in document["purposes"]} == PURPOSES


def test_only_the_strictly_necessary_is_required_of_the_cookies(document: dict[str, Any]) -> None:
    """S32, S40: of what the cookie choices show, all but one can be refused."""
    required = [item["id"] for item in document["purposes"] if item["cookie"] and item["required"]]
    assert required == ["strictly_necessary"]


def test_cookie_consents_end_after_six_months(document: dict[str, Any]) -> None:
    lifetimes = {item["id"]: item["lifetime_days"] for item in document["purposes"]}
    cookies = {item["id"] for item in document["purposes"] if item["cookie"]}
    assert {name: lifetimes[name] for name in CONSENTS} == {
        name: 182 if name in cookies else 730 for name in CONSENTS
    }


def test_who_is_asked_what(document: dict[str, Any]) -> None:
    """S26, S50: promotion of others is an opt-in of its own; S4: sending a form grants nothing."""
    both = ["direct_marketing", "third_party_promotions"]
    of_browsers = ["analytics", "advertising", "personalisation"]
    assert {item["id"]: item["asks"] for item in document["notices"]} == {
        "cookie_banner": of_browsers,
        "contact_form": both,
        "newsletter_form": ["direct_marketing"],
        "account_form": both,
        "preference_centre": CONSENTS,
        "request_form": [],
        "unsubscribe": [],
        "phone_script": CONSENTS,
    }


EXPLAINED = {
    "analytics": "how the website is used",
    "advertising": "Microsoft Advertising",
    "personalisation": "recommendations",
    "direct_marketing": "our news and offers",
    "third_party_promotions": "other companies' offers",
    "third_party_sharing": "buy, receive or lease",
    "publicity": "name you as our customer",
}


def test_a_notice_explains_all_that_it_asks_for(document: dict[str, Any]) -> None:
    """A grant is informed only if the words that were shown speak of it."""
    for notice in document["notices"]:
        words = " ".join(notice["text"].lower().split())
        for purpose in notice["asks"]:
            assert EXPLAINED[purpose].lower() in words, (notice["id"], purpose)


def test_every_notice_names_the_controller_and_leads_to_the_whole(
    document: dict[str, Any],
) -> None:
    for notice in document["notices"]:
        assert "KhooCommerce" in notice["text"]
        assert "full privacy notice" in notice["text"]
        assert f"{document['controller']['url']}/privacy" in notice["text"]


@pytest.mark.parametrize("form", ["contact_form", "newsletter_form", "account_form"])
def test_each_form_keeps_on_file_and_has_the_box(document: dict[str, Any], form: str) -> None:
    """S4 and S47: details are kept on file; a box says that nobody may market."""
    (text,) = (notice["text"] for notice in document["notices"] if notice["id"] == form)
    words = " ".join(text.split())
    assert "on file" in words
    assert re.search("box.* nobody|nobody.* box", words)
