"""Who may do what at the desk, tried at every operation as every role."""

import pytest

from desk.authorization import ALLOWED_GROUPS, EVERYBODY, READERS, api
from tests.support import call

pytestmark = pytest.mark.usefixtures("cloud")

# Only looks, though it takes a body: an address stands in no URL.
LOOKS = {("POST", "/v1/desk/people/search"), ("POST", "/v1/desk/disclosures/search")}
# What support has no business with: copies of what is held, what others did, proof.
NOT_SUPPORTS = (
    "/v1/desk/audit", "/v1/desk/breaches", "/v1/desk/holds", "/v1/desk/record-of-processing",
    "/v1/desk/reports", "/v1/desk/requests/{request_id}/copy", "/v1/desk/retention",
)  # fmt: skip


def tried(method: str, path: str, staff: str, accept: str | None = None) -> int:
    """Return the status of an operation with nothing in its body."""
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    headers = {"Accept": accept} if accept else None
    body: dict[str, str] | None = None if method == "GET" else {}
    parts = dict.fromkeys(names, "none")
    return call("desk", method, path, body, path=parts, staff=staff, headers=headers).status


def test_every_operation_lets_in_whom_it_declares_and_nobody_else() -> None:
    groups = sorted(EVERYBODY)
    for (method, path), who in ALLOWED_GROUPS.items():
        for group in (*groups, "gardener"):
            refused = tried(method, path, group) == 403
            assert refused == (group not in who), (method, path, group)


def test_an_auditor_reads_and_changes_nothing() -> None:
    for (method, path), who in ALLOWED_GROUPS.items():
        changes = method != "GET" and (method, path) not in LOOKS
        assert ("auditor" in who) != changes, (method, path)


def test_support_sees_no_copy_no_audit_and_takes_nothing_away_as_a_file() -> None:
    for (method, path), who in ALLOWED_GROUPS.items():
        if path.startswith(NOT_SUPPORTS):
            assert "support" not in who, (method, path)
        if "text/csv" in api.routes[method, path].produces and who & READERS:
            assert tried(method, path, "support", "text/csv") == 403, (method, path)
