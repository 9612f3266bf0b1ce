"""Commands for those who run the product: `python -m ops --help` lists them."""

import sys
from pathlib import Path

# What the functions import by, they are run by here too.
_FUNCTIONS = str(Path(__file__).parent.parent / "functions")
if _FUNCTIONS not in sys.path:
    sys.path.insert(0, _FUNCTIONS)


class CommandError(Exception):
    """What ends a command with exit code 1; its message is the one line that says why."""
