"""Somebody's own account: seen, put right and closed by who proved the address (S16, S55, S56)."""

from datetime import timedelta
from typing import Any

import pytest

from fulfilment.sources import source_systems
from local.functions import Functions
from shared.edge import current_time
from shared.storage.requests import request_store
from tests.functions.asking import Asker
from tests.functions.desking import disclose
from tests.functions.keeping import hold, lift, of
from tests.functions.people import Person, text
from tests.functions.test_accounts import PAGE, apply
from tests.functions.test_preferences import read, session
from tests.support import NOW, Answer, call, refused

pytestmark = pytest.mark.usefixtures("cloud")
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def owner(sam: Person) -> Person:
    apply(sam, phone="+44 1233 555555")
    assert sam.confirm("accounts", sam.token(PAGE)).status == 200
    return sam


def send(bearer: str, method: str, path: str, body: Any = None) -> Answer:
    headers: Any = {"Authorization": f"Bearer {bearer}"}
    return call(
        "preferences", method, f"/v1/preferences/account{path}", body, headers=headers, now=LATER
    )


def test_an_account_is_seen_with_the_preferences(owner: Person) -> None:
    account = read(session(owner)).json["account"]
    assert (account["name"], account["organisation"]) == ("Sam Example", "Example Ltd")
    assert (account["phone"], account["organisation_details"]) == ("+441233555555", None)
    assert account["reference"]


def test_it_is_put_right_with_before_and_after_and_others_are_told(
    owner: Person, functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other systems and recipients hear of it as they hear of any correction (Art. 16, 19)."""
    said: list[tuple[str, list[dict[str, str]]]] = []

    def follow(verb: str, case: Any, source: str, now: Any) -> dict[str, Any]:
        said.append((verb, case.corrections))
        return {"status": "failed", "why": "unreachable"}

    monkeypatch.setattr(source_systems, "names", lambda: ("orders",))
    monkeypatch.setattr(source_systems, "ask", follow)
    assert disclose(owner).status == 201
    bearer = session(owner)
    before = owner.held("account")[0]
    answer = send(bearer, "PATCH", "", {"phone": "01233 666666", "job_title": None})
    assert answer.status == 200
    account = answer.json["account"]
    assert (account["phone"], account["job_title"]) == ("+441233666666", None)
    (record,) = owner.held("account")
    made = [(it["field"], it["before"], it["after"], it["by"]) for it in record.facts["changes"]]
    assert sorted(made) == [
        ("job_title", "Buyer", None, "person"),
        ("phone", "+441233555555", "+441233666666", "person"),
    ]
    assert record.facts["sources"]["phone"]["source"] == "person"
    assert record.provenance == before.provenance
    (case,) = request_store.for_person(owner.id)
    asker = Asker(owner, functions, case.id)
    for _ in range(2):
        asker.deliver("notifications", "fulfilment")
    corrections = [
        {"field": "job_title", "value": ""},
        {"field": "phone", "value": "+441233666666"},
    ]
    assert [(verb, sorted(them, key=str)) for verb, them in said] == [("correct", corrections)]
    assert (case.type, case.status, case.identified) == ("rectification", "completed", True)
    # What failed is seen at the desk, with the request.
    assert asker.case.sources["orders"]["status"] == "failed"
    assert asker.timeline() == ["opened", "completion", "source_failed", "applied"]
    (notice,) = owner.held("recipient_notice")
    assert notice.facts["fields"] == ["phone", "job_title"]
    mails = [mail for mail in owner.mails() if mail["Subject"] == "Your account is changed"]
    assert len(mails) == 1
    assert "If that was not you" in text(mails[0])
    again = send(bearer, "PATCH", "", {"phone": "01233 666666"})
    assert (again.json["account"], len(list(request_store.for_person(owner.id)))) == (account, 1)


def test_an_enquiry_keeps_what_it_said_when_the_account_is_put_right(
    owner: Person, functions: Functions
) -> None:
    owner.send("/v1/contact", name="Sam Example", message="Hello", phone="01233 777777")
    assert send(session(owner), "PATCH", "", {"phone": "01233 666666"}).status == 200
    (case,) = request_store.for_person(owner.id)
    Asker(owner, functions, case.id).deliver("fulfilment")
    assert owner.held("enquiry")[0].fields["phone"] == "+441233777777"


@refused(
    "body",
    {
        "": [{}],
        "/name": [{"name": None}],
        "/organisation": [{"organisation": ""}],
        "/phone": [{"phone": "call me"}],
        "/email": [{"email": "other@example.com"}],
    },
)
def test_what_it_cannot_say_names_the_field(owner: Person, body: Any, pointer: str) -> None:
    answer = send(session(owner), "PATCH", "", body)
    assert (answer.status, answer.pointers) == (422, [pointer])


def test_closing_is_told_once_and_the_account_goes_with_the_next_run(
    owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current_time, "now", lambda: LATER)
    bearer = session(owner)
    for _ in range(2):
        answer = send(bearer, "POST", "/closure")
        assert (answer.status, answer.json["account"]) == (200, None)
    (closure,) = owner.held("support_record")
    assert closure.facts["closed_accounts"] == [owner.held("account")[0].id]
    owner.deliver()
    subjects = [str(mail["Subject"]) for mail in owner.mails()]
    assert subjects.count("Your account is closed") == 1
    assert "invoices" in text(owner.mails()[-1])
    assert send(bearer, "PATCH", "", {"phone": None}).status == 404
    apply(owner, organisation="Another Ltd")
    again = owner.token(PAGE)
    assert owner.confirm("accounts", again).status == 200
    owner.deliver()
    assert read(bearer).json["account"]["organisation"] == "Another Ltd"
    kept = hold(person=owner.id)
    assert of("account")["held"] == 1
    lift(kept)
    assert of("account")["removed"] == 1
    assert [record.fields["organisation"] for record in owner.held("account")] == ["Another Ltd"]


def test_who_has_no_account_or_no_session_is_told_so(sam: Person) -> None:
    sam.subscribe()
    bearer = session(sam)
    assert read(bearer).json["account"] is None
    assert send(bearer, "PATCH", "", {"phone": None}).status == 404
    assert send(bearer, "POST", "/closure").json["account"] is None
    assert sam.held("support_record") == []
    assert send("nonsense", "POST", "/closure").status == 401
