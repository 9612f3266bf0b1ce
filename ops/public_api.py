"""Reading the API over its public doors, for commands that anybody can run.

Whoever answers may be somebody else, or broken: every answer ends, and what is none of the API's is
said in one line.
"""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from ops import CommandError

TIMEOUT_SECONDS = 30
# More than any answer of ours; a page of a history is a hundred events.
MAX_BYTES = 16 * 1024 * 1024
_HERE = ("127.0.0.1", "localhost")
JSON = "application/json"


def fetch(address: str, media_type: str = JSON) -> bytes:
    """Return what is answered at an address.

    Raises:
        CommandError: the address is not safe, nobody answers, or the answer is no, or none of ours.
    """
    url = urlsplit(address)
    if url.scheme != "https" and (url.scheme, url.hostname in _HERE) != ("http", True):
        raise CommandError("--api takes https, or http on this machine.")
    api = f"{url.scheme}://{url.netloc}"
    asked = urllib.request.Request(address, headers={"Accept": media_type})  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(asked, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
            content = bytes(answer.read(MAX_BYTES + 1))
            # What was announced and did not come is no fault of a read that has a limit.
            if len(content) <= MAX_BYTES and getattr(answer, "length", None):
                raise http.client.IncompleteRead(content, answer.length)
    except urllib.error.HTTPError as error:
        raise CommandError(f"{api} answered {error.code}: {_reason(error)}") from None
    except urllib.error.URLError as error:
        raise CommandError(f"{api} cannot be reached: {error.reason}.") from None
    except (OSError, http.client.HTTPException) as error:
        raise CommandError(f"{api} broke off its answer ({type(error).__name__}).") from None
    if len(content) > MAX_BYTES:
        raise CommandError(f"{api} answers without an end: that is not the API.")
    return content


def read(address: str, *members: str) -> Mapping[str, Any]:
    """Return the JSON object that is answered at an address, with its `members`.

    Raises:
        CommandError: as `fetch`, or it is something else.
    """
    content = fetch(address)
    try:
        found = json.loads(content)
        if all(member in found for member in members) and isinstance(found, dict):
            return found
    except (ValueError, TypeError, RecursionError):
        pass  # said below, as what has other members is
    raise CommandError(f"{address.partition('/v1')[0]} answers something else: is it the API?")


def pages(address: str, *members: str) -> Iterator[Mapping[str, Any]]:
    """Yield a list's pages, each with its `members`, to the last.

    Raises:
        CommandError: as `read`, or a page leads back to itself.
    """
    cursor = None
    while True:
        page = read(f"{address}?cursor={quote(cursor)}" if cursor else address, "next", *members)
        yield page
        before, cursor = cursor, page["next"]
        if cursor is None:
            return
        if cursor == before or not isinstance(cursor, str):
            raise CommandError(f"{address.partition('/v1')[0]} gives the same page again.")


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read(MAX_BYTES))["detail"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, RecursionError):
        return str(error.reason)
