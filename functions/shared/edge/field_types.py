"""The kinds of text that bodies are made of: each says by its type what it may hold.

A text that a person can fill is one of these, never a plain `str`; tests walk all models. What
nobody can see is taken out of it and card numbers are (S30), before anything keeps or hashes
it. Lengths are checked before anything that takes time.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from shared.domain import email_address, evidence, person_fields, readers
from shared.domain.redaction import MARKER, redact_cards
from shared.domain.text import one_line, visible

if TYPE_CHECKING:  # what takes part where schemas are made, which is not where they are used
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema


def _text(longest: int, kept: Callable[[str], str]) -> Any:
    return Annotated[str, StringConstraints(strict=True, max_length=longest), AfterValidator(kept)]


@dataclass(frozen=True, slots=True)
class FreeText:
    """Words of up to `most` characters as sent, on one line unless `lines`, without card numbers.

    Of nothing that can be seen it is refused; where the field is optional it is then absent
    (`Body`).
    """

    most: int
    lines: bool = False

    def kept(self, text: str) -> str:
        """Return the text as it is kept.

        Raises:
            ValueError: there is nothing to see in it.
        """
        shown = visible(text) if self.lines else one_line(text)
        if not shown:
            raise ValueError("must not be empty")
        return redact_cards(shown)

    def __get_pydantic_core_schema__(
        self, _source: Any, handler: "GetCoreSchemaHandler"
    ) -> "CoreSchema":
        """Validate by length, then by `kept`."""
        return handler.generate_schema(_text(self.most, self.kept))

    def __get_pydantic_json_schema__(
        self, schema: "CoreSchema", handler: "GetJsonSchemaHandler"
    ) -> "JsonSchemaValue":
        """Tell the length that is kept."""
        return handler(schema) | {"minLength": 1, "maxLength": self.most}


@dataclass(frozen=True, slots=True)
class Identifier:
    """Why a text is no free text: it only passes if it is one of these, or of this form."""

    of: str


@dataclass(frozen=True, slots=True)
class Address:
    """An e-mail address: canonical, or only checked where it is hashed and answered `as_asked`."""

    as_asked: bool = False

    def kept(self, text: str) -> str:
        """Return the address.

        Raises:
            ValueError: it cannot be made canonical.
        """
        address = email_address.canonical(text)
        return text if self.as_asked else address

    def __get_pydantic_core_schema__(
        self, _source: Any, handler: "GetCoreSchemaHandler"
    ) -> "CoreSchema":
        """Validate by length, then by the one normaliser."""
        return handler.generate_schema(_text(2 * email_address.MAX_OCTETS, self.kept))

    def __get_pydantic_json_schema__(
        self, schema: "CoreSchema", handler: "GetJsonSchemaHandler"
    ) -> "JsonSchemaValue":
        """Tell the length and the format."""
        told = handler(schema) | {"maxLength": email_address.MAX_OCTETS}
        return told if self.as_asked else told | {"format": "email"}


@dataclass(frozen=True, slots=True)
class OptionalEvidence:
    """Evidence that is taken, never demanded (K7): `keep` cleans it, or gives nothing.

    Whatever comes, of any type and length, a request is never refused for it.
    """

    keep: Callable[[str], str | None]
    description: str
    most: int

    def kept(self, told: Any) -> str | None:
        """Return what is kept."""
        return self.keep(told) if isinstance(told, str) else None

    def __get_pydantic_core_schema__(
        self, _source: Any, _handler: "GetCoreSchemaHandler"
    ) -> "CoreSchema":
        """Take anything."""
        return {"type": "function-plain", "function": {"type": "no-info", "function": self.kept}}

    def __get_pydantic_json_schema__(
        self, _schema: "CoreSchema", _handler: "GetJsonSchemaHandler"
    ) -> "JsonSchemaValue":
        """Tell what is meant to come; no type, because no other is refused."""
        return {"description": f"A text of at most {self.most} characters: {self.description}."}


def _clean_tree(tree: Any) -> Any:
    """Return JSON without what its texts must not hold; a number may be a card's, too."""
    match tree:
        case str():
            return redact_cards(visible(tree))
        case bool() | None:
            return tree
        case int() | float():
            if not math.isfinite(tree):
                raise ValueError("must hold finite numbers only")
            return tree if redact_cards(str(tree)) == str(tree) else MARKER
        case list():
            return list(map(_clean_tree, tree))
        case _:
            return {redact_cards(visible(name)): _clean_tree(each) for name, each in tree.items()}


def _finite(cells: dict[str, Any]) -> dict[str, Any]:
    if any(isinstance(cell, float) and not math.isfinite(cell) for cell in cells.values()):
        raise ValueError("must hold finite numbers only")
    return cells


def optional_evidence(body: BaseModel) -> dict[str, str | None]:
    """Return by name the optional evidence that came with a body: null is what was left out."""
    came = body.model_fields_set
    return {name: getattr(body, name) for name in _evidence_of(type(body)) if name in came}


@cache
def _evidence_of(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(
        name
        for name, told in get_type_hints(model, include_extras=True).items()
        if any(isinstance(fact, OptionalEvidence) for fact in getattr(told, "__metadata__", ()))
    )


def _phone(text: str) -> str:
    import phonenumbers  # noqa: PLC0415 - forms only

    typed = one_line(text)
    try:
        number = phonenumbers.parse(typed, "GB")
    except phonenumbers.NumberParseException:
        raise ValueError("is not a phone number") from None
    if not phonenumbers.is_valid_number(number):
        raise ValueError("is not a phone number that exists; add the country code if abroad")
    extension = number.extension or ""
    # The parser leaves out what it does not understand, such as a second number.
    read = f"{number.national_number}{extension}"
    every = (phonenumbers.normalize_digits_only(each) for each in (typed, _letters(typed)))
    if not any(digits.endswith(read) for digits in every):
        raise ValueError("must be one phone number, with an extension as in `ext. 204`")
    kept = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{kept};ext={extension}" if extension else kept


def _letters(typed: str) -> str:
    import phonenumbers  # noqa: PLC0415 - forms only

    return phonenumbers.convert_alpha_characters_in_number(typed)


# An object of another system: what it holds is theirs, cards and hidden characters are nobody's.
FreeTree = Annotated[dict[str, Any], AfterValidator(_clean_tree)]
# A row of a table as it came, to be read by the types of its columns, each row by itself.
Cells = Annotated[dict[str, Any], AfterValidator(_finite)]
# Whatever robots write into a field that people do not see; nothing of it is kept.
Trap = Annotated[str, Identifier("anything, and never kept")]
Email = Annotated[str, Address()]
AskedEmail = Annotated[str, Address(as_asked=True)]
Name = Annotated[str, FreeText(200)]
Paragraphs = Annotated[str, FreeText(10_000, lines=True)]
# RFC 3966 without `tel:`, e.g. +441233555555;ext=204.
Phone = Annotated[
    str, Identifier("a phone number"), StringConstraints(max_length=100), AfterValidator(_phone)
]


_LEAP_SECOND = re.compile(r"^(.{16}):60")


def _calendar(text: str) -> str:
    """Check that there is such a time; a leap second is the one before it, as if smeared."""
    told = _LEAP_SECOND.sub(r"\1:59", text)
    try:
        datetime.fromisoformat(told)
    except ValueError:
        raise ValueError("is not a date and time that exists") from None
    return told


def _language(tag: str) -> str:
    kept = evidence.language(tag)
    if kept is None:
        raise ValueError("is not a language tag such as en-GB (BCP 47)")
    return kept


Language = Annotated[
    str, Identifier("BCP 47"), StringConstraints(max_length=35), AfterValidator(_language)
]
LanguageEvidence = Annotated[
    str | None, OptionalEvidence(evidence.language, "BCP 47; left out if it is no tag", 35)
]
ShownEvidence = Annotated[
    str | None,
    OptionalEvidence(
        evidence.shown,
        "what could be chosen, in its order, with spaces; a plus after what was on: `news+ veto`",
        evidence.LONGEST_SHOWN,
    ),
]
PageEvidence = Annotated[
    str | None,
    OptionalEvidence(evidence.page, "kept without its query and fragment, or left out", 4096),
]
BrowserEvidence = Annotated[
    str | None,
    OptionalEvidence(
        evidence.claimed_browser, "the browser's, as claimed; left out if it is none", 64
    ),
]
# Cleaned where it is taken, with the parameters that the deployment keeps.
PageAddress = Annotated[str, Identifier("a page's address")]
# RFC 3339 of any year: by a browser's clock, which may be wrong.
BrowserMoment = Annotated[
    str,
    Identifier("RFC 3339"),
    StringConstraints(
        max_length=35,
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
        r"(Z|[+-][0-9]{2}:[0-9]{2})$",
    ),
    AfterValidator(_calendar),
]


def _day(value: Any) -> date:
    if not isinstance(value, str):
        raise ValueError("must be a day such as 2026-02-01")  # noqa: TRY004 - pydantic's kind
    return readers.day(value)


def _moment(text: str) -> str:
    readers.moment(text)
    return text


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Moment = Annotated[
    str,
    Identifier("RFC 3339"),
    StringConstraints(max_length=40),
    AfterValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Id = Annotated[
    str,
    Identifier("a name that is looked up"),
    StringConstraints(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$"),
]
FieldName = Annotated[
    str, Identifier("a field's name"), StringConstraints(pattern=r"^[a-z][a-z_]{0,39}$")
]
ClassName = Annotated[
    str, Identifier("a record class"), StringConstraints(pattern=r"^[a-z][a-z_]{0,39}$")
]
PersonId = Annotated[str, Identifier("a person_id"), StringConstraints(pattern=r"^p_[a-z2-7]{26}$")]
Cursor = Annotated[
    str, Identifier("a page's next"), StringConstraints(min_length=1, max_length=500)
]
Token = Annotated[
    str,
    Identifier("a mailed token"),
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}$"),
]


class Kinds(BaseModel):
    """The type that each kind of field of a person (`person_fields.Kind`) has in every model."""

    model_config = ConfigDict(strict=True, extra="forbid")

    address: Email = ""
    line: Name = ""
    paragraphs: Paragraphs = ""
    phone: Phone = ""
    language: Language = ""


def corrected(field: str, value: str) -> str:
    """Return what a record's field will say, written as a form would keep it.

    Raises:
        ValueError: the field's type does not allow it.
    """
    kind = person_fields.ROWS[field].kind
    try:
        kept: str = getattr(Kinds.model_validate({kind: value}), kind)
    except ValidationError as error:
        told = str(error.errors(include_url=False)[0]["msg"])
        raise ValueError(told.removeprefix("Value error, ")) from None
    return kept


def redacted(body: BaseModel) -> list[str]:
    """Return the names of a body's fields out of which a card number was taken, in order (S30)."""
    held = body.model_dump(exclude_none=True)
    return sorted(name for name, value in held.items() if _marked(value))


def _marked(value: Any) -> bool:
    match value:
        case str():
            return MARKER in value
        case dict():
            return any(map(_marked, value.values()))
        case list():
            return any(map(_marked, value))
        case _:
            return False
