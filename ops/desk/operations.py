"""`ops desk do`: every operation that the desk has, made from the API's own routes.

What the console's forms offer is here as options: a path's parts stand in order, a query's and a
body's members have a name each. A new operation, or a new field, is here without a line of ours.
"""

import argparse
import json
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra import routes
from infra.pages import operations as forms
from ops import CommandError
from ops.desk import show
from ops.desk.client import Desk
from shared.domain.request_actions import STAFF_ACTIONS

if TYPE_CHECKING:
    from shared.edge.http import Route

_EXAMPLES = """examples:
  python -m ops desk --as privacy_officer do lift-hold h_… --reason "The case is over."
  python -m ops desk --as privacy_officer do decide-breach b_… --notify-people --reason "Names."
  python -m ops desk --as support do record-disclosure --body disclosure.json
  python -m ops desk --as auditor --json do list-runs --limit 100
"""
# Kinds of fields (infra/pages/operations.py) that an option's text is read for.
_WRITTEN = {"number": int, "rows": json.loads, "other": json.loads}


@dataclass(frozen=True, slots=True)
class _Call:
    """What an operation is called with."""

    route: "Route"
    parts: tuple[str, ...]
    query: tuple[str, ...]
    body: tuple[dict[str, Any], ...]

    @property
    def name(self) -> str:
        """Name the operation as words of a command line are."""
        return self.route.handler.__name__.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Short:
    """A usual operation by a name of its own; its fields `first` stand in order, as a path's do."""

    name: str
    operation: str
    first: tuple[str, ...] = ()


def run(
    desk: Desk,
    chosen: argparse.Namespace,
    line: Callable[[Any], str] | None = None,
    *,
    as_json: bool,
) -> int:
    """Do what was chosen; a list is a table for people, the rest a `line` or a document."""
    call: _Call = chosen.call
    path = call.route.path.format(**{name: getattr(chosen, name) for name in call.parts})
    query = {name: getattr(chosen, f"query.{name}") for name in call.query}
    body = _body(call, chosen) if call.route.body is not None else None
    if call.route.method == "GET" and _lists(call):
        found = desk.every(path, query)
        items = list(found)
        show.rows(items, show.columns(items), as_json=as_json)
        return 0
    answer = desk.do(call.route.method, path, body, query, str(uuid.uuid4()))
    if isinstance(answer, str):  # a page to print, such as a letter
        print(answer)
    elif line is None:
        show.document(answer, as_json=as_json)
    else:
        print(line(answer))
    return 0


def parser(short: Short | None) -> argparse.ArgumentParser:
    """Return the parser of a usual operation, with all that it takes; without one that of `do`."""
    return _parser_of_all() if short is None else _parser_of(short)


def _parser_of(short: Short) -> argparse.ArgumentParser:
    (call,) = (one for one in _calls() if one.name == short.operation)
    parser = argparse.ArgumentParser(
        prog=f"python -m ops desk {short.name}",
        description=_about(call),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add(parser, call, short.first)
    return parser


def _parser_of_all() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ops desk do",
        description="Do any operation of the desk. Exits with 0 when done, 1 when refused, 2 when "
        "misused. Long words, and what nobody shall find in the shell's history, come from a file "
        "or, with `-`, from the standard input: --body.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="operations", metavar="OPERATION", required=True)
    for call in sorted(_calls(), key=lambda one: one.name):
        text = _about(call)
        _add(actions.add_parser(call.name, help=text.partition("\n")[0], description=text), call)
    return parser


def _about(call: _Call) -> str:
    return (call.route.handler.__doc__ or "").strip().replace("%", "%%")


def _add(parser: argparse.ArgumentParser, call: _Call, first: Sequence[str] = ()) -> None:
    """Have a parser take what an operation does."""
    for name in call.parts:
        parser.add_argument(name, choices=tuple(STAFF_ACTIONS) if name == "action" else None)
    for name in call.query:
        parser.add_argument(f"--{name.replace('_', '-')}", dest=f"query.{name}")
    for field in call.body:
        _option(parser, field, in_order=field["name"] in first)
    if call.route.body is not None:
        parser.add_argument("--body", metavar="FILE", help="the whole body as JSON; - reads it")
    parser.set_defaults(call=call)


def _calls() -> Iterator[_Call]:
    known = forms.operations()
    for _, route in routes.declared(["desk"]):
        pieces = route.path.split("/")
        fields = known[route.handler.__name__]["fields"]
        members = {field["name"] for field in fields}
        yield _Call(
            route,
            tuple(piece[1:-1] for piece in pieces if piece.startswith("{")),
            tuple(name for name in _query(route) if name not in members),
            tuple(fields),
        )


def _query(route: "Route") -> Iterator[str]:
    """Name what an operation's query takes; pages are followed by themselves."""
    for name, field in (route.query.model_fields if route.query else {}).items():
        if name != "cursor":
            yield field.alias or name


def _option(
    parser: argparse.ArgumentParser, field: Mapping[str, Any], *, in_order: bool = False
) -> None:
    name, kind = field["name"], field["kind"]
    if in_order:
        parser.add_argument(f"body.{name}", metavar=name, choices=field.get("options"))
        return
    more: dict[str, Any] = {"dest": f"body.{name}", "help": "needed" if field["required"] else None}
    if kind not in ("tick", "choice"):
        more["metavar"] = name.rpartition(".")[2].upper()
    if kind == "tick":
        more |= {"action": argparse.BooleanOptionalAction, "default": None}
    elif kind == "list":
        more |= {"nargs": "+"}
    elif kind == "choice":
        more |= {"choices": field["options"]}
    elif kind in _WRITTEN:
        more |= {"type": _WRITTEN[kind], "metavar": "N" if kind == "number" else "JSON"}
    parser.add_argument(f"--{name.replace('_', '-')}", **more)


def _body(call: _Call, chosen: argparse.Namespace) -> dict[str, Any]:
    """Put a body together: what the file says, and over it what the options say."""
    made: dict[str, Any] = _from_file(chosen.body) if chosen.body else {}
    for field in call.body:
        value = getattr(chosen, f"body.{field['name']}")
        if value is None:
            continue
        *around, last = field["name"].split(".")
        place = made
        for name in around:
            place = place.setdefault(name, {})
        place[last] = value
    return made


def _from_file(name: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        found = json.loads(text)
    except (OSError, ValueError) as fault:
        raise CommandError(f"The body cannot be read: {type(fault).__name__}.") from None
    if not isinstance(found, dict):
        raise CommandError("The body has to be an object.")
    return found


def _lists(call: _Call) -> bool:
    """Tell whether an operation answers with pages of items."""
    return "next" in getattr(_answer(call.route), "__annotations__", {})


def _answer(route: "Route") -> Any:
    return route.answer or route.handler.__annotations__.get("return")
