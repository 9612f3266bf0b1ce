"""What is kept of a visit (S6, S7, S30, S39), what it adds to counts, and what those tell (S8)."""

from collections import Counter
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain import evidence, statistics, visit
from shared.domain.consent import Event
from shared.domain.errors import ConsentRequired, Invalid
from shared.domain.permission import ConsentState
from shared.domain.redaction import redact_cards
from shared.domain.small_number_suppression import STEP, added, shown
from shared.domain.timestamps import format_timestamp
from shared.storage import policies
from tests.domain import documents
from tests.support import NOW

SITE = "https://www.khoocommerce.example"
CARD = "4111 1111 1111 1111"
EMAIL = "sam@example.com"

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
PIECES = st.sampled_from(
    ["/", "a", "?", "&", "q=", ";", "@", "%40", "%2540", "#", "[", "]", ":", CARD, EMAIL, "//", "."]
)
SITE_URLS = st.one_of(
    TEXTS.map(lambda text: f"{SITE}/{text}"),
    st.lists(PIECES, max_size=8).map(lambda parts: f"{SITE}/{''.join(parts)}"),
)
URLS = st.one_of(
    TEXTS,
    SITE_URLS,
    st.lists(PIECES, max_size=8).map(lambda parts: f"/{''.join(parts)}"),
    st.lists(PIECES, max_size=4).map(lambda parts: f"https://{''.join(parts)}"),
)


def told(**more: Any) -> dict[str, Any]:
    page = {
        "url": f"{SITE}/pricing",
        "at": format_timestamp(NOW),
        "engaged_ms": 1000,
        "content": None,
    }
    return {"device_type": "desktop", "entry": f"{SITE}/", "exit": None, "pages": [page]} | more


@given(URLS)
@example("/;/[email]")
@example("https://[::1]/a")
@example("https://a%40b/")
@example(f"{SITE}/4111%2520111111111111/1")
def test_a_kept_address_has_no_address_card_query_or_fragment_and_can_be_counted(url: str) -> None:
    """S7, S30, S39: or it is left out; nothing else happens, in the worker either."""
    kept = visit.address(url, ())
    if kept is None:
        return
    assert not set("?#") & set(kept)
    assert "@" not in kept
    assert "%40" not in kept
    plain = evidence.decoded(kept)
    assert redact_cards(plain) == plain
    assert visit.path(kept).startswith("/")
    assert urlsplit(kept).path == visit.path(kept) or urlsplit(kept).path == ""


@given(st.dictionaries(st.sampled_from(["tab", "who", "utm_source"]), TEXTS, max_size=3))
def test_only_named_parameters_stay_in_an_address(query: dict[str, str]) -> None:
    """S39."""
    url = f"{SITE}/a?" + "&".join(f"{name}={quote(value)}" for name, value in query.items())
    kept = visit.address(url, ("tab",)) or ""
    found = parse_qs(urlsplit(kept).query, keep_blank_values=True)
    assert found == {name: [visit.label(text)] for name, text in query.items() if name == "tab"}


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        (f"https://sam:secret@www.example.com/a?b=1#{EMAIL}", "https://www.example.com/a"),
        (f"{SITE}/people/{EMAIL}/orders", f"{SITE}/people/[email]/orders"),
        (f"{SITE}/people/sam%2540example.com", f"{SITE}/people/[email]"),
        (f"{SITE}/a;session=3f2a/b", f"{SITE}/a/b"),
        (f"{SITE}/pay/{quote(CARD)}/x", f"{SITE}/pay/%5Bcard%20number%20removed%5D/x"),
        ("/pricing?x=1", "/pricing"),
        ("http://localhost:8080", "http://localhost:8080"),
    ],
)
def test_what_stays_of_an_address(url: str, kept: str) -> None:
    """S7, S30, S39."""
    assert visit.address(url, ()) == kept


@pytest.mark.parametrize(
    "url", ["ftp://a.example/x", "javascript:alert(1)", "pricing", "https://", "https://a b/c"]
)
def test_what_is_no_page_is_left_out(url: str) -> None:
    assert visit.address(url, ()) is None


def test_what_is_named_in_a_parameter_or_label_goes_too() -> None:
    """S30."""
    kept = visit.address(f"{SITE}/a?tab={quote(EMAIL)}+{quote(CARD)}", ("tab",)) or ""
    assert parse_qs(urlsplit(kept).query) == {"tab": ["[email] [card number removed]"]}
    assert visit.label(f"ask {EMAIL}") == "ask [email]"


@pytest.mark.parametrize(
    "offset",
    [
        timedelta(seconds=1),
        timedelta(minutes=6),
        timedelta(days=400),
        timedelta(days=-1, milliseconds=-1),
        timedelta(days=-9000),
    ],
)
def test_a_beacon_of_a_wrong_clock_is_taken_by_ours(offset: timedelta) -> None:
    page = told()["pages"][0]
    pages = [
        page | {"at": format_timestamp(NOW + offset - timedelta(minutes=minutes))}
        for minutes in (3, 1, 0)
    ]
    fields = visit.by_server_clock(visit.kept(told(pages=pages), ()), NOW)
    kept = [each["at"] for each in fields["pages"]]
    assert kept == [format_timestamp(NOW - timedelta(minutes=minutes)) for minutes in (3, 1, 0)]


@pytest.mark.parametrize("back", [timedelta(), timedelta(hours=23), timedelta(days=1)])
def test_a_beacon_that_was_held_back_keeps_its_times(back: timedelta) -> None:
    page = told()["pages"][0] | {"at": format_timestamp(NOW - back)}
    fields = visit.by_server_clock(visit.kept(told(pages=[page]), ()), NOW)
    assert fields["pages"][0]["at"] == page["at"]


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00Z"]
)
def test_a_time_at_the_end_of_the_calendar_is_now(at: str) -> None:
    page = told()["pages"][0] | {"at": at}
    fields = visit.by_server_clock(visit.kept(told(pages=[page]), ()), NOW)
    assert fields["pages"][0]["at"] == format_timestamp(NOW)


def test_what_can_be_taken_of_a_beacon_is_taken() -> None:
    page = told()["pages"][0]
    some = [page | {"url": "nowhere"}, page]
    fields = visit.kept(told(entry="ftp://x/", exit="mailto:x", pages=some), ())
    assert [each["url"] for each in fields["pages"]] == [page["url"]]
    assert (fields["entry"], "exit" in fields) == (page["url"], False)
    with pytest.raises(Invalid) as fault:
        visit.kept(told(pages=[page | {"url": "nowhere"}]), ())
    assert [error.pointer for error in fault.value.errors] == ["/pages/0/url"]


def decision(**more: Any) -> Event:
    event: Any = {
        "subject": "c_a",
        "kind": "decision",
        "decided_at": format_timestamp(NOW),
        "policy_version": "2023-06",
        "notice": {"id": "cookie_banner", "sha256": "0"},
        "method": "choose",
        "choices": {"analytics": True, "advertising": False},
        "previous_choices": None,
        "decided": ["analytics", "advertising"],
        "carried": {},
        "words": None,
        "gpc_overridden": None,
        "objections": None,
        "restricted_since": None,
        "gpc": False,
    }
    event.update(more)
    return event  # type: ignore[no-any-return]


def test_a_visit_needs_a_standing_consent_to_analytics() -> None:
    """S32, S34."""
    known = policies.published()
    visit.check_consent((ConsentState(decision()),), known, NOW)
    visit.check_consent((ConsentState(decision()), ConsentState()), known, NOW)
    day = timedelta(days=1)
    refused = [
        (None, NOW),
        (decision(choices={"analytics": False, "advertising": False}), NOW),
        (decision(decided=["advertising"]), NOW),
        (decision(restricted_since=format_timestamp(NOW)), NOW),
        (decision(objections={"analytics": format_timestamp(NOW)}), NOW),
        (decision(), NOW + 182 * day),
    ]
    for event, now in refused:
        with pytest.raises(ConsentRequired):
            visit.check_consent((ConsentState(event),) if event else (), known, now)
    restricted = ConsentState(decision(restricted_since=format_timestamp(NOW)))
    with pytest.raises(ConsentRequired):
        visit.check_consent((ConsentState(decision()), restricted), known, NOW)


def test_a_visit_without_a_name_is_counted_only_where_the_policy_exempts_it() -> None:
    """PECR Sch. A1 para. 5: statistics alone, and an objection is heard."""
    purposes = (*documents.CONSENT, documents.purpose("statistics", "exempt"), *documents.OTHERS)
    exempt = documents.policies(documents.document(purposes=purposes))
    visit.check_counting((), exempt, NOW, objected=False)
    for known, objected in ((exempt, True), (documents.policies(), False)):
        with pytest.raises(ConsentRequired):
            visit.check_counting((), known, NOW, objected=objected)


def test_visits_end_with_a_no_and_not_with_time() -> None:
    known = policies.published()
    later = NOW + timedelta(days=200)
    assert not visit.ended((ConsentState(decision()),), known, later)
    assert visit.ended(
        (ConsentState(decision(choices={"analytics": False, "advertising": False})),), known, later
    )


def counted(tallies: list[statistics.Increment]) -> dict[str, dict[str, int]]:
    assert {tally.day for tally in tallies} == {"2026-02-01"}
    assert len({tally.what for tally in tallies}) == len(tallies), "one addition per count"
    return {tally.what: dict(tally.counts) for tally in tallies}


def whole(fields: dict[str, Any]) -> dict[str, dict[str, int]]:
    at = format_timestamp(NOW)
    parts = [*statistics.of_visit(fields, at, begins=True), *statistics.of_exit(fields, at)]
    return counted(statistics.together(parts))


def test_a_visit_counts_its_pages_its_ends_and_its_device() -> None:
    """S8."""
    page = told()["pages"][0]
    fields = told(exit=f"{SITE}/pricing?x=1", pages=[page, page, page | {"url": "/"}])
    assert whole(fields) == {
        "page#/pricing": {"views": 2, "engaged_ms": 2000, "exits": 1},
        "page#/": {"views": 1, "engaged_ms": 1000, "entries": 1},
        "device#desktop": {"visits": 1},
    }
    further = counted(statistics.of_visit(fields, format_timestamp(NOW), begins=False))
    assert not {"entries", "exits", "visits"} & {name for row in further.values() for name in row}


@given(st.lists(SITE_URLS, min_size=1, max_size=50), SITE_URLS, st.none() | SITE_URLS)
def test_a_visit_adds_its_every_page_within_one_transaction(
    urls: list[str], entry: str, leave: str | None
) -> None:
    """S8: whatever was kept can be counted, under keys that fit."""
    pages = [{"url": url, "at": format_timestamp(NOW), "engaged_ms": 7} for url in urls]
    try:
        fields = visit.kept(told(entry=entry, exit=leave, pages=pages), ())
    except Invalid:
        return
    taken = len(fields["pages"])
    tallies = whole(fields)
    sums = Counter[str]()
    for counts in tallies.values():
        sums.update(counts)
    expected = {"views": taken, "engaged_ms": 7 * taken, "entries": 1, "visits": 1}
    assert sums == expected | ({"exits": 1} if "exit" in fields else {})
    assert len(tallies) + 2 <= 100
    assert all(len(what.encode()) <= 1024 for what in tallies)


def test_a_decision_counts_what_it_did_to_each_purpose() -> None:
    before = {"analytics": True, "advertising": False}
    now = decision(choices={"analytics": False, "advertising": False}, previous_choices=before)
    name = "choose#cookie_banner"
    assert counted(statistics.of_decision(now)) == {
        name: {"answered": 1, "analytics#withdrawn": 1, "advertising#refused": 1}
    }
    first = counted(statistics.of_decision(decision(gpc=True)))[name]
    assert (first["analytics#granted"], first["analytics#gpc"]) == (1, 1)
    withdrawal = counted(statistics.of_decision(now | {"kind": "withdrawal"}))[name]
    assert withdrawal["advertising#withdrawn"] == 1
    assert statistics.of_decision(decision(kind="restriction", decided=[])) == []


@given(st.integers(0, 10_000))
def test_a_count_is_told_in_steps_and_under_five_not_at_all(count: int) -> None:
    """S8: whoever sees a figure cannot tell which of five counts it stands for."""
    figure = shown(count)
    assert (figure is None) == (count < 5)
    if figure is not None:
        assert figure % STEP == 0
        assert figure <= count < figure + STEP


@given(st.lists(st.integers(0, 30)))
def test_a_sum_tells_nothing_that_its_parts_do_not(counts: list[int]) -> None:
    """S8: hidden counts may be anything and every sum is still the same."""
    figures = [shown(count) for count in counts]
    others = [shown(count // STEP * STEP) for count in counts]
    assert added(figures) == added(others)
    assert added([None, None]) is None
