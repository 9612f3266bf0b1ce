"""privacy.js where it is hard: lost answers, no network, no storage, several tabs, wrong clocks."""

import json
from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from tests.web.reading import granted, until

OWN = """<!doctype html><html lang="en"><script src="API/privacy.js"></script>
<script type="text/plain" data-purpose="analytics">window.ran = (window.ran || 0) + 1</script>
<title>A site of one's own</title><body><p>Hello</p></body></html>"""
STATE = "async () => (await privacy()).state()"
ACCEPT = "async () => (await privacy()).acceptAll()"
REJECT = "async () => (await privacy()).rejectAll()"
RAN = "() => window.ran || 0"
ALLOWED = "async () => (await privacy()).allowed('analytics')"

Write = Callable[[str], str]


def events(base_url: str, consent_id: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{base_url}/v1/consents/{consent_id}/history")
    return list(answer.json()["events"])


def test_a_lost_answer_is_asked_for_again_under_the_same_key(
    page: Page, write: Write, base_url: str
) -> None:
    keys: list[str] = []

    def lose(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) > 1:
            route.continue_()
            return
        route.fetch()
        route.abort()

    page.context.route("**/v1/consents", lose)
    page.goto(write(OWN))
    page.evaluate(ACCEPT)
    state = page.evaluate(STATE)
    assert (state["pending"], state["asking"], page.evaluate(RAN)) == (True, None, 0)

    page.reload()
    page.wait_for_function("window.ran === 1")
    state = page.evaluate(STATE)
    assert keys[0] == keys[1]
    assert not state["pending"]
    assert len(events(base_url, state["consent_id"])) == 1


def test_without_a_network_a_no_holds_and_a_yes_does_not(
    page: Page, write: Write, base_url: str
) -> None:
    page.goto(write(OWN))
    page.evaluate(ACCEPT)
    page.wait_for_function("window.ran === 1")
    page.context.set_offline(True)
    page.evaluate("async () => { window.p = await privacy(); p.rejectAll(); }")
    assert page.evaluate(ALLOWED) is False
    page.evaluate("async () => p.decide({ advertising: true })")
    state = page.evaluate(STATE)
    assert state["pending"]
    assert granted(state["choices"]) == []

    page.context.set_offline(False)
    page.wait_for_function("() => !p.state().pending")
    state = page.evaluate(STATE)
    stored = httpx.get(f"{base_url}/v1/consents/{state['consent_id']}").json()["choices"]
    assert granted(stored) == ["advertising"]
    assert state["choices"] == stored


def test_the_newest_decision_wins_over_one_that_was_never_sent(
    page: Page, write: Write, base_url: str
) -> None:
    page.goto(write(OWN))
    page.evaluate("async () => (await privacy()).notice()")
    page.context.set_offline(True)
    page.evaluate(ACCEPT)
    page.evaluate(REJECT)
    page.context.set_offline(False)
    until(page, "!p.state().pending")
    state = page.evaluate(STATE)
    assert granted(state["choices"]) == []
    assert page.evaluate(RAN) == 0
    assert granted(events(base_url, state["consent_id"])[-1]["choices"]) == []


def test_a_capture_that_the_api_refuses_is_no_consent(page: Page, write: Write) -> None:
    page.goto(write(OWN))
    told = page.evaluate(
        "async () => (await privacy()).decide({ fortune_telling: true }).catch((e) => e.problem)"
    )
    assert told["errors"][0]["pointer"] == "/choices/fortune_telling"
    assert page.evaluate(STATE)["asking"] == "none"
    page.evaluate(REJECT)
    assert page.evaluate(STATE)["asking"] is None


def test_a_no_in_one_tab_stops_the_others(page: Page, write: Write) -> None:
    address = write(OWN)
    page.goto(address)
    page.evaluate(ACCEPT)
    page.wait_for_function("window.ran === 1")
    other = page.context.new_page()
    other.goto(address)
    assert other.evaluate(ALLOWED)
    page.evaluate("async () => (await privacy()).withdraw()")
    until(other, "!p.allowed('analytics')")
    assert other.evaluate(STATE)["reload"] == ["analytics"]


def test_who_never_decided_may_object_and_take_it_back(page: Page, write: Write) -> None:
    """Also without a network at first: both are sent in their order."""
    page.goto(write(OWN))
    page.evaluate("async () => (await privacy()).notice()")
    page.context.set_offline(True)
    page.evaluate("async () => (await privacy()).object()")
    page.context.set_offline(False)
    until(page, "!p.state().pending")
    choices = page.evaluate(STATE)["choices"]
    assert choices["statistics"] is False
    assert not any(choices.values())
    page.evaluate("async () => (await privacy()).decide({ statistics: true })")
    assert page.evaluate(STATE)["choices"] == choices | {"statistics": True}


def test_without_storage_it_works_for_the_page(context: BrowserContext, write: Write) -> None:
    page = context.new_page()
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked'); } })"
    )
    page.goto(write(OWN))
    page.evaluate(ACCEPT)
    page.wait_for_function("window.ran === 1")
    page.evaluate("async () => (await privacy()).withdraw()")
    assert page.evaluate(ALLOWED) is False


def test_full_storage_leaves_no_old_yes_behind(page: Page, write: Write) -> None:
    address = write(OWN)
    page.goto(address)
    page.evaluate(ACCEPT)
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full'); } }")
    page.evaluate(REJECT)
    assert page.evaluate(ALLOWED) is False
    page.goto(address)
    assert page.evaluate(STATE)["asking"] == "none"
    assert page.evaluate(RAN) == 0


def test_global_privacy_control_is_respected_and_can_be_overridden(
    page: Page, write: Write
) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    page.context.set_extra_http_headers({"Sec-GPC": "1"})
    page.goto(write(OWN))
    page.evaluate(ACCEPT)
    assert page.evaluate(STATE)["choices"]["advertising"] is False
    assert page.evaluate(ALLOWED)
    page.evaluate(
        "async () => (await privacy()).decide({ advertising: true }, { gpc_override: true })"
    )
    assert page.evaluate(STATE)["choices"]["advertising"] is True


def test_a_signal_that_the_api_could_not_hear_is_told_as_a_decision(
    page: Page, write: Write, base_url: str
) -> None:
    def flag(route: Route) -> None:
        notice = route.fetch().json()
        for purpose in notice["purposes"]:
            purpose["gpc"] = purpose["id"] == "advertising"
        route.fulfill(json=notice, headers={"Access-Control-Allow-Origin": "*"})

    page.context.route("**/v1/notices/**", flag)
    page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    page.goto(write(OWN))
    page.evaluate(ACCEPT)
    state = page.evaluate(STATE)
    assert state["choices"]["advertising"] is False
    assert [event["method"] for event in events(base_url, state["consent_id"])] == [
        "accept_all",
        "choose",
    ]


def test_signals_are_denied_first_and_then_what_the_api_says(page: Page, write: Write) -> None:
    granted = {
        "google": {"analytics_storage": "granted", "security_storage": "granted"},
        "clarity": {"ad_Storage": "denied", "analytics_Storage": "granted"},
        "uet": {"ad_storage": "denied"},
    }

    def add(route: Route) -> None:
        answer = route.fetch()
        allow = {"Access-Control-Allow-Origin": "*"}
        route.fulfill(
            status=answer.status, json={**answer.json(), "signals": granted}, headers=allow
        )

    page.context.route("**/v1/consents", add)
    page.goto(write(OWN))
    page.evaluate("async () => (await privacy()).decide({ analytics: true })")
    calls = page.evaluate("() => dataLayer.map((call) => [...call])")
    assert [call[1] for call in calls] == ["default", "update"]
    assert len(calls[1][2]) == 7
    on = {key for key, said in calls[1][2].items() if said == "granted"}
    assert on == {"analytics_storage", "security_storage"}
    assert page.evaluate("() => clarity.q.at(-1)[1]") == granted["clarity"]
    assert page.evaluate("() => uetq.slice(3)") == ["consent", "update", granted["uet"]]
    page.context.set_offline(True)
    page.evaluate("async () => { (await privacy()).withdraw(); }")
    last = page.evaluate("() => dataLayer.at(-1)[2]")
    assert set(last.values()) == {"denied"}


def test_gtag_that_was_there_before_hears_it_too(page: Page, write: Write) -> None:
    before = "<script>window.heard=[];window.gtag=(...said)=>heard.push(said)</script>"
    page.goto(write(OWN.replace("<script src", before + "<script src", 1)))
    assert page.evaluate("() => heard[0].slice(0, 2)") == ["consent", "default"]


def test_a_wrong_clock_neither_ends_nor_keeps_a_decision(page: Page, write: Write) -> None:
    page.clock.install(time=1_900_000_000_000)
    page.goto(write(OWN))
    page.evaluate(ACCEPT)
    assert page.evaluate(STATE)["asking"] is None
    assert page.evaluate(ALLOWED)


def test_it_asks_again_after_its_time(page: Page, write: Write, base_url: str) -> None:
    address = write(OWN)
    page.goto(address)
    page.evaluate(ACCEPT)
    try:
        httpx.put(f"{base_url}/_local/clock", json={"now": "2028-01-01T00:00:00Z"})
        page.evaluate(
            """() => {
              const kept = JSON.parse(localStorage.privacy_choices);
              localStorage.privacy_choices = JSON.stringify({ ...kept, at: 0 });
            }"""
        )
        page.goto(address)
        assert page.evaluate("async () => (await privacy()).needsAsking()") == "expired"
        assert page.evaluate(RAN) == 0
    finally:
        httpx.put(f"{base_url}/_local/clock", json={"now": None})


def test_a_name_that_the_api_does_not_know_asks_anew(page: Page, write: Write) -> None:
    address = write(OWN)
    page.goto(address)
    kept = {"id": "c_" + "a" * 26, "state": {"decided_at": "2026-01-01T00:00:00Z", "choices": {}}}
    page.evaluate("(kept) => { localStorage.privacy_choices = kept; }", json.dumps(kept))
    page.goto(address)
    assert page.evaluate(STATE)["asking"] == "none"
    page.evaluate(REJECT)
    assert page.evaluate(STATE)["consent_id"] != kept["id"]


def test_what_enters_the_page_later_is_held_back_too(page: Page, write: Write) -> None:
    page.goto(write(OWN))
    page.evaluate(ACCEPT)
    page.wait_for_function("window.ran === 1")
    page.evaluate(LATER, "analytics")
    page.wait_for_function("window.ran === 2")
    page.evaluate(LATER, "analytics fortune_telling")
    page.evaluate("() => new Promise((done) => setTimeout(done, 50))")
    assert page.evaluate(RAN) == 2


LATER = """(purpose) => {
  const held = document.createElement("script");
  held.type = "text/plain";
  held.dataset.purpose = purpose;
  held.text = "window.ran++";
  document.body.append(held);
}"""


def test_two_scripts_on_a_page_are_one(page: Page, write: Write) -> None:
    page.goto(write(OWN.replace("</body>", '<script src="API/privacy.js"></script></body>')))
    page.evaluate(ACCEPT)
    page.wait_for_function("window.ran === 1")
    assert page.evaluate("() => dataLayer.filter((call) => call[1] === 'default').length") == 1


def test_a_page_from_the_back_buttons_cache_knows_what_was_decided_since(
    page: Page, write: Write
) -> None:
    """The browser's own events, by hand: its cache is off under automation."""
    address = write(OWN)
    page.goto(address)
    page.evaluate(ACCEPT)
    page.evaluate(FROZEN, "pagehide")
    other = page.context.new_page()
    other.goto(address)
    other.evaluate("async () => (await privacy()).withdraw()")
    page.evaluate(FROZEN, "pageshow")
    assert page.evaluate(ALLOWED) is False
    other.evaluate(ACCEPT)
    until(page, "p.allowed('analytics')")


FROZEN = "(name) => dispatchEvent(new PageTransitionEvent(name, { persisted: true }))"


def test_visits_are_told_only_with_consent(page: Page, write: Write, site: str) -> None:
    sent: list[Any] = []

    def note(request: Request) -> None:
        if request.url.endswith("/visits"):
            sent.append(request.post_data_json)

    page.context.on("request", note)
    address = write(OWN)
    page.goto(address)
    page.evaluate("async () => (await privacy()).visit()")
    page.goto(f"{site}/contact")
    assert sent == []
    page.goto(address)
    page.evaluate(ACCEPT)
    with page.expect_response("**/v1/visits") as answer:
        page.evaluate("async () => { (await privacy()).visit(); (await privacy()).visit(); }")
    assert answer.value.status == 202
    assert sent[0]["pages"][0]["url"] == address


def test_only_links_to_the_apis_own_pages_carry_the_browsers_name(
    page: Page, write: Write, base_url: str
) -> None:
    links = '<a href="API/choices">ours</a><a href="https://www.example.com/">theirs</a></body>'
    page.goto(write(OWN.replace("</body>", links)))
    page.evaluate(REJECT)
    name = page.evaluate(STATE)["consent_id"]
    page.evaluate("() => addEventListener('click', (event) => event.preventDefault())")
    page.get_by_text("ours").click()
    page.get_by_text("theirs").click()
    ours = f"{base_url}/choices#consent_id={name}"
    expect(page.get_by_text("ours")).to_have_attribute("href", ours)
    expect(page.get_by_text("theirs")).to_have_attribute("href", "https://www.example.com/")
