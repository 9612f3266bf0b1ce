"""What the company's other systems may answer (docs/sources.md); anything else is refused."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

MAX_RECORDS = 10_000

ClassName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SourceHolding(_Answer):
    """One record that a source holds about the person.

    `class` is a record class of the policy; `portable` tells that the person provided it, or that
    it was observed, under consent or a contract (UK GDPR Art. 20). `may_hold_others`: nobody has
    looked whether it says something of others, or what others said; staff do, before it goes out.
    """

    kind: ClassName = Field(alias="class")
    title: Line
    data: dict[str, Any]
    received_at: AwareDatetime | None = None
    portable: bool = False
    may_hold_others: bool = True


class Collected(_Answer):
    """A page of what a source holds, and where the next one begins."""

    records: Annotated[list[SourceHolding], Field(max_length=MAX_RECORDS)]
    next: Cursor | None = None


class Corrected(_Answer):
    """What a source made of the corrections."""

    status: Literal["corrected", "refused"]
    reason: Reason | None = None


class Kept(_Answer):
    """What a source has to keep, and on which ground."""

    kind: ClassName = Field(alias="class")
    count: Annotated[int, Field(ge=0)]
    ground: Reason


class Erased(_Answer):
    """How much a source erased, and what it kept."""

    erased: Annotated[int, Field(ge=0)]
    kept: Annotated[list[Kept], Field(max_length=100)] = []
