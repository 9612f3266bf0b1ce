"""What is due, and when: the calendar, the periods in force, the figures (S13)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.catalogue import TABLES
from shared.domain import retention
from shared.domain.policy import Policies, read
from shared.domain.record_classes import ROWS, RecordClass
from shared.domain.retention import Figures, Period
from shared.domain.timestamps import format_timestamp
from shared.storage import policies
from shared.storage.retention import retention_index
from tests.domain.documents import document
from tests.support import NOW

MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC, microsecond=moment.microsecond // 1000 * 1000)
)
PERIODS = st.builds(
    Period,
    st.integers(0, 100),
    st.builds(timedelta, days=st.integers(0, 800), seconds=st.integers(0, 90_000)),
)


@pytest.mark.parametrize(
    ("day", "cutoffs"),
    [
        ("2026-01-15", {"P26M": "2023-11-15T09:00:00.000Z"}),
        (
            "2026-03-01",
            {
                "P7D": "2026-02-22T09:00:00.000Z",
                "P2W": "2026-02-15T09:00:00.000Z",
                "P100Y": "1926-03-01T09:00:00.000Z",
                "P1Y1M1D": "2025-01-28T09:00:00.000Z",
                "PT36H": "2026-02-27T21:00:00.000Z",
            },
        ),
        ("2024-02-29", {"P1Y": "2023-02-28T23:59:59.999Z"}),
        ("2026-03-31", {"P1M": "2026-02-28T23:59:59.999Z"}),
        ("2026-03-28", {"P1M": "2026-02-28T09:00:00.000Z"}),
    ],
)
def test_a_period_is_counted_back_on_the_calendar(day: str, cutoffs: dict[str, str]) -> None:
    """S13: a month without that day ends the period with it, never sooner."""
    now = datetime.fromisoformat(f"{day}T09:00:00+00:00")
    counted = {text: retention.cutoff(now, retention.period(text)) for text in cutoffs}
    assert {text: format_timestamp(at) for text, at in counted.items()} == cutoffs


@pytest.mark.parametrize("text", ["", "P", "PT", "6Y", "P1YT", "P1.5Y", "P-1D", "P1D1Y", "P٣D"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        retention.period(text)


@given(MOMENTS, MOMENTS, PERIODS)
def test_counting_back_and_counting_on_agree(start: datetime, now: datetime, kept: Period) -> None:
    """S13: two ways of looking, of which the sweep takes one and the audit the other."""
    assert (start <= retention.cutoff(now, kept)) == (retention.due_at(start, kept) <= now)


@given(MOMENTS, PERIODS)
def test_they_agree_at_the_very_edge(now: datetime, kept: Period) -> None:
    edge = retention.cutoff(now, kept)
    assert retention.due_at(edge, kept) <= now
    assert retention.due_at(edge + timedelta(milliseconds=1), kept) > now


@given(MOMENTS, MOMENTS, PERIODS)
def test_what_is_due_stays_due(one: datetime, other: datetime, kept: Period) -> None:
    earlier, later = sorted((one, other))
    assert retention.cutoff(earlier, kept) <= retention.cutoff(later, kept) <= later


def versions(*keeps: tuple[str, dict[str, str]]) -> Policies:
    made = {}
    for since, kept in keeps:
        rows = [{"id": kind, "keep": keep} for kind, keep in kept.items()]
        made[since] = read(document(since, since) | {"retention": rows})
    return Policies(made)


def test_the_policy_in_force_rules_and_a_class_that_it_dropped_still_ends() -> None:
    """S13, S57: a changed period takes effect with its version, and nothing is rewritten."""
    published = versions(
        ("2023-06-01", {"enquiry": "P2Y", "old": "P1Y"}), ("2026-02-01", {"enquiry": "P1Y"})
    )
    before = NOW - timedelta(days=1)
    assert retention.cutoffs(published, before, before)["enquiry"] == "2024-01-31T09:00:00.000Z"
    found = retention.cutoffs(published, NOW, NOW)
    assert found == {"enquiry": "2025-02-01T09:00:00.000Z", "old": "2025-02-01T09:00:00.000Z"}
    ahead = retention.cutoffs(published, NOW, before)
    assert ahead == found, "a look ahead goes by the version that will be in force"
    assert retention.cutoffs(published, before, NOW)["enquiry"] == "2025-01-31T09:00:00.000Z"


def test_looking_back_never_brings_back_a_shorter_period() -> None:
    published = versions(("2023-06-01", {"enquiry": "P1Y"}), ("2026-02-01", {"enquiry": "P2Y"}))
    back = retention.cutoffs(published, NOW - timedelta(days=30), NOW)
    assert back["enquiry"] == "2024-01-02T09:00:00.000Z"


def test_every_class_of_the_policy_is_looked_for_somewhere() -> None:
    """S13: nothing is kept in a place that no run comes to."""
    kinds = set(retention.periods(policies.load(policies.FOLDER), NOW))
    swept = retention_index.places(kinds)
    ours = {kind for kind in kinds if ROWS[RecordClass(kind)].stores}
    assert {place.kind for place in swept} == ours
    assert {place.table for place in swept} == {table.name for table in TABLES if table.retained}
    assert {place.table for place in retention_index.places(["dropped"])} == {"records"}
    assert len(set(swept)) == len(swept)


ITEMS = st.lists(
    st.tuples(st.text("ab", min_size=1, max_size=9), MOMENTS.map(format_timestamp)),
    unique_by=lambda it: it[0],
)


def counted(items: list[tuple[str, str]]) -> Figures:
    figures = Figures(found=len(items), removed=len(items))
    for key, start in items:
        figures.count(start, retention.mark("records", {"person": key}))
    return figures


@given(ITEMS, st.data())
def test_figures_do_not_depend_on_the_order_or_on_who_counted(
    items: list[tuple[str, str]], data: st.DataObject
) -> None:
    """A preview and a run in several parts by several workers can be compared."""
    shuffled = data.draw(st.permutations(items))
    cut = data.draw(st.integers(0, len(items)))
    parts = Figures.read(counted(shuffled[:cut]).plain())
    parts.add(counted(shuffled[cut:]))
    whole = counted(items)
    assert parts == whole
    digest = retention.comparable({"enquiry": whole})
    assert retention.comparable({"enquiry": parts, "visit": Figures()}) == digest
    if items:
        assert retention.comparable({"enquiry": counted(items[1:])}) != digest
        assert retention.comparable({"visit": whole}) != digest


def test_what_is_neither_gone_nor_held_is_overdue() -> None:
    figures = Figures(found=9, removed=5, held=3, failed=1)
    assert figures.overdue == 1
    assert retention.totals([figures, figures]).overdue == 2
