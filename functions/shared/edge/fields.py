"""The kinds of text that bodies are made of."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

# C0, C1, and the bidirectional overrides that make text read other than it is stored.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def _one_line(text: str) -> str:
    if _CONTROLS.search(text):
        raise ValueError("must not hold control characters")
    return unicodedata.normalize("NFC", text)


Line = Annotated[str, AfterValidator(_one_line)]
Language = Annotated[
    str, StringConstraints(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")
]
PageUrl = Annotated[
    str, StringConstraints(min_length=1, max_length=2048), AfterValidator(_one_line)
]
Id = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_one_line)]
