"""A desk with a week's work on it, some of it from strangers who mean no good.

For the pictures of `make screenshots`, and for the test that looks at every view.
"""

import time
from dataclasses import dataclass
from typing import Any

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
        """Enter a request that came by letter or call; give its id."""
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


def fill(url: str) -> dict[str, str]:
    """Fill the desk; give the path of each page that shows something, by a name for it."""
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
        filler.post("/v1/desk/disclosures", DISCLOSURE)
        filler.post("/v1/desk/retention/preview", {})
        filler.wait_for_review(copy)
        api.get("/_local/mail")
        api.put("/_local/clock", json={"now": "2026-02-02T09:30:00Z"})
    return {
        "today": "today",
        "requests": "requests",
        "request-new": "requests/new",
        "request": f"requests/{made[1]}",
        "request-hostile": f"requests/{hostile}",
        "request-agent": f"requests/{agents}",
        "complaints": "complaints",
        "people": "people",
        "review": f"review/{copy}",
        "holds": "holds",
        "hold-new": "holds/new",
        "hold": f"holds/{hold['hold_id']}",
        "breaches": "breaches",
        "breach-new": "breaches/new",
        "breach": f"breaches/{breach}",
        "disclosures": "disclosures",
        "imports": "imports",
        "retention": "retention",
        "retention-new": "retention/new",
        "record": "record",
        "figures": "figures",
        "policy": "policy",
        "audit": "audit",
    }
