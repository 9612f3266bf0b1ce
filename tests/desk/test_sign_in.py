"""The whole sign-in, in a browser and in the terminal, against an OpenID provider on loopback."""

import os
import threading
import time
import webbrowser
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect

from local import clock, server
from local.functions import Functions
from local.gateway import Gateway
from local.serving import serving
from ops import CommandError
from ops.__main__ import main
from ops.desk import sign_in
from tests.desk.officer import Officer
from tests.desk.provider import CLIENT, Provider, running

TODAY = "/v1/desk/today"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running() as made:
        yield made


@pytest.fixture
def deployed(functions: Functions, provider: Provider) -> Iterator[str]:
    """The API with the authoriser that asks the provider's pool, as a deployment has it."""
    clock.install()
    origins = os.environ["ORIGINS"].split()
    gateway = Gateway(functions.cloud.template, functions, origins, provider.pool)
    listening = server.listen(server.Application(gateway, functions, {}, lambda: None), 0)
    url = f"http://{server.HOST}:{listening.server_port}"
    provider.returns.add(f"{url}/desk/sign-in")
    with serving(listening):
        yield url


@pytest.fixture
def staff(browser_context: BrowserContext, deployed: str) -> Iterator[Officer]:
    one = Officer(browser_context.new_page(), deployed)
    yield one
    assert one.faults == []


def enter(staff: Officer, path: str = "requests") -> None:
    """Sign in by way of the provider's page."""
    staff.page.goto(f"{staff.url}/desk/{path}")
    staff.press("Sign in")
    staff.follow("Sign in as Olu")
    expect(staff.page.locator("nav[data-views]")).to_be_visible()


def test_somebody_signs_in_comes_back_and_signs_out(staff: Officer, provider: Provider) -> None:
    enter(staff, "requests?status=completed")
    staff.sees_title("Requests")
    assert staff.page.url == f"{staff.url}/desk/requests?status=completed"
    assert "local" not in staff.page.locator("[data-who]").inner_text()
    kept = staff.page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
    assert "eyJ" not in kept, "the access token is in memory alone"
    staff.page.reload()
    staff.sees_title("Requests")
    before = list(provider.renewals)
    staff.press("Sign out")
    staff.sees_title("You are signed out")
    assert provider.revoked == before
    assert provider.left == 1
    assert staff.page.evaluate("JSON.stringify(sessionStorage)") == "{}"


def test_a_token_that_ends_is_renewed_with_another_one_each_time(
    staff: Officer, provider: Provider
) -> None:
    provider.lives = 21  # seconds; the console renews twenty before the end
    enter(staff)
    first = set(provider.renewals)
    staff.page.wait_for_timeout(1500)
    staff.follow("Holds")
    staff.sees_title("Holds")
    assert len(provider.renewals) == 1
    assert first.isdisjoint(provider.renewals)


def test_another_group_counts_from_the_next_token_on(staff: Officer, provider: Provider) -> None:
    provider.lives = 21
    enter(staff)
    provider.groups = ["support"]
    staff.page.wait_for_timeout(1500)
    staff.follow("Audit")
    staff.sees_title("There is no such page for your role")
    expect(staff.page.locator("[data-who]")).to_contain_text("Support")


def test_what_another_group_may_not_is_refused_and_what_was_written_stays(
    staff: Officer, provider: Provider
) -> None:
    provider.lives = 21
    enter(staff, "holds/new")
    form = staff.page.locator("form[data-form]")
    staff.fill(form, email="kim@example.com", reason="Claim 17 of 2026.")
    provider.groups = ["auditor"]
    staff.page.wait_for_timeout(1500)
    staff.press("Place a hold")
    expect(staff.page.get_by_role("alert")).to_contain_text("Your role may not do this.")
    expect(staff.page.locator("[data-who]")).to_contain_text("Auditor")
    expect(form.locator("[name=reason]")).to_have_value("Claim 17 of 2026.")
    provider.groups = ["privacy_officer"]
    staff.page.wait_for_timeout(1500)
    staff.press("Place a hold")
    staff.sees_title("Hold on a person")


def test_half_an_hour_alone_ends_the_sign_in_at_the_pool_and_keeps_the_work(
    staff: Officer, provider: Provider
) -> None:
    staff.page.clock.install()
    enter(staff, "requests/new")
    form = staff.page.locator("form[data-form]")
    staff.fill(form, type="rectification", name="Kim Example", identity_shown=True)
    staff.fill(form, corrections__0__field="phone", corrections__0__value="01233 555 000")
    staff.press("Add another")
    staff.fill(form, corrections__1__field="name", corrections__1__value="Kim Sample")
    staff.page.clock.run_for("28:30")
    expect(staff.page.get_by_text("You will be signed out in two minutes").last).to_be_visible()
    staff.page.keyboard.press("Shift")
    expect(staff.page.locator(".soon")).to_have_count(0)
    staff.page.clock.run_for("29:30")
    good = set(provider.renewals)
    with staff.page.expect_response("**/oauth2/revoke"):
        # Short of the 20 seconds after which the page breaks off its call: by this clock, too.
        staff.page.clock.run_for("00:40")
    staff.sees_title("You were signed out")
    assert set(provider.revoked) == good
    assert provider.renewals == set()
    expect(staff.page.locator("main")).not_to_contain_text("Kim")
    staff.press("Sign in")
    staff.follow("Sign in as Olu")
    staff.sees_title("Enter a request")
    assert "local" not in staff.page.locator("[data-who]").inner_text()
    for name, value in {
        "name": "Kim Example",
        "corrections.0.value": "01233 555 000",
        "corrections.1.field": "name",
        "corrections.1.value": "Kim Sample",
    }.items():
        expect(form.locator(f"[name='{name}']")).to_have_value(value)
    expect(form.locator("[name=identity_shown]")).to_be_checked()
    kept = staff.page.evaluate("JSON.stringify(sessionStorage)")
    assert "Kim" not in kept, "what was written is in the tab's storage only until then"


def test_who_was_put_out_is_asked_to_sign_in(staff: Officer, provider: Provider) -> None:
    provider.lives = 21
    enter(staff)
    provider.disabled = True
    staff.page.wait_for_timeout(1500)
    staff.follow("Holds")
    expect(staff.page.get_by_role("button", name="Sign in")).to_be_visible()
    assert staff.page.evaluate("JSON.stringify(sessionStorage)") == "{}"


@pytest.mark.parametrize("query", ["?code=stolen&state=guessed", "?error=access_denied", ""])
def test_a_code_that_this_tab_did_not_ask_for_lets_nobody_in(staff: Officer, query: str) -> None:
    staff.page.goto(f"{staff.url}/desk/sign-in{query}")
    staff.sees_title("The sign-in did not work")
    assert "code=" not in staff.page.url


def test_only_the_pools_access_token_with_the_scope_comes_in(
    deployed: str, provider: Provider
) -> None:
    other = Provider(url=provider.url)
    now = int(time.time())
    bad = {
        "none": "",
        "a role's name": "local-privacy_officer",
        "expired": provider.token(exp=now - 1),
        "an ID token": provider.token(token_use="id", aud=CLIENT),
        "another client's": provider.token(client_id="2other"),
        "another scope": provider.token(scope="openid email"),
        "another issuer": provider.token(iss="https://cognito-idp.eu-west-1.example/other"),
        "another pool's key": other.token(),
        "no signature": provider.token().rpartition(".")[0] + ".",
    }
    for name, token in bad.items():
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        assert httpx.get(deployed + TODAY, headers=headers).status_code == 401, name
    good = {"Authorization": f"Bearer {provider.token()}"}
    assert httpx.get(deployed + TODAY, headers=good).status_code == 200
    nobody = {"Authorization": f"Bearer {provider.token(**{'cognito:groups': []})}"}
    assert httpx.get(deployed + TODAY, headers=nobody).status_code == 403


def test_the_page_may_call_the_api_and_the_pool_and_nobody_else(
    deployed: str, provider: Provider
) -> None:
    answer = httpx.get(f"{deployed}/desk/today")
    policy = answer.headers["Content-Security-Policy"]
    assert f"connect-src 'self' {provider.url};" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_terminal_signs_in_by_the_browser(
    deployed: str,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("PRIVACY_DESK_TOKEN", raising=False)

    def opened(link: str) -> None:
        page = httpx.get(link).text
        back = page.partition('href="')[2].partition('"')[0].replace("&amp;", "&")
        threading.Thread(target=httpx.get, args=(back,), daemon=True).start()

    monkeypatch.setattr(webbrowser, "open", opened)
    assert main(["desk", "--url", deployed, "sign-in"]) == 0
    said = capsys.readouterr()
    assert "eyJ" not in said.out + said.err
    assert main(["desk", "--url", deployed, "--json", "today"]) == 0
    assert '"waiting_for_us"' in capsys.readouterr().out
    (kept,) = tmp_path.rglob("sign-in.json")
    assert kept.stat().st_mode & 0o777 == 0o600
    first = set(provider.renewals)
    later = time.time() + provider.lives
    monkeypatch.setattr(time, "time", lambda: later)
    assert sign_in.token(None)
    assert first.isdisjoint(provider.renewals)
    last = set(provider.renewals)
    assert main(["desk", "--url", deployed, "sign-out"]) == 0
    assert set(provider.revoked) == last
    assert not kept.exists()
    with pytest.raises(CommandError, match="Nobody is signed in"):
        sign_in.token(None)


def test_the_local_run_has_no_sign_in_of_its_own(base_url: str) -> None:
    with pytest.raises(CommandError, match="give --as GROUP"):
        sign_in.sign_in(base_url)
