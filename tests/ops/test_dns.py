"""Answers of the DNS are read as RFC 1035 has them, and a server that says nothing is no answer."""

import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from ops.doctor import dns

NAME = b"\x03api\x07example\x03org\x00"
QUESTION = NAME + struct.pack("!HH", dns.CNAME, 1)


def answer(*records: tuple[int, bytes], flags: int = 0x8180, number: int = 0) -> bytes:
    """Write an answer to a question about api.example.org; names point back to the question."""
    head = struct.pack("!HHHHHH", number, flags, 1, len(records), 0, 0) + QUESTION
    return head + b"".join(
        b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 300, len(value)) + value
        for kind, value in records
    )


def test_names_are_followed_where_they_point() -> None:
    target = b"\x02GW\xc0\x10"  # gw. and then example.org of the question
    assert dns.read(answer((dns.CNAME, target)), dns.CNAME) == ["gw.example.org"]
    mail = struct.pack("!H", 10) + b"\x02mx\xc0\x10"
    assert dns.read(answer((dns.CNAME, target), (dns.MX, mail)), dns.MX) == ["mx.example.org"]


def test_texts_in_parts_are_one() -> None:
    assert dns.read(answer((dns.TXT, b"\x07v=spf1 \x04-all")), dns.TXT) == ["v=spf1 -all"]


def test_a_name_that_there_is_not_has_no_records() -> None:
    assert dns.read(answer(flags=0x8183), dns.CNAME) == []


@pytest.mark.parametrize("flags", [0x8182, 0x8185, 0x8380], ids=["failed", "refused", "cut"])
def test_what_the_server_does_not_know_is_no_answer(flags: int) -> None:
    with pytest.raises(OSError):  # noqa: PT011 - of no further kind
        dns.read(answer(flags=flags), dns.CNAME)


def test_a_name_that_leads_round_ends() -> None:
    with pytest.raises(IndexError):
        dns.read(answer((dns.CNAME, b"\xc0\x2d")), dns.CNAME)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A resolver of this machine that answers when the test has it answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        monkeypatch.setattr(dns, "_servers", lambda: ["127.0.0.1"])
        monkeypatch.setattr(dns, "_PORT", line.getsockname()[1])
        yield line


def test_a_question_is_asked_and_answered(server: socket.socket) -> None:
    asked: list[bytes] = []

    def serve() -> None:
        question, who = server.recvfrom(512)
        asked.append(question[12:])
        (number,) = struct.unpack_from("!H", question)
        server.sendto(answer((dns.CNAME, b"\x02gw\xc0\x10"), number=number), who)

    serving = threading.Thread(target=serve)
    serving.start()
    assert dns.ask("api.example.org", dns.CNAME) == ["gw.example.org"]
    serving.join()
    assert asked == [QUESTION]


def test_an_answer_to_another_question_is_none(server: socket.socket) -> None:
    def serve() -> None:
        for _ in range(2):
            question, who = server.recvfrom(512)
            (number,) = struct.unpack_from("!H", question)
            server.sendto(answer(number=number ^ 1), who)

    serving = threading.Thread(target=serve)
    serving.start()
    with pytest.raises(dns.Unanswered, match=r"no answer about api\.example\.org"):
        dns.ask("api.example.org", dns.CNAME)
    serving.join()


def test_where_nobody_resolves_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns, "_servers", list)
    with pytest.raises(dns.Unanswered):
        dns.ask("api.example.org", dns.CNAME)
