"""What a policy's files must hold: all of them there, readable, with every id that counts."""

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ops import policy
from ops.policy_model import DURATION, PolicyFile
from ops.policy_rules import REQUIRED
from tests.ops.mistakes import refusal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(policy.POLICIES / "2023-06", tmp_path / "2023-06")


@pytest.mark.parametrize(
    ("key", "name"), [(key, name) for key, names in REQUIRED.items() for name in names]
)
def test_no_id_that_functions_know_can_be_missing(folder: Path, key: str, name: str) -> None:
    path = folder / "policy.toml"
    head, _, rest = path.read_text(encoding="utf-8").partition(f'[[{key}]]\nid = "{name}"')
    assert rest
    path.write_text(f'{head}[[{key}]]\nid = "another"{rest}', encoding="utf-8")
    assert refusal(folder) == f'policy.toml: {key}: "{name}" is missing'


@pytest.mark.parametrize("name", ["policy.toml", "notice.md", "notices/contact_form.md"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert refusal(folder) == f"{name}: No such file or directory"


def test_a_text_that_is_empty_or_not_utf8_is_refused(folder: Path) -> None:
    (folder / "notice.md").write_bytes(b"# Caf\xe9\n")
    assert refusal(folder) == "notice.md: byte 5 is not UTF-8"
    (folder / "notice.md").write_bytes(b" \n")
    assert refusal(folder) == "notice.md: is empty"


def test_the_model_is_strict_and_frozen() -> None:
    with pytest.raises(ValidationError):
        PolicyFile.model_validate({"version": 2023})
    assert PolicyFile.model_config["frozen"]


PARTS = st.tuples(*[st.none() | st.integers(0, 400)] * 4)


@given(PARTS)
def test_durations_are_those_of_iso_8601(parts: tuple[int | None, ...]) -> None:
    written = "P" + "".join(
        f"{number}{unit}" for number, unit in zip(parts, "YMWD", strict=True) if number is not None
    )
    assert bool(DURATION.fullmatch(written)) == (written != "P")


@given(st.text("PTYMWDHS0123456789", max_size=8))
def test_no_other_string_is_a_duration(text: str) -> None:
    if DURATION.fullmatch(text):
        assert re.fullmatch("P([0-9]+[YMWD])*(T([0-9]+[HMS])+)?", text)
        assert text != "P"
