"""Who counts as one for limits on calls and mails; who somebody is goes by the whole address."""

import secrets as randomness

import pytest

from shared.domain.identifiers import person_id
from shared.domain.rate_limits import RIGHTS_PER_SOURCE, mailbox, source
from tests.functions.people import somebody
from tests.support import call


def test_one_network_of_ipv6_is_one_source() -> None:
    home = {source(f"2001:db8:1:2:{host:x}::{host:x}") for host in range(1, 200)}
    assert home == {"2001:db8:1:2::/64"}
    assert source("2001:db8:1:3::1") not in home
    assert source("::ffff:203.0.113.9") == source("203.0.113.9") == "203.0.113.9"
    assert source("fe80::1%eth0") == source("fe80::2")
    assert source("nonsense") == "nonsense"


def test_tags_are_folded_for_counting_and_for_nothing_else() -> None:
    tagged = ("sam@example.com", "sam+shop@example.com", "Sam+a+b@Example.com")
    assert {mailbox(address) for address in tagged} == {"sam@example.com"}
    assert mailbox("+tag@example.com") == "+tag@example.com"
    assert len({person_id(b"secret", address) for address in tagged}) == len(tagged)


@pytest.mark.usefixtures("cloud")
def test_a_whole_network_has_one_allowance_and_its_neighbour_another() -> None:
    """However many addresses somebody has, what they may ask for is counted once."""
    network = f"2001:db8:{randomness.randbelow(2**16):x}:1"

    def link(ip: str) -> int:
        body = {"email": somebody().email}
        return call("preferences", "POST", "/v1/preferences/link", body, ip=ip).status

    most = RIGHTS_PER_SOURCE.most
    assert {link(f"{network}::{host:x}") for host in range(most)} == {202}
    assert link(f"{network}:ffff::1") == 429
    assert link(f"2001:db8:{randomness.randbelow(2**16):x}:2::1") == 202
