"""Reading the answer to one request over HTTP/1.1 (RFC 9112): head, then the body by its framing.

The standard library reads headers as it reads mails, which costs more than all else of an exchange.
"""

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import NamedTuple

LONGEST_HEAD = AT_ONCE = 64 * 1024
_LINE = b"\r\n"

# Gives up to so many bytes of what comes; none at the end.
Receive = Callable[[int], bytes]


class Answer(NamedTuple):
    """What came back: its headers' names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def lasts(self) -> bool:
        """Tell whether the connection may carry a next request."""
        return self.headers.get("connection", "").lower() != "close"


def read(receive: Receive) -> Answer:
    """Read one answer to a POST; what follows it is lost.

    Raises:
        ConnectionError: it ends before it should.
        ValueError: it is no answer in HTTP/1.1.
    """
    coming = _Coming(receive)
    status, headers = _head(coming)
    while status < HTTPStatus.OK:  # something said before the answer
        status, headers = _head(coming)
    match headers:
        case {"transfer-encoding": coding}:
            body = b"".join(_chunks(coding, coming))
        case {"content-length": length}:
            body = coming.exactly(int(length))
        case _:
            raise ValueError("an answer does not say where it ends")
    return Answer(status, headers, body)


def _head(coming: "_Coming") -> tuple[int, dict[str, str]]:
    first, *lines = coming.until(_LINE + _LINE).split("\r\n")
    version, status, *_ = first.split(None, 2)
    if version != "HTTP/1.1":
        raise ValueError("another protocol answers")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return int(status), headers


def _chunks(coding: str, coming: "_Coming") -> Iterator[bytes]:
    if coding.lower() != "chunked":
        raise ValueError("an answer is framed in a way that nobody asked for")
    while size := int(coming.until(_LINE).partition(";")[0], 16):
        yield coming.exactly(size)
        coming.until(_LINE)
    while coming.until(_LINE):
        """Trailers say nothing here."""


class _Coming:
    """What comes over a connection, taken piece by piece."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._here = bytearray()

    def until(self, end: bytes) -> str:
        """Take what stands before `end`, and that too."""
        while (place := self._here.find(end)) < 0:
            if len(self._here) >= LONGEST_HEAD:
                raise ValueError("an answer has too long a head")
            self._more()
        return self.exactly(place + len(end))[:place].decode("latin-1")

    def exactly(self, size: int) -> bytes:
        """Take so many bytes."""
        if size < 0:
            raise ValueError("an answer has less than nothing in it")
        while len(self._here) < size:
            self._more()
        taken = bytes(self._here[:size])
        del self._here[:size]
        return taken

    def _more(self) -> None:
        piece = self._receive(AT_ONCE)
        if not piece:
            raise ConnectionError("the connection ended in the middle of an answer")
        self._here += piece
