"""A fresh link to a request: whoever asks, it goes to the request's address and tells nothing."""

import re
import uuid
from datetime import timedelta
from typing import Any

import boto3
import pytest

from local.functions import Functions
from shared.domain import identifiers
from shared.domain.rate_limits import COMPLAINT_MAILS, FRESH_LINK_MAILS, LINKS_OF_REQUEST, Limit
from shared.domain.request_types import TYPES
from shared.edge import current_time
from shared.storage import rate_limit_counters
from shared.storage.dynamodb import database
from shared.storage.requests import link_asks, request_store
from shared.storage.requests.link_asks import LinkAsk
from tests.functions.asking import Asker
from tests.functions.keeping import edge, of
from tests.functions.people import TOKEN, Person, somebody, text
from tests.functions.test_requests import FIXES
from tests.support import NOW

LATER = NOW + timedelta(days=8)


@pytest.fixture
def asker(cloud: object, functions: Functions, sam: Person) -> Asker:
    return Asker(sam, functions)


@pytest.fixture
def later(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers' clock, when the first link is over."""
    monkeypatch.setattr(current_time, "now", lambda: LATER)


def links(asker: Asker) -> list[str]:
    """Return the tokens of all links to the request that were mailed."""
    asker.deliver()
    texts = "".join(map(text, asker.person.mails()))
    return re.findall(rf"/requests/{asker.id}#token=({TOKEN})", texts)


def opened(asker: Asker, token: str) -> str:
    answer = asker.verify(token=token, now=LATER)
    assert answer.status == 200, answer.text
    return str(answer.json["request"]["status"])


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("status", ["awaiting_identity", "in_progress", "cancelled", "lapsed"])
def test_a_fresh_link_opens_the_request_however_it_stands(asker: Asker, status: str) -> None:
    asker.ask("access")
    if status not in ("awaiting_identity", "lapsed"):
        asker.verify()
    if status == "cancelled":
        asker.send("POST", "/cancellation")
    asker.session = ""
    assert asker.ask_for_link(LATER).status == 202
    fresh = links(asker)[-1]
    if status == "lapsed":
        lapse(asker)
    subject = str(asker.person.mails()[-1]["Subject"])
    confirms = status in ("awaiting_identity", "lapsed")
    assert subject == (
        "Please confirm your request" if confirms else "Your new link to your request"
    )
    assert opened(asker, fresh) == ("in_progress" if status == "awaiting_identity" else status)


def lapse(asker: Asker) -> None:
    case = asker.case
    step = request_store.RequestAction("lapse", "system", LATER, status="lapsed")
    request_store.advance(case, step)


def test_no_answer_and_no_call_tells_whether_there_is_such_a_request(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker.ask("access")
    nobody = Asker(somebody(), asker.functions, identifiers.request_id(uuid.uuid4().bytes))
    calls: list[tuple[str, Any]] = []
    real = database.call

    def counted(operation: str, **parameters: Any) -> Any:
        calls.append((operation, parameters["TableName"]))
        return real(operation, **parameters)

    monkeypatch.setattr(database, "call", counted)
    monkeypatch.setattr(Asker, "deliver", lambda *_, **__: None)
    known = asker.ask_for_link()
    known_calls, calls[:] = list(calls), []
    unknown = nobody.ask_for_link()
    assert (known.status, known.json) == (unknown.status, unknown.json)
    assert calls == known_calls
    monkeypatch.undo()
    nobody.deliver(entry=link_asks.ENTRY)
    assert list(request_store.timeline(nobody.id)) == []


def test_the_same_wish_again_is_one_link(asker: Asker) -> None:
    asker.ask("access")
    asker.verify()
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    first = asker.ask_for_link(headers=headers)
    again = asker.ask_for_link(NOW + timedelta(minutes=5), headers=headers)
    assert (again.status, again.json) == (202, first.json)
    assert (len(links(asker)), asker.timeline().count("link_asked")) == (2, 1)


def test_a_flood_is_answered_alike_and_leaves_links_that_work(asker: Asker) -> None:
    """Who gets no more of them has some in the mailbox, and another request is not concerned."""
    asker.ask("access")
    other = Asker(asker.person, asker.functions)
    other.ask("complaint")
    for one in (asker, other):
        one.verify()
        one.session = ""
    before = links(asker)
    statuses = {asker.ask_for_link().status for _ in range(LINKS_OF_REQUEST.most + 3)}
    fresh = [token for token in links(asker) if token not in before]
    assert (statuses, len(fresh)) == ({202}, LINKS_OF_REQUEST.most)
    known = links(other)
    other.ask_for_link()
    assert len(links(other)) == len(known) + 1
    assert asker.verify(token=fresh[0]).status == 200


def test_what_strangers_ask_for_in_somebodys_name_holds_up_no_request_that_is_theirs(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker.ask("access")
    asker.verify()
    asker.session = ""
    strangers = [Asker(asker.person, asker.functions) for _ in range(FRESH_LINK_MAILS.most // 5)]
    for stranger in strangers:
        stranger.ask("access")
        for _ in range(LINKS_OF_REQUEST.most):
            stranger.ask_for_link()
        stranger.deliver()
    known = len(links(asker))
    asker.ask_for_link()
    assert len(links(asker)) == known + 1, "it was shown whose this is"
    unshown = Asker(asker.person, asker.functions)
    unshown.ask("access")
    known = len(links(unshown))
    unshown.ask_for_link()
    assert (known, len(links(unshown))) == (1, 1)
    assert unshown.case.facts["mail_withheld"]
    tomorrow = NOW + timedelta(days=1)
    monkeypatch.setattr(current_time, "now", lambda: tomorrow)
    unshown.functions.invoke("deadlines", {})
    assert len(links(unshown)) > known, "a day later at the latest"


@pytest.mark.parametrize("kind", TYPES)
def test_an_address_that_had_its_mails_gets_no_more_of_them_before_somebody_shows_it_is_theirs(
    asker: Asker, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Whatever a stranger may send in somebody's name; it goes out when there is room again."""
    with monkeypatch.context() as full:
        full.setattr(rate_limit_counters, "count_once", lambda *_: False)
        asker.ask(kind, **FIXES.get(kind, {}))
        asker.deliver()
        assert asker.person.mails() == []
    assert asker.case.facts["mail_withheld"]
    monkeypatch.setattr(current_time, "now", lambda: NOW + timedelta(days=1))
    asker.functions.invoke("deadlines", {})
    asker.deliver(only="asked_again")
    (mail,) = asker.person.mails()
    assert asker.id in text(mail)
    assert bool(asker.case.facts.get("acknowledged")) is (kind == "complaint")


def test_a_letter_is_answered_by_letter_alone(asker: Asker) -> None:
    asker.ask("access")
    asker.verify()
    table = boto3.resource("dynamodb").Table("RequestsTable")
    key = {"request": asker.id, "entry": "case"}
    table.update_item(Key=key, UpdateExpression="REMOVE email")
    asker.session = ""
    assert asker.ask_for_link().status == 202
    assert "link_asked" not in asker.timeline()


@pytest.mark.usefixtures("cloud")
def test_a_wish_for_a_link_goes_when_its_time_is_over_and_takes_nothing_with_it(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current_time, "now", lambda: NOW)
    asker.ask("access")
    unknown = identifiers.request_id(uuid.uuid4().bytes)
    for request in (asker.id, unknown):
        link_asks.note(LinkAsk(request, "n", f"{edge('token'):%Y-%m-%dT%H:%M:%S.000Z}"))
    assert of("token")["removed"] == 2
    assert request_store.entry(unknown, "link#n") is None
    assert asker.case.status == "awaiting_identity"


def test_a_flood_of_complaints_is_acknowledged_by_one_mail_and_holds_nobody_elses_back(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is owed an acknowledgement; other requests spend none of what they need."""
    room = {COMPLAINT_MAILS.name: 2}

    def within(limit: Limit, *_: object) -> bool:
        room[limit.name] = room.get(limit.name, 0) - 1
        return room[limit.name] >= 0

    flood = [Asker(asker.person, asker.functions) for _ in range(5)]
    with monkeypatch.context() as full:
        full.setattr(rate_limit_counters, "count_once", within)
        for one in flood:
            one.ask("complaint", details="It came late.")
            one.deliver()
    acknowledged = [bool(one.case.facts.get("acknowledged")) for one in flood]
    assert acknowledged == [True, True, False, False, False]
    monkeypatch.setattr(current_time, "now", lambda: NOW + timedelta(days=1))
    asker.functions.invoke("deadlines", {})
    for one in flood[2:]:
        one.deliver(only="asked_again")
    assert all(one.case.facts.get("acknowledged") for one in flood)
    mails = asker.person.mails()
    assert len(mails) == 3, "one for all three that waited"
    assert all(one.id in text(mails[-1]) for one in flood[2:])
