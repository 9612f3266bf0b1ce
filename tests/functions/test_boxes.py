"""The boxes of forms: what words offer is taken, and a browser's signal is heard (S47, S50)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from contact.schemas import Account, Contact, Form, Newsletter
from shared.domain.policy import Policies
from shared.storage import policies
from tests.functions.people import MARKETING, Person, text
from tests.functions.visiting import aggregate, stored
from tests.support import NOW, call

pytestmark = pytest.mark.usefixtures("cloud")

SIGNAL = {"Sec-GPC": "1"}
OFFERS = "third_party_promotions"
# Each form: its notice, its model, what else it must have, and where its link confirms it.
FORMS: Mapping[str, tuple[str, type[Form], dict[str, Any], str, str]] = {
    "contact": (
        "contact_form",
        Contact,
        {"name": "Sam", "message": "Hello"},
        "newsletter/confirmation",
        "newsletter",
    ),
    "newsletter": ("newsletter_form", Newsletter, {}, "newsletter/confirmation", "newsletter"),
    "accounts": (
        "account_form",
        Account,
        {"name": "Sam", "organisation": "Example Ltd"},
        "account/confirmation",
        "accounts",
    ),
}
BOXES = [
    (resource, box, purpose)
    for resource, (notice, *_) in FORMS.items()
    for box, purpose in policies.published().current(NOW).notices[notice].boxes.items()
]


@pytest.mark.parametrize("resource", FORMS)
def test_a_form_has_a_field_for_every_box_of_its_words_and_no_other(resource: str) -> None:
    notice, model, *_ = FORMS[resource]
    known: Policies = policies.published()
    offered = set(known.current(NOW).notices[notice].boxes)
    assert {name for name in model.model_fields if name.endswith("_opt_in")} == offered


@pytest.mark.parametrize(("resource", "box", "purpose"), BOXES)
def test_a_box_that_the_words_offer_is_taken_and_granted_by_the_mailed_link(
    resource: str, box: str, purpose: str, sam: Person
) -> None:
    _, _, fields, page, confirms = FORMS[resource]
    ticked: dict[str, Any] = {**fields, box: True}
    assert sam.send(f"/v1/{resource}", **ticked).status == 202
    assert sam.events == [], "typed is not verified"
    token = sam.token(page)
    assert [item["id"] for item in sam.preview(token).json["grants"]] == [purpose]
    answer = sam.confirm(confirms, token)
    assert (answer.status, answer.json["granted"]) == (200, [purpose])
    assert [name for name in MARKETING if sam.events[-1]["choices"][name]] == [purpose]
    assert sam.confirm(confirms, token).json == answer.json
    listed = sam.held("subscription")
    assert bool(listed) is (purpose == "direct_marketing" and resource != "accounts")


def test_every_box_at_once_is_one_confirmation(sam: Person) -> None:
    both: dict[str, Any] = {"marketing_opt_in": True, "third_party_promotions_opt_in": True}
    sam.send("/v1/contact", name="Sam", message="Hello", **both)
    answer = sam.confirm("newsletter", sam.token("newsletter/confirmation"))
    assert answer.json["granted"] == ["direct_marketing", OFFERS]
    asked = [mail for mail in sam.mails() if "confirm" in mail["Subject"]]
    purposes = policies.published().current(NOW).purposes
    for name in answer.json["granted"]:
        assert purposes[name].title in text(asked[0]), "the mail names what it asks for"


def test_the_newsletter_with_the_opt_out_box_is_this_newsletter_and_nothing_else(
    sam: Person,
) -> None:
    assert sam.send("/v1/newsletter", marketing_opt_out=True).status == 202
    (event,) = sam.events
    assert event["kind"] == "objection"
    assert set(event["objections"] or {}) == set(MARKETING) - {"direct_marketing"}
    assert sam.allowed() == (False, "never_asked")
    token = sam.token("newsletter/confirmation")
    told = next(mail for mail in sam.mails() if "No more marketing" in mail["Subject"])
    assert "newsletter" in text(told)
    assert sam.confirm("newsletter", token).json["granted"] == ["direct_marketing"]
    assert sam.allowed() == (True, "granted")
    assert set(sam.events[-1]["objections"] or {}) == set(MARKETING) - {"direct_marketing"}


@pytest.mark.parametrize("resource", ["contact", "accounts"])
@pytest.mark.parametrize("box", ["marketing_opt_in", "third_party_promotions_opt_in"])
def test_a_box_that_asks_contradicts_the_one_that_objects(
    resource: str, box: str, sam: Person
) -> None:
    _, _, fields, *_ = FORMS[resource]
    both: dict[str, Any] = {box: True, "marketing_opt_out": True}
    assert sam.send(f"/v1/{resource}", **fields, **both).pointers == ["/marketing_opt_out"]
    assert sam.held() == []


def test_the_signal_keeps_a_form_from_asking_k4(sam: Person) -> None:
    fields: dict[str, Any] = {"name": "Sam", "message": "Hello"}
    boxes: dict[str, Any] = {"marketing_opt_in": True, "third_party_promotions_opt_in": True}
    answer = sam.send("/v1/contact", headers=SIGNAL, **fields, **boxes)
    assert answer.json["gpc"] == {"signal": True, "turned_off": [OFFERS]}
    answer = sam.confirm("newsletter", sam.token("newsletter/confirmation"))
    assert answer.json["granted"] == ["direct_marketing"]
    assert answer.json["gpc"] == {"signal": False, "turned_off": []}
    assert "gpc" not in sam.send("/v1/contact", **fields).json


def test_a_form_that_the_signal_left_nothing_of_mails_no_link_k4(sam: Person) -> None:
    box: dict[str, Any] = {"third_party_promotions_opt_in": True}
    sam.send("/v1/contact", headers=SIGNAL, name="Sam", message="Hello", **box)
    sam.deliver()
    assert not [mail for mail in sam.mails() if "confirm" in mail["Subject"].lower()]


@pytest.mark.parametrize("override", [False, True])
def test_the_signal_of_the_confirming_browser_counts_unless_overridden_k4(
    override: bool,
    sam: Person,
) -> None:
    box: dict[str, Any] = {"third_party_promotions_opt_in": True, "gpc_override": True}
    sent = sam.send("/v1/contact", headers=SIGNAL, name="Sam", message="Hello", **box)
    assert sent.json["gpc"] == {"signal": True, "turned_off": []}
    body = {"token": sam.token("newsletter/confirmation"), "gpc_override": override}
    shown = call("contact", "POST", "/v1/confirmations/preview", body, headers=SIGNAL)
    path = "/v1/newsletter/confirmation"
    answer = call("contact", "POST", path, body, headers=SIGNAL)
    off = [] if override else [OFFERS]
    assert shown.json["gpc"] == answer.json["gpc"] == {"signal": True, "turned_off": off}
    assert [item["id"] for item in shown.json["grants"]] == answer.json["granted"]
    (event,) = sam.events
    assert (event["gpc"], event["gpc_override"]) == (True, override)
    assert event["gpc_turned_off"] == (off or None)
    assert event["gpc_overridden"] == ([OFFERS] if override else None)
    assert sam.standing.event is not None
    assert sam.standing.event["choices"][OFFERS] is override


def test_a_confirmation_hears_the_signal_as_evidence_k4(sam: Person) -> None:
    sam.send("/v1/newsletter")
    body = {"token": sam.token("newsletter/confirmation")}
    answer = call("contact", "POST", "/v1/newsletter/confirmation", body, headers=SIGNAL)
    assert answer.json["granted"] == ["direct_marketing"]
    assert sam.events[-1]["gpc"] is True


def test_one_subscription_for_a_person_and_list_and_a_welcome_each_time_k4(sam: Person) -> None:
    tokens = []
    for hours in range(3):
        now = NOW + timedelta(hours=hours)
        sam.send("/v1/newsletter", name=f"Sam {hours}", now=now)
        tokens.append(sam.token("newsletter/confirmation"))
        assert sam.confirm("newsletter", tokens[-1], now=now).status == 200
        sam.deliver()
        assert aggregate(*stored(sam.id, "ledger")) == []
    (kept,) = sam.held("subscription")
    assert kept.fields["name"] == "Sam 2"
    assert len([mail for mail in sam.mails() if mail["Subject"] == "You are subscribed"]) == 3
    for token in tokens:
        assert sam.confirm("newsletter", token).status == 200, "its effect stands"
