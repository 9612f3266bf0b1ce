"""Retention's reports as a page that needs nothing else to be read, kept or printed."""

from collections.abc import Sequence
from html import escape

from shared.storage.retention.report_view import ClassCounts, RetentionReport

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'"
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{padding:.2rem .8rem;text-align:left}"
    "td+td{font-variant-numeric:tabular-nums}code{overflow-wrap:anywhere}"
)


def page(reports: Sequence[RetentionReport]) -> str:
    """Write reports, in their order, as HTML."""
    sections = "".join(map(_section, reports)) or "<p>Retention has not run yet.</p>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Retention</title>'
        f"<style>{_STYLE}</style></head><body><h1>Retention</h1>{sections}</body></html>"
    )


def _section(report: RetentionReport) -> str:
    kind = "Preview" if report["dry_run"] else "Run"
    lines = [*sorted(report["classes"].items()), ("all together", report["total"])]
    heads = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("class", "found", "removed", "held", "failed", "overdue", "oldest", "newest")
    )
    return (
        f"<section><h2>{kind} of {escape(report['at'])}: {escape(report['status'])}</h2>"
        f"<p>What was due as of {escape(report['as_of'])}. "
        f"Digest <code>{escape(report['digest'])}</code></p>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>"
        f"{''.join(_line(name, counted) for name, counted in lines)}</tbody></table></section>"
    )


def _line(name: str, counted: ClassCounts) -> str:
    values = (
        counted["found"],
        counted["removed"],
        counted["held"],
        counted["failed"],
        counted["overdue"],
        counted["oldest"] or "-",
        counted["newest"] or "-",
    )
    cells = "".join(f"<td>{escape(str(value))}</td>" for value in values)
    return f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>'
