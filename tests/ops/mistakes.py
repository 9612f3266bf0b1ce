"""Putting a mistake into a version of the policy, and what is said of it."""

from pathlib import Path

import pytest

from ops import policy_source
from ops.policy_source import PolicyError


def edit(path: Path, old: str, new: str) -> None:
    """Change the first place where `old` stands."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def refusal(folder: Path) -> str:
    """Return why a version is refused: one line, which names the file from the folder on."""
    with pytest.raises(PolicyError) as caught:
        policy_source.compile(folder)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(str(folder))
    return line.removeprefix(f"{folder}/")
