"""What the desk's audit gives."""

from typing import Any

from typing_extensions import TypedDict


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
