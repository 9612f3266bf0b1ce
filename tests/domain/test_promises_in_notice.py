"""Every promise S1 to S58 has its sentence in the words that customers are shown."""

import json
from typing import Any

import pytest

from shared.storage.policies import FOLDER

SAID = {
    1: "our website and our software platforms, and each record notes on which",
    2: "through the contact form, by subscribing to our newsletter and by opening a customer",
    3: "your name, your job title, your organisation and something about it, a phone number",
    4: "What you send is kept on file, together with the words that stood beside the form",
    5: "We hold your orders, shipments, invoices and stock levels",
    6: "a shortened form of your IP address and the kind of device",
    7: "which pages you opened, where your visit began and ended, and which content held",
    8: "to find faults and see what can be improved",
    9: "from public registers, directories and websites, or from companies that do marketing",
    10: "to complete what we hold and to check that it is right",
    11: "Nobody sees or passes on your data without authority",
    12: "including mail, logs and backups, are stored in the European Economic Area",
    13: "Nothing is kept for longer than its purpose needs",
    14: "before we use anything for a purpose we check what you have allowed",
    15: "to fulfil what we have agreed",
    16: "to open, run, look after and close your account",
    17: "to keep our services running and to trace faults",
    18: "to create new products",
    19: "recommend things that may be useful to you",
    20: "to judge how well our products and advertising do",
    21: "to guard you, ourselves and the public against fraud and other harm: this cannot be",
    22: "we keep and report what tax, accounting and regulation require",
    23: "to tell you of changes to our services or to this policy, in messages without any",
    24: "to warn you when a security breach concerns you",
    25: "keeping a record of each support case for three years",
    26: "send you news and offers of ours, by e-mail",
    27: "to test our quality and to train our staff",
    28: "name or quote you when we promote ourselves",
    29: "A new purpose that is not in this list gets a new version of this notice",
    30: "we hold no card numbers",
    31: "Companies that provide services for us receive what their task needs",
    32: "until you choose, nothing optional is stored or read",
    33: "remember the language you picked, your font size and how you like pages displayed",
    34: "To tell your browser from others we use a random name",
    35: "**Strictly necessary.** They keep you signed in",
    36: "**Performance and analytics.** They show us how the website is used",
    37: "**Advertisement and targeting.** They let an advertising network",
    38: "carries no name or address, and we never join it to a person",
    39: "we learn nothing from it beyond what you decide to share",
    40: "You can take cookies or turn them down, all at once or purpose by purpose",
    41: "We add nothing to such links that identifies you",
    42: "through counts, heat maps and a replay of visits. **Microsoft Advertising** measures",
    43: "both first-party and third-party cookies occur",
    44: "each one with its provider, its purpose and its lifetime",
    45: "[Microsoft Privacy Statement](https://privacy.microsoft.com/privacystatement)",
    46: "You can limit how we collect or use your data; a limit holds for everything",
    47: "Each form has a box to tick if you want nobody to use your details",
    48: "by writing to us or calling us; then our staff do it for you",
    49: "we do not sell, rent out or hand them on unless you have allowed it or a law",
    50: "tell you of offers of other companies, if you tell us that you would like that",
    51: "when and how we received it and which words were in front of you",
    52: "You may ask for a copy of the personal data we hold about you",
    53: "we ask a nominal fee of £10.00",
    54: "send a letter to 160 Eureka Park, Ashford, Kent; a letter counts from the day it",
    55: "If something is wrong or missing, write or send an e-mail",
    56: "We correct it promptly, well within the month",
    57: "we publish the new version on this page with its date",
    58: "This notice took effect in September 2016 and was revised in June 2023",
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    text = (FOLDER / "2023-06" / "published.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.fixture(scope="module")
def notice(document: dict[str, Any]) -> str:
    return " ".join(document["notice"]["text"].split())


def test_each_promise_has_words_of_its_own() -> None:
    assert len(set(SAID.values())) == len(SAID)


@pytest.mark.parametrize("number", range(1, 59), ids=lambda number: f"S{number}")
def test_the_notice_says_so(notice: str, number: int) -> None:
    assert notice.count(SAID[number]) == 1


def test_who_speaks_and_where_to_write(document: dict[str, Any], notice: str) -> None:
    """S48, S54: the notice names the same controller, addresses and fee as the policy."""
    controller = document["controller"]
    for value in (controller["name"], controller["postal_address"], controller["email"]):
        assert value in notice
    assert controller["supervisory_authority"]["url"] in notice
    assert f"£{document['rights']['fee']['amount']}" in notice


def test_the_dates_are_those_of_the_version(document: dict[str, Any], notice: str) -> None:
    """S58."""
    assert (document["effective"], document["revised"]) == ("2016-09-01", "2023-06-01")
    assert "In force since 1 September 2016; last changed on 1 June 2023" in notice


def test_everything_outside_the_eea_has_a_safeguard(document: dict[str, Any]) -> None:
    """S12: our own records stay in Ireland; who is elsewhere is said, with the safeguard."""
    places = {item["id"]: (item["location"], item["safeguard"]) for item in document["recipients"]}
    assert places["hosting"] == places["mail"] == ("IE", None)
    assert all(safeguard for location, safeguard in places.values() if location == "US")


def test_three_cookie_categories_hold_every_cookie_purpose(document: dict[str, Any]) -> None:
    """S35, S36, S37, S44."""
    assert {item["id"]: item["purposes"] for item in document["cookie_categories"]} == {
        "strictly_necessary": ["strictly_necessary"],
        "performance_and_analytics": ["analytics", "personalisation"],
        "advertisement_and_targeting": ["advertising"],
    }


def test_the_cookie_inventory_names_both_parties(document: dict[str, Any]) -> None:
    """S33, S42, S43: our own cookies and those of Google and Microsoft, under their purposes."""
    named = {(item["provider"], item["purpose"], item["party"]) for item in document["cookies"]}
    assert {party for _, _, party in named} == {"first", "third"}
    assert {(provider, purpose) for provider, purpose, _ in named} == {
        ("KhooCommerce", "strictly_necessary"),
        ("KhooCommerce", "analytics"),
        ("KhooCommerce", "personalisation"),
        ("Google Analytics", "analytics"),
        ("Microsoft Clarity", "analytics"),
        ("Microsoft Clarity", "advertising"),
        ("Microsoft Advertising", "advertising"),
    }


def test_sources_are_all_named(document: dict[str, Any]) -> None:
    """S2, S5, S6, S9."""
    assert {item["id"] for item in document["sources"]} == {
        "person",
        "browser",
        "own_systems",
        "public_resources",
        "marketing_associates",
    }
