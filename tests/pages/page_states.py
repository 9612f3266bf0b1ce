"""Every page in every state that somebody can see it in: what leads there, and what is answered."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

from tests.pages import answers as api
from tests.pages.answers import Answers, answering

FRAGMENT = f"#token={api.TOKEN}"
_REQUEST = f"v1/requests/{api.REQUEST_ID}"
_REQUEST_PAGE = f"requests/{api.REQUEST_ID}"
Step = Callable[[Page], None]


@dataclass(frozen=True)
class State:
    """A page's address, what is done there, and what the API answers meanwhile."""

    name: str
    path: str
    steps: tuple[Step, ...] = ()
    answers: Answers = field(default_factory=dict)
    # What this browser kept from before: the name of its choices, a session.
    browser: str | None = None
    session: str | None = None
    # Whether the browser sends Global Privacy Control.
    gpc: bool = False

    def show(self, page: Page, url: str, query: str = "") -> None:
        """Bring the page into this state."""
        answering(page, self.answers)
        page.add_init_script(self.kept())
        self.go(page, url, query)

    def go(self, page: Page, url: str, query: str = "") -> None:
        """Go to the page, and do there what leads to this state."""
        path, mark, fragment = self.path.partition("#")
        page.goto(f"{url}/{path}{query}{mark}{fragment}")
        for step in self.steps:
            step(page)

    def kept(self) -> str:
        """Return the script that tells a document what this browser kept, and if it sends GPC."""
        kept = ["Object.defineProperty(navigator, 'globalPrivacyControl', {value: true});"]
        kept = kept if self.gpc else []
        if self.browser:
            kept.append(f'localStorage.privacy_choices = \'{{"id":"{self.browser}"}}\';')
        if self.session:
            place = f"session:/{self.path.partition('#')[0]}"
            kept.append(f"sessionStorage['{place}'] = '{self.session}';")
        return "\n".join(kept) or ";"


class Tab:
    """One tab that shows state after state, each as in a browser that was never here.

    A tab of its own for each costs three times as much as the page in it.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self._developer = page.context.new_cdp_session(page)
        self._script: str | None = None

    def show(self, state: State, url: str, query: str = "") -> Page:
        """Forget the last state, and bring the page into this one."""
        if self._script:
            self.page.evaluate("localStorage.clear(); sessionStorage.clear()")
            self.page.goto("about:blank")
            self._send("Page.removeScriptToEvaluateOnNewDocument", identifier=self._script)
        self.page.context.clear_cookies()
        self.page.unroute_all()
        self._send("Page.enable")
        script = f"if (location.origin !== 'null') {{ {state.kept()} }}"
        made = self._send("Page.addScriptToEvaluateOnNewDocument", source=script)
        self._script = made["identifier"]
        answering(self.page, state.answers)
        state.go(self.page, url, query)
        return self.page

    def _send(self, method: str, **parameters: object) -> dict[str, Any]:
        answer: dict[str, Any] = self._developer.send(method, parameters)
        return answer


def press(selector: str) -> Step:
    return lambda page: page.locator(f"{selector}:visible").first.click()


def fill(**fields: str) -> Step:
    def entered(page: Page) -> None:
        for name, value in fields.items():
            page.locator(f"#{name}").fill(value)

    return entered


def seen(selector: str) -> Step:
    return lambda page: page.locator(f"{selector}:visible").first.wait_for()


def state(name: str) -> Step:
    return seen(f'[data-state="{name}"]')


def tick(selector: str) -> Step:
    return lambda page: page.locator(selector).check()


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")


_SUBMIT = "[type=submit]"
_WHO = fill(name="Sam Example", email="sam@example.com")
_TROUBLE = state("trouble")
_HELD = {
    f"GET v1/consents/{api.CONSENT_ID}": (200, api.STATE),
    f"GET v1/consents/{api.CONSENT_ID}/history": (200, api.HISTORY),
    "POST v1/consents": (201, api.STATE),
}
_CENTRE: Answers = {
    "GET v1/preferences": (200, api.PREFERENCES),
    "GET v1/preferences/history": (200, api.DECIDED),
    "PATCH v1/preferences": (200, api.STOPPED),
}


def _forms() -> Iterator[State]:
    filled = {
        "contact": ("contact", {"message": "How long do you keep my order?"}),
        "newsletter": ("newsletter", {}),
        "account": ("accounts", {"organisation": "Example Ltd"}),
    }
    for name, (resource, more) in filled.items():
        post = f"POST v1/{resource}"
        entered = (_WHO, fill(**more), press(_SUBMIT))
        done: dict[str, object] = {
            "received_at": "2026-02-01T09:00:00.000Z",
            "reference": "K7WQ-3MDP",
        }
        wrong = {"errors": [{"pointer": "/name", "detail": "must not be empty"}]}
        yield State(f"{name}", name, (unfold,))
        yield State(f"{name}-missing", name, (press(_SUBMIT), seen(".errors")))
        yield State(f"{name}-refused", name, (*entered, seen(".errors")), {post: (422, wrong)})
        yield State(f"{name}-trouble", name, (*entered, _TROUBLE), {post: (503, {})})
        done = done | ({"redacted": ["message"]} if name == "contact" else {})
        yield State(f"{name}-done", name, (*entered, state("done")), {post: (202, done)})
        yield State(f"{name}-sent", f"{name}?sent")
        if name != "newsletter":
            left = done | {"gpc": {"signal": True, "turned_off": ["third_party_promotions"]}}
            heard = (seen("[data-gpc]"), *entered, state("done"), seen("[data-turned-off]"))
            yield State(f"{name}-gpc", name, (seen("[data-gpc]"),), gpc=True)
            yield State(f"{name}-gpc-done", name, heard, {post: (202, left)}, gpc=True)


def _confirmations() -> Iterator[State]:
    for name, resource in (("newsletter", "newsletter"), ("account", "accounts")):
        path = f"{name}/confirmation"
        preview = "POST v1/confirmations/preview"
        confirm = f"POST v1/{resource}/confirmation"
        grants = ["Sending you our news and offers"] if name == "newsletter" else []
        shown = {preview: (200, api.CONFIRMATION | {"grants": grants})}
        look = (press("[data-preview]"), state("preview"))
        go = (*look, press("[data-confirm]"))
        yield State(f"{name}-confirmation", path + FRAGMENT)
        yield State(f"{name}-confirmation-missing", path)
        yield State(
            f"{name}-confirmation-preview", path + FRAGMENT, look, shown, browser=api.CONSENT_ID
        )
        heard = {"gpc": {"signal": True, "turned_off": ["third_party_promotions"]}}
        kept_off = {preview: (200, api.CONFIRMATION | {"grants": grants} | heard)}
        yield State(
            f"{name}-confirmation-gpc", path + FRAGMENT, (*look, seen("[data-gpc]")), kept_off
        )
        yield State(
            f"{name}-confirmation-done",
            path + FRAGMENT,
            (*go, state("done")),
            {**shown, confirm: (200, {"confirmed_at": "2026-02-01T09:00:00.000Z"})},
        )
        yield State(
            f"{name}-confirmation-expired",
            path + FRAGMENT,
            (press("[data-preview]"), state("expired")),
            {preview: (410, {})},
        )
        yield State(
            f"{name}-confirmation-void",
            path + FRAGMENT,
            (*go, state("void")),
            {**shown, confirm: (409, {})},
        )


def _choices() -> Iterator[State]:
    yield State("choices", "choices", (seen("[data-page]"),))
    yield State("choices-unfolded", "choices", (seen("[data-page]"), unfold))
    known = (seen("[data-history]"),)
    yield State("choices-decided", "choices", known, _HELD, browser=api.CONSENT_ID)
    for name, held in (("gpc", api.GPC_STATE), ("again", api.OLD_STATE)):
        answers = {**_HELD, f"GET v1/consents/{api.CONSENT_ID}": (200, held)}
        yield State(f"choices-{name}", "choices", known, answers, browser=api.CONSENT_ID)
    kept = (press("[data-all=accept_all]"), seen("[data-saved]"))
    yield State("choices-saved", "choices", kept, _HELD)
    lost = (press("[data-all=reject_all]"), _TROUBLE)
    yield State("choices-trouble", "choices", lost, {"POST v1/consents": (500, {})})


def _preferences() -> Iterator[State]:
    path = "preferences"
    yield State("preferences", path, (state("ask"),))
    yield State("preferences-missing", path, (press(_SUBMIT), seen(".errors")))
    asked = (fill(email="sam@example.com"), press(_SUBMIT), state("sent"))
    yield State("preferences-sent", path, asked, {"POST v1/preferences/link": (202, {})})
    yield State("preferences-link", path + FRAGMENT, (state("open"),), browser=api.CONSENT_ID)
    gone = (press("[data-open]"), state("expired"))
    yield State(
        "preferences-expired", path + FRAGMENT, gone, {"POST v1/preferences/session": (410, {})}
    )
    yield State(
        "preferences-over",
        path,
        (state("over"),),
        {"GET v1/preferences": (401, {})},
        session=api.SESSION,
    )
    yield State("preferences-centre", path, (state("centre"),), _CENTRE, session=api.SESSION)
    empty = {**_CENTRE, "GET v1/preferences": (200, api.EMPTY)}
    yield State("preferences-empty", path, (state("centre"),), empty, session=api.SESSION)
    yield State(
        "preferences-history",
        path,
        (
            state("centre"),
            press("[data-decisions] > summary"),
            seen("[data-decided] li"),
            press("[data-decided] li:first-child summary"),
        ),
        _CENTRE,
        session=api.SESSION,
    )
    yield State(
        "preferences-stopped",
        path,
        (state("centre"), press("[data-stop]"), seen("[data-saved]")),
        _CENTRE,
        session=api.SESSION,
    )
    opened = (state("centre"), unfold)
    patched = "PATCH v1/preferences/account"
    wrong = {"errors": [{"pointer": "/phone", "detail": "is not a phone number"}]}
    for name, then, more in (
        ("refused", ".errors", (422, wrong)),
        ("changed", "[data-account-done]", (200, api.PREFERENCES)),
    ):
        yield State(
            f"preferences-account-{name}",
            path,
            (*opened, press("[data-account-form] [type=submit]"), seen(then)),
            {**_CENTRE, patched: more},
            session=api.SESSION,
        )
    yield State(
        "preferences-account-closed",
        path,
        (*opened, press("[data-close-account]"), seen("[data-account-done]")),
        {**_CENTRE, "POST v1/preferences/account/closure": (200, api.NO_ACCOUNT)},
        session=api.SESSION,
    )
    yield State(
        "preferences-trouble",
        path,
        (state("centre"), press("[data-stop]"), _TROUBLE),
        {**_CENTRE, "PATCH v1/preferences": (503, {})},
        session=api.SESSION,
    )


def _new_request() -> Iterator[State]:
    path = "requests/new"
    go = press(_SUBMIT)
    who = (press("label[for=type-rectification]"), go, state("who"))
    details = (*who, _WHO, go, state("details"))
    check = (
        *details,
        lambda page: page.locator("[data-rows] input").fill("+441632960123"),
        fill(details="My number is the old one."),
        go,
        state("check"),
    )
    taken = {"request_id": api.REQUEST_ID, "status": "awaiting_identity", "redacted": []}
    yield State("request-new", path, (state("type"),))
    yield State("request-new-unfolded", path, (state("type"), unfold))
    yield State("request-new-missing", path, (state("type"), go, seen(".errors")))
    yield State("request-new-who", path, who)
    yield State("request-new-who-missing", path, (*who, go, seen(".errors")))
    yield State("request-new-agent", path, (*who, tick("#for_other"), seen("[data-agent]")))
    yield State("request-new-details", path, (*details, press("[data-more]")))
    yield State("request-new-details-missing", path, (*details, go, seen(".errors")))
    yield State("request-new-check", path, check)
    yield State(
        "request-new-done", path, (*check, go, state("done")), {"POST v1/requests": (202, taken)}
    )
    wrong = {"errors": [{"pointer": "/corrections/0/value", "detail": "is not a phone number"}]}
    yield State(
        "request-new-refused",
        path,
        (*check, go, seen(".errors")),
        {"POST v1/requests": (422, wrong)},
    )
    yield State(
        "request-new-trouble", path, (*check, go, _TROUBLE), {"POST v1/requests": (503, {})}
    )


def _request() -> Iterator[State]:
    path = _REQUEST_PAGE
    preview = {f"POST {_REQUEST}/preview": (200, api.PREVIEW)}
    look = (press("[data-preview]"), state("preview"))
    yield State("request", path + FRAGMENT, (state("ask"),))
    yield State("request-missing", path, (state("missing"),))
    yield State("request-preview", path + FRAGMENT, look, preview, browser=api.CONSENT_ID)
    elsewhere = [{"field": "email", "value": "kim.new@example.com"}]
    moving = api.PREVIEW | {"asked": {"name": "Sam Example", "corrections": elsewhere}}
    yield State(
        "request-preview-address",
        path + FRAGMENT,
        (*look, seen("[data-of-address]")),
        {f"POST {_REQUEST}/preview": (200, moving)},
    )
    yield State(
        "request-expired",
        path + FRAGMENT,
        (press("[data-preview]"), state("expired")),
        {f"POST {_REQUEST}/preview": (410, {})},
    )
    fresh = {f"POST {_REQUEST}/link": (202, {"received_at": "2026-02-01T09:00:00.000Z"})}
    yield State("request-sent", path, (press("[data-fresh]"), state("sent")), fresh)
    over: Answers = {f"GET {_REQUEST}": (401, {})}
    yield State("request-over", path, (state("over"),), over, session=api.SESSION)
    shown: Mapping[str, Any] = {
        "progress": api.IN_PROGRESS,
        "asked": api.ASKED,
        "ready": api.READY,
        "erased": api.ERASED,
        "refused": api.request("objection", "refused", closed_at="2026-02-02T09:00:00.000Z"),
        "fee": api.request("access", "awaiting_fee", due_on=None, awaited="The fee."),
        "review": api.request("access", "awaiting_review", awaited="Our own look."),
    }
    for name, body in shown.items():
        yield State(
            f"request-{name}",
            path,
            (state("shown"), unfold),
            {f"GET {_REQUEST}": (200, body)},
            session=api.SESSION,
        )
    yield State(
        "request-message",
        path,
        (state("shown"), fill(message="The first one."), press(_SUBMIT), seen("[data-sent]")),
        {
            f"GET {_REQUEST}": (200, api.ASKED),
            f"POST {_REQUEST}/message": (200, api.IN_PROGRESS),
        },
        session=api.SESSION,
    )
    # What was done meanwhile is shown, and that the press came too late, to every reader.
    late = seen("[data-too-late]")
    yield State(
        "request-too-late",
        path,
        (state("shown"), unfold, press("[data-cancel]"), late),
        {f"GET {_REQUEST}": (200, api.IN_PROGRESS), f"POST {_REQUEST}/cancellation": (409, {})},
        session=api.SESSION,
    )
    yield State(
        "request-nothing-to-add",
        path,
        (state("shown"), fill(message="The first one."), press(_SUBMIT), late),
        {f"GET {_REQUEST}": (200, api.ASKED), f"POST {_REQUEST}/message": (409, {})},
        session=api.SESSION,
    )


def _address() -> Iterator[State]:
    path = f"address/confirmation#token={api.TOKEN}"
    post = "POST v1/address/confirmation"
    go = press("[data-confirm]")
    done = (200, {"confirmed_at": "2026-02-01T09:00:00.000Z"})
    yield State("address", path, (state("ask"),))
    yield State("address-done", path, (go, state("done")), {post: done})
    yield State("address-over", path, (go, state("over")), {post: (409, {})})
    yield State("address-expired", path, (go, state("expired")), {post: (410, {})})
    yield State("address-trouble", path, (go, _TROUBLE), {post: (503, {})})
    yield State("address-missing", "address/confirmation", (state("missing"),))


def _unsubscribe() -> Iterator[State]:
    path = f"unsubscribe/{api.TOKEN}"
    post = f"POST v1/unsubscribe/{api.TOKEN}"
    go = press(_SUBMIT)
    done = (200, {"unsubscribed_at": "2026-02-01T09:00:00.000Z"})
    yield State("unsubscribe", path, (unfold,))
    yield State("unsubscribe-done", path, (go, state("done")), {post: done})
    yield State("unsubscribe-expired", path, (go, state("expired")), {post: (410, {})})
    yield State("unsubscribe-trouble", path, (go, _TROUBLE), {post: (503, {})})


STATES: tuple[State, ...] = (
    State("home", "", (unfold,)),
    State("notice", "notice"),
    State("notice-changes", "notice/changes"),
    State("cookies", "cookies"),
    State("not-found", "notice/1999-01"),
    State("nowhere", "requests/by/letter"),
    *_choices(),
    *_preferences(),
    *_forms(),
    *_confirmations(),
    *_new_request(),
    *_request(),
    *_address(),
    *_unsubscribe(),
)
