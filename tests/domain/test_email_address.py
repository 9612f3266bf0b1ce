"""One identity, computed in one way (RFC 5321, IDNA 2008): every door asks this function."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.email_address import canonical

PUNYCODE = "xn--" + "straße-x".encode("punycode").decode()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Info@STRASSE-X.example", "info@strasse-x.example"),
        ("info@straße-x.example", f"info@{PUNYCODE}.example"),
        (f"info@{PUNYCODE.upper()}.EXAMPLE", f"info@{PUNYCODE}.example"),
        ("info@STRAẞE-X.example", f"info@{PUNYCODE}.example"),
        ("info@strasse\u200b-x.example", "info@strasse-x.example"),
        ("  sam@bücher。example ", "sam@xn--bcher-kva.example"),
        ("sam@bu\u0308cher.example", "sam@xn--bcher-kva.example"),
        ("J.Doe+x@Example.com", "j.doe+x@example.com"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
        ("4222222222222@example.com", "4222222222222@example.com"),
        ("o'neil!#$%&*/=^?_`{|}~@example.com", "o'neil!#$%&*/=^?_`{|}~@example.com"),
    ],
)
def test_an_address_is_written_in_one_way(typed: str, kept: str) -> None:
    assert canonical(typed) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sam",
        "sam@",
        "@example.com",
        "sam@@example.com",
        "sam@localhost",
        "sam@printer{}".format(".local"),
        "sam@192.0.2.1",
        "sam@[192.0.2.1]",
        "sam@-a.example",
        "sam@a..example",
        "sam@example.com.",
        "a b@example.com",
        '"a b"@example.com',
        '"a"@example.com',
        "sam.@example.com",
        "josé@example.com",
        "a" * 65 + "@example.com",
        "a@" + "b." * 124 + "example",
        "a@" + "ä" * 64 + ".example",
        "a@xn--a.example",
        "a@" + "a" * 64 + ".example",
        "=?utf-8?q?=0d=0aBcc=3a?=@example.com",
        "=?utf-8?q?victim=40example.org=2c?=@example.com",
        "sam@example.com\nBcc: x@example.org",
        "<sam@example.com>",
        "a" * 100_000,
        "4111111111111111@example.com",
        "4111-1111.1111+1111@example.com",
        "\u0301" * 300 + "@example.com",
        "sam@\ud800.example",
    ],
)
def test_what_has_no_one_way_is_no_address_and_is_not_quoted(text: str) -> None:
    with pytest.raises(ValueError, match=r"address|characters") as fault:
        canonical(text)
    assert not text or text not in str(fault.value)


@given(st.one_of(st.text(max_size=40), st.emails(), st.text(max_size=20).map("sam@{}".format)))
@example("sam@a\u200d.example")
@example("sam@\u1e9e.example")
def test_an_address_stays_what_it_is_and_needs_no_parser(text: str) -> None:
    try:
        address = canonical(text)
    except ValueError:
        return
    assert canonical(address) == address
    assert address.isascii()
    assert address == address.lower()
    local, at, domain = address.partition("@")
    assert (at, len(local) <= 64, len(address) <= 254, "." in domain) == ("@", True, True, True)
    assert not set('()<>[]:;,\\" \r\n') & set(address)
