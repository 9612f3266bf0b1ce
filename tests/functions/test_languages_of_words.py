"""Words in the language that somebody reads, and evidence that names it (S51)."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.policy import Policies
from shared.storage import ledger, policies
from tests.functions.people import Person
from tests.support import Answer, call

pytestmark = pytest.mark.usefixtures("cloud")

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
KNOWN = policies.load(policies.FOLDER)


@pytest.fixture(autouse=True)
def in_force(monkeypatch: pytest.MonkeyPatch) -> Policies:
    monkeypatch.setattr(policies, "published", lambda: KNOWN)
    return KNOWN


def notice(language: str, name: str = "cookie_banner") -> Any:
    resource = "/v1/notices/{notice_id}"
    query = {"language": language}
    return call("consent", "GET", resource, path={"notice_id": name}, query=query, now=NOW).json


def decide(**more: Any) -> Answer:
    body = {
        "policy_version": "2026-10",
        "notice_id": "cookie_banner",
        "choices": {"analytics": True},
        "method": "choose",
        **more,
    }
    return call("consent", "POST", "/v1/consents", body, now=NOW)


@pytest.mark.parametrize(
    ("asked", "given", "authoritative"),
    [("de", "de", False), ("de-AT", "de", False), ("en", "en-GB", True), ("ja", "en-GB", True)],
)
def test_a_notice_comes_in_the_language_asked_for_or_openly_in_the_one_that_binds(
    asked: str, given: str, authoritative: bool
) -> None:
    shown = notice(asked)
    assert (shown["language"], shown["authoritative"]) == (given, authoritative)
    assert shown["languages"] == ["de", "en-GB"]
    assert hashlib.sha256(shown["text"].encode()).hexdigest() == shown["sha256"]
    titles = [purpose["title"] for purpose in shown["purposes"]]
    assert ("Verstehen, wie die Website genutzt wird" in titles) == (given == "de")


@pytest.mark.parametrize(("told", "named"), [("de", "de"), ("ja", "en-GB"), (None, "en-GB")])
def test_evidence_names_the_words_and_their_language(told: str | None, named: str) -> None:
    (event,) = ledger.after(decide(language=told).json["consent_id"], 0, 10)
    assert event["notice"] == {
        "id": "cookie_banner",
        "sha256": notice(named)["sha256"],
        "language": named,
    }


def test_a_form_in_german_keeps_the_german_words(sam: Person) -> None:
    sent = sam.send("/v1/newsletter", policy_version="2026-10", language="de-DE", now=NOW)
    assert sent.status == 202, sent.text
    (record,) = sam.held()
    words = notice("de", "newsletter_form")
    assert record.provenance["notice"] == {
        "id": "newsletter_form",
        "sha256": words["sha256"],
        "language": "de",
    }
    assert record.provenance["property"] == "www.khoocommerce.example"
