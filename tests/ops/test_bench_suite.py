"""Every bench in one go: what went through is not run again, what failed is said."""

from pathlib import Path

import pytest

from bench import folders, goals, suite
from bench.suite import Part


def test_a_run_goes_on_where_it_was_and_ends_with_the_goals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fine, wrong = Part("fine", ("platform",), 1), Part("wrong", ("bench.nothing",), 2)
    grown = Part("grown", ("platform",), 3, growth=True)
    monkeypatch.setattr(suite, "PARTS", (fine, wrong, grown))
    monkeypatch.setattr(suite, "HOME", tmp_path)
    monkeypatch.setattr(suite, "DONE", tmp_path / "done.json")
    code = "one"
    monkeypatch.setattr(suite, "_stamp", lambda: code)

    def said(*, growth: bool = False, anew: bool = False) -> str:
        assert suite.run(growth=growth, anew=anew) == 1, "a part failed"
        return capsys.readouterr().out

    first = said()
    assert "2 parts, about 3 minutes" in first
    assert "[1/2] fine: python -m platform --write, about 1 min" in first
    assert f"failed after 0 s: {tmp_path / 'wrong.txt'}" in first
    assert "No module named bench.nothing" in (tmp_path / "wrong.txt").read_text("utf-8")
    assert all(f"| {goal.what} |" in first for goal in goals.GOALS)
    told = folders.versions()
    assert set(told) == set(folders.TOLD)
    assert f"boto3 {told['boto3']}, fastapi {told['fastapi']}" in first
    again = said(growth=True)
    assert "3 parts, about 5 minutes" in again
    assert "fine: python -m platform --write: done before" in again
    assert "[3/3] grown" in again
    assert "done before" not in said(anew=True)
    code = "another"
    assert "done before" not in said()


def test_a_part_that_takes_too_long_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = Part("slow", ("timeit", "-n", "1", "-r", "1", "import time; time.sleep(60)"), 0.001)
    monkeypatch.setattr(suite, "PARTS", (slow,))
    monkeypatch.setattr(suite, "HOME", tmp_path)
    monkeypatch.setattr(suite, "DONE", tmp_path / "done.json")
    assert suite.run(growth=False, anew=False) == 1
    assert "failed after 1 s" in capsys.readouterr().out


def test_every_part_is_a_command_that_writes_its_figures() -> None:
    for part in suite.PARTS:
        name = part.arguments[0].replace(".", "/")
        path = folders.ROOT / (f"{name}.py" if "/" in name else f"{name}/__main__.py")
        text = path.read_text("utf-8")
        assert '"--write"' in text or "sizes.main(" in text, part.name
