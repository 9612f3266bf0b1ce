"""What the desk's routes for legal holds take and give."""

from typing import Annotated

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from shared.edge.body import Body
from shared.edge.field_types import ClassName, Email, Identifier, Paragraphs, PersonId

# A day, which is held to its end (UTC), or a moment with its zone.
Until = Annotated[
    str, Identifier("a day or RFC 3339"), StringConstraints(min_length=1, max_length=40)
]


class NewHold(Body):
    """An order to keep: exactly one of a person (by id or address) and a record class.

    `until` is a day, held to its end, or a moment; without it the hold stays until it is lifted.
    """

    person: PersonId | None = None
    email: Email | None = None
    kind: ClassName | None = Field(default=None, alias="class")
    reason: Paragraphs
    until: Until | None = None


class HoldLifting(Body):
    """Why a hold ends."""

    reason: Paragraphs | None = None


# `class` is no name that Python lets a member have.
HoldDetail = TypedDict(
    "HoldDetail",
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

    items: list[HoldDetail]
    next: str | None
