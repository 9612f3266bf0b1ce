"""Published policies, read from the folder that is deployed with every function."""

import json
from functools import cache
from pathlib import Path

from shared.domain.policy import Policies, read

FOLDER = Path(__file__).parent.parent / "policies"
COMPANY = "company.json"


@cache
def published() -> Policies:
    """Return all published versions; read once per process."""
    return load(FOLDER)


def load(folder: Path) -> Policies:
    """Read `*/published.json` below `folder`, and `company.json` in it.

    A version without the one is not published yet; without the other, each version names its own
    controller.
    """
    versions = [
        read(json.loads(path.read_text(encoding="utf-8")))
        for path in folder.glob("*/published.json")
    ]
    company = folder / COMPANY
    return Policies(
        {policy.version: policy for policy in sorted(versions, key=lambda p: p.since)},
        json.loads(company.read_text(encoding="utf-8")) if company.exists() else None,
    )
