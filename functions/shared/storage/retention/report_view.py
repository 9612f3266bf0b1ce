"""A report as it is shown: to the desk, on the terminal and to whoever started the run."""

from typing_extensions import TypedDict

from shared.domain.field_copies import to_view
from shared.domain.retention import totals
from shared.storage.retention.runs import RunReport


class ClassCounts(TypedDict):
    """What a run found of a class; all but `found`, `held` and `failed` is of what goes, or went.

    `sample` are hashes of keys, the first few in their order.
    """

    found: int
    removed: int
    held: int
    failed: int
    overdue: int
    oldest: str | None
    newest: str | None
    sample: list[str]


class RetentionReport(TypedDict):
    """A report; `classes` are those of which something was found, `total` all together.

    `only` is the class that it was limited to; `cutoffs` tell by class the latest start that was
    due. Two reports of the same digest came to the same things.
    """

    id: str
    run: str
    part: int
    started_at: str
    at: str
    as_of: str
    dry_run: bool
    status: str
    by: str
    only: str | None
    digest: str
    lapsed_holds: int
    places_left: int
    total: ClassCounts
    classes: dict[str, ClassCounts]
    cutoffs: dict[str, str]


def shown(report: RunReport) -> RetentionReport:
    """Return a report in plain values."""
    return to_view(
        RetentionReport,
        report,
        only=report.kind,
        lapsed_holds=report.lapsed,
        places_left=len(report.left),
        total=to_view(ClassCounts, totals(report.classes.values())),
        classes={
            kind: to_view(ClassCounts, figures)
            for kind, figures in report.classes.items()
            if figures.found
        },
    )
