"""An agent asks for somebody (Art. 80): named, shown, answered as far as their authority goes."""

from typing import Any

import pytest

from local.functions import Functions
from shared.services.link_browser import browsers_of
from shared.storage.requests import mail_notes
from tests.functions.asking import Asker
from tests.functions.people import Person, somebody, text
from tests.support import call

SHOWN = {"reason": "A signed authority of 3 January, seen."}


@pytest.fixture
def asker(cloud: object, functions: Functions, sam: Person) -> Asker:
    return Asker(sam, functions)


@pytest.fixture
def agent(asker: Asker) -> Person:
    """Somebody who asked for Sam, whose identity was shown."""
    found = somebody()
    named = {"name": "Lee Agent", "email": found.email, "authority": "I am the solicitor."}
    assert asker.ask("access", agent=named).status == 202
    asker.deliver()
    return found


def subjects(person: Person) -> list[str]:
    return [str(mail["Subject"]) for mail in person.mails()]


def link_of(agent: Person, asker: Asker) -> str:
    """Return the token of the last link that the agent was mailed."""
    return Asker(agent, asker.functions, asker.id).token()


def test_whoever_is_named_as_agent_learns_that_it_came_and_nothing_of_the_person(
    asker: Asker, agent: Person
) -> None:
    assert subjects(agent) == ["We have a request that names you"]
    words = text(agent.mails()[0])
    assert asker.person.email not in words
    assert "Sam" not in words
    assert "#token=" not in words
    (mine,) = asker.person.mails()
    assert "somebody who says that they act for you" in text(mine)


def test_who_is_named_as_agent_by_a_flood_of_requests_gets_few_mails(
    asker: Asker, agent: Person
) -> None:
    named = {"name": "Lee Agent", "email": agent.email, "authority": "I am the solicitor."}
    for _ in range(25):
        other = Asker(somebody(), asker.functions)
        other.ask("access", agent=named)
        other.deliver()
    assert len(subjects(agent)) == 20
    assert other.case.facts.get("mail_withheld") is None, "nobody waits for it"


def test_answers_go_where_the_authority_says_and_the_person_is_told(
    asker: Asker, agent: Person
) -> None:
    asker.staff("identity", method="document_seen")
    asker.deliver()
    assert asker.staff("authority", **SHOWN).pointers == ["/answers_to"]
    assert asker.staff("authority", answers_to="agent").pointers == ["/reason"]
    assert asker.staff("authority", answers_to="agent", **SHOWN).status == 200
    asker.staff("extension", reason="Much of it.", ground="complex")
    asker.staff("refusal", reason="As often before.", ground="manifestly_excessive")
    asker.deliver()
    assert subjects(agent)[1:] == [
        "You act for somebody in a request",
        "Your request takes longer",
        "We do not do what your request asks",
    ]
    assert subjects(asker.person)[-2:] == [
        "Somebody acts for you in your request",
        "We have answered the request that was made for you",
    ]
    assert "A signed authority of 3 January, seen." in text(asker.person.mails()[-2])
    assert {"agent_named", "agent_answered"} <= {it.mail for it in mail_notes.of(asker.id)}


def test_an_authority_that_came_with_the_letter_counts_from_the_first_answer_on(
    asker: Asker,
) -> None:
    found = somebody()
    agent = {"name": "Lee", "email": found.email, "authority": "Signed.", "answers_to": "agent"}
    body: dict[str, Any] = {"type": "access", "email": asker.person.email, "name": "Sam Example"}
    body |= {"agent": agent}
    body |= {"channel": "post", "received_on": "2026-01-30", "identity_shown": True}
    asker.id = call("desk", "POST", "/v1/desk/requests", body, staff="support").json["request_id"]
    asker.deliver()
    assert asker.case.agent == {name: agent[name] for name in ("name", "email", "authority")}
    assert sorted(subjects(found)) == [
        "We are working on your request",
        "You act for somebody in a request",
    ]
    assert subjects(asker.person) == ["Somebody acts for you in your request"]


def test_the_agent_of_who_is_answered_by_letter_gets_a_fresh_link_and_nobody_a_letter_without_one(
    asker: Asker,
) -> None:
    found = somebody()
    agent = {"name": "Lee", "email": found.email, "authority": "Signed.", "answers_to": "agent"}
    address = {"lines": ["1 High Street"], "postcode": "TN23 1AA", "country": "GB"}
    body: dict[str, Any] = {"type": "access", "name": "Sam Example", "postal_address": address}
    body |= {"agent": agent, "channel": "post", "received_on": "2026-01-30", "identity_shown": True}
    asker.id = call("desk", "POST", "/v1/desk/requests", body, staff="support").json["request_id"]
    asker.deliver()
    before = {it.mail for it in mail_notes.of(asker.id)}
    asker.ask_for_link()
    asker.deliver()
    assert subjects(found)[-1] == "Your new link to your request"
    assert "agent_link" not in before | {it.mail for it in mail_notes.of(asker.id)}


def test_an_agents_link_shows_the_request_alone_and_ends_with_the_authority(
    asker: Asker, agent: Person
) -> None:
    before = Asker(asker.person, asker.functions)
    before.ask("erasure")
    before.verify()
    asker.staff("identity", method="document_seen")
    asker.staff("authority", answers_to="agent", **SHOWN)
    asker.ask_for_link()
    capture: dict[str, Any] = {"policy_version": "2023-06", "notice_id": "cookie_banner"}
    capture |= {"choices": {"analytics": True}, "method": "choose"}
    browser = call("consent", "POST", "/v1/consents", capture).json["consent_id"]
    token = link_of(agent, asker)
    assert subjects(asker.person)[-1] == "Your link to the request that is made for you"
    assert asker.token() != token, "each has a link of their own"
    opened = asker.verify(token=token, consent_id=browser)
    assert opened.status == 200, opened.text
    assert opened.json["request"]["related"] == []
    assert browser not in browsers_of(asker.person.id), "an agent's browser is not the person's"
    assert asker.send("POST", "/message", {"message": "Where is it?"}).status == 200
    assert asker.send("GET").json["timeline"][-1]["by"] == "agent"
    asker.staff("authority", answers_to="person", reason="They say no.")
    assert asker.send("GET").status == 404
    asker.session = ""
    assert asker.verify(token=token).status == 410
    asker.ask_for_link()
    asker.deliver()
    assert subjects(asker.person)[-1] == "Your new link to your request"
    assert subjects(asker.person).count("Your new link to your request") == 1


def test_an_agents_link_confirms_nothing_for_the_person(asker: Asker, agent: Person) -> None:
    asker.staff("authority", answers_to="agent", **SHOWN)
    asker.ask_for_link()
    assert asker.case.status == "awaiting_identity"
    assert "#token=" not in "".join(map(text, agent.mails())), "the person is asked to confirm"


def test_where_nobody_acts_there_is_no_authority_to_show(asker: Asker) -> None:
    asker.ask("access")
    refused = asker.staff("authority", answers_to="person", **SHOWN)
    assert (refused.status, refused.json["detail"]) == (409, "Nobody acts for the person.")


def test_an_agent_without_an_address_is_answered_through_the_person(sam: Person) -> None:
    body: dict[str, Any] = {
        "type": "access",
        "email": sam.email,
        "name": "Sam Example",
        "channel": "post",
        "received_on": "2026-01-30",
        "agent": {"name": "Lee", "authority": "A letter."},
    }
    made = call("desk", "POST", "/v1/desk/requests", body, staff="support").json
    path = {"request_id": made["request_id"], "action": "authority"}
    place = "/v1/desk/requests/{request_id}/{action}"
    said = {"answers_to": "agent", **SHOWN}
    refused = call("desk", "POST", place, said, path=path, staff="support")
    assert refused.pointers == ["/answers_to"]
    named = {**body, "agent": {**body["agent"], "answers_to": "agent"}}
    refused = call("desk", "POST", "/v1/desk/requests", named, staff="support")
    assert refused.pointers == ["/agent/answers_to"]
    said["answers_to"] = "person"
    assert call("desk", "POST", place, said, path=path, staff="support").status == 200
