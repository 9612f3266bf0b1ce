"""What is kept of a call's circumstances (S1, S6, S39)."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import evidence
from shared.domain.errors import Invalid


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


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://x/", "shop", "//host/x", "http://["])
def test_what_is_no_page_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        evidence.page(url)


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


def test_the_property_is_the_website_the_browser_names_s1() -> None:
    assert evidence.property_name("https://shop.example.com", None) == "shop.example.com"
    assert evidence.property_name(None, "https://www.example.com/a") == "www.example.com"
    assert evidence.property_name("null", "/a") is None
