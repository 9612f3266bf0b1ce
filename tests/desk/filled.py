"""A desk with a week's work on it, some of it from strangers who mean no good.

For the pictures of `make screenshots`, and for the test that looks at every view.
"""

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

KIM = "kim.example@example.com"
# What a stranger may type where we ask for a name or for words; the longest that is taken.
SCRIPT = '<img src=x onerror="window.taken=1"><script>window.taken=1</script>'
ARABIC = "محمد عبد الله"
LONG = ("Donaudampfschifffahrtsgesellschaft" * 118)[:4000]
LETTERS: tuple[dict[str, Any], ...] = (
    {"type": "complaint", "name": "Lee Sample", "received_on": "2025-12-22", "channel": "email"},
    {
        "type": "rectification",
        "name": "Kim Example",
        "received_on": "2026-01-20",
        "channel": "post",
        "corrections": [{"field": "phone", "value": "01233 000 000"}],
        "identity_shown": True,
    },
    {
        "type": "rectification",
        "name": "Kim Example",
        "received_on": "2026-01-26",
        "channel": "phone",
        "corrections": [{"field": "name", "value": "Kim Example-Sample"}],
        "identity_shown": True,
    },
    {"type": "restriction", "name": "Ann Other", "received_on": "2026-01-30", "channel": "phone"},
)
PHONE = {"field": "phone", "value": "01233 000 001"}
PRICES = "https://www.khoocommerce.example/pricing"
WORDS = {"calculation": "Two hours of copying.", "reason": "The ninth time."}
BREACH = {
    "title": "Laptop left on a train",
    "facts": "A laptop with an export of enquiries was left on a train. It is encrypted.",
    "severity": "medium",
    "discovered_at": "2026-02-02T08:00:00Z",
    "classes": ["enquiry"],
    "from": "2026-01-01T00:00:00Z",
    "to": "2026-03-01T00:00:00Z",
}
DECISION = {"notify_authority": True, "notify_people": True, "reason": "Names and questions."}
KEPT = {"notify_authority": False, "notify_people": False, "reason": "Nobody read it."}
NOTICE = {
    "message": "A laptop with your enquiry was lost.",
    "consequences": "Somebody may read it.",
    "measures": "It is encrypted.",
}
DISCLOSURE = {
    "email": KIM,
    "recipient": "carriers",
    "purpose": "service",
    "data": ["name", "phone number"],
    "ground": {"contract": True},
    "reference": "Shipment 4711",
}
AGENT = {
    "name": "A. Gent",
    "email": "gent@law.example",
    "authority": "Signed authority, seen.",
    "answers_to": "agent",
}
DEMAND = {
    "email": KIM,
    "recipient": "authorities",
    "purpose": "legal_obligation",
    "data": ["name", "enquiries"],
    "ground": {"authority": "An order of the county court", "reference": "Claim 17 of 2026"},
}
LOST = {
    **BREACH,
    "title": "A list sent to the wrong customer",
    "severity": "low",
    "discovered_at": "2026-01-20T08:00:00Z",
    "from": "2026-01-19T00:00:00Z",
    "to": "2026-01-20T00:00:00Z",
}
FAIR = {
    "source": "public_resources",
    "obtained_on": "2026-01-20",
    "lawful_basis": "legitimate_interests",
    "rows": [{"email": KIM, "name": "Kim Example", "organisation": "Example Ltd"}],
}
# What becomes of requests: what is asked, what staff do, by whose words.
HANDLED: tuple[tuple[dict[str, Any], tuple[tuple[str, dict[str, Any]], ...]], ...] = (
    (
        {"type": "objection", "name": "Ann Other"},
        (("completion", {"ground": "compelling_grounds", "reason": "Claims are still open."}),),
    ),
    (
        {"type": "restriction", "name": "Jo Nextdoor", "ground": "accuracy"},
        (("lifting", {"reason": "It was right."}),),
    ),
    (
        {"type": "rectification", "name": "Kim Example", "corrections": [PHONE]},
        (
            ("fee", {"ground": "manifestly_excessive", "amount": "12.50", **WORDS}),
            ("payment", {}),
            ("extension", {"ground": "complex", "reason": "Many systems."}),
            ("clarification", {"reason": "Which of your numbers is it?"}),
        ),
    ),
    (
        {"type": "rectification", "name": "Max Sample", "corrections": [PHONE]},
        (("refusal", {"ground": "manifestly_unfounded", "reason": "It is no number."}),),
    ),
    (
        {"type": "complaint", "name": "Lee Sample"},
        (("completion", {"outcome": "partly_upheld", "reason": "You are right in part."}),),
    ),
    ({"type": "erasure", "name": "Kim Example", "email": KIM}, ()),
    ({"type": "access", "name": "Tom Person"}, ()),
)
WISH = {
    "choices": {"direct_marketing": False},
    "channel": "phone",
    "received_on": "2026-01-30",
    "note": "Jo Nextdoor of number nine called for her and was rude.",
    "email": KIM,
}


@dataclass
class Filler:
    """Somebody who enters what there is to see."""

    api: httpx.Client

    def post(self, path: str, body: Any) -> dict[str, Any]:
        answer = self.api.post(path, json=body)
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def letter(self, **said: Any) -> str:
        """Enter a request that came by letter or call; return its id."""
        email = f"{said['name']}@example.com".lower().replace(" ", ".")
        body = {"email": email, "details": "I would like this in writing, please.", **said}
        return str(self.post("/v1/desk/requests", body)["request_id"])

    def wait_for_review(self, request: str) -> None:
        """Wait until a copy is made that others' words stand in."""
        until = time.monotonic() + 90
        while time.monotonic() < until:
            if self.api.get(f"/v1/desk/requests/{request}").json()["status"] == "awaiting_review":
                return
            time.sleep(0.5)
        raise AssertionError("no copy waits for review")

    def handled(self) -> list[str]:
        """Enter requests and do what becomes of each; return their ids."""
        made = []
        for asked, steps in HANDLED:
            came = {"received_on": "2026-01-27", "channel": "post", "identity_shown": True}
            request = self.letter(**came, **asked)
            self.api.get("/_local/mail")  # answers when the workers are done
            for action, body in steps:
                self.post(f"/v1/desk/requests/{request}/{action}", body)
            made.append(request)
        return made

    def browsers(self, version: str) -> None:
        """Have browsers decide and look around, often enough to be counted."""
        for number in range(12):
            choices = {"analytics": number % 3 > 0, "advertising": False, "personalisation": True}
            said = {"policy_version": version, "notice_id": "cookie_banner", "method": "choose"}
            made = self.post("/v1/consents", {**said, "choices": choices})
            page = {"url": PRICES, "at": "2026-02-02T08:59:00Z", "engaged_ms": 9000}
            visit = {"visit_id": f"visit-of-a-browser-{number}", "device_type": "mobile"}
            if choices["analytics"]:
                seen = {"consent_id": made["consent_id"], "entry": PRICES, "pages": [page]}
                self.post("/v1/visits", {**visit, **seen})


def fill(url: str) -> dict[str, str]:
    """Fill the desk; return the path of each page that shows something, by a name for it."""
    headers = {"Authorization": "Bearer local-privacy_officer"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as api:
        api.put("/_local/clock", json={"now": "2026-02-02T09:00:00Z"})
        filler = Filler(api)
        version = api.get("/v1/policy").json()["version"]
        enquiry = {"policy_version": version, "name": "Kim Example", "message": "Do you ship?"}
        filler.post("/v1/contact", {**enquiry, "email": KIM, "phone": "01233 555555"})
        filler.post("/v1/contact", {**enquiry, "email": KIM, "name": SCRIPT, "message": LONG})
        made = [filler.letter(**letter) for letter in LETTERS]
        stranger = {"type": "complaint", "received_on": "2026-01-29", "channel": "post"}
        hostile = filler.letter(**stranger, name=SCRIPT[:150], email="x@example.com", details=LONG)
        filler.letter(**stranger, name=ARABIC, email="m@example.com", details=SCRIPT)
        agents = filler.letter(**stranger, name="Sam Sample", agent=AGENT)
        person = filler.post("/v1/desk/people/search", {"email": KIM})["person_id"]
        filler.post(f"/v1/desk/people/{person}/preferences", WISH)
        copy = filler.letter(
            type="access",
            name="Kim Example",
            received_on="2026-01-12",
            channel="phone",
            identity_shown=True,
        )
        breach = filler.post("/v1/desk/breaches", BREACH)["breach_id"]
        filler.post(f"/v1/desk/breaches/{breach}/decision", DECISION)
        filler.post(f"/v1/desk/breaches/{breach}/notification", NOTICE)
        hold = filler.post("/v1/desk/holds", {"email": KIM, "reason": "Claim 17 of 2026."})
        court = filler.post("/v1/desk/holds", {"class": "enquiry", "reason": "Order of the court."})
        lost = filler.post("/v1/desk/breaches", LOST)["breach_id"]
        filler.post(f"/v1/desk/breaches/{lost}/decision", KEPT)
        filler.post(f"/v1/desk/breaches/{lost}/closure", {"reason": "It came back unread."})
        filler.post("/v1/desk/imports", FAIR)
        filler.browsers(version)
        handled = filler.handled()
        filler.post("/v1/desk/disclosures", DISCLOSURE)
        filler.post("/v1/desk/disclosures", DEMAND)
        filler.post("/v1/desk/retention/preview", {})
        api.post("/_local/run/retention")
        filler.wait_for_review(copy)
        api.get("/_local/mail")
        api.put("/_local/clock", json={"now": "2026-02-02T09:30:00Z"})
        run = quote(api.get("/v1/desk/retention").json()["items"][0]["id"], safe="")
    return {
        "today": "today",
        "requests": "requests",
        "request-new": "requests/new",
        "request": f"requests/{made[1]}",
        "request-hostile": f"requests/{hostile}",
        "request-agent": f"requests/{agents}",
        **{f"request-{number}": f"requests/{each}" for number, each in enumerate(handled)},
        "complaints": "complaints",
        "people": "people",
        "review": f"review/{copy}",
        "holds": "holds",
        "hold-new": "holds/new",
        "hold": f"holds/{hold['hold_id']}",
        "hold-class": f"holds/{court['hold_id']}",
        "breaches": "breaches",
        "breach-new": "breaches/new",
        "breach": f"breaches/{breach}",
        "breach-closed": f"breaches/{lost}",
        "disclosures": "disclosures",
        "imports": "imports",
        "retention": "retention",
        "retention-new": "retention/new",
        "retention-run": f"retention/{run}",
        "record": "record",
        "figures": "figures",
        "policy": "policy",
        "audit": "audit",
    }
