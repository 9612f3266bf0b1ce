"""The part of the walk that asks, and that the staff take: every kind of request, every action."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.walk import Walk

PATH = "/v1/requests/{request_id}"
DESK = "/v1/desk/requests"
TYPES = ("access", "portability", "rectification", "objection", "restriction", "complaint")
_TOKEN = r"[\w-]{22}\.[\w-]{22}"


def asked(walk: "Walk") -> None:
    """Make a request of each type, follow it, and let staff and workers do their part."""
    for kind in TYPES:
        request = _ask(walk, kind)
        bearer = _verified(walk, request)
        walk.notifications.deliver()
        walk.done("access", "GET", PATH, path={"request_id": request}, **bearer)
        if kind == "access":
            _reviewed(walk, request)
            exported = walk.call(
                "access", "GET", f"{PATH}/export", path={"request_id": request}, **bearer
            )
            assert exported.status == 303, exported.text
            walk.seen.append(exported.headers["Location"])
        if kind in ("rectification", "complaint"):
            act(walk, request, "note", "support")
            said = {"outcome": "upheld"} if kind == "complaint" else {}
            act(walk, request, "completion", "privacy_officer", **said)
        if kind == "restriction":
            act(walk, request, "lifting", "privacy_officer")
        walk.notifications.deliver()
    cancelled = _ask(walk, "complaint")
    bearer = _verified(walk, cancelled)
    walk.done("access", "POST", f"{PATH}/cancellation", path={"request_id": cancelled}, **bearer)


def _reviewed(walk: "Walk", request: str) -> None:
    """Look through a copy that holds what others wrote, as it would go out, and release it."""
    one: dict[str, Any] = {"path": {"request_id": request}, "staff": "privacy_officer"}
    copy = walk.done("desk", "GET", f"{DESK}/{{request_id}}/copy", **one).json
    file = {"query": {"format": "json"}, **one}
    walk.seen.append(
        walk.done("desk", "GET", f"{DESK}/{{request_id}}/copy/file", **file).json["url"]
    )
    release = {"release": True, "version": copy["version"]}
    walk.done("desk", "POST", f"{DESK}/{{request_id}}/review", release, **one)
    walk.notifications.deliver()


def staffed(walk: "Walk") -> None:
    """Take requests in at the desk and act on them in every way."""
    letter = {
        "type": "rectification",
        "email": walk.person.email,
        "name": walk.person.name,
        "channel": "post",
        "received_on": "2026-01-30",
        "details": walk.person.words,
        "identity_shown": True,
    }
    taken = walk.done("desk", "POST", DESK, letter, staff="support").json["request_id"]
    walk.done("desk", "GET", DESK, staff="auditor")
    path = {"request_id": taken}
    walk.done("desk", "GET", f"{DESK}/{{request_id}}", path=path, staff="auditor")
    act(walk, taken, "clarification", "support")
    act(walk, taken, "resumption", "support")
    act(walk, taken, "fee", "privacy_officer")
    act(walk, taken, "waiver", "privacy_officer")
    act(walk, taken, "refusal", "privacy_officer")
    walk.notifications.deliver()


def erased(walk: "Walk") -> None:
    """Have everything erased, at the end."""
    _verified(walk, _ask(walk, "erasure"))
    walk.notifications.deliver()


def act(walk: "Walk", request: str, action: str, group: str, **said: str) -> None:
    """Act on a request with private words for a reason."""
    path = {"request_id": request, "action": action}
    body: dict[str, Any] = {"reason": walk.person.words, "tell": action == "note", **said}
    if action == "fee":
        body["ground"] = "manifestly_excessive"
    walk.done("desk", "POST", f"{DESK}/{{request_id}}/{{action}}", body, path=path, staff=group)


def _ask(walk: "Walk", kind: str) -> str:
    body: dict[str, Any] = {
        "type": kind,
        "email": walk.person.email,
        "name": walk.person.name,
        "details": f"{walk.person.words} {walk.person.card}",
    }
    if kind == "rectification":
        body["corrections"] = [{"field": "name", "value": f"{walk.person.name} Other"}]
    answer = walk.done("access", "POST", "/v1/requests", body).json
    assert answer["redacted"] == ["details"]
    walk.notifications.deliver()
    return str(answer["request_id"])


def _verified(walk: "Walk", request: str) -> Mapping[str, Any]:
    token = walk.mailed(rf"/requests/{request}#token=({_TOKEN})")
    path = {"request_id": request}
    body = {"token": token, "consent_id": walk.seen[0]}
    walk.done("access", "POST", f"{PATH}/preview", {"token": token}, path=path)
    shown = walk.done("access", "POST", f"{PATH}/verification", body, path=path).json
    walk.seen.append(shown["session"])
    return {"headers": {"Authorization": f"Bearer {shown['session']}"}}
