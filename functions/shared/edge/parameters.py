"""What stands in a request's address: the parts of its path, and its query.

An identifier of ours is short and of visible ASCII; whatever is not, names nothing. A query has
the parameters that the route declares, each one time; a model reads them strictly.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from shared.domain.errors import FieldError, Invalid, NotFound
from shared.edge.body import explained

# Longer than any identifier or token, and within what DynamoDB takes for a key (2,048 and 1,024).
MAX_PART = 512
_PART = re.compile(rf"[\x21-\x7e]{{1,{MAX_PART}}}")


class Query(BaseModel):
    """The parameters of a query; each field reads its own text, and has a description."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


Model = TypeVar("Model", bound=Query)


class NoQuery(Query):
    """A route that takes no parameters."""


def _whole(text: Any) -> Any:
    """Read a whole number in ASCII digits; no more of them than any page or event has."""
    if isinstance(text, str):
        if not re.fullmatch("[0-9]{1,12}", text):
            raise ValueError("must be a whole number")
        return int(text)
    return text


# Bounds stand before the reader: the document then tells them.
WholeNumber = Annotated[int, Field(ge=0), BeforeValidator(_whole)]
PageLength = Annotated[int, Field(ge=1, le=100), BeforeValidator(_whole)]
LongPageLength = Annotated[int, Field(ge=1, le=1000), BeforeValidator(_whole)]
Cursor = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,700}$")]


class CursorQuery(Query):
    """A list in pages of a fixed length."""

    cursor: Cursor | None = Field(None, description="The `next` of the page before.")


class PageQuery(CursorQuery):
    """A list in pages."""

    limit: PageLength = Field(50, description="How many items a page has at most.")


def check_path(parts: Mapping[str, str]) -> None:
    """Make sure that each part of the path can name something.

    Raises:
        NotFound: one cannot.
    """
    if not all(_PART.fullmatch(part) for part in parts.values()):
        raise NotFound


def read_query(model: type[Model], given: Mapping[str, Sequence[str]]) -> Model:
    """Read a query, with every value of every parameter, as `model` has it.

    Raises:
        Invalid: a parameter is unknown, there twice, or not what the model allows.
    """
    twice = [name for name, values in given.items() if len(values) > 1]
    if twice:
        raise Invalid(*(FieldError(_pointer(name), "stands there twice") for name in twice))
    plain: dict[str, Any] = {name: values[0] for name, values in given.items()}
    try:
        return model.model_validate(plain)
    except ValidationError as error:
        raise Invalid(*map(_in_query, explained(error))) from None


def _in_query(error: FieldError) -> FieldError:
    unknown = error.detail == "is not a field of this request"
    detail = "is not a parameter of this request" if unknown else error.detail
    return FieldError(f"/query{error.pointer}", detail)


def _pointer(name: str) -> str:
    return "/query/" + name.replace("~", "~0").replace("/", "~1")
