"""`python -m ops retention`: the last report, and a second look at what is past its period."""

import argparse
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ops import CommandError, actions, stores

if TYPE_CHECKING:
    from shared.storage.retention.report_view import RetentionReport

# A daily run has had its chance by then.
SINCE = timedelta(hours=25)
_COLUMNS = ("found", "removed", "held", "failed", "overdue", "oldest", "newest")


ABOUT = "show what retention did, and look for what it left"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    mine = actions.of(parser)
    report = actions.add(mine, "report", print_report)
    stores.add_arguments(report)
    audit = actions.add(mine, "audit", run_audit)
    stores.add_arguments(audit)
    audit.add_argument(
        "--as-of",
        metavar="MOMENT",
        help="what was due by then, e.g. 2026-02-01T03:00:00Z; 25 hours ago if left out",
    )


def print_report(chosen: argparse.Namespace) -> int:
    """Print the report of the last run or preview.

    Exits with 1 if there is none, or if it left something that is due and not held.
    """
    stores.find(chosen, ("operations",))
    from shared.storage.retention import runs  # noqa: PLC0415 - needs botocore
    from shared.storage.retention.report_view import shown  # noqa: PLC0415

    found = runs.listed(1)
    if not found:
        raise CommandError("retention has not run yet.")
    report = shown(found[0])
    _print(report)
    left = report["total"]["overdue"] + report["places_left"]
    return 1 if left and not report["dry_run"] else 0


def run_audit(chosen: argparse.Namespace) -> int:
    """Look at every item for what is past its period.

    Reads every table and the bucket whole, page by page, and counts each item's own period on from
    its start, without the index that the runs go by. Finds what is past its period and not held,
    what has no class or one that the policy does not know, and what is left of requests that are
    gone. Exits with 1 if anything is found. It costs a read of everything that is stored.
    """
    as_of = _moment(chosen.as_of)
    from ops import retention_audit  # noqa: PLC0415 - needs botocore
    from shared.domain.retention import periods  # noqa: PLC0415
    from shared.storage import policies  # noqa: PLC0415

    tables = (*retention_audit.KEYS, retention_audit.EXPIRING)
    stores.find(chosen, tables, bucket=True)
    rules = periods(policies.published(), datetime.now(UTC))
    audit = retention_audit.start(rules, as_of)
    counts: Counter[tuple[str, str, str]] = Counter()
    example: dict[tuple[str, str, str], str] = {}
    for finding in audit.everything():
        place = (finding.table, finding.kind, finding.what)
        counts[place] += 1
        example.setdefault(place, finding.mark)
    for place, count in sorted(counts.items()):
        table, kind, what = place
        print(f"{table}: {count} of class {kind} {what}, e.g. {example[place]}")
    print(
        f"{audit.seen} items seen, {audit.kept} kept by a hold past their period, "
        f"{counts.total()} that should not be there as of {as_of.isoformat()}"
    )
    return 1 if counts else 0


def _print(report: "RetentionReport") -> None:
    kind = "preview" if report["dry_run"] else "run"
    print(f"{kind} {report['id']}: {report['status']} at {report['at']}")
    print(f"due as of {report['as_of']}; digest {report['digest']}")
    print(f"{'class':<22}" + "".join(f"{name:>10}" for name in _COLUMNS[:5]) + "  oldest … newest")
    for name, one in [*sorted(report["classes"].items()), ("all together", report["total"])]:
        numbers = "".join(f"{one[column]:>10,}" for column in _COLUMNS[:5])  # type: ignore[literal-required]
        span = f"{one['oldest'][:10]} … {one['newest'][:10]}" if one["newest"] else ""  # type: ignore[index]
        print(f"{name:<22}{numbers}  {span}")
    if report["places_left"]:
        print(f"{report['places_left']} places of the index were not finished")


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC) - SINCE
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise CommandError("retention audit --as-of takes a moment such as 2026-02-01T03:00:00Z.")
    return found.astimezone(UTC)
