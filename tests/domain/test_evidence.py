"""What is kept of a call's circumstances (S1, S6, S39)."""

import ipaddress
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain import evidence
from shared.domain.redaction import redact_cards


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_keeps_its_first_three_bytes(address: ipaddress.IPv4Address) -> None:
    network = ipaddress.ip_network(evidence.truncated_ip(str(address)) or "")
    assert network.prefixlen == 24
    assert address in network


@given(st.ip_addresses(v=6))
def test_an_ipv6_address_keeps_48_bits(address: ipaddress.IPv6Address) -> None:
    network = ipaddress.ip_network(evidence.truncated_ip(str(address)) or "")
    expected = 24 if address.ipv4_mapped else 48
    assert network.prefixlen == expected


@given(st.text())
def test_what_is_no_address_is_not_kept(text: str) -> None:
    kept = evidence.truncated_ip(text)
    assert kept is None or "/" in kept


@pytest.mark.parametrize(
    ("values", "on"),
    [
        (["1"], True),
        (["0", "1"], True),
        (["0, 1"], True),
        (["0,1,0"], True),
        ([" 1 "], True),
        (["0"], False),
        (["true"], False),
        (["11"], False),
        (["1.0"], False),
        (["01"], False),
        ([""], False),
        ([], False),
    ],
)
def test_only_the_value_1_is_the_privacy_signal(values: list[str], on: bool) -> None:
    assert evidence.gpc_signal(values) is on


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://www.example.com/shop?q=jane#top", "https://www.example.com/shop"),
        ("https://u:p@www.example.com/a", "https://www.example.com/a"),
        ("https://www.example.com/u/jane@example.com/x", "https://www.example.com/u/[email]/x"),
        ("https://www.example.com/u/jane%40example.com", "https://www.example.com/u/[email]"),
        ("/shop?q=1", "/shop"),
        ("http://localhost:3000/", "http://localhost:3000/"),
    ],
)
def test_a_page_is_kept_without_what_may_be_personal_s39(url: str, kept: str) -> None:
    assert evidence.page(url) == kept


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://x/",
        "shop",
        "//host/x",
        "http://[",
        "////[x",
        "http://[::1]@[/",
        "http://[::1]x@y]/",
        "/" + "a" * 9000,
        "http://" + "a" * 9000,
        "/" + "\u00e9" * 600,
        "/" + "\u6f22" * 200 + "/4111111111111111",
    ],
)
def test_what_is_no_page_is_left_out(url: str) -> None:
    assert evidence.page(url) is None


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        ("Mozilla/5.0 (X11) Gecko/20100101 Firefox/140.0", "Firefox"),
        ("Mozilla/5.0 AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome"),
        ("Mozilla/5.0 AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge"),
        ("Mozilla/5.0 AppleWebKit/605.1.15 Version/19.0 Safari/605.1.15", "Safari"),
        ("curl/8.0", "other"),
        (None, None),
    ],
)
def test_only_the_family_of_a_browser_is_kept_s6(agent: str | None, family: str | None) -> None:
    assert evidence.browser_family(agent) == family


SECRET = "4111111111111111"
PIECES = st.sampled_from(
    [
        "/",
        "a",
        "?",
        ";",
        "@",
        "%40",
        "%2540",
        "#",
        "[",
        "]",
        ":",
        "//",
        ".",
        "http://",
        "https://",
        "sam@example.com",
        SECRET,
        "%34111111111111111",
        "&#52;111111111111111",
        "\ud800",
        "\x00",
        ";jsessionid=S",
        "eyJhbGciOiJFUzI1NiJ9abc123",
        "\u202e",
        "\u200b",
        "\\",
        "xn--",
        "::1",
    ]
)
TEXTS = st.one_of(st.text(max_size=30), st.lists(PIECES, max_size=9).map("".join))


@given(TEXTS, TEXTS)
@example("https://sam@example.com", "/pay/4111111111111111")
@example("https://a:b@c", "/u;jsessionid=S/x")
def test_no_text_makes_evidence_raise_and_nothing_personal_is_kept(one: str, other: str) -> None:
    """S30, S39: a page, an Origin, a language, a browser: cleaned or left out."""
    kept = [
        evidence.page(one),
        evidence.property_name(one, other, {evidence.host_of(one) or ""}, "privacy.example"),
        evidence.language(one),
        evidence.claimed_browser(one),
        evidence.browser_family(one),
    ]
    for text in filter(None, kept):
        plain = evidence.decoded(text)
        assert "@" not in plain
        assert redact_cards(plain) == plain
        assert "eyJhbGciOiJFUzI1NiJ9" not in plain
        assert "jsessionid" not in plain
        text.encode()
    assert evidence.page(kept[0]) == kept[0] if kept[0] else True


def test_what_a_page_may_hold_is_kept_and_long_ones_are_cut_before_they_are_judged() -> None:
    assert evidence.page("https://www.example.com/a?x=" + "b" * 9000) == "https://www.example.com/a"
    slug = "/blog/top-10-privacy-tools-for-small-shops-in-2026"
    assert evidence.page(slug) == slug
    assert evidence.page("/reset/3f9c0d1e2b4a5968778695a4b3c2d1e0/x") == "/reset/[credential]/x"
    assert evidence.language("en-GB") == "en-GB"
    assert evidence.language("en-4111-1111-1111-1111") is None


@pytest.mark.parametrize("piece", ["@", "a", "%40", "/", ";", "[", "\u0301", "a:", "%25"])
def test_reading_evidence_takes_time_in_proportion(piece: str) -> None:
    began = time.process_time()
    for text in (piece * 60_000, "/" + piece * 60_000, "https://" + piece * 60_000):
        evidence.page(text)
        evidence.property_name(text, text, (), "privacy.example")
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("origin", "page", "named"),
    [
        ("https://shop.example.com", None, "shop.example.com"),
        (None, "https://www.example.com/a", "www.example.com"),
        ("https://privacy.example", "https://privacy.example/choices", "privacy_pages"),
        ("https://stranger.example", None, "another_website"),
        ("null", "/a", "program"),
        (None, None, "program"),
    ],
)
def test_the_property_is_one_of_a_fixed_set_s1(
    origin: str | None, page: str | None, named: str
) -> None:
    known = {"shop.example.com", "www.example.com"}
    assert evidence.property_name(origin, page, known, "privacy.example") == named
