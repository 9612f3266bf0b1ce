"""Reading the answer to one request over HTTP/1.1 (RFC 9112): head, then the body by its framing.

The standard library reads headers as it reads mails, which costs more than all else of an exchange.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import BinaryIO, NamedTuple

LONGEST_LINE, MOST_HEADERS = 64 * 1024, 100


class Answer(NamedTuple):
    """What came back: its headers' names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def lasts(self) -> bool:
        """Tell whether the connection may carry a next request."""
        framed = "content-length" in self.headers or "transfer-encoding" in self.headers
        return framed and self.headers.get("connection", "").lower() != "close"


def read(file: BinaryIO) -> Answer:
    """Read one answer to a POST; what follows it stays unread.

    Raises:
        ConnectionError: it ends before it should.
        ValueError: it is no answer in HTTP/1.1.
    """
    status, headers = _head(file)
    while status < HTTPStatus.OK:  # something said before the answer
        status, headers = _head(file)
    match headers:
        case {"transfer-encoding": coding}:
            body = b"".join(_chunks(coding, file))
        case {"content-length": length}:
            body = _exactly(int(length), file)
        case _:
            body = file.read()
    return Answer(status, headers, body)


def _head(file: BinaryIO) -> tuple[int, dict[str, str]]:
    version, status, *_ = _line(file).split(None, 2)
    if version != "HTTP/1.1":
        raise ValueError("another protocol answers")
    headers: dict[str, str] = {}
    for _ in range(MOST_HEADERS):
        line = _line(file)
        if not line:
            return int(status), headers
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    raise ValueError("an answer has too many headers")


def _chunks(coding: str, file: BinaryIO) -> Iterator[bytes]:
    if coding.lower() != "chunked":
        raise ValueError("an answer is framed in a way that nobody asked for")
    while size := int(_line(file).partition(";")[0], 16):
        yield _exactly(size, file)
        _line(file)
    while _line(file):
        """Trailers say nothing here."""


def _line(file: BinaryIO) -> str:
    line = file.readline(LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise ConnectionError("the connection ended in the middle of an answer")
    return line.decode("latin-1").rstrip("\r\n")


def _exactly(size: int, file: BinaryIO) -> bytes:
    if size < 0:
        raise ValueError("an answer has less than nothing in it")
    content = file.read(size)
    if len(content) != size:
        raise ConnectionError("the connection ended in the middle of an answer")
    return content
