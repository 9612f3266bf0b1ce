"""What an import takes, as JSON or CSV, and what it answers."""

import re
from typing import Annotated, Literal, NotRequired, Self

from pydantic import Field, PrivateAttr, StringConstraints
from typing_extensions import TypedDict

from shared.domain import import_table
from shared.edge.body import Body, essence
from shared.edge.field_types import Cells, Day, Email, Id, PersonId
from shared.edge.parameters import Query
from shared.edge.person_details import PersonDetails

CSV = "text/csv"
MAX_ROWS = 10_000
# Fifty people: the firewall turns longer queries away (2,048 bytes). More stand in a JSON body.
PersonIds = Annotated[str, StringConstraints(pattern=r"^p_[a-z2-7]{26}(,p_[a-z2-7]{26}){0,49}$")]


class TableReading(TypedDict):
    """How a table was read: encoding, separator, which column is which field, and any doubt."""

    encoding: str
    separator: str
    columns: dict[str, str]
    doubt: str | None


class ImportRow(PersonDetails):
    """What a source says of one person (S3); other fields are refused."""

    email: Email


class ImportQuery(Query):
    """What rows as CSV cannot say of themselves."""

    source: Id | None = Field(None, description="One of the policy's sources.")
    obtained_on: Id | None = Field(
        None, description="The day on which we obtained the rows (Art. 14(3))."
    )
    lawful_basis: Id | None = Field(None, description="Why the data may be kept (Art. 6(1)).")
    purpose: Id | None = Field(None, description="What it is for: one of the policy's purposes.")
    dry_run: Literal["true", "false"] | None = Field(
        None, description="Only tell what would happen."
    )
    readmit: PersonIds | None = Field(
        None, description="Up to 50 erased people to take in again, by person_id, with commas."
    )


class ImportBody(Body):
    """Rows from one source; with `text/csv` all but the rows stands in the query.

    A table's separator, encoding and usual names of columns, English or German, are recognised.

    `source` is one of the policy's sources, `obtained_on` the day on which we obtained the data
    from it, from which the month of UK GDPR Art. 14(3) runs, `lawful_basis` one of UK GDPR
    Art. 6(1), `purpose` one of the policy's purposes. Each row has `email` and, if known, name,
    job_title, organisation, organisation_details, phone.
    """

    source: Id | None = None
    obtained_on: Day | None = None
    lawful_basis: Id | None = None
    purpose: Id | None = None
    rows: Annotated[list[Cells], Field(min_length=1, max_length=MAX_ROWS)]
    dry_run: bool = Field(default=False, description="tell what would happen, and do nothing")
    readmit: Annotated[list[PersonId], Field(max_length=1000)] = Field(
        default_factory=list, description="erased people whom staff decided to take in again"
    )
    _table: TableReading | None = PrivateAttr(None)

    @property
    def table(self) -> TableReading | None:
        """Return how the rows were read, if they came as a table."""
        return self._table

    @classmethod
    def read(cls, raw: bytes, media_type: str) -> Self:
        """Read rows from a table with a header row (`import_table`), or from JSON.

        Raises:
            Invalid: no table that can be read; an unknown header is named.
        """
        if essence(media_type) != CSV:
            return super().read(raw, media_type)
        text = import_table.decoded(raw, _charset(media_type))
        table = import_table.read(text.text)
        body = cls.model_validate({"rows": table.rows})
        body._table = TableReading(  # noqa: SLF001 - its own
            encoding=text.encoding,
            separator=table.separator,
            columns=table.columns,
            doubt=text.doubt,
        )
        return body


def _charset(media_type: str) -> str | None:
    found = re.search(r";\s*charset=\"?([^\s;\"]+)", media_type, re.IGNORECASE)
    return found[1] if found else None


class RowReport(TypedDict):
    """What became of a row; `row` counts from 1, `pointer` names the column within the row."""

    row: int
    outcome: str
    pointer: NotRequired[str]
    detail: NotRequired[str]


class ImportConflict(TypedDict):
    """A row that staff have to decide about (S10).

    `conflicting`: it says something else than what we hold; both are kept. `needs_decision`: the
    person was erased; nothing of the row is kept or mailed. Who shall be taken in again is named
    in `readmit` when the row is sent once more.
    """

    row: int
    outcome: str
    person_id: str
    record_id: str | None
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
    needs_decision: int
    invalid: int
    complete: bool
    next_step: str | None


class ImportReport(ImportSummary):
    """What became of every row so far; in a dry run, what would become of it."""

    rows: list[RowReport]
    dry_run: bool
    table: TableReading | None


class ImportDetail(ImportSummary):
    """What staff have to decide, page by page."""

    items: list[ImportConflict]
    next: str | None
