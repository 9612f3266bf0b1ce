"""What the desk's audit gives."""

from typing import Any

from pydantic import Field
from typing_extensions import TypedDict

from shared.domain.identifiers import PERSON_ID
from shared.edge.field_types import Moment
from shared.edge.parameters import CursorQuery, LongPageLength


class AuditQuery(CursorQuery):
    """Whose, by whom, what and when."""

    person: str | None = Field(
        None,
        description="Only what concerned this person_id.",
        json_schema_extra={"pattern": f"^{PERSON_ID}$"},
    )
    actor: str | None = Field(None, description="Only what this member of staff did.")
    action: str | None = Field(None, description="Only this operation, such as search_person.")
    since: Moment | None = Field(
        None, alias="from", description="From this moment on, such as 2026-02-01T09:00:00Z."
    )
    before: Moment | None = Field(
        None, alias="to", description="Before this moment; else before now."
    )
    limit: LongPageLength = Field(50, description="How many entries a page has at most.")


class AuditEntry(TypedDict):
    """One thing that one member of staff did; `person_id`, if it was about one person's data."""

    at: str
    actor: str
    action: str
    person_id: str | None
    request_id: str
    facts: dict[str, Any]


class AuditPage(TypedDict):
    """What staff did, the newest first, and where the next page begins."""

    items: list[AuditEntry]
    next: str | None
