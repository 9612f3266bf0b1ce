"""The file of figures that pages of docs/ take theirs from."""

import json
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
