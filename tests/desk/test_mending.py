"""What the console says of an alarm, and the runbooks that alarms name, know of each other."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNBOOKS = ROOT / "docs" / "operations" / "runbooks"
CONSOLE = ROOT / "web" / "desk"


def test_every_runbook_has_its_words_at_the_desk_and_no_other_has() -> None:
    text = (CONSOLE / "mending.js").read_text(encoding="utf-8")
    named = re.findall(r'^    "([\w-]+)": \[', text, re.MULTILINE)
    assert sorted(named) == sorted(path.stem for path in RUNBOOKS.glob("*.md"))


def test_no_other_module_of_the_console_names_a_runbook() -> None:
    """Where help is linked from elsewhere, it is by the one table."""
    names = [path.stem for path in RUNBOOKS.glob("*.md")]
    for module in CONSOLE.glob("*.js"):
        if module.name != "mending.js":
            text = module.read_text(encoding="utf-8")
            assert not [name for name in names if f'"{name}"' in text], module.name
