"""What the desk's routes for legal holds take and give."""

from typing import Annotated

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from shared.edge.body import Body
from shared.edge.field_types import Email, Filled, Line, Paragraphs

PersonId = Annotated[str, StringConstraints(pattern=r"^p_[a-z2-7]{26}$")]
RecordClass = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,39}$")]
# A day, which is held to its end (UTC), or a moment with its zone.
Until = Annotated[Line, StringConstraints(max_length=40), Filled]


class NewHold(Body):
    """An order to keep: exactly one of a person (by id or address) and a record class.

    `until` is a day, held to its end, or a moment; without it the hold stays until it is lifted.
    """

    person: PersonId | None = None
    email: Email | None = None
    kind: RecordClass | None = Field(default=None, alias="class")
    reason: Paragraphs
    until: Until | None = None


class HoldLifting(Body):
    """Why a hold ends."""

    reason: Paragraphs | None = None


# `class` is no name that Python lets a member have.
Shown = TypedDict(
    "Shown",
    {
        "hold_id": str,
        "person_id": str | None,
        "class": str | None,
        "linked_browsers": int,
        "reason": str,
        "placed_by": str,
        "placed_at": str,
        "until": str | None,
        "status": str,
        "lifted_at": str | None,
        "lifted_by": str | None,
        "lifted_reason": str | None,
    },
)


class HoldPage(TypedDict):
    """Holds, the newest first, and where the next page begins."""

    items: list[Shown]
    next: str | None
