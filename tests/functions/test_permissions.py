"""May we? For other back ends, many addresses a call (S14, S26, S46, S47, S49, S50)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest

from bench.watching import engine_counts
from shared.domain.consent import Decision, NoticeReference, bare_evidence
from shared.domain.policy import Policies
from shared.storage import consent_states, policies
from shared.storage.dynamodb import database
from tests.functions.people import MARKETING, Person, ask, somebody
from tests.functions.visiting import browser
from tests.support import NOW, call

pytestmark = pytest.mark.usefixtures("cloud")


def decided(person: Person, choices: dict[str, bool] | None = None, **more: Any) -> None:
    """Write a decision of somebody's as staff or a form would."""
    policy = policies.published().current(NOW)
    notice = policy.notices["preference_centre"]
    evidence = bare_evidence("staff")
    decision = Decision(
        subject=person.id,
        kind="decision",
        choices=choices or {},
        evidence=evidence,
        policy=policy,
        notice=NoticeReference(id=notice.id, sha256=notice.sha256, language="en-GB"),
        at=NOW,
        **more,
    )
    consent_states.change(decision, policies.published())


def erase_event(person: Person) -> None:
    """Delete of a standing what erasure and retention delete: all but the suppression."""
    boto3.client("dynamodb").update_item(
        TableName=database.table("consent_states"),
        Key={"person": {"S": person.id}},
        UpdateExpression="REMOVE event",
    )


def test_every_reason_is_told_and_since_when(sam: Person) -> None:
    assert sam.allowed() == (False, "never_asked")
    decided(sam, {"direct_marketing": True})
    assert sam.allowed() == (True, "granted")
    assert sam.allowed(now=NOW + timedelta(days=730)) == (False, "expired")
    decided(sam, {"direct_marketing": False})
    assert sam.allowed() == (False, "withdrawn")
    decided(sam, objects=MARKETING)
    assert sam.allowed() == (False, "objected")
    decided(sam, restricts=True)
    assert sam.allowed() == (False, "restricted")
    (verdict,) = ask("direct_marketing", [sam.email]).json["results"]
    assert verdict["since"] == "2026-02-01T09:00:00.000Z"
    erase_event(sam)
    assert sam.allowed() == (False, "suppressed")


def test_words_that_changed_since_are_not_what_was_agreed_to_s29(
    sam: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided(sam, {"direct_marketing": True})
    known = policies.published()
    first = known.current(NOW)
    changed = replace(first.purposes["direct_marketing"], sha256="other words")
    march = replace(
        first,
        version="2026-03",
        since=NOW.date() + timedelta(days=28),
        purposes={**first.purposes, "direct_marketing": changed},
    )
    both = Policies({**known.versions, march.version: march})
    monkeypatch.setattr(policies, "published", lambda: both)
    assert sam.allowed() == (True, "granted")
    assert sam.allowed(now=NOW + timedelta(days=28)) == (False, "policy_changed")


def test_what_rests_on_other_grounds_is_allowed_for_that_reason_s15_s22() -> None:
    stranger = somebody()
    assert stranger.allowed("service") == (True, "contract")
    assert stranger.allowed("improvement") == (True, "legitimate_interests")
    assert stranger.allowed("legal_obligation") == (True, "legal_obligation")
    decided(stranger, restricts=True)
    assert stranger.allowed("service") == (False, "restricted")
    assert stranger.allowed("legal_obligation") == (True, "legal_obligation")


def test_sharing_is_denied_unless_somebody_allowed_it_s49_s50(sam: Person) -> None:
    decided(sam, {"direct_marketing": True})
    assert sam.allowed("third_party_sharing") == (False, "never_asked")
    assert sam.allowed("third_party_promotions") == (False, "never_asked")


def test_answers_come_in_the_order_asked_with_duplicates_and_spellings(sam: Person) -> None:
    decided(sam, {"direct_marketing": True})
    other = somebody()
    asked = [other.email, sam.email.upper(), other.email, sam.email, sam.email]
    results = ask("direct_marketing", asked).json["results"]
    assert [result["email"] for result in results] == asked
    assert [result["allowed"] for result in results] == [False, True, False, True, True]


def test_what_a_browser_has_a_say_in_takes_two_reads_more_for_each_who_has_one() -> None:
    """Which browsers are theirs, and how each stands: their own state is not read again."""
    asked = [somebody() for _ in range(3)]
    for person in asked:
        decided(person, {"direct_marketing": True})
        person.open_link_in(browser(NOW))
    with engine_counts() as counts:
        results = ask("analytics", [person.email for person in asked]).json["results"]
    assert [result["allowed"] for result in results] == [True] * 3
    assert counts.calls == {"BatchGetItem": 1, "Query": 2 * len(asked)}


def test_a_thousand_addresses_are_one_call_and_one_more_is_too_many(sam: Person) -> None:
    decided(sam, {"direct_marketing": True})
    asked = [somebody().email for _ in range(999)] + [sam.email]
    results = ask("direct_marketing", asked).json["results"]
    assert [result["email"] for result in results] == asked
    assert [result["allowed"] for result in results] == [False] * 999 + [True]
    refused = ask("direct_marketing", [*asked, sam.email])
    assert (refused.status, refused.pointers) == (422, ["/emails"])
    assert sam.email not in refused.text


@pytest.mark.parametrize(
    ("purpose", "emails", "pointer"),
    [
        ("nonsense", ["a@example.com"], "/purpose"),
        ("direct_marketing", [], "/emails"),
        ("direct_marketing", ["a@example.com", "nobody"], "/emails/1"),
        ("direct_marketing", [5], "/emails/0"),
    ],
)
def test_a_bad_question_names_what_is_wrong(purpose: str, emails: Any, pointer: str) -> None:
    answer = ask(purpose, emails)
    assert (answer.status, answer.pointers) == (422, [pointer])


def test_suppression_outlives_erasure_and_only_the_persons_own_opt_in_lifts_it(
    sam: Person,
) -> None:
    sam.subscribe()
    sam.send("/v1/contact", name="Sam", message="Stop", marketing_opt_out=True)
    erase_event(sam)
    assert sam.allowed() == (False, "suppressed")
    sam.send("/v1/contact", name="Sam", message="Me again", marketing_opt_in=True)
    sam.send("/v1/newsletter")
    assert sam.allowed() == (False, "suppressed"), "asking is not opting in"
    assert [sam.allowed(purpose)[0] for purpose in MARKETING] == [False] * 4
    assert sam.confirm("newsletter", sam.token("newsletter/confirmation")).status == 200
    assert sam.allowed() == (True, "granted")
    others = set(MARKETING) - {"direct_marketing"}
    assert set(sam.standing.suppressed) == others, "a yes lifts what it says yes to"


def test_a_check_writes_nothing(sam: Person) -> None:
    sam.allowed()
    assert sam.standing.event is None
    assert sam.held() == []


def test_whoever_may_send_marketing_gets_the_way_out_of_each_mail(sam: Person) -> None:
    assert ask("direct_marketing", [sam.email]).json["results"][0]["unsubscribe"] is None
    sam.subscribe()
    way_out = ask("direct_marketing", [sam.email]).json["results"][0]["unsubscribe"]
    assert way_out["headers"]["List-Unsubscribe"] == f"<{way_out['url']}>"
    assert way_out["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = way_out["url"].rpartition("/v1/unsubscribe/")[2]
    assert token == sam.unsubscribe_token()
    call("preferences", "POST", "/v1/unsubscribe/{token}", "", path={"token": token})
    assert ask("direct_marketing", [sam.email]).json["results"][0]["unsubscribe"] is None
    assert ask("service", [sam.email]).json["results"][0]["unsubscribe"] is None
