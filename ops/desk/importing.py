"""Importing a file of any length: in calls of so many rows, each safe to send again."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from ops import CommandError
from ops.desk.client import Desk
from shared.domain import import_table
from shared.domain.errors import Invalid
from shared.domain.importing import OPEN, OUTCOMES

ROWS_PER_CALL = 1000
_TALLIED = OUTCOMES
_OPEN = OPEN | {"invalid"}


def send(desk: Desk, path: Path, about: dict[str, Any]) -> dict[str, Any]:
    """Send the rows of a CSV or JSON file; return the counts and every row that needs somebody.

    A call that was cut off is sent again until it is complete: the same rows give the same
    records, so the whole file may be sent twice, and goes on where it broke off.

    Raises:
        CommandError: the file cannot be read, or the desk refuses or is away.
    """
    found = list(_rows(path))
    parts = [found[at : at + ROWS_PER_CALL] for at in range(0, len(found), ROWS_PER_CALL)]
    counts: Counter[str] = Counter()
    open_rows: list[dict[str, Any]] = []
    for number, part in enumerate(track(parts, "importing", console=Console(stderr=True))):
        try:
            report = _complete(desk, {**about, "rows": part})
        except CommandError as fault:
            if number == 0:
                raise
            done = f"{number * ROWS_PER_CALL:,} of {len(found):,} rows are in"
            raise CommandError(f"{fault} {done}: the same command again goes on.") from None
        counts.update({name: report[name] for name in _TALLIED})
        open_rows += [
            {**row, "row": row["row"] + number * ROWS_PER_CALL}
            for row in report["rows"]
            if row["outcome"] in _OPEN
        ]
    return {"rows": len(found), **counts, "open": open_rows}


def _complete(desk: Desk, body: dict[str, Any]) -> Any:
    key = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]
    while True:
        report = desk.post("/v1/desk/imports", body, key=key)
        if report.get("complete", True):
            return report


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: cannot be read: {error}") from None
    if path.suffix.lower() == ".json":
        try:
            yield from json.loads(raw)
        except (ValueError, TypeError):
            raise CommandError(f"{path}: is not a JSON list of rows") from None
        return
    try:
        text = import_table.decoded(raw)
        table = import_table.read(text.text)
    except Invalid as fault:
        told = "; ".join(f"{error.pointer} {error.detail}".strip() for error in fault.errors)
        raise CommandError(f"{path}: {told}") from None
    if text.doubt:
        Console(stderr=True).print(f"{path}: {text.doubt}")
    yield from table.rows
