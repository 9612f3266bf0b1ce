"""Each use that the notice in force names, asked for as another back end would ask.

Data for what was agreed (S15), to run services (S17), to create and judge products (S18, S20),
to assure quality (S27), to protect (S21), to promote the company (S28), to recommend (S19).
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.policy import Policies
from shared.storage import policies
from tests.functions import test_permissions
from tests.functions.people import Person
from tests.functions.test_capture import body, capture
from tests.functions.test_permissions import decided
from tests.support import call

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
KNOWN = policies.load(policies.FOLDER)
pytestmark = pytest.mark.usefixtures("cloud")


@pytest.fixture(autouse=True)
def in_force(monkeypatch: pytest.MonkeyPatch, first_version: object) -> None:
    """The words are those in force, and what is decided is decided now."""
    only = Policies({"2026-10": KNOWN.current(NOW)}, KNOWN.company)
    monkeypatch.setattr(policies, "published", lambda: only)
    monkeypatch.setattr(test_permissions, "NOW", NOW)


def may(person: Person, purpose: str) -> tuple[bool, str]:
    return person.allowed(purpose, now=NOW)


def policy() -> Any:
    return call("consent", "GET", "/v1/policy", now=NOW).json


def test_what_needs_no_permission_is_allowed_for_the_reason_that_the_notice_names(
    sam: Person,
) -> None:
    """S15, S17, S18, S20, S21, S22, S24, S27."""
    named = {each["id"]: each["lawful_basis"] for each in policy()["purposes"]}
    for purpose in ("service", "improvement", "security", "breach_warnings", "legal_obligation"):
        assert may(sam, purpose) == (True, named[purpose])


def test_products_are_created_and_judged_without_who_objects_and_protection_goes_on(
    sam: Person,
) -> None:
    """S15, S18, S20, S21, S22, S27: none of the law's own reasons gives way to a switch."""
    decided(sam, objects=("improvement",))
    assert may(sam, "improvement") == (False, "objected")
    for purpose in ("service", "security", "breach_warnings", "legal_obligation"):
        assert may(sam, purpose)[0]


@pytest.mark.parametrize("purpose", ["publicity", "third_party_promotions", "third_party_sharing"])
def test_one_permission_gives_no_other(sam: Person, purpose: str) -> None:
    """S28, S49, S50: to be written to is not to be named, nor to be passed on."""
    decided(sam, {"direct_marketing": True})
    assert may(sam, purpose) == (False, "never_asked")
    decided(sam, {purpose: True})
    assert may(sam, "direct_marketing")[0]


def test_recommendations_follow_their_own_switch_in_the_browser_that_is_theirs(
    sam: Person,
) -> None:
    """S19, S36, S37: analytics gives neither recommendations nor advertisements."""
    assert may(sam, "personalisation") == (False, "never_asked")
    asked = {"analytics": True, "advertising": False, "personalisation": False}
    made = capture(body(policy_version="2026-10", choices=asked), now=NOW).json
    assert made["choices"]["analytics"]
    sam.open_link_in(made["consent_id"], NOW)
    assert may(sam, "personalisation")[0] is False
    assert may(sam, "advertising")[0] is False
    again = body(
        policy_version="2026-10", choices={"personalisation": True}, consent_id=made["consent_id"]
    )
    told = capture(again, now=NOW).json["choices"]
    assert (told["personalisation"], told["advertising"]) == (True, False)
    assert may(sam, "personalisation")[0] is True


def test_no_switch_turns_off_what_is_strictly_necessary() -> None:
    """S35."""
    asked = body(policy_version="2026-10", choices={"strictly_necessary": False})
    assert capture(asked, now=NOW).pointers == ["/choices/strictly_necessary"]


def test_the_list_in_force_has_each_cookie_with_whose_it_is_and_what_it_is_for() -> None:
    """S43, S44, S45: of both parties, each below a category of the cookies' own."""
    told = policy()
    placed = {each for one in told["cookie_categories"] for each in one["purposes"]}
    for cookie in told["cookies"]:
        assert all(cookie[name] for name in ("name", "provider", "purpose", "lifetime"))
        assert {cookie["purpose"], *cookie.get("also", ())} <= placed
    assert {cookie["party"] for cookie in told["cookies"]} == {"first", "third"}
    assert "(https://privacy.microsoft.com/privacystatement)" in told["notice"]["text"]
