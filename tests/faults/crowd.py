"""The crowd of a soak: people, strangers, staff and other systems, each action a row of a table.

Whoever asks for something keeps asking, with the same key, until there is an answer that is one,
each time a little later: so clients' clocks differ by minutes. What was acknowledged is
remembered, and looked for at the end.
"""

import json
import random
import re
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from local import mail
from shared.domain import unsubscribe_links
from shared.domain.identifiers import person_id
from shared.storage import ledger, policies, secrets
from tests.faults.weather import Clock, Sheltered
from tests.faults.world import _ses, parsed, plain_text
from tests.support import Answer, proxy_event

TRIES = 8
PEOPLE, BROWSERS = 40, 60
_LINK = re.compile(r"/([a-z]+(?:/[\w-]+)?)#token=([\w-]{22}\.[\w-]{22})")


class Unanswered(Exception):
    """Nobody answered, as often as it was tried."""


class Mailboxes:
    """The newest link of each page, by address; what was read is thrown away."""

    def __init__(self) -> None:
        self._links: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    def collect(self) -> None:
        """Read what came."""
        with self._lock:
            sent = _ses().sent_messages
            new, sent[:] = list(sent), []
            mail._seen_at.clear()
            for item in new:
                read = parsed(item.raw_data)
                self._links.setdefault(str(read["To"]), {}).update(_LINK.findall(plain_text(read)))

    def link(self, address: str, page: str) -> str | None:
        """Take the newest link to a page out of a mailbox."""
        self.collect()
        return self._links.get(address, {}).pop(page, None)


@dataclass
class Crowd:
    """Everybody, and what they were told."""

    functions: Sheltered
    clock: Clock
    mailboxes: Mailboxes
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)
    again: int = 0
    unanswered: int = 0
    browsers: deque[str] = field(default_factory=lambda: deque(maxlen=BROWSERS))
    requests: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=30))
    acknowledged: dict[str, set[int]] = field(default_factory=dict)
    wrong: Counter[str] = field(default_factory=Counter)

    def act(self, until: float) -> None:
        """Do one thing after the other until the time is over."""
        self.functions.weather.stay_dry(dry=True)
        while time.monotonic() < until:
            (name,) = self.chance.choices(list(ACTIONS), [often for often, _ in ACTIONS.values()])
            try:
                if ACTIONS[name][1](self):
                    self.done[name] += 1
            except Unanswered:
                self.unanswered += 1

    def faults(self) -> Iterator[str]:
        """Yield what was acknowledged and is not there, or was answered wrongly."""
        for subject, sequences in self.acknowledged.items():
            there = {event["sequence"] for event in ledger.of_subject(subject)}
            if lost := sequences - there:
                yield f"acknowledged: {len(lost)} decisions of {subject} are not in its chain"
        for what, number in self.wrong.items():
            yield f"answered: {what}, {number} times"

    def send(
        self, function: str, method: str, resource: str, body: Any = None, **more: Any
    ) -> Answer:
        """Ask until there is an answer."""
        key = {"Idempotency-Key": str(uuid.UUID(int=self.chance.getrandbits(128), version=4))}
        more["headers"] = {**more.get("headers", {}), **(key if method != "GET" else {})}
        ip = f"198.18.{self.chance.randrange(250)}.{self.chance.randrange(1, 250)}"
        now = self.clock.now()
        for number in range(TRIES):
            answer = self._tried(
                function, proxy_event(method, resource, body, now=now, ip=ip, **more)
            )
            if answer is not None and answer.status < 500 and "in-flight" not in answer.text:
                return answer
            if answer is not None and answer.status == 500:
                self.wrong[f"500 at {method} {resource}"] += 1
            elif answer is not None and "Retry-After" not in answer.headers:
                self.wrong[f"{answer.status} without Retry-After at {method} {resource}"] += 1
            self.again += 1
            now += timedelta(seconds=65 if answer is None or answer.status == 409 else 2)
            time.sleep(0.02 * number)
        raise Unanswered

    def ok(self, function: str, method: str, resource: str, body: Any = None, **more: Any) -> Any:
        """Ask for what cannot be refused; return the answer."""
        answer = self.send(function, method, resource, body, **more)
        if answer.status >= 300:
            self.wrong[f"{answer.status} at {method} {resource}: {answer.text[:200]}"] += 1
            raise Unanswered
        return json.loads(answer.text) if answer.text else None

    def _tried(self, function: str, event: Mapping[str, Any]) -> Answer | None:
        try:
            told = self.functions.invoke(function, event)
        except Exception:  # noqa: BLE001 - the gateway says 504, and nobody knows what happened
            return None
        return Answer(told["statusCode"], told["headers"], told["body"] or "")

    def address(self) -> str:
        return f"person{self.chance.randrange(PEOPLE)}@example.com"

    def browser(self) -> str | None:
        return self.chance.choice(list(self.browsers)) if self.browsers else None

    def version(self) -> str:
        return policies.published().current(self.clock.now()).version

    def banner(self, choices: Mapping[str, bool], **more: Any) -> Any:
        told = {
            "policy_version": self.version(),
            "notice_id": "cookie_banner",
            "method": "choose",
            "choices": choices,
            **more,
        }
        answer = self.ok("consent", "POST", "/v1/consents", told)
        self.acknowledged.setdefault(answer["consent_id"], set()).add(answer["sequence"])
        return answer


def comes(crowd: Crowd) -> bool:
    crowd.browsers.append(crowd.banner({"analytics": True, "advertising": False})["consent_id"])
    return True


def decides(crowd: Crowd) -> bool:
    if (browser := crowd.browser()) is None:
        return False
    on = crowd.chance.random() < 0.7
    crowd.banner({"analytics": on, "personalisation": not on}, consent_id=browser)
    return True


def takes_back(crowd: Crowd) -> bool:
    if (browser := crowd.browser()) is None:
        return False
    where = "/v1/consents/{consent_id}/withdrawal"
    told = crowd.ok("consent", "POST", where, {}, path={"consent_id": browser})
    crowd.acknowledged[browser].add(told["sequence"])
    return True


def visits(crowd: Crowd) -> bool:
    if (browser := crowd.browser()) is None:
        return False
    page = {"url": "https://www.khoocommerce.example/shop", "engaged_ms": 900}
    told = {
        "consent_id": browser,
        "visit_id": f"visit-{crowd.chance.getrandbits(60):020}",
        "device_type": "desktop",
        "entry": page["url"],
        "exit": page["url"],
        "pages": [{**page, "at": crowd.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")}],
    }
    return crowd.send("visits", "POST", "/v1/visits", told).status == 202


def _form(crowd: Crowd, **more: Any) -> dict[str, Any]:
    return {
        "policy_version": crowd.version(),
        "email": crowd.address(),
        "name": "Sam Example",
        **more,
    }


def writes(crowd: Crowd) -> bool:
    opt_out = crowd.chance.random() < 0.2
    told = _form(crowd, message="Hello", marketing_opt_out=opt_out)
    crowd.ok("contact", "POST", "/v1/contact", told)
    return True


def signs_up(crowd: Crowd) -> bool:
    crowd.ok("contact", "POST", "/v1/newsletter", _form(crowd))
    return True


def applies(crowd: Crowd) -> bool:
    crowd.ok("contact", "POST", "/v1/accounts", _form(crowd, organisation="Example"))
    return True


def confirms(crowd: Crowd) -> bool:
    address = crowd.address()
    for page, where in (
        ("newsletter/confirmation", "newsletter"),
        ("account/confirmation", "accounts"),
    ):
        token = crowd.mailboxes.link(address, page)
        if token is not None:
            told = {"token": token, **({"consent_id": crowd.browser()} if crowd.browsers else {})}
            answer = crowd.send("contact", "POST", f"/v1/{where}/confirmation", told)
            return answer.status in (200, 409, 410)
    return False


def unsubscribes(crowd: Crowd) -> bool:
    person = person_id(secrets.identity(), crowd.address())
    token = unsubscribe_links.token(secrets.identity(), person)
    crowd.ok("preferences", "POST", "/v1/unsubscribe/{token}", "", path={"token": token})
    return True


def asks_for_the_centre(crowd: Crowd) -> bool:
    told = {"email": crowd.address()}
    return crowd.send("preferences", "POST", "/v1/preferences/link", told).status in (202, 429)


def decides_in_the_centre(crowd: Crowd) -> bool:
    token = crowd.mailboxes.link(crowd.address(), "preferences")
    if token is None:
        return False
    told = {"token": token, **({"consent_id": crowd.browser()} if crowd.browsers else {})}
    opened = crowd.send("preferences", "POST", "/v1/preferences/session", told)
    if opened.status != 200:
        return False
    session = {"Authorization": f"Bearer {opened.json['session']}"}
    choices = {"analytics": crowd.chance.random() < 0.5, "direct_marketing": True}
    change = {"choices": choices, "display": {"theme": "dark"}}
    answer = crowd.send("preferences", "PATCH", "/v1/preferences", change, headers=session)
    return answer.status in (200, 401)


def may_we(crowd: Crowd) -> bool:
    told = {"purpose": "direct_marketing", "emails": [crowd.address() for _ in range(20)]}
    crowd.ok("preferences", "POST", "/v1/permissions", told)
    return True


def asks(crowd: Crowd) -> bool:
    kind = crowd.chance.choice(
        (
            "access",
            "access",
            "portability",
            "erasure",
            "rectification",
            "objection",
            "restriction",
            "complaint",
        )
    )
    address = crowd.address()
    told: dict[str, Any] = {"type": kind, "email": address, "name": "Sam Example"}
    if kind == "rectification":
        told["corrections"] = [{"field": "name", "value": "Sam Other"}]
    if kind == "complaint":
        told["details"] = "It came late."
    answer = crowd.ok("access", "POST", "/v1/requests", told)
    crowd.requests.append((answer["request_id"], address))
    return True


def shows_who_asks(crowd: Crowd) -> bool:
    if not crowd.requests:
        return False
    request, address = crowd.chance.choice(list(crowd.requests))
    token = crowd.mailboxes.link(address, f"requests/{request}")
    if token is None:
        return False
    path, where = {"request_id": request}, "/v1/requests/{request_id}"
    answer = crowd.send("access", "POST", f"{where}/verification", {"token": token}, path=path)
    if answer.status != 200:
        return False
    session = {"Authorization": f"Bearer {answer.json['session']}", "Accept": "application/json"}
    for place in ("", "/export"):
        crowd.send("access", "GET", f"{where}{place}", path=path, headers=session)
    return True


def staff_act(crowd: Crowd) -> bool:
    if not crowd.requests:
        return False
    request, _ = crowd.chance.choice(list(crowd.requests))
    action = crowd.chance.choice(("note", "completion", "identity", "clarification"))
    path = {"request_id": request, "action": action}
    told = {"reason": "As we spoke.", **({"method": "undoubted"} if action == "identity" else {})}
    where = "/v1/desk/requests/{request_id}/{action}"
    answer = crowd.send("desk", "POST", where, told, path=path, staff="privacy_officer")
    return answer.status < 500


def staff_hold(crowd: Crowd) -> bool:
    """A hold is placed, and lifted again."""
    told = {"email": crowd.address(), "reason": "A claim."}
    answer = crowd.send("desk", "POST", "/v1/desk/holds", told, staff="privacy_officer")
    if answer.status >= 300:
        return False
    path = {"hold_id": answer.json["hold_id"]}
    where, told = "/v1/desk/holds/{hold_id}", {"reason": "Settled."}
    crowd.send("desk", "DELETE", where, told, path=path, staff="privacy_officer")
    return True


def staff_import(crowd: Crowd) -> bool:
    told = {
        "source": "public_resources",
        "obtained_on": (crowd.clock.now() - timedelta(days=2)).date().isoformat(),
        "lawful_basis": "legitimate_interests",
        "rows": [{"email": crowd.address(), "name": "Sam"} for _ in range(5)],
    }
    crowd.send("desk", "POST", "/v1/desk/imports", told, staff="privacy_officer")
    return True


def staff_look(crowd: Crowd) -> bool:
    told = {"email": crowd.address()}
    crowd.send("desk", "POST", "/v1/desk/people/search", told, staff="support")
    return crowd.send("desk", "GET", "/v1/desk/requests", staff="support").status == 200


# How often, and what.
ACTIONS: Mapping[str, tuple[int, Callable[[Crowd], bool]]] = {
    "browsers came": (10, comes),
    "decisions": (12, decides),
    "withdrawals": (4, takes_back),
    "visits": (20, visits),
    "enquiries": (8, writes),
    "sign-ups": (8, signs_up),
    "accounts": (3, applies),
    "confirmations": (10, confirms),
    "one clicks": (2, unsubscribes),
    "links asked for": (5, asks_for_the_centre),
    "preferences": (6, decides_in_the_centre),
    "permissions": (4, may_we),
    "requests": (6, asks),
    "verifications": (12, shows_who_asks),
    "desk actions": (4, staff_act),
    "holds": (1, staff_hold),
    "imports": (1, staff_import),
    "desk looks": (2, staff_look),
}
