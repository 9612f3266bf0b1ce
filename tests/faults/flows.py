"""The flows: what somebody does from the first request to the last effect, as rows of steps.

`before` is undisturbed and only leads up to it; every call of `steps` is broken in every way. A
step is a function of the life it happens in; what it learns (a token, an id) is in `life.known`.
"""

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from shared.domain.timestamps import format_timestamp
from tests.faults.life import Life, Stopped
from tests.faults.world import mails_to, text_of

Step = Callable[[Life], None]

WORDS = {"policy_version": "2023-06"}
BANNER = {**WORDS, "notice_id": "cookie_banner", "method": "choose"}
EMAIL, NEW_EMAIL = "sam@example.com", "sam.new@example.com"
SITE = "https://www.khoocommerce.example"
REQUEST = "/v1/requests/{request_id}"
DESK = "/v1/desk/requests/{request_id}/{action}"
_TOKEN = r"[\w-]{22}\.[\w-]{22}"


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow: its name, what leads up to it, and what is disturbed.

    `sources` are the company's other systems, by name.
    """

    name: str
    steps: Sequence[Step]
    before: Sequence[Step] = ()
    sources: Mapping[str, str] = field(default_factory=dict)


def key(name: str) -> dict[str, str]:
    """Return the header of an Idempotency-Key, the same for the same name."""
    return {"Idempotency-Key": str(uuid.uuid5(uuid.NAMESPACE_URL, name))}


def deliver(life: Life) -> None:
    life.deliver()


def later(**much: int) -> Step:
    def pass_time(life: Life) -> None:
        life.release()  # a stream keeps what is late for a day
        if life.dead.workers():
            life.redrive()  # and operators look within the day
        life.now += timedelta(**much)

    return pass_time


def run(function: str) -> Step:
    def scheduled(life: Life) -> None:
        life.run(function)
        life.deliver()

    return scheduled


def mailed(life: Life, page: str, to: str = EMAIL) -> str:
    """Return the token of the newest link to a page."""
    texts = "".join(text_of(mail) for mail in mails_to(to))
    found = re.findall(rf"/{page}#token=({_TOKEN})", texts)
    if not found:
        life.oddities.append(f"no mail with a link to {page.partition('/')[0]}")
        raise Stopped
    return str(found[-1])


# A browser.


def capture(life: Life) -> None:
    body = {**BANNER, "choices": {"analytics": True, "personalisation": True}}
    answer = life.call("consent", "POST", "/v1/consents", body, headers=key("capture"))
    life.known["browser"] = answer.json["consent_id"]


def capture_anew(life: Life) -> None:
    """Decide in another browser."""
    body = {**BANNER, "choices": {"analytics": True}}
    answer = life.call("consent", "POST", "/v1/consents", body, headers=key("capture anew"))
    life.known["browser"] = answer.json["consent_id"]


def capture_again(life: Life) -> None:
    body = {**BANNER, "choices": {"advertising": True}, "consent_id": life.known["browser"]}
    life.call("consent", "POST", "/v1/consents", body, headers=key("capture again"))


def visit(life: Life) -> None:
    page = {"url": f"{SITE}/shop", "at": format_timestamp(life.now), "engaged_ms": 9000}
    body = {
        "consent_id": life.known["browser"],
        "visit_id": "visitvisitvisitvisit",
        "device_type": "desktop",
        "entry": page["url"],
        "exit": page["url"],
        "pages": [page],
    }
    life.call("visits", "POST", "/v1/visits", body, headers=key("visit"))


def withdraw(life: Life) -> None:
    path = {"consent_id": life.known["browser"]}
    where = "/v1/consents/{consent_id}/withdrawal"
    life.call("consent", "POST", where, {}, path=path, headers=key("withdraw"))


def receipt(life: Life) -> None:
    path = {"consent_id": life.known["browser"]}
    signed = {"Accept": "application/jose"}
    where = "/v1/consents/{consent_id}/receipt"
    life.call("consent", "GET", where, path=path, headers=signed)
    life.answers[-1] = "answer: a receipt"  # it is signed as of each second


# Forms.


def contact(life: Life) -> None:
    body = {**WORDS, "email": EMAIL, "name": "Sam Example", "message": "Hello"}
    asking = {**body, "marketing_opt_in": True}
    life.call("contact", "POST", "/v1/contact", asking, headers=key("contact"))


def contact_objecting(life: Life) -> None:
    body = {**WORDS, "email": EMAIL, "name": "Sam Example", "message": "No advertising"}
    saying_no = {**body, "marketing_opt_out": True}
    life.call("contact", "POST", "/v1/contact", saying_no, headers=key("contact objecting"))


def sign_up(life: Life) -> None:
    body = {**WORDS, "email": EMAIL, "name": "Sam Example"}
    life.call("contact", "POST", "/v1/newsletter", body, headers=key("sign up"))


def confirm(life: Life) -> None:
    body = {"token": mailed(life, "newsletter/confirmation"), "consent_id": life.known["browser"]}
    life.call("contact", "POST", "/v1/newsletter/confirmation", body, headers=key("confirm"))


def account(life: Life) -> None:
    body = {**WORDS, "email": EMAIL, "name": "Sam Example", "organisation": "Example"}
    life.call("contact", "POST", "/v1/accounts", body, headers=key("account"))


def confirm_account(life: Life) -> None:
    body = {"token": mailed(life, "account/confirmation")}
    life.call("contact", "POST", "/v1/accounts/confirmation", body, headers=key("opened"))


# Preferences.


def ask_link(life: Life) -> None:
    body = {"email": EMAIL}
    life.call("preferences", "POST", "/v1/preferences/link", body, headers=key("link"))


def open_centre(life: Life) -> None:
    body = {"token": mailed(life, "preferences"), "consent_id": life.known["browser"]}
    answer = life.call(
        "preferences", "POST", "/v1/preferences/session", body, headers=key("centre")
    )
    life.known["centre"] = {"Authorization": f"Bearer {answer.json['session']}"}


def change(life: Life) -> None:
    body = {"choices": {"publicity": True, "analytics": False}, "display": {"theme": "dark"}}
    headers = {**life.known["centre"], **key("change")}
    life.call("preferences", "PATCH", "/v1/preferences", body, headers=headers)


def unsubscribe(life: Life, **query: str) -> None:
    links = [mail["List-Unsubscribe"] for mail in mails_to(EMAIL) if mail["List-Unsubscribe"]]
    token = str(links[-1]).strip("<>").rpartition("/")[2]
    where = "/v1/unsubscribe/{token}"
    life.call("preferences", "POST", where, "", path={"token": token}, query=query)


def unsubscribe_of_one(life: Life) -> None:
    unsubscribe(life, purpose="third_party_sharing")


def allowed_by_phone(life: Life) -> None:
    """Confirm by the mailed link what staff noted of a call."""
    token = mailed(life, "newsletter/confirmation")
    life.call(
        "contact", "POST", "/v1/newsletter/confirmation", {"token": token}, headers=key("by phone")
    )


# Requests.


def ask(kind: str, **more: Any) -> Step:
    def asking(life: Life) -> None:
        body = {"type": kind, "email": EMAIL, "name": "Sam Example", "details": "Mine", **more}
        answer = life.call("access", "POST", "/v1/requests", body, headers=key(f"ask {kind}"))
        life.known["request_id"] = answer.json["request_id"]

    return asking


def verify(life: Life) -> None:
    request = life.known["request_id"]
    body = {"token": mailed(life, f"requests/{request}"), "consent_id": life.known["browser"]}
    path = {"request_id": request}
    where = f"{REQUEST}/verification"
    answer = life.call("access", "POST", where, body, path=path, headers=key("verify"))
    life.known["session"] = {"Authorization": f"Bearer {answer.json['session']}"}


def prove_address(life: Life) -> None:
    body = {"token": mailed(life, "address/confirmation", NEW_EMAIL)}
    life.call("access", "POST", "/v1/address/confirmation", body, headers=key("address"))


def subject(method: str, place: str, body: Any = None) -> Step:
    def acting(life: Life) -> None:
        headers = {**life.known["session"], **(key(place) if method == "POST" else {})}
        headers["Accept"] = "application/json"
        path = {"request_id": life.known["request_id"]}
        answer = life.call(
            "access", method, f"{REQUEST}{place}", body, path=path, headers=headers, may=(303,)
        )
        if place == "/export":  # a signed link is another one each second
            life.answers[-1] = f"answer: export {answer.status}"

    return acting


def act(action: str, group: str = "privacy_officer", **body: Any) -> Step:
    def acting(life: Life) -> None:
        path = {"request_id": life.known["request_id"], "action": action}
        life.call("desk", "POST", DESK, body, path=path, staff=group, headers=key(action))

    return acting


# Staff.


def desk(name: str, method: str, place: str, body: Any, *parts: str) -> Step:
    """An action at the desk; `parts` are what its path names, as known; its id is then known."""

    def acting(life: Life) -> None:
        path = {part: life.known[part] for part in parts}
        answer = life.call(
            "desk",
            method,
            f"/v1/desk/{place}",
            body,
            path=path,
            staff="privacy_officer",
            headers=key(name),
        )
        life.known |= {
            part: value
            for part, value in answer.json.items()
            if part in ("breach_id", "hold_id", "person_id", "request_id")
        }

    return acting


import_rows = desk(
    "import",
    "POST",
    "imports",
    {
        "source": "public_resources",
        "obtained_on": "2026-01-20",
        "lawful_basis": "legitimate_interests",
        "rows": [{"email": EMAIL, "name": "Sam"}, {"email": "kim@example.com"}, {"email": "no"}],
    },
)
hold = desk("hold", "POST", "holds", {"email": EMAIL, "reason": "A claim."})
lift = desk("lift", "DELETE", "holds/{hold_id}", {"reason": "Settled."}, "hold_id")
breach = desk(
    "breach",
    "POST",
    "breaches",
    {
        "title": "A list went astray",
        "facts": "It was attached to a mail.",
        "severity": "high",
        "discovered_at": "2026-02-01T08:00:00Z",
        "classes": ["enquiry", "import"],
        "from": "2026-01-31T00:00:00Z",
        "to": "2026-02-01T23:00:00Z",
    },
)
decide = desk(
    "decide",
    "POST",
    "breaches/{breach_id}/decision",
    {"notify_authority": True, "notify_people": True, "reason": "Names."},
    "breach_id",
)
notify = desk(
    "notify",
    "POST",
    "breaches/{breach_id}/notification",
    {
        "message": "A list went astray.",
        "consequences": "Unwanted mail.",
        "measures": "It was deleted.",
    },
    "breach_id",
)
disclose = desk(
    "disclose",
    "POST",
    "disclosures",
    {
        "email": EMAIL,
        "recipient": "carriers",
        "purpose": "service",
        "data": ["name"],
        "ground": {"contract": True},
        "recipient_email": "privacy@carrier.example",
    },
)
search = desk("search", "POST", "people/search", {"email": EMAIL})
note_letter = desk(
    "letter",
    "POST",
    "people/{person_id}/preferences",
    {
        "choices": {"direct_marketing": False},
        "channel": "letter",
        "received_on": "2026-01-30",
        "note": "By letter.",
        "email": EMAIL,
    },
    "person_id",
)


def allowed(channel: str) -> Step:
    """Note that somebody allowed marketing; by phone it is to be confirmed."""
    body = {
        "choices": {"direct_marketing": True},
        "channel": channel,
        "received_on": "2026-01-30",
        "note": f"By {channel}.",
        "email": EMAIL,
    }
    return desk(channel, "POST", "people/{person_id}/preferences", body, "person_id")


use_permitted = act("permitted_use", reason="Our defence.", ground="claims", purpose="service")
KNOWN_PERSON = (capture, deliver, contact, deliver)
REQUESTED = (capture, contact, deliver)

FLOWS = (
    Flow("capture", (capture, capture_again, deliver)),
    Flow("withdrawal", (withdraw, deliver), (capture, visit, deliver)),
    Flow("visit", (visit, deliver), (capture, deliver)),
    Flow("receipt", (receipt,), (capture, deliver)),
    Flow("contact", (contact, deliver), (capture, deliver)),
    Flow("contact with objection", (contact_objecting, deliver), (capture, deliver)),
    Flow("newsletter", (sign_up, deliver, confirm, deliver), (capture, deliver)),
    Flow("account", (account, deliver, confirm_account, deliver)),
    Flow("preferences", (ask_link, deliver, open_centre, change, deliver), KNOWN_PERSON),
    Flow("unsubscribe", (unsubscribe, deliver), (capture, sign_up, deliver, confirm, deliver)),
    Flow(
        "unsubscribe of one purpose",
        (unsubscribe_of_one, deliver),
        (capture, sign_up, deliver, confirm, deliver),
    ),
    Flow(
        "access",
        (ask("access"), deliver, verify, deliver, subject("GET", "/export"), deliver),
        KNOWN_PERSON,
    ),
    Flow(
        "rectification",
        (act("completion"), deliver),
        (
            *REQUESTED,
            disclose,
            ask("rectification", corrections=[{"field": "name", "value": "Sam Other"}]),
            deliver,
            verify,
            deliver,
        ),
    ),
    Flow(
        "objection",
        (ask("objection"), deliver, verify, deliver),
        REQUESTED,
    ),
    Flow(
        "restriction",
        (verify, deliver, use_permitted, act("lifting", reason="It is settled."), deliver),
        (*REQUESTED, disclose, ask("restriction"), deliver),
    ),
    Flow(
        "complaint",
        (
            act("note", reason="We look into it.", tell=True),
            act("completion", reason="Done.", outcome="upheld"),
            deliver,
        ),
        (*REQUESTED, ask("complaint"), deliver, verify, deliver),
    ),
    Flow(
        "message and cancellation",
        (
            subject("POST", "/message", {"message": "One more thing."}),
            subject("POST", "/cancellation"),
            deliver,
        ),
        (*REQUESTED, ask("complaint"), deliver, verify, deliver),
    ),
    Flow(
        "deadlines",
        (later(days=29), run("deadlines")),
        (*REQUESTED, ask("complaint"), deliver, verify, deliver, ask("access"), deliver),
    ),
    Flow("import", (import_rows, deliver), KNOWN_PERSON),
    Flow("hold", (hold, lift, deliver), KNOWN_PERSON),
    Flow("breach", (breach, deliver, decide, notify, deliver), KNOWN_PERSON),
    Flow("disclosure", (disclose, deliver), KNOWN_PERSON),
    Flow("preferences by letter", (search, note_letter, deliver), KNOWN_PERSON),
    Flow(
        "permission by phone",
        (search, allowed("phone"), deliver, allowed_by_phone, deliver),
        (account, deliver),
    ),
    Flow("permission by letter", (search, allowed("letter"), deliver), (account, deliver)),
    Flow(
        "log over all ledgers",
        (later(hours=2), run("transparency"), later(days=1), run("transparency")),
        (capture, contact_objecting, deliver),
    ),
)
