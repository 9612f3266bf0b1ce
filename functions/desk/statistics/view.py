"""Daily counts as the desk shows them: rounded, small ones untold, and summed as shown."""

from collections import Counter
from collections.abc import Iterable
from operator import itemgetter

from typing_extensions import TypedDict

from shared.domain.small_number_suppression import added, shown
from shared.storage.statistics import Counts

MAX_PAGES = 100
_MILLISECONDS = 1000  # in a second


class PageFigures(TypedDict):
    """How often a page was seen, began and ended a visit; seconds of attention on average."""

    page: str
    views: int | None
    entries: int | None
    exits: int | None
    average_engaged_seconds: int | None


class VisitFigures(TypedDict):
    """Pages, most viewed first, and visits by kind of device.

    `pages_not_listed` were seen too seldom to be named, or are not among the first hundred.
    """

    pages: list[PageFigures]
    pages_not_listed: int
    devices: dict[str, int | None]


class DecisionFigures(TypedDict):
    """What was decided on one purpose, by one method, on one notice's words.

    `withdrawn` are refusals of what was granted before, `gpc` decisions with that signal on.
    """

    purpose: str
    method: str
    notice: str
    granted: int | None
    refused: int | None
    withdrawn: int | None
    gpc: int | None


class ConsentFigures(TypedDict):
    """Decisions, and how often each notice was answered."""

    decisions: list[DecisionFigures]
    answered: dict[str, int | None]


def of_visits(counted: Iterable[Counts]) -> VisitFigures:
    """Show a day's visits; a page seen too seldom is not named: its path may point at somebody."""
    pages: list[PageFigures] = []
    devices: dict[str, int | None] = {}
    seldom = 0
    for row in counted:
        kind, _, name = row.what.partition("#")
        if kind == "device":
            devices[name] = shown(row.counts["visits"])
        elif (figures := _page(name, row))["views"] is None:
            seldom += 1
        else:
            pages.append(figures)
    return VisitFigures(pages=_by_views(pages), pages_not_listed=seldom, devices=devices)


def sum_of_visits(days: Iterable[VisitFigures]) -> VisitFigures:
    """Add days up from what is shown of them."""
    pages: dict[str, list[PageFigures]] = {}
    devices: dict[str, list[int | None]] = {}
    for day in days:
        for page in day["pages"]:
            pages.setdefault(page["page"], []).append(page)
        for name, visits in day["devices"].items():
            devices.setdefault(name, []).append(visits)
    return VisitFigures(
        pages=_by_views(map(_sum_of_page, pages.values())),
        pages_not_listed=0,
        devices={name: added(visits) for name, visits in devices.items()},
    )


def first_pages(figures: VisitFigures) -> VisitFigures:
    """Keep an answer's size in bounds: the most viewed pages, and how many more there are."""
    more = figures["pages"][MAX_PAGES:]
    return VisitFigures(
        pages=figures["pages"][:MAX_PAGES],
        pages_not_listed=figures["pages_not_listed"] + len(more),
        devices=figures["devices"],
    )


def of_consents(counted: Iterable[Counts]) -> ConsentFigures:
    """Show a day's decisions."""
    decisions: list[DecisionFigures] = []
    answered: Counter[str] = Counter()
    for row in counted:
        method, _, notice = row.what.partition("#")
        answered[notice] += row.counts["answered"]
        told: dict[str, dict[str, int | None]] = {}
        for name, count in row.counts.items():
            purpose, _, outcome = name.rpartition("#")
            told.setdefault(purpose, {})[outcome] = shown(count)
        decisions += (
            DecisionFigures(
                purpose=purpose,
                method=method,
                notice=notice,
                granted=outcomes.get("granted"),
                refused=outcomes.get("refused"),
                withdrawn=outcomes.get("withdrawn"),
                gpc=outcomes.get("gpc"),
            )
            for purpose, outcomes in told.items()
            if purpose
        )
    return ConsentFigures(
        decisions=sorted(decisions, key=itemgetter("purpose", "method", "notice")),
        answered={notice: shown(times) for notice, times in sorted(answered.items())},
    )


def sum_of_consents(days: Iterable[ConsentFigures]) -> ConsentFigures:
    """Add days up from what is shown of them."""
    decisions: dict[tuple[str, str, str], list[DecisionFigures]] = {}
    answered: dict[str, list[int | None]] = {}
    for day in days:
        for row in day["decisions"]:
            names = row["purpose"], row["method"], row["notice"]
            decisions.setdefault(names, []).append(row)
        for notice, times in day["answered"].items():
            answered.setdefault(notice, []).append(times)
    return ConsentFigures(
        decisions=[_sum_of_decisions(rows) for _, rows in sorted(decisions.items())],
        answered={notice: added(times) for notice, times in sorted(answered.items())},
    )


def _page(name: str, row: Counts) -> PageFigures:
    views = row.counts.get("views", 0)
    engaged = row.counts.get("engaged_ms", 0)
    told = shown(views)
    return PageFigures(
        page=name,
        views=told,
        entries=shown(row.counts.get("entries", 0)),
        exits=shown(row.counts.get("exits", 0)),
        average_engaged_seconds=round(engaged / views / _MILLISECONDS) if told else None,
    )


def _sum_of_page(days: list[PageFigures]) -> PageFigures:
    views = sum(day["views"] or 0 for day in days)
    engaged = sum((day["average_engaged_seconds"] or 0) * (day["views"] or 0) for day in days)
    return PageFigures(
        page=days[0]["page"],
        views=views,
        entries=added(day["entries"] for day in days),
        exits=added(day["exits"] for day in days),
        average_engaged_seconds=round(engaged / views),
    )


def _sum_of_decisions(rows: list[DecisionFigures]) -> DecisionFigures:
    return DecisionFigures(
        purpose=rows[0]["purpose"],
        method=rows[0]["method"],
        notice=rows[0]["notice"],
        granted=added(row["granted"] for row in rows),
        refused=added(row["refused"] for row in rows),
        withdrawn=added(row["withdrawn"] for row in rows),
        gpc=added(row["gpc"] for row in rows),
    )


def _by_views(pages: Iterable[PageFigures]) -> list[PageFigures]:
    by_name = sorted(pages, key=itemgetter("page"))
    return sorted(by_name, key=lambda page: -(page["views"] or 0))
