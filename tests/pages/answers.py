"""What the API answers, as its contract has it, where a test shows a page without it."""

import json
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page, Route

from fulfilment.erasure.erasure_plan import NOTES

CONSENT_ID = "c_k3v7q2m5x4n6p2r7s5t3w4y6za"
REQUEST_ID = "r_k3v7q2m5x4n6p2r7s5t3w4y6za"
TOKEN = "AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB"
SESSION = "CCCCCCCCCCCCCCCCCCCCCC.DDDDDDDDDDDDDDDDDDDDDD"

Answers = Mapping[str, tuple[int, Any]]

STATE = {
    "consent_id": CONSENT_ID,
    "decided_at": "2026-02-01T09:00:00.000Z",
    "expires_at": "2026-08-02T09:00:00.000Z",
    "policy_version": "2023-06",
    "choices": {
        "analytics": True,
        "advertising": False,
        "personalisation": True,
        "statistics": True,
        "appearance": True,
    },
    "gpc": {"signal": False, "turned_off": []},
    "signals": {"google": {}, "clarity": {}, "uet": {}},
    "renewal": {"needed": False, "reason": None},
    "sequence": 2,
    "digest": "0" * 64,
}
GPC_STATE = STATE | {
    "gpc": {"signal": True, "turned_off": ["advertising"]},
}
OLD_STATE = STATE | {"renewal": {"needed": True, "reason": "policy_changed"}}
HISTORY = {
    "consent_id": CONSENT_ID,
    "events": [
        {
            "kind": kind,
            "decided_at": at,
            "choices": {"analytics": analytics, "advertising": False, "personalisation": analytics},
        }
        for kind, at, analytics in (
            ("decision", "2025-12-24T18:00:00.000Z", False),
            ("decision", "2026-02-01T09:00:00.000Z", True),
        )
    ],
    "next": None,
}
CONFIRMATION = {
    "name": "Sam Example",
    "email": "sam@example.com",
    "organisation": "Example Ltd",
    "received_at": "2026-02-01T09:00:00.000Z",
    "grants": [],
    "gpc": {"signal": False, "turned_off": []},
}


def _choice(allowed: bool, reason: str, since: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "title": "",
        "allowed": allowed,
        "reason": reason,
        "since": since,
        "until": None,
        "policy_version": "2023-06",
        "method": None,
        "notice": None,
        "changeable": True,
        **more,
    }


_SINCE = "2026-02-01T09:00:00.000Z"
PREFERENCES: dict[str, Any] = {
    "choices": {
        "analytics": _choice(True, "granted", _SINCE, until="2026-08-02T09:00:00.000Z"),
        "advertising": _choice(False, "withdrawn", _SINCE),
        "personalisation": _choice(False, "never_asked"),
        "direct_marketing": _choice(True, "granted", _SINCE, until="2028-02-01T09:00:00.000Z"),
        "third_party_promotions": _choice(False, "never_asked"),
        "third_party_sharing": _choice(False, "gpc"),
        "publicity": _choice(False, "expired"),
        "improvement": _choice(True, "legitimate_interests"),
    },
    "gpc": {"signal": False, "turned_off": []},
    "display": {"theme": "dark"},
    "browsers": 2,
    "subscriptions": [
        {
            "kind": "subscription",
            "title": "Newsletter subscriptions",
            "purpose": "direct_marketing",
            "since": _SINCE,
            "form": "newsletter_form",
            "allowed": True,
            "deleted_on": "2028-02-01",
        },
        {
            "kind": "account",
            "title": "Accounts",
            "purpose": None,
            "since": _SINCE,
            "form": "account_form",
            "allowed": True,
            "deleted_on": "2028-02-01",
        },
    ],
    "account": {
        "since": _SINCE,
        "reference": "KC-7Q2M",
        "name": "Sam Example",
        "phone": "+441632960123",
        "job_title": "Head of Purchasing",
        "organisation": "Example Ltd",
        "organisation_details": None,
    },
    "kept": [
        {"kind": "subscription", "title": "Subscriptions", "count": 1, "deleted_on": "2028-02-01"},
        {"kind": "contact", "title": "Messages", "count": 3, "deleted_on": "2027-02-01"},
    ],
    "more_kept": False,
}
STOPPED = PREFERENCES | {
    "choices": {name: _choice(False, "withdrawn", _SINCE) for name in PREFERENCES["choices"]},
    "subscriptions": [PREFERENCES["subscriptions"][0] | {"allowed": False}],
}
NO_ACCOUNT = PREFERENCES | {"account": None, "subscriptions": PREFERENCES["subscriptions"][:1]}
EMPTY = PREFERENCES | {
    "choices": {name: _choice(False, "never_asked") for name in PREFERENCES["choices"]},
    "browsers": 0,
    "subscriptions": [],
    "account": None,
    "kept": [],
    "display": {},
}


def _decided(at: str, kind: str, method: str, by: str, **names: list[str]) -> dict[str, Any]:
    titles = {
        "direct_marketing": "Sending you our news and offers",
        "analytics": "Understanding how the website is used",
        "improvement": "Making our products better",
    }
    return {
        "at": at,
        "by": by,
        "kind": kind,
        "method": method,
        "policy_version": "2023-06",
        "notice": "preference_centre",
        "sha256": "shown",
        "page": None,
        "unverified": False,
        **{
            each: {name: titles[name] for name in names.get(each, [])}
            for each in ("granted", "refused", "objected")
        },
    }


DECIDED = {
    "items": [
        _decided(_SINCE, "objection", "preference_centre", "person", objected=["improvement"]),
        _decided(_SINCE, "link", "link", "person"),
        _decided(_SINCE, "decision", "accept_all", "browser", granted=["analytics"]),
        _decided(_SINCE, "decision", "form", "person", granted=["direct_marketing"]),
    ],
    "words": [
        {
            "sha256": "shown",
            "language": "en-GB",
            "title": "Your preferences",
            "text": "Here you decide.\n\n- **Our newsletter:** what we\n  send.\n- Another.\n\n"
            "[The notice](https://www.khoocommerce.example/privacy).\n",
        }
    ],
    "next": "b2xkZXI",
}
PREVIEW = {
    "request_id": REQUEST_ID,
    "type": "rectification",
    "what": "correction",
    "received_at": _SINCE,
    "status": "awaiting_identity",
    "confirmed": False,
    "asked": {
        "name": "Sam Example",
        "details": "My number is the old one.",
        "corrections": [{"field": "phone", "value": "+441632960123"}],
        "ground": None,
        "agent": None,
    },
}


def request(type_: str, status: str, **more: Any) -> dict[str, Any]:
    return {
        "request_id": REQUEST_ID,
        "type": type_,
        "what": type_,
        "status": status,
        "received_at": _SINCE,
        "due_on": "2026-03-02",
        "target_on": "2026-02-20",
        "awaited": None,
        "closed_at": None,
        "asked": PREVIEW["asked"],
        "timeline": [
            {
                "at": _SINCE,
                "action": "opened",
                "by": "you",
                "status": "awaiting_identity",
                "reason": None,
            },
            {
                "at": "2026-02-01T09:05:00.000Z",
                "action": "verified",
                "by": "you",
                "status": "in_progress",
                "reason": None,
            },
        ],
        "export": None,
        "certificate": None,
        "related": [],
        **more,
    }


IN_PROGRESS = request("access", "in_progress")
ASKED = request(
    "access",
    "awaiting_clarification",
    due_on=None,
    awaited="Your answer to our question.",
    timeline=[
        *IN_PROGRESS["timeline"],
        {
            "at": "2026-02-03T10:00:00.000Z",
            "action": "clarification",
            "by": "staff",
            "status": "awaiting_clarification",
            "reason": "Which of the two accounts do you mean?",
        },
    ],
)
READY = request(
    "access",
    "completed",
    closed_at="2026-02-02T09:00:00.000Z",
    export={
        "prepared_at": "2026-02-02T09:00:00.000Z",
        "available_until": "2026-02-16T09:00:00.000Z",
        "formats": ["zip", "json", "html", "csv"],
    },
    related=[
        {
            "request_id": REQUEST_ID,
            "type": "erasure",
            "status": "in_progress",
            "received_at": _SINCE,
        }
    ],
)
ERASED = request(
    "erasure",
    "completed",
    closed_at="2026-02-02T09:00:00.000Z",
    certificate={
        "policy_version": "2023-06",
        "planned_at": _SINCE,
        "browsers": 1,
        "stores": [
            {
                "store": "records",
                "kind": "contact",
                "title": "Messages",
                "erased": 3,
                "reduced": 0,
                "kept": 0,
                "held": 0,
                "failed": 0,
                "ground": None,
            },
            {
                "store": "ledger",
                "kind": "consent_evidence",
                "title": "Your decisions about consent",
                "erased": 0,
                "reduced": 2,
                "kept": 2,
                "held": 0,
                "failed": 0,
                "ground": "Legal claims (UK GDPR Art. 17(3)(e)); kept without contact data.",
            },
        ],
        "second_look": {"at": _SINCE, "found": 0, "rounds": 1, "left": 0},
        "notes": list(NOTES),
        "at": "2026-02-02T09:00:00.000Z",
    },
)


def answering(page: Page, answers: Answers) -> None:
    """Answer a page's calls: `{"GET v1/consents/…": (200, {...})}`, `*` for any ending."""

    def answer(route: Route) -> None:
        called = f"{route.request.method} {route.request.url.split('/', 3)[3].partition('?')[0]}"
        for pattern, (status, body) in answers.items():
            ends = pattern.endswith("*") and called.startswith(pattern[:-1])
            if called == pattern or ends:
                if status == 0:
                    return route.abort()
                text = "" if body is None else json.dumps(body)
                return route.fulfill(status=status, content_type="application/json", body=text)
        return route.fulfill(status=404, content_type="application/json", body="{}")

    page.route("**/v1/**", answer)
