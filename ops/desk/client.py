"""The desk's API over HTTP, signed in, with time-outs, retries and problems as one line."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import urllib3

from ops import CommandError

Query = Mapping[str, str | None]

_TIMEOUT = urllib3.Timeout(connect=5, read=35)
# What only reads is tried again; what changes something carries a key that makes it once.
_RETRIES = urllib3.Retry(
    total=3,
    backoff_factor=0.5,
    status_forcelist=(429, 502, 503, 504),
    allowed_methods=None,
    redirect=False,
    raise_on_status=False,
)
_ONCE = urllib3.Retry(connect=3, read=0, status=0, other=0, redirect=False, raise_on_status=False)
_REFUSED = 400


@dataclass
class Desk:
    """A deployment's desk (or the local server's), at `url`, as whoever `token()` stands for.

    It is asked for at each call: a token lives for minutes, and an import longer.
    """

    url: str
    token: Callable[[], str]

    def __post_init__(self) -> None:
        """Refuse to send the sign-in over an open line, and to begin without one.

        Raises:
            CommandError: the address is neither https nor of this machine; nobody is signed in.
        """
        if not self.url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise CommandError("The desk's address is https, or http on this machine.")
        self.token()
        self._pool = urllib3.PoolManager(timeout=_TIMEOUT)

    def get(self, path: str, query: Query | None = None) -> Any:
        """Read, e.g. `get("/v1/desk/requests", {"status": "in_progress"})`."""
        return self._call("GET", path, query)

    def post(self, path: str, body: Any, query: Query | None = None, key: str | None = None) -> Any:
        """Act; with `key`, doing it again is doing it once."""
        return self._call("POST", path, query, body, {"Idempotency-Key": key} if key else {})

    def do(self, method: str, path: str, body: Any, query: Query, key: str) -> Any:
        """Do what an operation does; what changes something is done once for its key."""
        headers = {} if method == "GET" else {"Idempotency-Key": key}
        return self._call(method, path, query, body, headers)

    def every(self, path: str, query: Query) -> Iterator[Any]:
        """Yield all items of a list, page by page."""
        cursor: str | None = None
        while True:
            page = self.get(path, {**query, "cursor": cursor})
            yield from page["items"]
            cursor = page.get("next")
            if cursor is None:
                return

    def _call(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        address = self.url.rstrip("/") + quote(path) + (f"?{urlencode(asked)}" if asked else "")
        repeatable = method == "GET" or bool(headers)
        try:
            answer = self._pool.request(
                method,
                address,
                retries=_RETRIES if repeatable else _ONCE,
                body=None if body is None else json.dumps(body).encode(),
                headers={
                    "Accept": "application/json, text/html;q=0.5",
                    "Authorization": f"Bearer {self.token()}",
                    **({"Content-Type": "application/json"} if body is not None else {}),
                    **(headers or {}),
                },
            )
        except urllib3.exceptions.HTTPError:
            raise CommandError(f"{self.url} cannot be reached.") from None
        if answer.status >= _REFUSED:
            raise CommandError(_problem(answer))
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            return answer.data.decode()
        return json.loads(answer.data)


def _problem(answer: urllib3.BaseHTTPResponse) -> str:
    """Say in one line what a problem document says, with each field (RFC 9457)."""
    try:
        problem = json.loads(answer.data)
    except ValueError:
        return f"The desk answered {answer.status}."
    fields = "; ".join(
        f"{error['pointer'] or 'the request'} {error['detail']}"
        for error in problem.get("errors", ())
    )
    return f"{problem['title']} ({problem['status']}): {fields or problem['detail']}"
