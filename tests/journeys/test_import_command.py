"""A long file goes in by the staff's command line, call after call, and goes on where it broke."""

import csv
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops import CommandError
from ops.__main__ import main
from ops.desk import importing, sign_in

ABOUT = ("--source", "public_resources", "--obtained-on", "2026-01-20")
WORDS = (*ABOUT, "--lawful-basis", "legitimate_interests")

Import = Callable[[], int]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Five people, the fourth of whom has an address that is none."""
    file, name = tmp_path / "people.csv", secrets.token_hex(5)
    rows = [[f"{name}{number}@example.com", "Sam Example"] for number in range(5)]
    rows[3][0] = "nobody"
    with file.open("w", newline="", encoding="utf-8") as written:
        csv.writer(written).writerows([["email", "name"], *rows])
    return file


@pytest.fixture
def brought_in(base_url: str, table: Path, monkeypatch: pytest.MonkeyPatch) -> Import:
    """Run the command, two rows to a call."""
    monkeypatch.setattr(importing, "ROWS_PER_CALL", 2)
    desk = ["desk", "--url", base_url, "--as", "support", "--json"]
    return lambda: main([*desk, "import", str(table), *WORDS])


def report(said: str) -> Any:
    """Read the report among what the server of the same process prints."""
    return json.loads(said[said.index("{\n") : said.rindex("}") + 1])


def test_a_file_goes_in_and_again_gives_the_same_report(
    brought_in: Import, capsys: pytest.CaptureFixture[str]
) -> None:
    assert brought_in() == 1, "a row is wrong"
    first = report(capsys.readouterr().out)
    assert (first["rows"], first["accepted"], first["invalid"]) == (5, 4, 1)
    (wrong,) = first["open"]
    assert (wrong["row"], wrong["pointer"]) == (4, "/email"), "numbered through the whole file"
    assert brought_in() == 1
    assert report(capsys.readouterr().out) == first


def test_a_file_that_broke_off_says_how_far_it_is_and_goes_on(
    brought_in: Import, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token lives for minutes: it is asked for at each call, and may be refused at one."""
    asked = 0

    def token(group: str) -> str:
        nonlocal asked
        asked += 1
        if asked > 2:
            raise CommandError("Nobody is signed in.")
        return f"local-{group}"

    with monkeypatch.context() as patch:
        patch.setattr(sign_in, "token", token)
        assert brought_in() == 1
    told = "Nobody is signed in. 2 of 5 rows are in: the same command again goes on."
    assert told in capsys.readouterr().err
    assert brought_in() == 1
    whole = report(capsys.readouterr().out)
    assert (whole["rows"], whole["accepted"], whole["merged"]) == (5, 4, 0), "none came twice"
