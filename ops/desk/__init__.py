"""`python -m ops desk`: the privacy staff's work from a terminal."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ops.desk import importing, show, sign_in
from ops.desk.client import Desk

LOCAL = "http://127.0.0.1:8000"
GROUPS = ("privacy_officer", "support", "auditor")
_REQUESTS = "/v1/desk/requests"
EXAMPLES = """examples:
  python -m ops desk --url https://privacy.example.com sign-in
  python -m ops desk --as support due
  python -m ops desk --as privacy_officer act r_… extension --reason "Many systems."
  python -m ops desk --as privacy_officer --json breaches
  python -m ops desk --as privacy_officer do lift-hold h_… --reason "The case is over."
  python -m ops desk do --help
  python -m ops desk --as privacy_officer hold --email kim@example.com --reason "Court order."
"""


ABOUT = "work on requests, people, imports and retention as the privacy staff"
DESCRIPTION = (
    f"{ABOUT}. Against a deployment: PRIVACY_DESK_URL or --url, after sign-in; "
    "against `make run`: --as GROUP. Exits with 0 when done, 1 when refused, 2 when misused."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_caller(parser)
    parser.add_argument("--json", action="store_true", help="JSON instead of facts and tables")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _sign_in(actions)
    _requests(actions)
    _people(actions)
    _keeping(actions)
    _reports(actions)
    _anything(actions)


def add_caller(parser: argparse.ArgumentParser) -> None:
    """Add which API is called, and as whom."""
    parser.add_argument(
        "--url",
        default=os.environ.get("PRIVACY_DESK_URL", LOCAL),
        help="the API's address (PRIVACY_DESK_URL; else %(default)s)",
    )
    parser.add_argument("--as", dest="group", choices=GROUPS, help="the local server's group")


def _anything(actions: Any) -> None:
    about = "do any operation: breaches, disclosures, holds, letters, …; see `do --help`"
    _usual(actions, "do", about)


def _usual(
    actions: Any,
    name: str,
    about: str,
    operation: str | None = None,
    line: Callable[[Any], str] | None = None,
    first: Sequence[str] = (),
) -> None:
    """Give an operation a name of its own, its answer a line, and take its fields `first` in order.

    All words that follow are taken, options too: operations are looked at only when asked for.
    """

    def understood(words: Sequence[str]) -> argparse.Namespace:
        from ops.desk import operations  # noqa: PLC0415 - it imports the whole desk

        short = operations.Short(name, operation, tuple(first)) if operation else None
        return operations.parser(short).parse_args(words)

    def run(chosen: argparse.Namespace) -> int:
        from ops.desk import operations  # noqa: PLC0415 - it imports the whole desk

        asked = understood(chosen.words or ["--help"])
        shown = None if chosen.json else line
        return operations.run(_desk(chosen), asked, shown, as_json=chosen.json)

    one = actions.add_parser(name, prefix_chars="\0", add_help=False, help=about)
    one.add_argument("words", nargs="*", metavar="WORD …")
    one.set_defaults(func=run, understood=understood)


def _sign_in(actions: Any) -> None:
    one = actions.add_parser("sign-in", help="sign in to the staff's user pool, in a browser")
    one.add_argument("--no-browser", action="store_true", help="only write the link to be opened")
    one.set_defaults(func=_do_sign_in)
    out = actions.add_parser("sign-out", help="end the sign-in before its eight hours are over")
    out.set_defaults(func=_do_sign_out)


def _requests(actions: Any) -> None:
    due = actions.add_parser("due", help="list requests, the first due first")
    due.add_argument("--status", help="only of this status; else all that are open")
    due.set_defaults(func=_do_due)
    one = actions.add_parser("request", help="see one request with its timeline")
    one.add_argument("request_id")
    one.set_defaults(func=lambda chosen: _read(chosen, f"{_REQUESTS}/{chosen.request_id}"))
    _usual(actions, "act", "act on a request", "act-on-request", _told)
    about = "enter a request that came by post, phone or e-mail"
    _usual(actions, "take-in", about, "take-in-request", _told, ("type",))


def _people(actions: Any) -> None:
    person = actions.add_parser("person", help="see all that is held about somebody")
    person.add_argument("email")
    person.add_argument("--at", help="as it was at a moment: 2026-02-01T09:00:00Z")
    person.set_defaults(func=_do_person)
    take = actions.add_parser("import", help="import a CSV or JSON file, with a progress bar")
    take.add_argument("file", type=Path)
    take.add_argument("--source", required=True, help="an id of the policy's sources")
    take.add_argument("--obtained-on", required=True, help="when the source gave it: 2026-02-01")
    take.add_argument("--lawful-basis", required=True, help="e.g. legitimate_interests")
    take.add_argument("--purpose", help="an id of the policy's purposes")
    take.set_defaults(func=_do_import)


def _keeping(actions: Any) -> None:
    holds = actions.add_parser("holds", help="list the legal holds")
    holds.set_defaults(func=_do_holds)
    about = "keep somebody's data, or a class of records"
    _usual(actions, "hold", about, "place-hold", _placed)
    breaches = actions.add_parser("breaches", help="list the register of breaches")
    breaches.set_defaults(func=_do_breaches)
    breach = actions.add_parser("breach", help="see one breach")
    breach.add_argument("breach_id")
    breach.set_defaults(func=lambda chosen: _read(chosen, f"/v1/desk/breaches/{chosen.breach_id}"))
    now = actions.add_parser("today", help="see what is due and what waits for whom")
    now.set_defaults(func=lambda chosen: _read(chosen, "/v1/desk/today"))


def _do_holds(chosen: argparse.Namespace) -> int:
    found = _desk(chosen).every("/v1/desk/holds", {"limit": "100"})
    columns = ("placed_at", "status", "person_id", "class", "until", "hold_id")
    show.rows(found, columns, as_json=chosen.json)
    return 0


def _placed(made: Any) -> str:
    return f"{made['hold_id']} is {made['status']}"


def _do_breaches(chosen: argparse.Namespace) -> int:
    found = _desk(chosen).every("/v1/desk/breaches", {})
    columns = ("discovered_at", "severity", "title", "authority_told", "people_told", "breach_id")
    show.rows(found, columns, as_json=chosen.json)
    return 0


def _reports(actions: Any) -> None:
    preview = actions.add_parser("retention-preview", help="see what retention would delete now")
    preview.set_defaults(func=_do_preview)
    runs = actions.add_parser("retention-runs", help="list what retention did")
    runs.set_defaults(func=_do_runs)
    audit = actions.add_parser("audit", help="list who at the desk did what, when")
    for name in ("person", "actor", "action", "from", "to"):
        audit.add_argument(f"--{name}", dest=f"only_{name}")
    audit.set_defaults(func=_do_audit)
    month = actions.add_parser("summary", help="the month's figures: 2026-02")
    month.add_argument("month")
    month.set_defaults(func=lambda chosen: _read(chosen, f"/v1/desk/reports/{chosen.month}"))
    record = actions.add_parser(
        "record-of-processing", help="the record of processing (Art. 30), with its findings"
    )
    record.set_defaults(func=lambda chosen: _read(chosen, "/v1/desk/record-of-processing"))


def _desk(chosen: argparse.Namespace) -> Desk:
    return Desk(chosen.url, lambda: sign_in.token(chosen.group))


def _do_sign_in(chosen: argparse.Namespace) -> int:
    sign_in.sign_in(chosen.url, browser=not chosen.no_browser)
    print("Signed in for eight hours, or until `desk sign-out`.", file=sys.stderr)
    return 0


def _do_sign_out(_: argparse.Namespace) -> int:
    sign_in.sign_out()
    print("Signed out.", file=sys.stderr)
    return 0


def _do_due(chosen: argparse.Namespace) -> int:
    found = _desk(chosen).every(_REQUESTS, {"status": chosen.status, "limit": "100"})
    columns = ("due_on", "overdue", "type", "status", "received_at", "channel", "request_id")
    show.rows(found, columns, as_json=chosen.json)
    return 0


def _told(case: Any) -> str:
    return f"{case['request_id']} is {case['status']}, due {case['due_on'] or 'no day yet'}"


def _do_person(chosen: argparse.Namespace) -> int:
    body = _given({"email": chosen.email, "at": chosen.at})
    show.document(_desk(chosen).post("/v1/desk/people/search", body), as_json=chosen.json)
    return 0


def _do_import(chosen: argparse.Namespace) -> int:
    about = {
        "source": chosen.source,
        "obtained_on": chosen.obtained_on,
        "lawful_basis": chosen.lawful_basis,
        "purpose": chosen.purpose,
    }
    report = importing.send(_desk(chosen), chosen.file, _given(about))
    if chosen.json:
        show.document(report, as_json=True)
    else:
        print(", ".join(f"{count} {name}" for name, count in report.items() if name != "open"))
        if report["open"]:
            show.rows(report["open"], ("row", "outcome", "pointer", "detail"), as_json=False)
    return 1 if report.get("invalid") else 0


def _do_preview(chosen: argparse.Namespace) -> int:
    show.document(_desk(chosen).post("/v1/desk/retention/preview", {}), as_json=chosen.json)
    return 0


def _do_runs(chosen: argparse.Namespace) -> int:
    found = _desk(chosen).every("/v1/desk/retention", {})
    show.rows(found, ("at", "status", "dry_run", "digest"), as_json=chosen.json)
    return 0


def _do_audit(chosen: argparse.Namespace) -> int:
    only = {name: getattr(chosen, f"only_{name}") for name in ("person", "actor", "action")}
    query = {**only, "from": chosen.only_from, "to": chosen.only_to}
    found = _desk(chosen).every("/v1/desk/audit", query)
    show.rows(found, ("at", "actor", "action", "person_id", "facts"), as_json=chosen.json)
    return 0


def _read(chosen: argparse.Namespace, path: str) -> int:
    show.document(_desk(chosen).get(path), as_json=chosen.json)
    return 0


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, False)}
