"""Capturing, reading and withdrawing consent through the handler (S32, S40, S48, S51)."""

import hashlib
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bench.capacity import size
from local import aws_calls
from shared.domain.hash_chain import first_break
from shared.services.record_decision import KEYS_REMEMBERED
from shared.storage import ledger, policies
from tests.support import NOW, Answer, call

pytestmark = pytest.mark.usefixtures("cloud")

CHOICES = {"analytics": True, "advertising": False, "personalisation": True}


SITE = "https://www.khoocommerce.example"
# When the version of 2026 is in force, which has uses that a browser can object to.
NEWER = datetime(2026, 12, 1, 9, tzinfo=UTC)


def body(**changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "policy_version": "2023-06",
        "notice_id": "cookie_banner",
        "choices": CHOICES,
        "method": "choose",
        "language": "en-GB",
        "page": "https://www.khoocommerce.example/pricing?utm_source=mail#top",
    }
    return {name: value for name, value in (usual | changes).items() if value is not ...}


def capture(request: Any = None, **more: Any) -> Answer:
    return call("consent", "POST", "/v1/consents", body() if request is None else request, **more)


def on(name: str, consent_id: str, **more: Any) -> Answer:
    resource = "/v1/consents/{consent_id}" + name
    return call("consent", "GET", resource, path={"consent_id": consent_id}, **more)


def withdraw(consent_id: str, purposes: list[str] | None = None, **more: Any) -> Answer:
    asked = {} if purposes is None else {"purposes": purposes}
    resource = "/v1/consents/{consent_id}/withdrawal"
    return call("consent", "POST", resource, asked, path={"consent_id": consent_id}, **more)


def history(consent_id: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = on("/history", consent_id).json["events"]
    return events


def test_a_first_capture_names_the_browser_and_answers_the_whole_state() -> None:
    answer = capture()
    assert answer.status == 201
    assert answer.headers["Cache-Control"] == "no-store"
    state = answer.json
    assert set(state) == {
        "consent_id",
        "decided_at",
        "expires_at",
        "policy_version",
        "choices",
        "gpc",
        "signals",
        "renewal",
        "sequence",
        "digest",
    }
    assert state["decided_at"] == "2026-02-01T09:00:00.000Z"
    assert state["expires_at"] == "2026-08-02T09:00:00.000Z"
    assert state["sequence"] == 1
    assert {name for name, granted in state["choices"].items() if granted} == {
        "analytics",
        "personalisation",
    }
    assert set(state["choices"]) == {"analytics", "advertising", "personalisation"}
    assert state["gpc"] == {"signal": False, "turned_off": []}
    assert state["renewal"] == {"needed": False, "reason": None}
    assert state["signals"] == {
        "google": {
            "ad_storage": "denied",
            "ad_user_data": "denied",
            "ad_personalization": "denied",
            "analytics_storage": "granted",
            "functionality_storage": "granted",
            "personalization_storage": "granted",
            "security_storage": "granted",
        },
        "clarity": {"ad_Storage": "denied", "analytics_Storage": "granted"},
        "uet": {"ad_storage": "denied"},
    }


def test_microsoft_hears_each_of_the_two_decisions_and_their_end() -> None:
    """S42: Clarity both of them, Microsoft Advertising its own."""

    def heard(answer: Any) -> tuple[str, ...]:
        clarity, uet = answer["signals"]["clarity"], answer["signals"]["uet"]
        return clarity["analytics_Storage"], clarity["ad_Storage"], uet["ad_storage"]

    yes, no = "granted", "denied"
    for analytics, advertising in ((True, True), (True, False), (False, True), (False, False)):
        choices = {"analytics": analytics, "advertising": advertising}
        made = capture(body(choices=choices, method="choose")).json
        told = yes if advertising else no
        assert heard(made) == (yes if analytics else no, told, told)
        assert heard(on("", made["consent_id"]).json) == heard(made)
        assert heard(withdraw(made["consent_id"]).json) == (no, no, no)


def test_two_first_captures_are_two_browsers() -> None:
    assert capture().json["consent_id"] != capture().json["consent_id"]


def test_the_event_is_evidence_and_nothing_more_s51_s6() -> None:
    name = capture(ip="203.0.113.57").json["consent_id"]
    (event,) = history(name)
    assert event["page"] == "https://www.khoocommerce.example/pricing"
    assert event["property"] == "www.khoocommerce.example"
    assert event["ip"] == "203.0.113.0/24"
    assert event["browser"] == "Firefox"
    assert event["notice"]["id"] == "cookie_banner"
    policy = call("consent", "GET", "/v1/policy").json
    banner = next(item for item in policy["notices"] if item["id"] == "cookie_banner")
    assert event["notice"]["sha256"] == banner["sha256"]
    assert "203.0.113.57" not in str(event)
    assert "Mozilla" not in str(event)


def test_a_later_capture_changes_only_what_it_names() -> None:
    name = capture().json["consent_id"]
    later = capture(body(consent_id=name, choices={"advertising": True}))
    assert later.json["sequence"] == 2
    assert later.json["choices"]["advertising"] is True
    assert later.json["choices"]["analytics"] is True
    events = history(name)
    assert first_break(name, events) is None
    assert events[1]["previous_digest"] == events[0]["digest"]


def test_reading_tells_what_holds_now_and_when_to_ask_again() -> None:
    name = capture().json["consent_id"]
    assert on("", name).json["renewal"] == {"needed": False, "reason": None}
    later = on("", name, now=NOW + timedelta(days=182)).json
    assert later["renewal"] == {"needed": True, "reason": "expired"}
    assert not any(later["choices"].values())


def test_withdrawing_is_as_easy_as_granting_s40_s48() -> None:
    name = capture().json["consent_id"]
    one = withdraw(name, ["analytics"])
    assert one.status == 201
    assert one.json["choices"]["analytics"] is False
    assert one.json["choices"]["personalisation"] is True
    everything = withdraw(name)
    assert not any(everything.json["choices"].values())
    assert set(history(name)[-1]["choices"]) == set(everything.json["choices"]), "and no person's"
    assert [event["kind"] for event in history(name)] == ["decision", "withdrawal", "withdrawal"]


@pytest.mark.parametrize("purposes", [None, ["analytics"]])
def test_what_is_taken_back_already_is_no_event(purposes: list[str] | None) -> None:
    """K8: a no that is pressed again, without a key, stands as it was said first."""
    name = capture(body()).json["consent_id"]
    first = withdraw(name)
    again = withdraw(name, purposes)
    assert (again.status, again.json) == (201, first.json)
    assert [event["kind"] for event in history(name)] == ["decision", "withdrawal"]


def test_a_withdrawal_needs_no_body_at_all() -> None:
    name = capture().json["consent_id"]
    resource = "/v1/consents/{consent_id}/withdrawal"
    assert call("consent", "POST", resource, path={"consent_id": name}).status == 201


@pytest.mark.parametrize("values", ["1", ["0", "1"], "0, 1"])
def test_the_browsers_signal_refuses_its_purposes(values: str | list[str]) -> None:
    choices = {"analytics": True, "advertising": True}
    state = capture(body(choices=choices), headers={"Sec-GPC": values}).json
    assert state["gpc"] == {"signal": True, "turned_off": ["advertising"]}
    assert state["choices"]["analytics"] is True
    assert state["choices"]["advertising"] is False
    (event,) = history(state["consent_id"])
    assert (event["gpc"], event["gpc_turned_off"]) == (True, ["advertising"])


def test_a_read_with_the_signal_says_what_holds_under_it() -> None:
    name = capture(body(choices={"analytics": True, "advertising": True})).json["consent_id"]
    assert on("", name).json["choices"]["advertising"] is True
    state = on("", name, headers={"Sec-GPC": "1"}).json
    assert state["gpc"] == {"signal": True, "turned_off": ["advertising"]}
    assert state["choices"]["advertising"] is False
    assert state["choices"]["analytics"] is True
    assert state["signals"]["uet"]["ad_storage"] == "denied"
    assert len(history(name)) == 1, "reading is no decision"


PERSONS = ("direct_marketing", "third_party_promotions", "third_party_sharing", "publicity")


@pytest.mark.parametrize("purpose", PERSONS)
@pytest.mark.parametrize("granted", [True, False])
def test_a_banner_decides_no_persons_purpose(purpose: str, granted: bool, ledger_size: Any) -> None:
    answer = capture(body(choices={purpose: granted}))
    assert (answer.status, answer.pointers) == (422, [f"/choices/{purpose}"])
    assert "preference centre" in answer.json["errors"][0]["detail"]
    assert ledger_size() == 0


@pytest.mark.parametrize(
    ("language", "kept"), [("ja", None), ("en-GB", "en-GB"), ("EN-gb", "EN-gb"), ("en", "en")]
)
def test_a_language_that_the_notice_has_not_is_left_out(language: str, kept: str | None) -> None:
    name = capture(body(language=language)).json["consent_id"]
    assert history(name)[0]["language"] == kept


def test_objecting_where_nothing_can_be_objected_to_changes_nothing() -> None:
    """A page's button is taken; what is named and cannot be objected to is told."""
    name = capture().json["consent_id"]
    resource = "/v1/consents/{consent_id}/objection"
    answer = call("consent", "POST", resource, {}, path={"consent_id": name})
    assert (answer.status, answer.json["sequence"]) == (201, 1)
    named = {"purposes": ["analytics", "strictly_necessary"]}
    answer = call("consent", "POST", resource, named, path={"consent_id": name})
    assert answer.pointers == ["/purposes/0", "/purposes/1"]
    assert len(history(name)) == 1


def test_a_browser_takes_its_objection_back_by_a_yes_to_the_same_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As easy as objecting; nothing else of what it decided changes."""
    known = policies.load(policies.FOLDER)
    monkeypatch.setattr(policies, "published", lambda: known)
    name = capture(body(policy_version="2026-10"), now=NEWER).json["consent_id"]
    resource, path = "/v1/consents/{consent_id}/objection", {"consent_id": name}
    objected = call("consent", "POST", resource, {}, path=path, now=NEWER).json["choices"]
    assert (objected["statistics"], objected["appearance"]) == (False, False)

    def decide(method: str = "choose", **choices: bool) -> Answer:
        asked = body(policy_version="2026-10", consent_id=name, choices=choices, method=method)
        return capture(asked, now=NEWER)

    after = decide(statistics=True).json["choices"]
    assert after == objected | {"statistics": True}
    assert after == on("", name, now=NEWER).json["choices"]
    last = history(name)[-1]
    assert (last["kind"], list(last["objections"]), last["decided"]) == (
        "decision",
        ["appearance"],
        [],
    )
    for refused in (decide("reject_all", appearance=True), decide(appearance=False)):
        assert refused.pointers == ["/choices/appearance"]
    accepted = decide("accept_all", analytics=True, appearance=True).json["choices"]
    assert accepted["appearance"] is True
    assert history(name)[-1]["objections"] is None


@pytest.mark.parametrize("act", ["withdrawal", "objection"])
def test_of_a_no_it_is_kept_what_could_be_chosen_where_and_in_which_language(
    act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S51: as of a decision; and K7: what cannot be kept is left out, and never costs the no."""
    known = policies.load(policies.FOLDER)
    monkeypatch.setattr(policies, "published", lambda: known)
    resource = f"/v1/consents/{{consent_id}}/{act}"
    for seen, kept in (
        (
            {"shown": "statistics+ choose", "page": f"{SITE}/choices?id=7", "language": "de-AT"},
            ("statistics+ choose", f"{SITE}/choices", "de-AT"),
        ),
        ({"shown": "<b>", "page": "no page", "language": "?"}, (None, None, None)),
        ({}, (None, None, None)),
    ):
        name = capture(body(policy_version="2026-10"), now=NEWER).json["consent_id"]
        answer = call("consent", "POST", resource, seen, path={"consent_id": name}, now=NEWER)
        assert answer.status == 201, answer.text
        event = history(name)[-1]
        assert (event["sequence"], event["kind"]) == (2, act)
        assert (event.get("shown"), event["page"], event["language"]) == kept
        left_out = [] if all(kept) else sorted(seen)
        assert sorted(event.get("left_out", [])) == left_out


class TestNotices:
    def get(self, name: str = "cookie_banner", **more: Any) -> Answer:
        resource = "/v1/notices/{notice_id}"
        return call("consent", "GET", resource, path={"notice_id": name}, **more)

    def test_one_notice_has_all_that_a_banner_shows(self) -> None:
        shown = self.get().json
        asked = ["analytics", "advertising", "personalisation"]
        assert shown["asks"] == asked == [item["id"] for item in shown["purposes"]]
        assert {item["purpose"] for item in shown["cookies"]} == set(asked)
        assert shown["policy_version"] == "2023-06"
        assert shown["language"] == "en-GB"
        assert len(self.get().text) < 10_000

    def test_its_markdown_is_what_the_hash_covers(self) -> None:
        plain = self.get(headers={"Accept": "text/markdown"})
        assert plain.headers["Content-Type"] == "text/markdown; charset=utf-8"
        assert hashlib.sha256(plain.text.encode()).hexdigest() == self.get().json["sha256"]

    def test_as_html_it_is_a_page(self) -> None:
        page = self.get(headers={"Accept": "text/html,*/*;q=0.1"})
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "<li><strong>" in page.text
        assert '<a href="https://www.khoocommerce.example/privacy"' in page.text
        assert "**" not in page.text

    def test_it_is_kept_and_asked_after(self) -> None:
        first = self.get()
        again = self.get(headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status, again.text) == (304, "")

    def test_what_there_is_not_is_told(self) -> None:
        assert self.get("contract").status == 404
        assert self.get(headers={"Accept": "application/xml"}).status == 406
        assert self.get(headers={"Accept": "application/json;q=0"}).status == 406
        assert self.get(query={"language": "ja"}).json["language"] == "en-GB"


def test_changes_begin_after_a_version_that_was_published() -> None:
    answer = call("consent", "GET", "/v1/policy/changes", query={"since": "2023-06"})
    assert answer.json == {"since": "2023-06", "current": "2023-06", "changes": []}
    for query in ({"since": "1999-01"}, None):
        wrong = call("consent", "GET", "/v1/policy/changes", query=query)
        assert (wrong.status, wrong.pointers) == (422, ["/query/since"])


def test_the_signal_counts_however_its_header_is_written() -> None:
    twice = {"Sec-GPC": "1", "sec-gpc": "0"}
    assert capture(headers=twice).json["gpc"]["signal"] is True


def test_the_signal_can_be_overridden_knowingly_and_the_event_says_so() -> None:
    asked = body(choices={"advertising": True}, gpc_override=True)
    state = capture(asked, headers={"Sec-GPC": "1"}).json
    assert state["choices"]["advertising"] is True
    (event,) = history(state["consent_id"])
    assert (event["gpc"], event["gpc_override"]) == (True, True)


def test_no_signal_no_override() -> None:
    state = capture(body(gpc_override=True), headers={"Sec-GPC": "0"}).json
    (event,) = history(state["consent_id"])
    assert (event["gpc"], event["gpc_override"]) == (False, False)


class TestIdempotency:
    @pytest.fixture(autouse=True)
    def key(self) -> None:
        self.KEY = {"Idempotency-Key": str(uuid.uuid4())}

    def test_a_first_capture_repeated_answers_the_same_browser(self) -> None:
        first = capture(headers=self.KEY)
        again = capture(headers=self.KEY, now=NOW + timedelta(seconds=30))
        assert (first.status, first.text) == (again.status, again.text)
        assert len(history(first.json["consent_id"])) == 1

    def test_it_does_so_when_other_events_came_between(self) -> None:
        first = capture(headers=self.KEY)
        name = first.json["consent_id"]
        capture(body(consent_id=name, choices={"advertising": True}))
        withdraw(name)
        assert capture(headers=self.KEY).text == first.text
        assert len(history(name)) == 3

    def test_a_later_capture_and_a_withdrawal_repeat_too(self) -> None:
        name = capture().json["consent_id"]
        asked = body(consent_id=name, choices={"advertising": True})
        second = capture(asked, headers={"Idempotency-Key": "second-attempt-of-it"})
        gone = withdraw(name, headers={"Idempotency-Key": "third-attempt-of-it"})
        capture(body(consent_id=name))
        assert (
            capture(asked, headers={"Idempotency-Key": "second-attempt-of-it"}).text == second.text
        )
        assert withdraw(name, headers={"Idempotency-Key": "third-attempt-of-it"}).text == gone.text
        assert len(history(name)) == 4

    def test_it_does_so_however_often_the_browser_decided_since(self) -> None:
        name = capture(headers=self.KEY).json["consent_id"]
        asked = [body(consent_id=name, choices={"advertising": on}) for on in (True, False)]
        keys = [{"Idempotency-Key": str(uuid.uuid4())} for _ in range(2 * KEYS_REMEMBERED)]
        answers = [capture(asked[n % 2], headers=key).text for n, key in enumerate(keys)]
        again = [capture(asked[n % 2], headers=key).text for n, key in enumerate(keys)]
        assert again == answers
        assert len(history(name)) == 1 + len(keys)

    def test_an_entry_of_a_browser_that_decides_often_takes_one_write_unit(self) -> None:
        sizes = []

        def note(_service: str, operation: str, parameters: dict[str, Any]) -> None:
            if operation == "PutItem":
                sizes.append(size(parameters["Item"]))

        name = capture(headers=self.KEY).json["consent_id"]
        with aws_calls.seen(("dynamodb",), note):
            for number in range(KEYS_REMEMBERED + 1):
                asked = body(consent_id=name, choices={"advertising": number % 2 == 0})
                capture(asked, headers={"Idempotency-Key": str(uuid.uuid4())})
        assert len(sizes) == KEYS_REMEMBERED + 1
        assert max(sizes) <= 1024

    def test_the_order_of_members_does_not_matter(self) -> None:
        first = capture(headers=self.KEY)
        turned = dict(reversed(body().items()))
        assert capture(turned, headers=self.KEY).text == first.text

    def test_the_key_may_be_quoted_as_structured_headers_are(self) -> None:
        first = capture(headers=self.KEY)
        quoted = {"Idempotency-Key": f'"{self.KEY["Idempotency-Key"]}"'}
        assert capture(headers=quoted).text == first.text

    def test_the_same_key_with_another_body_is_a_conflict(self) -> None:
        name = capture(headers=self.KEY).json["consent_id"]
        other = capture(body(choices={"analytics": False}), headers=self.KEY)
        assert other.status == 422
        assert other.json["type"].endswith("idempotency-conflict")
        withdraw(name, headers={"Idempotency-Key": "another-key-of-this-browser"})
        reused = capture(
            body(consent_id=name), headers={"Idempotency-Key": "another-key-of-this-browser"}
        )
        assert reused.json["type"].endswith("idempotency-conflict")
        assert len(history(name)) == 2

    def test_a_repetition_may_come_by_another_network_and_program(self) -> None:
        first = capture(headers=self.KEY, ip="203.0.113.1")
        other = capture(headers={**self.KEY, "User-Agent": "another"}, ip="198.51.100.1")
        assert first.json["consent_id"] == other.json["consent_id"]
        assert len(history(first.json["consent_id"])) == 1

    @pytest.mark.parametrize(
        "key",
        ["", " ", "k1", "x" * 129, "a b" * 8, "clé" * 8, "1" * 16, "consent-banner-2026-06-v1"],
    )
    def test_a_key_that_is_none_is_refused(self, key: str) -> None:
        answer = capture(headers={"Idempotency-Key": key})
        assert answer.status == 422
        assert answer.pointers == ["/headers/Idempotency-Key"]


REFUSED = [
    (body(choices={"fortune_telling": True}), ["/choices/fortune_telling"]),
    (body(choices={"a/b~c": True}), ["/choices/a~1b~0c"]),
    (body(choices={"strictly_necessary": False}), ["/choices/strictly_necessary"]),
    (body(choices={"analytics": "yes"}), ["/choices/analytics"]),
    (body(choices={"analytics": 1}), ["/choices/analytics"]),
    (body(choices={"analytics": None}), ["/choices/analytics"]),
    (body(choices=["analytics"]), ["/choices"]),
    (body(choices={}), ["/choices"]),
    (body(choices=...), ["/choices"]),
    (body(policy_version="1999-01"), ["/policy_version"]),
    (body(policy_version=2023), ["/policy_version"]),
    (body(notice_id="contract"), ["/notice_id"]),
    (body(method="staff"), ["/method"]),
    (body(method="one_click"), ["/method"]),
    (body(method="gpc", choices={}), ["/method"]),
    (body(method="reject_all"), ["/choices/analytics", "/choices/personalisation"]),
    (body(method="accept_all"), ["/choices/advertising"]),
    (body(consent_id="c_short"), ["/consent_id"]),
    (body(consent_id="p_" + "a" * 26), ["/consent_id"]),
    (body(surprise=1, policy_version=...), ["/policy_version", "/surprise"]),
    ([], [""]),
    ("null", [""]),
    ('"text"', [""]),
    ('{"choices": {"analytics": true, "analytics": false}}', ["/choices/analytics"]),
    ('{"a": [{"b": 1, "b": 2}]}', ["/a/0/b"]),
]


EVIDENCE: list[tuple[dict[str, Any], str, Any]] = [
    ({"page": "https://www.example.com/" + "x" * 2048}, "page", None),
    ({"page": "https://www.example.com/a?" + "x" * 9000}, "page", "https://www.example.com/a"),
    ({"page": "javascript:alert(1)"}, "page", None),
    ({"page": 5}, "page", None),
    ({"page": "////[x"}, "page", None),
    ({"page": "https://www.example.com/\x00b"}, "page", "https://www.example.com/b"),
    ({"page": "/pay/4111111111111111"}, "page", "/pay/%5Bcard%20number%20removed%5D"),
    ({"shown": "analytics advertising+ accept_all"}, "shown", "analytics advertising+ accept_all"),
    ({"shown": "Sam Example"}, "shown", None),
    ({"shown": ["analytics"]}, "shown", None),
    ({"shown": "a " * 501 + "a"}, "shown", None),
    ({"language": "english please"}, "language", None),
    ({"language": ["en"]}, "language", None),
    ({"language": "en-4111-1111-1111-1111"}, "language", None),
]


@pytest.mark.parametrize(("told", "field", "kept"), EVIDENCE)
def test_optional_evidence_never_costs_a_decision_and_what_is_left_out_is_named_k7(
    told: dict[str, Any], field: str, kept: str | None
) -> None:
    answer = capture(body(**told))
    assert answer.status == 201, answer.text
    (event,) = ledger.after(answer.json["consent_id"], 0, 10)
    assert field in event or field == "shown", "only that is left out where it is nothing"
    assert event.get(field) == kept
    assert event.get("left_out", []) == ([] if kept else [field])


@pytest.mark.parametrize(
    "origin", ["http://[", "http://]", "//[::1", "https://4111111111111111", "x" * 9001]
)
def test_no_origin_costs_a_decision_k7(origin: str) -> None:
    answer = capture(body(page="/a"), headers={"Origin": origin})
    assert answer.status == 201
    (event,) = ledger.after(answer.json["consent_id"], 0, 10)
    assert (event["property"], event.get("left_out")) == ("program", ["origin"])


@pytest.mark.parametrize(("request_body", "pointers"), REFUSED)
def test_bad_input_names_the_field_and_writes_nothing(
    request_body: Any, pointers: list[str], ledger_size: Any
) -> None:
    answer = capture(request_body)
    assert answer.status == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(answer.json) == {"type", "title", "status", "detail", "request_id", "errors"}
    assert sorted(answer.pointers) == sorted(pointers)
    assert all(error["detail"] for error in answer.json["errors"])
    assert ledger_size() == 0


@pytest.mark.parametrize(
    "raw",
    [
        "{",
        "",
        "[1,",
        "{'a': 1}",
        "NaN",
        '{"a": Infinity}',
        "[" * 30_000,
        '{"a":"\\ud800"}',
        "\ufeff{}",
    ],
)
def test_what_is_not_json_is_400(raw: str, ledger_size: Any) -> None:
    expected = 422 if raw == "" else 400
    assert capture(raw).status == expected
    assert ledger_size() == 0


def test_a_body_over_64_kib_is_413() -> None:
    assert capture('{"page": "' + "x" * 65_536 + '"}').status == 413


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_media_type_is_415(media_type: str) -> None:
    assert capture(headers={"Content-Type": media_type}).status == 415


def test_a_charset_parameter_is_fine() -> None:
    assert capture(headers={"Content-Type": "application/json; charset=utf-8"}).status == 201


UNKNOWN = "c_" + "a" * 26


def test_an_unknown_browser_is_404_everywhere() -> None:
    assert capture(body(consent_id=UNKNOWN)).status == 404
    assert withdraw(UNKNOWN).status == 404
    for name in ("", "/history", "/receipt"):
        assert on(name, UNKNOWN).status == 404


def test_a_malformed_browser_is_422_everywhere() -> None:
    assert withdraw("c_x").pointers == ["/consent_id"]
    for name in ("", "/history", "/receipt"):
        assert on(name, "c_x").pointers == ["/consent_id"]


def test_withdrawing_what_cannot_be_withdrawn_names_the_entry() -> None:
    name = capture().json["consent_id"]
    answer = withdraw(name, ["analytics", "fortune_telling", "strictly_necessary"])
    assert answer.pointers == ["/purposes/1", "/purposes/2"]
    assert withdraw(name, []).pointers == ["/purposes"]
    assert len(history(name)) == 1


def test_history_pages_by_its_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consent.handler.HISTORY_PAGE", 2)
    name = capture().json["consent_id"]
    for purposes in (["analytics"], None):
        withdraw(name, purposes)
    first = on("/history", name).json
    assert [event["sequence"] for event in first["events"]] == [1, 2]
    rest = on("/history", name, query={"cursor": first["next"]}).json
    assert [event["sequence"] for event in rest["events"]] == [3]
    assert rest["next"] is None
    assert on("/history", name, query={"cursor": "x"}).pointers == ["/query/cursor"]


def test_an_unknown_fault_is_500_and_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_name: str) -> None:
        raise RuntimeError("secret words of jane@example.com")

    monkeypatch.setattr("consent.handler.ledger.head", broken)
    answer = on("", UNKNOWN)
    assert answer.status == 500
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    assert "secret" not in answer.text


def test_only_configured_origins_may_read_the_answer() -> None:
    assert capture().headers["Access-Control-Allow-Origin"] == "https://www.khoocommerce.example"
    other = capture(headers={"Origin": "https://evil.example"})
    assert other.status == 201
    assert "Access-Control-Allow-Origin" not in other.headers
