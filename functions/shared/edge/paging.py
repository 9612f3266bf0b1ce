"""Pages of a list: how long, and where the next one begins."""

import base64
import binascii

from shared.domain import readers
from shared.domain.errors import Invalid

_HIGHEST = 10**12 - 1


def cursor(key: str) -> str:
    """Hide the key of a page's last item, to be given back for the next page."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def read_cursor(text: str | None, pointer: str = "/query/cursor") -> str | None:
    """Read back what `cursor` gave; None for the first page.

    Raises:
        Invalid: it is no cursor, blamed on `pointer`.
    """
    if text is None:
        return None
    try:
        padded = text + "=" * (-len(text) % 4)
        key = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise Invalid.field(pointer, "is not the next of a page") from None
    return key


def number_cursor(text: str | None, pointer: str = "/query/cursor") -> int:
    """Read back a cursor that stands for a number; zero for the first page.

    Raises:
        Invalid: it is none, blamed on `pointer`.
    """
    try:
        return readers.number(read_cursor(text, pointer) or "0", 0, _HIGHEST)
    except ValueError:
        raise Invalid.field(pointer, "is not the next of a page") from None
