"""Two hundred messages as honest people write them, which no firewall and no form may turn away.

Letters, addresses and paths, code, SQL, HTML, templates, signs, pictures, long ones, some forty
languages; a line of tests/honest_messages.txt each.
"""

import re
from pathlib import Path

LONG = 9_000


def _whole(line: str) -> str:
    """Write lines for `\\n`, and what is to be long as long as a form takes it."""
    text = line.replace("\\n", "\n")
    long = re.fullmatch(r"\{long:(.+)\}", text)
    return long[1] * (LONG // len(long[1])) if long else text


MESSAGES = tuple(
    _whole(line)
    for line in Path(__file__).with_name("honest_messages.txt").read_text("utf-8").splitlines()
)
