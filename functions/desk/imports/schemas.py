"""What an import takes, as JSON or CSV, and what it answers."""

import csv
from datetime import date
from io import StringIO
from typing import Annotated, Any, NotRequired, Self

from pydantic import Field
from typing_extensions import TypedDict

from shared.domain.errors import Invalid
from shared.edge.body import Body
from shared.edge.field_types import Cells, Email, Id, Name, Paragraphs, Phone

CSV = "text/csv"
MOST_ROWS = 10_000
_LONGEST_CELL = 20_000  # characters


class ImportRow(Body):
    """What a source says of one person (S3); other fields are refused."""

    email: Email
    name: Name | None = None
    job_title: Name | None = None
    organisation: Name | None = None
    organisation_details: Paragraphs | None = None
    phone: Phone | None = None


class ImportBody(Body):
    """Rows from one source; with `text/csv` all but the rows stands in the query.

    `source` is one of the policy's sources, `obtained_on` the day on which the data was obtained
    there, `lawful_basis` one of UK GDPR Art. 6(1), `purpose` one of the policy's purposes. Each
    row has `email` and, if known, name, job_title, organisation, organisation_details, phone.
    """

    source: Id | None = None
    obtained_on: Annotated[date, Field(strict=False)] | None = None
    lawful_basis: Id | None = None
    purpose: Id | None = None
    rows: Annotated[list[Cells], Field(min_length=1, max_length=MOST_ROWS)]

    @classmethod
    def read(cls, text: str, media_type: str) -> Self:
        """Read rows from CSV with a header row (RFC 4180), or from JSON.

        Raises:
            Invalid: no header, a column twice, or more cells in a row than columns.
        """
        if media_type != CSV:
            return super().read(text, media_type)
        return cls.model_validate({"rows": _table(text)})


def _table(text: str) -> list[dict[str, Any]]:
    csv.field_size_limit(_LONGEST_CELL)
    lines = csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(lines, [])]
        rows = [line for line in lines if line]
    except csv.Error:
        raise Invalid.field("", f"is not CSV: see line {lines.line_num}") from None
    if not header or len(set(header)) < len(header):
        raise Invalid.field("", "must begin with a row that names each column once")
    for number, row in enumerate(rows):
        if len(row) > len(header):
            raise Invalid.field(f"/rows/{number}", "has more cells than the header has columns")
    return [
        {name: cell for name, cell in zip(header, row, strict=False) if cell.strip()}
        for row in rows
    ]


class RowReport(TypedDict):
    """What became of a row; `row` counts from 1, `pointer` is within the row."""

    row: int
    outcome: str
    pointer: NotRequired[str]
    detail: NotRequired[str]


class ImportConflict(TypedDict):
    """A row that says something else than what we hold; both are kept, staff decide (S10)."""

    row: int
    person_id: str
    record_id: str
    fields: list[str]


class ImportSummary(TypedDict):
    """An import and how many of its rows came to what.

    `tell_by` is the last day to tell the people (UK GDPR Art. 14(3)); the mails leave at once.
    `late`: the month was over when the data was brought in. Unless `complete`, `next_step` says
    how to go on.
    """

    import_id: str
    at: str
    by: str
    source: str
    obtained_on: str
    lawful_basis: str
    purpose: str | None
    tell_by: str
    late: bool
    total: int
    accepted: int
    merged: int
    conflicting: int
    suppressed: int
    invalid: int
    complete: bool
    next_step: str | None


class ImportReport(ImportSummary):
    """What became of every row so far."""

    rows: list[RowReport]


class ImportDetail(ImportSummary):
    """What staff have to decide, page by page."""

    items: list[ImportConflict]
    next: str | None
