"""What our client reads as the answer to a call: as http.client reads it, or as none."""

import io
import socket
from collections.abc import Callable
from http.client import HTTPResponse

import pytest

from shared.storage.aws_json import answer

ANSWERS = {
    "by length": (
        b"HTTP/1.1 200 OK\r\nX-Amzn-RequestId: 1\r\nCONTENT-length:5\r\nx-amzn-requestid: 2\r\n\r\n"
        b"wholeNEXT"
    ),
    "without a reason": b"HTTP/1.1 200\r\ncontent-length:2\r\n\r\n{}",
    "of nothing": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "in chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"4\r\nin p\r\n6;part=2\r\nieces!\r\n0\r\nX-Sum: 1\r\n\r\nNEXT"
    ),
    "after another": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1",
    "closing": b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\n1",
}


class Said(socket.socket):
    """A connection on which this was said."""

    def __init__(self, raw: bytes) -> None:
        super().__init__()
        self.raw = raw

    def makefile(self, *_: object, **__: object) -> io.BytesIO:  # type: ignore[override]
        return io.BytesIO(self.raw)


def _in_pieces(raw: bytes, most: int) -> Callable[[int], bytes]:
    file = io.BytesIO(raw)
    return lambda size: file.read(min(size, most))


@pytest.mark.parametrize("most", [1, 7, 70_000])
@pytest.mark.parametrize("how", ANSWERS)
def test_an_answer_is_read_as_the_standard_library_reads_it(how: str, most: int) -> None:
    with Said(ANSWERS[how]) as line:
        theirs = HTTPResponse(line, method="POST")
        theirs.begin()
        found = answer.read(_in_pieces(ANSWERS[how], most))
        assert found.status == theirs.status
        assert found.headers == {name.lower(): value for name, value in theirs.headers.items()}
        assert found.lasts == (not theirs.will_close)
        assert found.body == theirs.read()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfive\r\nwhole\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
        b"\r\n\r\n",
        b"HTTP/1.1 503 Busy\r\nConnection: close\r\n\r\nuntil it ends, which may be too early",
        b"HTTP/1.1 200 OK\r\na: " + b"b" * 70_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_whole_answer_is_none(raw: bytes) -> None:
    with pytest.raises((ConnectionError, ValueError)):
        answer.read(io.BytesIO(raw).read)
