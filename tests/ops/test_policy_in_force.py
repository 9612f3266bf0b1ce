"""The version in force: pinned, complete, and consistent with what the law and the product do."""

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ops import policy, policy_source
from ops.policy_model import Company
from shared.domain.policy import Policies, read
from shared.storage import policies

VERSION = "2026-10"
FOLDER = policy.POLICIES / VERSION
NOW = datetime(2026, 11, 25, tzinfo=UTC)

PINNED = {
    "notice": "e65a597fd6c8246b59b5992066c59db4343d711858b5edbe021a07d22fb69fa0",
    "purposes/strictly_necessary": (
        "6f671d7869b535963979d7088d9e309079f1dbd4d56e74643b4aa04581c7d68b"
    ),
    "purposes/statistics": "ddf5d9855c9f54086fc84fec2b74dc7d3212b2b37d45c86b9894f5777e602f9e",
    "purposes/appearance": "eec5efd9f0838366f5b45d096b710a4e76bc02f3d7bfde94068ac5000cf6e64c",
    "purposes/analytics": "d8280703590e8dbdc37bdf3eb2ea839e51573900aeff09fa31e86b39186e558d",
    "purposes/advertising": "cfa41ef78bd1034035937b19242c1ce33b4139aaab35ae11d219709409755919",
    "purposes/personalisation": "ca49cb0526042f8715643cf09aa8bf448a1e5c0c9ab38119aff6ad1bfb48c0a4",
    "purposes/direct_marketing": "5f5e8cc5ee0d69e890700e3ec8444a74b10b48744898b04366fd878c1ffe96a4",
    "purposes/marketing_by_post": (
        "8f558d481acf6fc2ecd441dedf174a02600010f596aa9e60560d351229b49910"
    ),
    "purposes/marketing_by_phone": (
        "ec4dd71f124653bf057bdc91c14a8dbdaa94e32920ebb3a6aaf700a8d5f80659"
    ),
    "purposes/marketing_by_text": (
        "63112d3aafaaa326859818d777b072b5a1e6d63567ddf10cd53e1ed568f48ab5"
    ),
    "purposes/third_party_promotions": (
        "361f744c67f6f788fe0f2b1748bca54602a03e8eebeaebe089eb7f4699744294"
    ),
    "purposes/third_party_sharing": (
        "0acfe79642ea2d327a83dafe56a7d09cb55c70c6cf4471d8326bbdac6f016ebe"
    ),
    "purposes/publicity": "56fcf42134249e040a28ca1094e9826e628e5469a2d6edc25cb3123740810fd1",
    "purposes/service": "ac200dec6525c68ad0eac4b943c763266e8451c1214144b582f0b88f0f4134bb",
    "purposes/service_notices": "70d3bca4b6de407f02a91baf2526a193e8bd25e1c054d37ec261c9c7c198fa9a",
    "purposes/breach_warnings": "d90a292b33adff30ea8145b000e6c1196293b3f6c9d9d4b9cfa801b7bf72dba4",
    "purposes/security": "c2782cdec2b6bd68638fb5cbf6266c0a1d8c7b8da0f954b576a659153a30ffbe",
    "purposes/crime_prevention": "d71ed2270e8df1b8e7b3d24d940d4c7d312b68208e3485f10ad6adfc726516db",
    "purposes/public_bodies": "c9134f71f5092c93ba14a0f7af1b40c719dcf59e040713118b32db9c84480c91",
    "purposes/improvement": "0530e1bafe8b4c36ee50c06031644311700ec172c0257a5f496b08b86e5cb1fe",
    "purposes/supplement": "c7b13eab6335dc0d471406c5e265c028acfa5219c48d3e84b43a028c3fb3eee4",
    "purposes/legal_obligation": "0c4d21a4a3fd910f9f3c61c7bda4061bd62433688fdaa44e13ac949368c243ee",
    "notices/cookie_banner": "74869b6efe37cded6f5c127ca26c4d734b02ddb9155fc8d8452622539fd4b3d8",
    "notices/contact_form": "b57d9c1eb5f02092f5243188c1807bce4e86a70d4a79882e386c69afeb89f094",
    "notices/newsletter_form": "63ebfd24e10a678da013af4ff253cba52b3797715849e1ddad82f9506b8a72ac",
    "notices/account_form": "030e6d00b57442d59377fad4c7d7d30ea65ac4a46d9fc903db410d1539c89c7d",
    "notices/preference_centre": "917bf6e21a349f1aace9b51c2f27317cce8d11ea31ef28c51a591a418b458465",
    "notices/request_form": "e31f83804712bbad1d13a757e276eb35cd3620b7b287d7ef424327b5ed50ad2f",
    "notices/unsubscribe": "9c4e1c4d650456000bd93c22b06b7f0934b2617cff04e7f070ab4c4e04dc1599",
    "notices/phone_script": "45b70868b4172ce2b4ef67d89d3f85aa041bd9da866526357a6cbe44467c25cd",
}

# The words in German, all of them together.
IN_GERMAN = "7007488a0f13290dd657484f37edb857d417ca6691bc1cdce4db49638c59e3c1"

# Each promise in the words of this version.
SAID = {
    1: "our website and our software platforms, and each record notes on which",
    2: "through the contact form, by subscribing to our newsletter and by opening a customer",
    3: "your name, your job title, details of your organisation, a phone number and an e-mail",
    4: "accepts that its details are filed for the record",
    5: "We hold your orders, shipments, invoices and stock levels",
    6: "an IP address and the type of device",
    7: "which pages you opened, where your visit began and ended, and which content held",
    8: "to find faults and solve them, to learn how people use the website, to better what we",
    9: "public registers, directories and websites, and companies that do marketing or research",
    10: "to complete, improve, personalise and better inform our services, and to check",
    11: "We use physical measures",
    12: "including mail, logs and backups, are stored in the European Economic Area",
    13: "Nothing is kept for longer than its purpose needs",
    14: "before we use anything for a purpose we check what you have allowed",
    15: "to fulfil what we have agreed",
    16: "to open, run, look after and close your account",
    17: "running and to trace faults",
    18: "to create new products",
    19: "make personalised recommendations and offer personalised products and services",
    20: "to evaluate and improve our websites, platforms, applications, products and services",
    21: "to guard you, ourselves, our sites, platforms and products and the public",
    22: "we keep and report what legal, tax and regulatory duties require",
    23: "to tell you of changes and updates to our services, to their support and to this policy",
    24: "we warn you when a security breach concerns you",
    25: "keeping a record of each support case for three years",
    26: "with a switch each for e-mail, post, phone and text message",
    27: "to test our quality and to train our staff",
    28: "social pages that we keep or run, such as Facebook, Instagram, Twitter and YouTube",
    29: "Should we need your data for something that is not in this list",
    30: "We keep no record of card details",
    31: "payment, order fulfilment, information technology and its support, customer service",
    32: "We place none without your permission",
    33: "remember your login, the language you picked, your font size and how you like pages",
    34: "To tell your browser from others we use a random name",
    35: "**Strictly necessary.** They keep you signed in",
    36: "**Performance and analytics.** They show us how the website is used",
    37: "**Advertisement and targeting.** They note pages visited and links clicked",
    38: "carries a random identifier and no name or address, and we never join it",
    39: "we learn nothing from it beyond what you decide to share",
    40: "You can accept or decline cookies, all at once or purpose by purpose",
    41: "Be careful there, and read the notice of the website in question",
    42: "site optimisation, fraud and security purposes, and advertising",
    43: "captured by first-party and third-party cookies and other tracking technologies",
    44: "names each cookie with its provider, its purposes and its lifetime",
    45: "[Microsoft Privacy Statement](https://privacy.microsoft.com/privacystatement)",
    46: "You can limit how we collect or use your data; a limit holds for everything",
    47: "Each form has a box to tick if you want nobody to use your details",
    48: "or by writing to or contacting us; then our staff do it for you",
    49: "we do not sell, distribute or lease them unless you have allowed it or a law",
    50: "tell you of offers of other companies, if you tell us that you would like that",
    51: "when and how we received it and which information was in front of you",
    52: "You may ask for a copy of the personal data we hold about you",
    53: "a nominal fee was announced for asking what is held",
    54: "write to 160 Eureka Park, Ashford, Kent, TN25 4AZ; a letter counts from the day it",
    55: "If something is wrong or incomplete, write to the address above or send an e-mail as soon",
    56: "We correct it promptly, note what stood there before, and tell those who received it",
    57: "we publish the new version on this page with its date and what is different",
    58: "This policy has been effective from September 2016. It was revised in June 2023 and on",
}
# What the law wants told besides (UK GDPR Art. 13, 14, 21(4); DPA 2018 s.164A; PECR Sch. A1).
TOLD = (
    "the UK GDPR, the Data Protection Act 2018 and the Privacy and Electronic Communications",
    "You are not obliged to give us anything",
    "Taking a permission back ends the use from then on; what was done before stays lawful",
    "ask us for a copy of any safeguard",
    "the United Kingdom's approval of its law",
    "**To marketing you may object at any time, without a reason",
    "You have the right to complain to us",
    "We acknowledge it within 30 days",
    "the right to complain to the [Information Commission](",
    "go to a court",
    "Articles 22A to 22D",
    "a data protection officer or a representative in the European Union",
    "These are commitments that this service makes by itself and keeps",
    "Please look at this page from time to time",
    "Technical logs, without names or addresses | 30 days",
    "Backups | 35 days",
)
EXPLAINED = {
    "analytics": "how the website is used",
    "advertising": "random identifier",
    "personalisation": "recommend",
    "direct_marketing": "by e-mail",
    "marketing_by_post": "by post",
    "marketing_by_phone": "by phone",
    "marketing_by_text": "by text message",
    "third_party_promotions": "other companies' offers",
    "third_party_sharing": "buy, receive or lease",
    "publicity": "name you as our customer",
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "published.json").read_text(encoding="utf-8"))
    return found


def test_every_published_text_has_its_pinned_hash(document: dict[str, Any]) -> None:
    found = policy.texts(document)
    translated = {name: found.pop(name) for name in sorted(found) if name.endswith("/de")}
    assert found == PINNED
    lines = "\n".join(f"{name} {digest}" for name, digest in translated.items())
    assert hashlib.sha256(lines.encode()).hexdigest() == IN_GERMAN


def test_all_that_is_asked_exists_in_german_and_says_which_words_bind(
    document: dict[str, Any],
) -> None:
    assert "maßgeblich sind die englischen Worte" in document["notice"]["languages"]["de"]["text"]
    for part in ("purposes", "cookie_categories", "cookies", "notices", "recipients", "retention"):
        for item in document[part]:
            words = item["languages"]["de"]
            alike = {key for key in words if words[key] == item.get(key)}
            assert alike <= {"name", "law"}, "a company's name and a law's stay as they are"
            if part == "notices":
                assert words["text"].endswith("maßgeblich sind die englischen Worte.\n")
                links = re.compile(r"https://[^\s)]+|privacy@[a-z.]+[a-z]")
                assert links.findall(words["text"]) == links.findall(item["text"])


def test_sources_give_the_published_bytes() -> None:
    published = (FOLDER / "published.json").read_bytes()
    assert policy_source.render(policy_source.compile(FOLDER)).encode() == published


def test_it_is_in_force_and_the_first_stays() -> None:
    known = policies.load(policies.FOLDER)
    assert known.current(NOW).version == VERSION
    assert list(known.versions) == ["2023-06", VERSION]
    first = (policy.POLICIES / "2023-06" / "published.json").read_bytes()
    assert hashlib.sha256(first).hexdigest() == (
        "771c4f19814d9573b34aa4a3547b8ab9b2238409591b8387f52fed6fc21f38ef"
    )


@pytest.mark.parametrize("number", range(1, 59), ids=lambda number: f"S{number}")
def test_the_notice_says_each_promise_once(document: dict[str, Any], number: int) -> None:
    notice = " ".join(document["notice"]["text"].split())
    assert notice.count(SAID[number]) == 1


@pytest.mark.parametrize("words", TOLD)
def test_the_notice_tells_what_the_law_wants_told(document: dict[str, Any], words: str) -> None:
    assert words in " ".join(document["notice"]["text"].split())


def test_a_notice_explains_all_that_it_asks_for(document: dict[str, Any]) -> None:
    for notice in document["notices"]:
        words = " ".join(notice["text"].lower().split())
        for purpose in notice["asks"]:
            assert EXPLAINED[purpose] in words, (notice["id"], purpose)


@pytest.mark.parametrize("form", ["contact_form", "newsletter_form", "account_form"])
def test_each_form_tells_of_the_objection_apart(document: dict[str, Any], form: str) -> None:
    """S4, S47; UK GDPR Art. 21(4): at the latest with the first communication."""
    (text,) = (notice["text"] for notice in document["notices"] if notice["id"] == form)
    words = " ".join(text.split())
    assert "on file" in words
    assert "**You may object to marketing at any time:**" in words
    assert "nobody may use my details for direct marketing" in words


def test_every_use_without_consent_shows_what_it_stands_on(document: dict[str, Any]) -> None:
    shown = {
        "legitimate_interests": "assessment",
        "recognised_legitimate_interests": "condition",
        "exempt": "exemption",
    }
    for purpose in document["purposes"]:
        for basis, key in shown.items():
            assert (key in purpose) == (purpose["lawful_basis"] == basis), purpose["id"]


def test_marketing_is_asked_for_each_way_of_sending(document: dict[str, Any]) -> None:
    """S26."""
    own = {
        item["channel"]
        for item in document["purposes"]
        if item["marketing"] and item["id"].startswith(("direct_marketing", "marketing_by"))
    }
    assert own == {"email", "post", "phone", "text"}


def test_no_cookie_of_ours_outlives_its_permission_unsaid(document: dict[str, Any]) -> None:
    short = {"session", "PT10M", "PT30M", "P1D", "P7D", "P182D"}
    assert {item["lifetime_days"] for item in document["purposes"] if item["cookie"]} <= {None, 182}
    long = [item for item in document["cookies"] if item["lifetime"] not in short]
    assert long
    for item in long:
        assert "permission ends" in item["limit"]


def test_clarity_stands_under_both_purposes(document: dict[str, Any]) -> None:
    """S42: its advertising side is asked for with advertising."""
    of_clarity = [item for item in document["cookies"] if item["provider"] == "Microsoft Clarity"]
    for item in of_clarity:
        if item["name"] in ("MUID", "SM", "MR", "ANONCHK"):
            assert {item["purpose"], *item["also"]} == {"analytics", "advertising"}
    (clarity,) = (item for item in document["recipients"] if item["id"] == "microsoft_clarity")
    assert clarity["purposes"] == ["analytics", "advertising"]


def test_recipients_are_of_the_kinds_that_the_notice_names(document: dict[str, Any]) -> None:
    """S30, S31."""
    kinds = {item["kind"] for item in document["recipients"]}
    named = ("payment", "order_fulfilment", "information_technology", "customer_service")
    assert kinds.issuperset((*named, "email_delivery", "auditing", "other"))


# The table of the notice is made of the classes; where other words tell a period, it is here.
PERIODS = {
    "account_form": ("account", "P2Y", "for two years after", "zwei Jahre danach"),
    "contact_form": ("enquiry", "P2Y", "for two years after", "bis zwei Jahre vergangen sind"),
    "newsletter_form": ("subscription_pending", "P7D", "after seven days", "sieben Tagen gelöscht"),
    "request_form": ("case", "P3Y", "three years after the request is", "drei Jahre nach dem"),
    "cookie_banner": ("analytics", 182, "ask again after six months", "Nach sechs Monaten fragen"),
    "phone_script": ("direct_marketing", 730, "counts two years", "gilt zwei Jahre"),
}


@pytest.mark.parametrize("name", PERIODS)
def test_the_periods_in_the_words_of_a_form_are_those_of_the_rows(
    document: dict[str, Any], name: str
) -> None:
    row, period, *said = PERIODS[name]
    kept = {item["id"]: item["keep"] for item in document["retention"]}
    lives = {item["id"]: item["lifetime_days"] for item in document["purposes"]}
    assert {**lives, **kept}[row] == period
    (notice,) = (item for item in document["notices"] if item["id"] == name)
    for words, text in zip(said, (notice["text"], notice["languages"]["de"]["text"]), strict=True):
        assert words in " ".join(text.split())


def test_the_authority_is_the_one_in_office() -> None:
    known = policies.load(policies.FOLDER)

    def named(day: datetime) -> str:
        return str(known.controller(day)["supervisory_authority"]["name"])

    assert named(datetime(2026, 9, 29, 23, tzinfo=UTC)) == "Information Commissioner's Office"
    assert named(datetime(2026, 9, 30, tzinfo=UTC)) == "Information Commission"
    assert "controller" not in known.versions[VERSION].document
    assert known.document(VERSION, NOW)["controller"]["name"] == "KhooCommerce"


def test_a_company_that_moves_needs_no_new_words(document: dict[str, Any]) -> None:
    company = {**(policies.load(policies.FOLDER).company or {}), "postal_address": "1 New Street"}
    moved = Policies({VERSION: read(document)}, company)
    assert moved.document(VERSION, NOW)["controller"]["postal_address"] == "1 New Street"
    assert moved.versions[VERSION].purposes == read(document).purposes


def test_the_companys_data_are_checked(tmp_path: Path) -> None:
    assert isinstance(policy_source.company(policy.POLICIES), Company)
    told = json.loads((policy.POLICIES / "company.json").read_text("utf-8"))
    for key, value in (("email", "nobody"), ("supervisory_authorities", []), ("colour", "red")):
        (tmp_path / "company.json").write_text(json.dumps({**told, key: value}), "utf-8")
        with pytest.raises(policy_source.PolicyError, match=key):
            policy_source.company(tmp_path)
