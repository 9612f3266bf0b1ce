"""Many ways at once on what is written under a condition: nobody's acknowledged write is lost.

What is asked comes through the functions' own doors; whoever is told to come again does. At the end
the history is looked at: each acknowledged decision stands in the chain once, in an unbroken order.
"""

import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from local.functions import Functions
from shared.domain.hash_chain import first_break
from shared.storage import ledger
from tests.functions.asking import Asker
from tests.functions.people import Person, somebody
from tests.functions.visiting import COOKIE_BANNER, browser
from tests.races.racing import WAYS, at_once, race_of
from tests.support import NOW, Answer, proxy_event

TRIES = 40

Call = Callable[..., Answer]


@pytest.fixture
def send(functions: Functions, cloud: object) -> Call:
    def call(function: str, method: str, resource: str, body: Any = None, **more: Any) -> Answer:
        """Send until it is taken or refused: busy and in flight mean to come again."""
        for _ in range(TRIES):
            event = proxy_event(method, resource, body, **more)
            told = functions.invoke(function, event)
            answer = Answer(told["statusCode"], told["headers"], told["body"])
            if answer.status != 503 and "in-flight" not in answer.text:
                return answer
            assert "Retry-After" in answer.headers
        raise AssertionError(answer.text)

    return call


def whole(subject: str) -> list[Any]:
    """Return a chain, which has no gap and of which each event follows the one before."""
    events = ledger.after(subject, 0, 1000)
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert first_break(subject, events) is None
    return events


def key(name: str) -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid5(uuid.NAMESPACE_URL, name))}


@race_of("shared.storage.ledger:put")
def test_decisions_of_one_browser_all_stand_in_its_chain(send: Call) -> None:
    name = browser(NOW)

    def decide(number: int) -> Answer:
        choices = {"analytics": number % 2 == 0}
        told = {**COOKIE_BANNER, "choices": choices, "consent_id": name}
        return send("consent", "POST", "/v1/consents", told, headers=key(f"{name} {number}"))

    answers = at_once(decide)
    assert Counter(answer.status for answer in answers) == {201: WAYS}
    acknowledged = [answer.json["sequence"] for answer in answers]
    assert sorted(acknowledged) == list(range(2, WAYS + 2)), "each has a place of its own"
    assert len(whole(name)) == WAYS + 1


def test_one_capture_sent_many_times_is_one(send: Call) -> None:
    told = {**COOKIE_BANNER, "choices": {"analytics": True}}
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    answers = at_once(lambda _: send("consent", "POST", "/v1/consents", told, headers=headers))
    assert len({answer.text for answer in answers}) == 1
    assert len(whole(answers[0].json["consent_id"])) == 1


def test_one_form_sent_many_times_is_one(send: Call) -> None:
    sam = somebody()
    words = {"policy_version": "2023-06", "email": sam.email, "name": "Sam", "message": "Hello"}
    told = {**words, "marketing_opt_out": True}
    headers = {"Idempotency-Key": str(uuid.uuid4())}

    def post(number: int) -> Answer:
        ip = f"203.0.{number}.7"
        return send("contact", "POST", "/v1/contact", told, headers=headers, ip=ip)

    answers = at_once(post)
    assert len({answer.text for answer in answers}) == 1, answers[0].text
    assert len(sam.held("enquiry")) == len(whole(sam.id)) == 1


def test_one_link_confirmed_many_times_grants_once(send: Call) -> None:
    sam = somebody()
    assert sam.send("/v1/newsletter").status == 202
    told = {"token": sam.token("newsletter/confirmation")}
    where = "/v1/newsletter/confirmation"
    answers = at_once(lambda _: send("contact", "POST", where, told))
    assert len({(answer.status, answer.text) for answer in answers}) == 1, answers[0].text
    assert len(sam.held("subscription")) == len(whole(sam.id)) == 1


def test_one_click_pressed_many_times_is_one_objection(send: Call) -> None:
    """K8.4."""
    sam = somebody()
    sam.subscribe()
    path = {"token": sam.unsubscribe_token()}
    where = "/v1/unsubscribe/{token}"
    answers = at_once(lambda _: send("preferences", "POST", where, "", path=path))
    assert {answer.status for answer in answers} == {200}
    assert [event["kind"] for event in whole(sam.id)].count("objection") == 1


def test_one_verification_sent_many_times_is_one_session(
    send: Call, functions: Functions, sam: Person
) -> None:
    asker = Asker(sam, functions)
    asker.ask("access")
    told, path = {"token": asker.token()}, {"request_id": asker.id}
    where = "/v1/requests/{request_id}/verification"

    def verified(_: int) -> Answer:
        return send("access", "POST", where, told, path=path, headers=key(asker.id))

    answers = at_once(verified)
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["session"] for answer in answers}) == 1
    assert asker.timeline().count("verified") == 1


def test_staff_who_act_at_once_act_once(send: Call, functions: Functions, sam: Person) -> None:
    asker = Asker(sam, functions)
    asker.ask("complaint")
    asker.verify()
    path = {"request_id": asker.id, "action": "completion"}
    where = "/v1/desk/requests/{request_id}/{action}"

    def complete(number: int) -> Answer:
        told = {"reason": f"Answered by number {number}.", "outcome": "upheld"}
        return send("desk", "POST", where, told, path=path, staff="privacy_officer")

    answers = at_once(complete)
    assert {answer.status for answer in answers} <= {200, 409}
    assert asker.timeline().count("completion") == 1
