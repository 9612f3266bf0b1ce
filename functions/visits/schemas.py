"""What a page visit tells, and what is answered (S6, S7); unknown fields are refused."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints
from typing_extensions import TypedDict

from shared.domain.redaction import redact_cards
from shared.domain.visit import MAX_PAGES, MAX_STAY
from shared.edge.body import Body
from shared.edge.field_types import BrowserMoment, FreeText, Id, Identifier, PageAddress


def _random(text: str) -> str:
    if not re.search("[A-Za-z]", text) or redact_cards(text) != text:
        raise ValueError("must be random; a number alone may be somebody's")
    return text


VisitId = Annotated[
    str,
    Identifier("random"),
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,64}$"),
    AfterValidator(_random),
]
Label = Annotated[str, FreeText(100)]


class VisitedPage(Body):
    """One page of a visit: since when, for how long, and what caught attention there."""

    url: PageAddress = Field(description="kept without fragment and all but some query parameters")
    at: BrowserMoment = Field(description="when it was opened, by the browser's clock")
    engaged_ms: int = Field(ge=0, le=MAX_STAY, description="milliseconds in the foreground")
    content: Label | None = Field(None, description="the part of the page engaged with")


class Visit(Body):
    """A visit, or a further part of one: then with the pages that were not told yet."""

    consent_id: Id | None = Field(
        None, description="the browser's, which must have agreed; without one it is only counted"
    )
    objected: bool = Field(
        default=False, description="without a consent_id: this browser objects to being counted"
    )
    visit_id: VisitId = Field(description="random, the same for all parts of one visit")
    device_type: Literal["desktop", "mobile", "tablet", "other"]
    entry: PageAddress = Field(description="the page that the visit began with")
    exit: PageAddress | None = Field(None, description="the page it ended with, in the last part")
    pages: list[VisitedPage] = Field(min_length=1, max_length=MAX_PAGES)


class VisitReceipt(TypedDict):
    """When this part of the visit was first taken."""

    visit_id: str
    received_at: str
