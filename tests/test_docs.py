"""The pages of documentation point at what is there."""

import re
import shlex
from pathlib import Path

import pytest

from ops.__main__ import parser

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
BY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
# What stands for one of several words.
WORKERS = {"WORKER": "notifications"}
OURS = ("functions", "infra", "local", "ops", "events", "docs", "tests", "bench", "locks")


@BY_PAGE
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


@BY_PAGE
def test_every_place_it_names_is_there(page: Path) -> None:
    named = re.findall(rf"\b((?:{'|'.join(OURS)})/[\w./-]+\.\w+)", page.read_text("utf-8"))
    missing = {place for place in named if not (ROOT / place).exists()}
    assert not [place for place in missing if "/2027-01/" not in place], "but for an example"


@BY_PAGE
def test_every_make_target_it_names_is_there(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"(?:^|`)\s*make ([a-z]+)\b", page.read_text("utf-8"), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@BY_PAGE
def test_every_command_of_ours_is_understood(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each `python -m ops …` parses: its command, its options and how many words it takes."""
    text = page.read_text("utf-8").replace("\\\n", " ")
    for command in re.findall(r"python -m ops ([a-z][^`\n|]*)", text):
        words = shlex.split(re.sub(r" #.*|\$\w+|…", lambda found: "X" * (found[0] == "…"), command))
        if words[-1] == "--help":
            continue
        try:
            parser().parse_args(WORKERS.get(word, word) for word in words)
        except SystemExit:
            pytest.fail(f"{command}: {capsys.readouterr().err}")
