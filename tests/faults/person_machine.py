"""A person's life at the doors, step by step, beside the model of what is right.

Hypothesis chooses what happens next: the person and strangers who type their address, two browsers,
old tabs, staff, workers that stop and go on, days and months that pass, a new version of the
notice. After each step what the doors answer and what is stored is compared with the model.

A life is about a part of all that, or about everything: of a life in which everything may happen,
most is about nothing (swarm testing). What is drawn is likely to matter: most happens in one
browser, a switch is turned to what it was not, who visits is mostly who may, only a worker that has
to do with the life's part stops, and it stays away for a while.
"""

import itertools
import re
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from shared.domain import unsubscribe_links
from shared.domain.identifiers import person_id
from shared.domain.record_classes import RecordClass
from shared.storage import ledger, policies, records, secrets
from shared.storage.requests import request_store
from tests.faults import proofs
from tests.faults.life import Life, Taken, determined
from tests.faults.person_model import (
    ANALYTICS,
    BROWSERS_DECIDE,
    MARKETING,
    Asked,
    Browser,
    Model,
    Party,
    SignUp,
    Words,
)
from tests.faults.world import mails_to, text_of
from tests.support import Answer

EMAIL = "sam@example.com"
BEGIN = datetime(2026, 8, 1, 9, tzinfo=UTC)
END = BEGIN + timedelta(days=600)
OLD_TAB = "2023-06"
STEP = timedelta(minutes=5)
KINDS = ("access", "erasure", "rectification", "objection", "complaint", "restriction")
# What a life may be about.
BROWSING, MAIL, CENTRE, REQUESTS = "browsing", "mail", "centre", "requests"
ABOUT = ((BROWSING,), (BROWSING, CENTRE), (MAIL,), (REQUESTS,), (BROWSING, MAIL, CENTRE, REQUESTS))
# Which worker has something to do in which lives.
WORKERS = {
    "aggregation": {BROWSING, CENTRE, MAIL},
    "fulfilment": {REQUESTS},
    "notifications": {CENTRE, MAIL, REQUESTS},
}
T = TypeVar("T")
Step = Callable[..., None]
_TOKEN = r"[\w-]{22}\.[\w-]{22}"

numbers = st.integers(0, 11)
one_of_two = st.sampled_from((0, 0, 0, 1))
# Analytics as often as the others: it alone lets us keep something, which has to go again.
purposes = st.sampled_from((ANALYTICS, *BROWSERS_DECIDE))
# Of one purpose as often as of any number.
choices = st.one_of(
    st.builds(lambda name, on: {name: on}, purposes, st.booleans()),
    st.dictionaries(st.sampled_from(BROWSERS_DECIDE), st.booleans(), min_size=1).map(
        lambda made: dict(sorted(made.items()))
    ),
)


def of(*parts: str) -> Callable[[Step], Step]:
    """Have a step taken only in lives that are about one of the parts."""
    about: Callable[[Step], Step] = precondition(lambda self: not set(parts).isdisjoint(self.about))
    return about


def often(weight: float) -> Callable[[Step], Step]:
    """Have a walk take a step so many times as often as one of which nothing is said."""

    def noted(step: Step) -> Step:
        vars(step)["often"] = weight
        return step

    return noted


class PersonLife(RuleBasedStateMachine):
    """One life; `life` and `empty` are set by who runs it, and perhaps what it is about."""

    life: Life
    empty: Taken
    about_what = ABOUT

    def __init__(self) -> None:
        super().__init__()
        self.life.put_back(self.empty)
        self.life.now = BEGIN
        self.known = policies.published()
        documents = [policy.document for policy in self.known.versions.values()]
        self.model = Model(Words(documents))
        self.news = datetime.fromisoformat(f"{documents[-1]['revised']}T09:00:00Z")
        self.about: tuple[str, ...] = ()
        self.stopped: set[str] = set()
        self.keys = itertools.count()
        self.stale: set[str] = set()
        self.chance = ExitStack()
        self.chance.enter_context(determined("a life"))
        self.person = person_id(secrets.identity(), EMAIL)

    def teardown(self) -> None:
        """End a life that Hypothesis lived."""
        with self.chance:
            self.ends()

    def ends(self) -> None:
        """Let the workers go on, hand everything over once more, and look at all that is stored."""
        self.goes_on()
        self.agrees()
        self.life.again()
        self.agrees()
        assert not self.life.oddities, self.life.oddities
        found = proofs.in_short(proofs.faults(self.life.now))
        assert not found, found

    @initialize(about=st.runner().flatmap(lambda self: st.sampled_from(self.about_what)))
    def is_about(self, about: tuple[str, ...]) -> None:
        self.about = about

    # Time and workers.

    @rule(days=st.sampled_from((1, 8, 12, 35, 100)))
    def days_pass(self, days: int) -> None:
        """The night's runs come with the last of them."""
        if self.life.now <= END:
            self._nights(self.life.now + timedelta(days=days))

    @precondition(lambda self: self.life.now < self.news)
    @rule()
    def new_words_come(self) -> None:
        """A new version of the notice comes into force."""
        self._nights(self.news)

    def _nights(self, until: datetime) -> None:
        self.life.now = until
        for function in ("deadlines", "retention"):
            self.life.run(function)
        self._delivered()
        self.model.retention_runs(self.life.now)

    @precondition(lambda self: not self.stopped)
    @rule(worker=st.runner().flatmap(lambda self: st.sampled_from(self.workers())))
    def stops(self, worker: str) -> None:
        self.stopped = {worker}

    def workers(self) -> list[str]:
        return [name for name, parts in WORKERS.items() if not parts.isdisjoint(self.about)]

    @precondition(lambda self: bool(self.stopped))
    @rule()
    @often(0.3)
    def goes_on(self) -> None:
        self.stopped = set()
        self._delivered()

    # Browsers.

    @of(BROWSING)
    @rule(number=one_of_two, made=choices, old_tab=st.booleans())
    def decides(self, number: int, made: dict[str, bool], old_tab: bool) -> None:
        """A banner is answered, in a tab that may show words of before."""
        browser = self._browser(number)
        version = OLD_TAB if old_tab else self._version()
        body = {
            "policy_version": version,
            "notice_id": "cookie_banner",
            "method": "choose",
            "choices": made,
            **({"consent_id": browser.name} if browser.name else {}),
        }
        answer = self._call("consent", "POST", "/v1/consents", body)
        browser.name = answer.json["consent_id"]
        self.model.decide(browser, made, self.life.now, version=version)
        told = answer.json["choices"]
        shown = {name: told[name] for name in BROWSERS_DECIDE}
        right = self._effective(browser)
        assert shown == right, (shown, right, browser)
        self._delivered()

    @of(BROWSING, CENTRE)
    @rule(number=one_of_two, name=purposes)
    @often(3)
    def turns_a_switch(self, number: int, name: str) -> None:
        """A purpose is turned to what it was not."""
        on = self._effective(self._browser(number))[name]
        self.decides(number, {name: not on}, old_tab=False)

    @of(BROWSING)
    @precondition(lambda self: bool(self.model.browsers))
    @rule(number=numbers)
    def takes_all_back(self, number: int) -> None:
        browser = self._mostly(lambda each: any(self._effective(each).values()), number)
        where = "/v1/consents/{consent_id}/withdrawal"
        self._call("consent", "POST", where, {}, path={"consent_id": browser.name})
        everything = dict.fromkeys((*browser.said, *BROWSERS_DECIDE), False)
        self.model.decide(browser, everything, self.life.now)
        self._delivered()

    @of(BROWSING)
    @precondition(lambda self: bool(self.model.browsers))
    @rule(number=numbers)
    @often(2)
    def visits(self, number: int) -> None:
        browser = self._mostly(lambda each: self._effective(each)[ANALYTICS], number)
        page = {"url": "https://www.khoocommerce.example/shop", "engaged_ms": 9000}
        body = {
            "consent_id": browser.name,
            "visit_id": f"visit-{next(self.keys):016}",
            "device_type": "desktop",
            "entry": page["url"],
            "pages": [{**page, "at": self.life.now.strftime("%Y-%m-%dT%H:%M:%SZ")}],
        }
        answer = self._call("visits", "POST", "/v1/visits", body, may=(403,))
        allowed = self._effective(browser)[ANALYTICS]
        assert answer.status == (202 if allowed else 403)
        if allowed:
            self.model.visit(browser, self.life.now)
        self._delivered()

    # Forms, by the person or by somebody who types their address.

    @of(MAIL)
    @rule(old_tab=st.booleans())
    def somebody_signs_up(self, old_tab: bool) -> None:
        version = OLD_TAB if old_tab else self._version()
        body = {"policy_version": version, "email": EMAIL, "name": "Sam Example"}
        self._call("contact", "POST", "/v1/newsletter", body)
        self.model.sign_ups.append(SignUp(self.life.now, version))
        self._delivered()

    @of(MAIL)
    @rule(opt_out=st.booleans())
    def somebody_writes(self, opt_out: bool) -> None:
        body = {
            "policy_version": self._version(),
            "email": EMAIL,
            "name": "Sam Example",
            "message": "Hello",
            "marketing_opt_out": opt_out,
        }
        self._call("contact", "POST", "/v1/contact", body)
        self.model.enquiries.append((self.life.now, "Sam Example"))
        if opt_out:
            self.model.object_to_marketing(self.life.now)
        self._delivered()

    @of(MAIL)
    @precondition(lambda self: any(each.token for each in self.model.sign_ups))
    @rule(number=numbers, browser=numbers)
    def opens_a_confirmation(self, number: int, browser: int) -> None:
        """The person presses the button of any mail that they got, old or new."""
        sign_up = _pick([each for each in self.model.sign_ups if each.token], number)
        used_in = _pick(self.model.browsers, browser) if self.model.browsers else None
        body = {"token": sign_up.token, **({"consent_id": used_in.name} if used_in else {})}
        where = "/v1/newsletter/confirmation"
        answer = self._call("contact", "POST", where, body, may=(409, 410))
        right = self.model.confirmation(sign_up, self.life.now)
        assert answer.status == right, (answer.text, sign_up)
        if right == 200:
            if not sign_up.used:
                self.model.confirm(sign_up, self.life.now)
            if used_in:
                self.model.link(used_in, self.life.now)
        self._delivered()

    @of(MAIL)
    @rule()
    def unsubscribes_by_one_click(self) -> None:
        token = unsubscribe_links.token(secrets.identity(), self.person)
        where = "/v1/unsubscribe/{token}"
        self._call("preferences", "POST", where, "", path={"token": token})
        self.model.object_to_marketing(self.life.now)
        self._delivered()

    # The preference centre.

    @of(CENTRE)
    @precondition(lambda self: bool(self.model.browsers) and "notifications" not in self.stopped)
    @rule(number=numbers, made=choices, marketing=st.sampled_from((None, False, True)))
    def decides_in_the_centre(
        self, number: int, made: dict[str, bool], marketing: bool | None
    ) -> None:
        """The mailed link is opened in a browser, which is the person's from then on.

        Of whom nothing is known gets no mail: they write to us before.
        """
        browser = _pick(self.model.browsers, number)
        if not self.model.enquiries:
            self.somebody_writes(opt_out=False)
        self._call("preferences", "POST", "/v1/preferences/link", {"email": EMAIL})
        self._delivered()
        token = self._newest("preferences")
        body = {"token": token, "consent_id": browser.name}
        opened = self._call("preferences", "POST", "/v1/preferences/session", body)
        self.model.link(browser, self.life.now)
        self.life.now += timedelta(seconds=10)
        session = {"Authorization": f"Bearer {opened.json['session']}"}
        told = self._call("preferences", "GET", "/v1/preferences", headers=session).json
        self._shown_in_the_centre(told)
        chosen = {**made, **({MARKETING: marketing} if marketing is not None else {})}
        told = self._call(
            "preferences", "PATCH", "/v1/preferences", {"choices": chosen}, headers=session
        ).json
        self.model.in_the_centre(chosen, self.life.now)
        self._shown_in_the_centre(told)
        self._delivered()

    # Requests.

    @of(REQUESTS)
    @rule(kind=st.sampled_from(KINDS), wrong=numbers)
    def a_stranger_asks(self, kind: str, wrong: int) -> None:
        self._ask(kind, f"Wrong {wrong}")

    @of(REQUESTS)
    @precondition(lambda self: "notifications" not in self.stopped)
    @rule(kind=st.sampled_from(KINDS), right=numbers)
    def the_person_asks(self, kind: str, right: int) -> None:
        """They ask, and open the link that comes."""
        self._open(self._ask(kind, f"Right {right}"))

    @of(REQUESTS)
    @precondition(lambda self: bool(self.model.requests))
    @rule(number=numbers, action=st.sampled_from(("note", "completion")))
    def staff_act(self, number: int, action: str) -> None:
        asked = _pick(self.model.requests, number)
        body = {"reason": "Heard of somebody else."} if action == "note" else {}
        path = {"request_id": asked.id, "action": action}
        where = "/v1/desk/requests/{request_id}/{action}"
        staff = {"staff": "privacy_officer", "may": (409, 422)}
        answer = self._call("desk", "POST", where, body, path=path, **staff)
        if action == "note":
            assert answer.status == 200, answer.text
            asked.noted = True
            self.stale |= {each.id for each in self.model.requests if each.kind == "access"}
        elif asked.status == "completed":
            assert answer.status == 200, "to complete it again changes nothing"
        else:
            if asked.kind == "rectification":
                assert (answer.status == 200) is (asked.status == "in_progress"), answer.text
                if answer.status == 200:
                    self.model.enquiries = [(at, asked.value) for at, _ in self.model.enquiries]
            if answer.status == 200:
                asked.status, asked.closed_at = "completed", self.life.now
        self._delivered()

    @of(REQUESTS)
    @precondition(lambda self: any(self._to_release()))
    @rule(number=numbers)
    def staff_release(self, number: int) -> None:
        """Staff look at what others wrote in a copy, and let it go out."""
        asked = _pick(self._to_release(), number)
        path, where = {"request_id": asked.id}, "/v1/desk/requests/{request_id}"
        staff = {"staff": "privacy_officer", "path": path}
        seen = self._call("desk", "GET", f"{where}/copy", **staff).json
        body = {"release": True, "version": seen["version"]}
        self._call("desk", "POST", f"{where}/review", body, **staff)
        self._delivered(released=asked)

    @of(REQUESTS)
    @precondition(lambda self: "notifications" not in self.stopped and bool(self._copies()))
    @rule(number=numbers)
    def fetches_the_copy(self, number: int) -> None:
        """With a fresh link, as the session of the first is over."""
        asked = _pick(self._copies(), number)
        path = {"request_id": asked.id}
        where = "/v1/requests/{request_id}"
        self._call("access", "POST", f"{where}/link", path=path)
        self._delivered()
        token = self._newest(f"requests/{asked.id}")
        opened = self._call("access", "POST", f"{where}/verification", {"token": token}, path=path)
        session = {
            "Authorization": f"Bearer {opened.json['session']}",
            "Accept": "application/json",
        }
        answer = self._call(
            "access", "GET", f"{where}/export", path=path, headers=session, may=(404, 409)
        )
        right = 200 if asked.copy_at else 404 if asked.status == "completed" else 409
        assert answer.status == right, (answer.text, asked)
        self._delivered()

    # What is compared.

    @invariant()
    def agrees(self) -> None:
        """What the doors answer and what is stored is what the model says."""
        model, now = self.model, self.life.now
        for browser in model.browsers:
            path = {"consent_id": browser.name}
            told = self._call("consent", "GET", "/v1/consents/{consent_id}", path=path).json
            shown = {name: told["choices"][name] for name in BROWSERS_DECIDE}
            right = self._effective(browser)
            assert shown == right, (shown, right, browser)
            if not self.stopped & {"aggregation", "fulfilment"}:
                kept = list(records.for_person(browser.name, "visit"))
                assert len(kept) == len(browser.visits), (kept, browser)
            self._written_down(browser.name, browser)
        question = {"purpose": MARKETING, "emails": [EMAIL]}
        (told,) = self._call("preferences", "POST", "/v1/permissions", question).json["results"]
        assert told["allowed"] is model.allowed(MARKETING, [model.person], now), told
        if not self.stopped:
            stored = list(records.for_person(self.person))
            names = [each.fields["name"] for each in stored if each.kind == "enquiry"]
            assert sorted(names) == sorted(name for _, name in model.enquiries), names
            lists = [each for each in stored if each.kind == "subscription"]
            assert len(lists) == len(model.subscriptions), lists
            for asked in model.requests:
                case = request_store.get(asked.id)
                assert case is not None
                if asked.status != "awaiting_identity":
                    assert case.status == asked.status, (case.status, asked)
                if asked.kind == "access" and asked.status == "completed":
                    copy = request_store.entry(asked.id, RecordClass.EXPORT)
                    assert (copy is not None) is (asked.copy_at is not None), (copy, asked)
        assert not self.life.oddities, self.life.oddities

    def _written_down(self, name: str, party: Party) -> None:
        """Whether it counts or not, what was said stands in the ledger as it was said last."""
        head = ledger.head(name)
        assert head is not None
        said = {purpose: each.granted for purpose, each in party.said.items()}
        stands = {purpose: head.event["choices"].get(purpose) for purpose in said}
        assert stands == said, (stands, said)

    # How it is done.

    def _call(
        self, function: str, method: str, resource: str, body: Any = None, **more: Any
    ) -> Answer:
        self.life.answers.clear()
        if method != "GET":
            key = str(uuid.uuid5(uuid.NAMESPACE_URL, str(next(self.keys))))
            more["headers"] = {**more.get("headers", {}), "Idempotency-Key": key}
        return self.life.call(function, method, resource, body, **more)

    def _delivered(self, released: Asked | None = None) -> None:
        """Let the workers that run do all that is new; and the model what they have to."""
        running = [each for each in self.life.mappings if each.function not in self.stopped]
        fed = True
        while fed:
            fed = any(list(map(self.life._drain, running)))
        if released is not None:
            released.status = "in_progress"
        if "fulfilment" not in self.stopped:
            if released is not None:
                released.status, released.closed_at = "completed", self.life.now
                released.copy_at = self.life.now
            self.model.fulfil(self.life.now)
        if "aggregation" not in self.stopped:
            self.model.worker_hears()
        if "notifications" not in self.stopped:
            tokens = self._tokens("newsletter/confirmation")
            known = {each.token for each in self.model.sign_ups}
            new = (token for token in tokens if token not in known)
            for sign_up in self.model.sign_ups:
                if sign_up.token is None and not sign_up.gone:
                    sign_up.token, sign_up.mailed_at = next(new), self.life.now
        self.life.now += STEP

    def _browser(self, number: int) -> Browser:
        while len(self.model.browsers) <= number:
            self.model.browsers.append(Browser())
            if len(self.model.browsers) > number:
                break
            body = {
                "policy_version": self._version(),
                "notice_id": "cookie_banner",
                "method": "reject_all",
                "choices": dict.fromkeys(BROWSERS_DECIDE, False),
            }
            browser = self.model.browsers[-1]
            browser.name = self._call("consent", "POST", "/v1/consents", body).json["consent_id"]
            self.model.decide(browser, body["choices"], self.life.now)  # type: ignore[arg-type]
        return self.model.browsers[number]

    def _mostly(self, fits: Callable[[Browser], bool], number: int) -> Browser:
        """Pick a browser that fits, if there is one; but of four times once any."""
        every = self.model.browsers
        fit = [each for each in every if fits(each)] if number % 4 else []
        return _pick(fit or every, number)

    def _effective(self, browser: Browser) -> dict[str, bool]:
        parties = self.model.parties(browser)
        return {name: self.model.allowed(name, parties, self.life.now) for name in BROWSERS_DECIDE}

    def _shown_in_the_centre(self, told: Any) -> None:
        now = self.life.now
        linked = [each for each in self.model.browsers if each.linked]
        for name in BROWSERS_DECIDE:
            right = any(self.model.allowed(name, self.model.parties(each), now) for each in linked)
            assert told["choices"][name]["allowed"] is right, (name, told["choices"][name])
        right = self.model.allowed(MARKETING, [self.model.person], now)
        assert told["choices"][MARKETING]["allowed"] is right

    def _ask(self, kind: str, value: str) -> Asked:
        body: dict[str, Any] = {"type": kind, "email": EMAIL, "name": "Sam", "details": value}
        if kind == "rectification":
            body["corrections"] = [{"field": "name", "value": value}]
        told = self._call("access", "POST", "/v1/requests", body).json
        asked = Asked(told["request_id"], kind, value, self.life.now)
        assert asked.id not in {each.id for each in self.model.requests}, "one of its own"
        self.model.requests.append(asked)
        if kind == "complaint":
            asked.status = "in_progress"
        if kind == "objection":
            marketing = self.model.words.named(self.life.now, "marketing")
            self.model.decide(self.model.person, {}, self.life.now, objects=marketing)
        self._delivered()
        return asked

    def _open(self, asked: Asked) -> None:
        path, where = {"request_id": asked.id}, "/v1/requests/{request_id}"
        body = {"token": self._newest(f"requests/{asked.id}")}
        shown = self._call("access", "POST", f"{where}/preview", body, path=path).json
        assert shown["asked"]["details"] == asked.value, "what is confirmed is what was asked"
        self._call("access", "POST", f"{where}/verification", body, path=path)
        now, person = self.life.now, self.model.person
        if asked.kind == "objection":
            policy = self.known.current(now)
            objects = (*policy.marketing_purposes, *policy.objectable_purposes)
            self.model.decide(person, {}, now, objects=objects)
        if asked.kind == "restriction":
            person.restricted = person.restricted or now
            person.decisions += 1
        asked.status = "in_progress"
        self._delivered()

    def _to_release(self) -> list[Asked]:
        return [
            each
            for each in self.model.requests
            if each.status == "awaiting_review" and each.id not in self.stale
        ]

    def _copies(self) -> list[Asked]:
        """Of whom the address was erased, a link goes to nobody: but the copy keeps it as long."""
        return [
            each
            for each in self.model.requests
            if each.kind == "access" and each.identified and (each.copy_at or not each.erased)
        ]

    def _tokens(self, page: str) -> list[str]:
        texts = "".join(text_of(mail) for mail in mails_to(EMAIL))
        return list(dict.fromkeys(re.findall(rf"/{page}#token=({_TOKEN})", texts)))

    def _newest(self, page: str) -> str | None:
        found = self._tokens(page)
        return found[-1] if found else None

    def _version(self) -> str:
        return str(self.model.words.current(self.life.now)["version"])


def _pick(items: list[T], number: int) -> T:
    return items[number % len(items)]
