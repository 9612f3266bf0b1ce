"""The README says what is so."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
LONGEST = 150
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_place_it_names_is_there() -> None:
    for place in re.findall(
        r"`((?:functions|infra|local|ops|events|docs|tests)/[\w./-]*)`", README
    ):
        assert (ROOT / place).exists(), place


def test_every_answer_it_shows_is_json() -> None:
    shown = re.findall(r"```json\n(.*?)\n```", README, re.DOTALL)
    assert len(shown) >= 3
    for text in shown:
        json.loads(text)


def test_its_pictures_are_there_and_small() -> None:
    """Whoever opens the page waits for them."""
    shown = re.findall(r"\]\((docs/[\w./-]+\.png)\)", README)
    assert len(shown) >= 4
    for place in shown:
        assert 0 < (ROOT / place).stat().st_size < 60_000, place


def test_it_is_for_the_first_ten_minutes() -> None:
    assert len(README.splitlines()) <= LONGEST
