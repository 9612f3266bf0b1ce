"""What the register of complaints takes and gives."""

from pydantic import Field
from typing_extensions import TypedDict

from shared.domain.complaints import Complaint
from shared.edge.field_types import Day
from shared.edge.parameters import PageQuery


class ComplaintsQuery(PageQuery):
    """Received when."""

    first: Day | None = Field(None, alias="from", description="From this day on; else a year ago.")
    last: Day | None = Field(None, alias="to", description="Up to this day; else today.")


class ComplaintRegister(TypedDict):
    """The complaints received in a period, the oldest first, and counts of all of them.

    `counts`: received, open, acknowledged_in_time, acknowledged_late, withdrawn, and by outcome;
    they and `median_days` are null with the pages after the first.
    """

    first: str
    last: str
    counts: dict[str, int] | None
    median_days: float | None
    items: list[Complaint]
    next: str | None
