"""Asking the DNS as the world sees it: one question by UDP (RFC 1035), by nobody's library."""

import secrets
import socket
import struct
from pathlib import Path

CNAME, MX, TXT = 5, 15, 16
_PORT, _SECONDS, _TRIES, _MAX_BYTES = 53, 3.0, 2, 4096
_RECURSE, _IN = 0x0100, 1
_TRUNCATED, _NO_ERROR, _NO_SUCH_NAME = 0x0200, 0, 3
_POINTER = 0xC0


class Unanswered(Exception):
    """No answer came, or none that can be read; the message says to what question."""


def ask(name: str, kind: int) -> list[str]:
    """Return the records of a kind that a name has: targets in lower case, texts as they are.

    Raises:
        Unanswered: whether there are any is not known.
    """
    number = secrets.randbelow(1 << 16)
    question = _encoded(name) + struct.pack("!HH", kind, _IN)
    header = struct.pack("!HHHHHH", number, _RECURSE, 1, 0, 0, 0)
    try:
        return read(_sent(header + question, number), kind)
    except (OSError, IndexError, struct.error, UnicodeError):
        raise Unanswered(f"the DNS gave no answer about {name}") from None


def addresses(name: str) -> set[str]:
    """Return the addresses that a name leads to, by whatever way; none if it leads nowhere."""
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(name, 443)}
    except socket.gaierror:
        return set()


def read(answer: bytes, kind: int) -> list[str]:
    """Read the records of a kind from an answer.

    Raises:
        OSError: the server did not say, or not all of it.
    """
    _, flags, questions, answers = struct.unpack_from("!HHHH", answer)
    if flags & _TRUNCATED or flags & 0xF not in (_NO_ERROR, _NO_SUCH_NAME):
        raise OSError
    at = 12
    for _ in range(questions):
        at = _name(answer, at)[1] + 4
    found = []
    for _ in range(answers):
        at = _name(answer, at)[1]
        of, _, _, length = struct.unpack_from("!HHIH", answer, at)
        at += 10
        if of == kind:
            found.append(_value(answer, at, length, kind))
        at += length
    return found


def _value(answer: bytes, at: int, length: int, kind: int) -> str:
    if kind == TXT:
        parts, end = [], at + length
        while at < end:
            parts.append(answer[at + 1 : at + 1 + answer[at]])
            at += 1 + answer[at]
        return b"".join(parts).decode("utf-8", "replace")
    return _name(answer, at + (2 if kind == MX else 0))[0]


def _name(answer: bytes, at: int) -> tuple[str, int]:
    """Read a name, and return where what follows it begins."""
    labels: list[str] = []
    after = 0
    while length := answer[at]:
        if length >= _POINTER:
            (place,) = struct.unpack_from("!H", answer, at)
            after = after or at + 2
            if place & 0x3FFF >= at:  # a pointer leads back, or it would lead round
                raise IndexError
            at = place & 0x3FFF
        else:
            labels.append(answer[at + 1 : at + 1 + length].decode("ascii"))
            at += 1 + length
    return ".".join(labels).lower(), after or at + 1


def _encoded(name: str) -> bytes:
    labels = [label.encode("ascii") for label in name.rstrip(".").split(".")]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def _sent(question: bytes, number: int) -> bytes:
    for server in _servers() * _TRIES:
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as line:
            line.settimeout(_SECONDS)
            try:
                line.connect((server, _PORT))
                line.send(question)
                answer = line.recv(_MAX_BYTES)
            except OSError:
                continue
        if answer[:2] == number.to_bytes(2):
            return answer
    raise OSError


def _servers() -> list[str]:
    """Return the resolvers of this machine."""
    lines = Path("/etc/resolv.conf").read_text("utf-8").splitlines()
    words = [line.split() for line in lines]
    return [word[1] for word in words if len(word) > 1 and word[0] == "nameserver"]
