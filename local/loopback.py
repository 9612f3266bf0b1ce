"""Who may talk to the local server: this machine's own programs and pages, and nobody's else.

A web page from anywhere can make a browser send requests to this machine, or have its own name
point here. What it cannot do is to leave out its Origin, or to change the Host that it asks for.
"""

import re
from collections.abc import Callable

_NAME = r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?"
_HOST = re.compile(_NAME, re.IGNORECASE)
_ORIGIN = re.compile(rf"http://{_NAME}")


def is_origin(text: str) -> bool:
    """Tell whether an Origin is a page's of this machine."""
    return bool(_ORIGIN.fullmatch(text))


def refusal(header: Callable[[str], str | None]) -> tuple[int, str] | None:
    """Say with which status and why a request does not get to what only exists locally.

    None if it does. `header` gives a header's value by its name.
    """
    origin = header("Origin")
    if origin is not None and not is_origin(origin):
        return 403, "Only pages of this machine may ask for this."
    media_type = (header("Content-Type") or "").partition(";")[0].strip().lower()
    if media_type not in ("", "application/json"):
        return 415, "Send the body as application/json."
    return None


def is_host(text: str | None) -> bool:
    """Tell whether a Host names this machine."""
    return bool(_HOST.fullmatch(text or ""))
