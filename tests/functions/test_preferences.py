"""The preference centre: who proved the address sees and changes every choice (S14, S33, S48)."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from bench.capacity import size
from preferences import handler
from shared.domain.errors import Busy
from shared.domain.rate_limits import RIGHTS_PER_SOURCE
from shared.storage import policies
from shared.storage.dynamodb import database
from tests.functions.people import Person, somebody, text
from tests.functions.test_capture import capture
from tests.support import NOW, Answer, call, pages

pytestmark = pytest.mark.usefixtures("cloud")
PAGE = "preferences"
WRITES = ("transact_write_items", "put_item", "update_item")


def link(person: Person, now: datetime = NOW) -> Answer:
    body = {"email": person.email}
    return call("preferences", "POST", "/v1/preferences/link", body, now=now)


def opened(token: str, now: datetime = NOW, key: str | None = None) -> Answer:
    headers: Any = {"Idempotency-Key": key} if key else {}
    body = {"token": token}
    return call("preferences", "POST", "/v1/preferences/session", body, now=now, headers=headers)


def session(person: Person) -> str:
    link(person)
    return str(opened(person.token(PAGE)).json["session"])


def read(bearer: str, now: datetime = NOW) -> Answer:
    headers: Any = {"Authorization": f"Bearer {bearer}"}
    return call("preferences", "GET", "/v1/preferences", headers=headers, now=now)


def change(bearer: str, now: datetime = NOW, **body: Any) -> Answer:
    headers: Any = {"Authorization": f"Bearer {bearer}"}
    return call("preferences", "PATCH", "/v1/preferences", body, headers=headers, now=now)


def test_a_link_is_asked_for_alike_and_mailed_only_to_whom_we_know(sam: Person) -> None:
    sam.subscribe()
    stranger = somebody()
    known, unknown = link(sam), link(stranger)
    assert known.status == unknown.status == 202
    assert known.text == unknown.text
    token = sam.token(PAGE)
    stranger.deliver()
    assert stranger.mails() == []
    assert opened(token).status == 200
    mail = next(mail for mail in sam.mails() if token in text(mail))
    assert mail["List-Unsubscribe"] is None


@pytest.mark.parametrize("email", ["sam", "", 5, None])
def test_only_an_address_is_taken(email: Any) -> None:
    answer = call("preferences", "POST", "/v1/preferences/link", {"email": email})
    assert (answer.status, answer.pointers) == (422, ["/email"])


def test_one_source_cannot_ask_without_end(sam: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    few = type(RIGHTS_PER_SOURCE)("few_links", most=1, window=600)
    monkeypatch.setattr("preferences.handler.RIGHTS_PER_SOURCE", few)
    assert link(sam).status == 202
    refused = link(sam)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "600")


def test_a_link_works_once_and_for_half_an_hour(sam: Person) -> None:
    sam.subscribe()
    link(sam)
    token = sam.token(PAGE)
    assert opened(token, NOW + timedelta(minutes=30)).status == 410
    answer = opened(token, NOW + timedelta(minutes=29))
    assert answer.status == 200
    assert answer.json["expires_at"] == "2026-02-01T09:59:00.000Z"
    assert opened(token).json["type"].endswith("token-invalid")


def test_a_newer_link_voids_no_older_one(sam: Person) -> None:
    """Anybody may ask for a link to an address: that takes nothing from whoever has one."""
    sam.subscribe()
    link(sam)
    first = sam.token(PAGE)
    link(sam, NOW + timedelta(seconds=5))
    second = sam.token(PAGE)
    assert first != second
    sessions = [opened(token).json["session"] for token in (second, first)]
    link(sam, NOW + timedelta(seconds=9))
    sessions.append(opened(sam.token(PAGE)).json["session"])
    assert [read(bearer).status for bearer in sessions] == [200] * 3


def test_an_exchange_repeated_with_its_key_gives_the_same_session(sam: Person) -> None:
    sam.subscribe()
    link(sam)
    token, later = sam.token(PAGE), NOW + timedelta(minutes=29)
    key, other = (f"0b8f1c1e-52a6-4f0e-8a35-6f1d7e6f2f{digits}" for digits in ("10", "11"))
    first = opened(token, key=key)
    assert opened(token, later, key=key).text == first.text
    assert read(first.json["session"], later).status == 200
    assert [opened(token, key=again).status for again in (None, other)] == [410, 410]
    assert opened(token, NOW + timedelta(minutes=30), key=key).status == 410, "it is over"


def test_a_link_whose_browser_cannot_be_linked_now_is_not_used(
    sam: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K8.3: what may fail comes before the effect, for a caller without a key, too."""
    sam.subscribe()
    link(sam)
    token = sam.token("preferences")

    def busy(*_: object) -> None:
        raise Busy

    with monkeypatch.context() as patch:
        patch.setattr(handler, "link_browser", busy)
        refused = opened(token)
        assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
    assert opened(token).status == 200


def test_a_session_is_over_after_half_an_hour_and_its_token_is_no_session(sam: Person) -> None:
    sam.subscribe()
    link(sam)
    token = sam.token(PAGE)
    assert read(token).status == 401
    bearer = opened(token).json["session"]
    assert opened(bearer).status == 410, "a session opens no other"
    assert read(bearer, NOW + timedelta(minutes=30, seconds=-1)).status == 200
    over = read(bearer, NOW + timedelta(minutes=30))
    assert (over.status, over.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert change(bearer, NOW + timedelta(minutes=30), choices={"publicity": True}).status == 401


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x", "Basic abc", "Bearer a b"])
def test_without_a_session_nothing_is_shown(header: str | None) -> None:
    headers: Any = {"Authorization": header} if header is not None else {}
    answer = call("preferences", "GET", "/v1/preferences", headers=headers)
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_each_choice_says_how_it_stands_since_when_and_how_it_came_about_s51(sam: Person) -> None:
    sam.subscribe()
    bearer = session(sam)
    shown = read(bearer)
    assert shown.headers["Cache-Control"] == "no-store"
    assert list(shown.json["choices"]) == list(policies.published().current(NOW).purposes)
    marketing = shown.json["choices"]["direct_marketing"]
    assert marketing.pop("title")
    assert marketing == {
        "allowed": True,
        "reason": "granted",
        "since": "2026-02-01T09:00:00.000Z",
        "until": "2028-02-01T09:00:00.000Z",
        "policy_version": "2023-06",
        "subject": "person",
        "method": "form",
        "notice": "newsletter_form",
        "changeable": True,
    }
    never = shown.json["choices"]["publicity"]
    assert (never["reason"], never["since"], never["method"]) == ("never_asked", None, None)
    assert shown.json["choices"]["legal_obligation"]["changeable"] is False
    (subscription,) = shown.json["subscriptions"]
    assert (subscription["kind"], subscription["form"]) == ("subscription", "newsletter_form")


def test_a_change_is_one_event_under_the_centres_words(sam: Person) -> None:
    sam.subscribe()
    bearer = session(sam)
    later = NOW + timedelta(minutes=5)
    choices = {"direct_marketing": False, "publicity": True}
    state = change(
        bearer, later, choices=choices, language="de", shown="direct_marketing+ publicity"
    )
    assert state.status == 200
    first, second = sam.events
    assert second["previous_digest"] == first["digest"]
    assert second["decided"] == ["direct_marketing", "publicity"]
    assert (second["method"], second["notice"]["id"]) == ("preference_centre", "preference_centre")
    assert (second["shown"], second["language"]) == ("direct_marketing+ publicity", "de")
    assert second["policy_version"] == "2023-06"
    choices = state.json["choices"]
    assert choices["direct_marketing"]["reason"] == "withdrawn"
    assert choices["publicity"]["since"] == "2026-02-01T09:05:00.000Z"
    assert choices["publicity"]["method"] == "preference_centre"
    assert sam.allowed("publicity", now=later) == (True, "granted")


@pytest.mark.parametrize("path", ["a" * 1023, "\u6f22" * 900 + "/4111111111111111"])
def test_whatever_a_browser_tells_a_state_is_read_in_one_unit(sam: Person, path: str) -> None:
    """A permission check is one read unit an address: 4 KB."""
    sam.subscribe()
    bearer = session(sam)
    labels = ".".join(["www", *(letter * 60 for letter in "abc"), "example"])
    page, shown = f"https://{labels}/{path}", ("news+ " * 200)[:999].strip()
    told: Any = {"page": page, "shown": shown, "language": "en-GB", "gpc_override": True}
    choices = read(bearer).json["choices"].items()
    for name in (name for name, choice in choices if choice["changeable"]):
        assert change(bearer, choices={name: False}, **told).status == 200
    item = database.get("consent_states", person=sam.id)
    assert item is not None
    assert size(item) <= 4096
    assert str(item).count(page) == (1 if path.isascii() else 0)


def test_improvement_can_be_objected_to_and_allowed_again_s27(sam: Person) -> None:
    sam.subscribe()
    bearer = session(sam)
    objected = change(bearer, choices={"improvement": False}).json["choices"]
    assert objected["improvement"]["reason"] == "objected"
    assert objected["direct_marketing"]["allowed"] is True, "only what was objected to"
    event = sam.events[-1]
    assert (event["kind"], list(event["objections"] or {})) == ("objection", ["improvement"])
    assert sam.allowed("improvement") == (False, "objected")
    lifted = change(bearer, choices={"improvement": True}).json["choices"]
    assert lifted["improvement"]["reason"] == "legitimate_interests"
    assert sam.events[-1]["objections"] is None


def test_opting_in_at_the_centre_lifts_the_persons_own_objection(sam: Person) -> None:
    sam.send("/v1/contact", name="Sam", message="Stop", marketing_opt_out=True)
    bearer = session(sam)
    assert read(bearer).json["choices"]["direct_marketing"]["reason"] == "objected"
    state = change(bearer, choices={"direct_marketing": True}).json["choices"]
    assert state["direct_marketing"]["allowed"] is True
    assert state["third_party_sharing"]["reason"] == "objected"
    assert "direct_marketing" not in sam.standing.suppressed
    assert "third_party_sharing" in sam.standing.suppressed


def test_display_settings_are_kept_and_changed_one_by_one_s33(sam: Person) -> None:
    sam.subscribe()
    bearer = session(sam)
    change(bearer, display={"language": "cy", "font_size": "large"})
    state = change(bearer, display={"theme": "high-contrast"})
    wanted = {"language": "cy", "font_size": "large", "theme": "high-contrast"}
    assert state.json["display"] == wanted == read(bearer).json["display"]
    (kept,) = sam.held("display_settings")
    assert kept.provenance["notice"]["id"] == "preference_centre"
    assert len(sam.events) == 1, "settings are no decision about consent"


def test_choices_and_settings_are_changed_together_or_not_at_all(
    sam: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K8.2: wherever it breaks off."""
    sam.subscribe()
    bearer = session(sam)
    plain = database.call
    for at in range(1, 20):
        writes = iter(range(1, 100))

        def breaking(operation: str, at: int = at, writes: Any = writes, **parameters: Any) -> Any:
            if operation in WRITES and next(writes) == at:
                raise Busy
            return plain(operation, **parameters)

        with monkeypatch.context() as patch:
            patch.setattr(database, "call", breaking)
            answer = change(bearer, choices={"publicity": True}, display={"theme": "dark"})
        seen = read(bearer).json
        done = answer.status == 200
        assert seen["choices"]["publicity"]["allowed"] is done, f"write {at}"
        assert seen["display"] == ({"theme": "dark"} if done else {}), f"write {at}"
        if done:
            break
    assert at > 1


def test_what_is_so_already_is_no_event(sam: Person) -> None:
    """K8.2."""
    sam.subscribe()
    bearer = session(sam)
    for _ in range(3):
        told = change(bearer, choices={"publicity": True, "direct_marketing": True})
        assert told.status == 200
    assert len(sam.events) == 2


def test_settings_that_are_changed_side_by_side_are_all_kept(
    sam: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K8.2."""
    sam.subscribe()
    bearer = session(sam)
    change(bearer, display={"theme": "dark"})
    plain, raced = database.call, iter((True,))

    def overtaken(operation: str, **parameters: Any) -> Any:
        if operation == "transact_write_items" and next(raced, False):
            assert change(bearer, display={"font_size": "large"}).status == 200
        return plain(operation, **parameters)

    monkeypatch.setattr(database, "call", overtaken)
    shown = change(bearer, display={"language": "cy"}).json["display"]
    assert shown == {"theme": "dark", "font_size": "large", "language": "cy"}


REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({}, [""]),
    ({"choices": {}}, [""]),
    ({"choices": {"nonsense": True}}, ["/choices/nonsense"]),
    ({"choices": {"legal_obligation": False}}, ["/choices/legal_obligation"]),
    ({"choices": {"service": False}}, ["/choices/service"]),
    ({"choices": {"strictly_necessary": False}}, ["/choices/strictly_necessary"]),
    ({"choices": {"publicity": "yes"}}, ["/choices/publicity"]),
    ({"display": {"theme": "pink"}}, ["/display/theme"]),
    ({"display": {"language": "not a language"}}, ["/display/language"]),
    ({"display": {"colour": "red"}}, ["/display/colour"]),
    ({"person_id": "p_x"}, ["/person_id"]),
    ({"choices": {"publicity": True, "nonsense": True}}, ["/choices/nonsense"]),
    ({"choices": {"nonsense": True}, "display": {"theme": "dark"}}, ["/choices/nonsense"]),
]


def test_bad_changes_name_the_field_and_change_nothing(sam: Person) -> None:
    sam.subscribe()
    bearer = session(sam)
    before = read(bearer).text
    for body, pointers in REFUSED:
        answer = change(bearer, **body)
        assert (answer.status, answer.pointers) == (422, pointers), body
    assert read(bearer).text == before
    assert len(sam.events) == 1


class TestHistory:
    """When, how and in which words: everybody can read what they decided (S51)."""

    def history(self, bearer: str, **query: str) -> Answer:
        headers: Any = {"Authorization": f"Bearer {bearer}"}
        path = "/v1/preferences/history"
        return call("preferences", "GET", path, headers=headers, query=query)

    def test_each_decision_has_its_moment_its_way_and_the_words_of_then(self, sam: Person) -> None:
        sam.subscribe()
        bearer = session(sam)
        change(bearer, NOW + timedelta(minutes=1), choices={"direct_marketing": False})
        change(bearer, NOW + timedelta(minutes=2), choices={"improvement": False})
        answer = self.history(bearer)
        assert answer.status == 200
        assert [item["at"] for item in answer.json["items"]] == sorted(
            (item["at"] for item in answer.json["items"]), reverse=True
        )
        objection, refusal, *_, sign_up = answer.json["items"]
        assert list(objection["objected"]) == ["improvement"]
        assert refusal["refused"] == {"direct_marketing": "Sending you our news and offers"}
        assert (refusal["method"], refusal["by"]) == ("preference_centre", "person")
        assert list(sign_up["granted"]) == ["direct_marketing"]
        policy = policies.published().versions["2023-06"].document
        published = {item["sha256"]: item["text"] for item in policy["notices"]}
        shown = {item["sha256"]: item["text"] for item in answer.json["words"]}
        assert {item["sha256"] for item in answer.json["items"]} == set(shown)
        assert shown == {sha256: published[sha256] for sha256 in shown}

    def test_a_linked_browser_s_decisions_are_in_it_without_its_name(self, sam: Person) -> None:
        sam.subscribe()
        name = capture().json["consent_id"]
        link(sam)
        body = {"token": sam.token(PAGE), "consent_id": name}
        bearer = call("preferences", "POST", "/v1/preferences/session", body).json["session"]
        answer = self.history(bearer)
        assert name not in answer.text
        kinds = [(item["by"], item["kind"]) for item in answer.json["items"]]
        assert kinds.count(("person", "link")) == 1
        assert ("browser", "decision") in kinds

    def test_it_comes_in_pages_and_each_decision_once(self, sam: Person) -> None:
        sam.subscribe()
        bearer = session(sam)
        for minute in range(5):
            on = minute % 2 == 1
            change(bearer, NOW + timedelta(minutes=minute), choices={"publicity": on})
        whole = self.history(bearer).json["items"]
        read = partial(self.history, bearer)
        assert [item for page in pages(read) for item in page["items"]] == whole
        assert len(whole) == 6

    def test_it_is_nobody_else_s(self) -> None:
        assert self.history("A" * 22 + "." + "B" * 22).status == 401


def test_a_subscription_says_what_it_is_and_which_choice_ends_it(sam: Person) -> None:
    sam.subscribe()
    (found,) = read(bearer := session(sam)).json["subscriptions"]
    assert (found["purpose"], found["allowed"]) == ("direct_marketing", True)
    assert found["title"]
    stopped = change(bearer, choices={found["purpose"]: False}).json["subscriptions"]
    assert [item["allowed"] for item in stopped] == [False]
