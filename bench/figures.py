"""The file of figures that pages of docs/ take theirs from."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_suffix(".json")


def kept() -> dict[str, Any]:
    """Return what is kept."""
    found: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found


def keep(**figures: Any) -> None:
    """Put these among the figures that are kept; the others stay as they are."""
    FILE.write_text(json.dumps(kept() | figures, indent=2) + "\n", encoding="utf-8")


def keep_rows(name: str, size: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Put rows of some sizes beside those of other sizes that were measured before."""
    known = {row[size]: row for row in (*kept().get(name, ()), *rows)}
    keep(**{name: [known[one] for one in sorted(known)]})
