"""Pages of a list: how long, and where the next one begins."""

import base64
import binascii

from shared.domain.errors import Invalid

PAGE = 50


def page_limit(text: str | None) -> int:
    """Read how many items a page shall have.

    Raises:
        Invalid: no number from 1 to a hundred.
    """
    if text is None:
        return PAGE
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 2 * PAGE:
        raise Invalid.field("/query/limit", f"must be a number from 1 to {2 * PAGE}")
    return int(text)


def cursor(key: str) -> str:
    """Hide the key of a page's last item, to be given back for the next page."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def read_cursor(text: str | None, pointer: str = "/query/cursor") -> str | None:
    """Read back what `cursor` gave; none for the first page.

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
