"""Tables of people as they come from spreadsheets and other systems (S9), read as they are.

Encoding, separator and header names are recognised; what was recognised is told, with a doubt
where there is one, so that whoever sent the table can see whether it was read as meant.
"""

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from shared.domain.errors import FieldError, Invalid
from shared.domain.person_fields import HEADINGS
from shared.domain.text import one_line

_LONGEST_CELL = 20_000  # characters
_LONGEST_NAME = 60
_SEPARATORS = ",;\t|"
_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "utf-16": "utf-16-le",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "iso-8859-1": "windows-1252",
    "latin1": "windows-1252",
    "latin-1": "windows-1252",
    "windows-1252": "windows-1252",
}
_GUESSED = "It is not UTF-8 and was read as Windows-1252 (Latin): look at names with accents."
_LOOKED_AT = 4096
FIRST, LAST = "first_name", "last_name"

# How people head the columns of our fields, in English and German, without case and signs.
_SYNONYMS: Mapping[str, str] = {
    **HEADINGS,
    FIRST: "firstname givenname forename vorname",
    LAST: "lastname surname familyname nachname familienname",
}
_FIELDS = {word: field for field, words in _SYNONYMS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Text:
    """A text with how it was encoded, and what is doubtful about that."""

    text: str
    encoding: str
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows by the names of our fields, with what was recognised in the table.

    `columns` says for each column, by its header, which field it is.
    """

    rows: list[dict[str, str]]
    separator: str
    columns: dict[str, str]


def decoded(raw: bytes, charset: str | None = None) -> Text:
    """Read bytes by their mark, by the `charset` that was told, or by what they look like.

    Raises:
        Invalid: an unknown charset, or bytes that are not in it.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return Text(_strictly(raw[len(mark) :], encoding), encoding)
    if charset is not None:
        if charset.lower() not in _CHARSETS:
            raise Invalid.field(
                "/headers/Content-Type", f"charset must be one of {', '.join(_CHARSETS)}"
            )
        encoding = _CHARSETS[charset.lower()]
        return Text(_strictly(raw, encoding), encoding)
    half = raw[:_LOOKED_AT]
    if half.count(0) > len(half) // 4:
        encoding = "utf-16-le" if half[1::2].count(0) >= half[::2].count(0) else "utf-16-be"
        return Text(_strictly(raw, encoding), encoding)
    try:
        return Text(raw.decode(), "utf-8")
    except UnicodeDecodeError:
        return Text(_strictly(raw, "windows-1252"), "windows-1252", _GUESSED)


def read(text: str) -> Table:
    """Read a table with a header row.

    Raises:
        Invalid: it is no table; a header is unknown (it is named), there twice, or none is an
            e-mail address; a row has more cells than the header.
    """
    if "\ufffd" in text:
        raise Invalid.field("", "holds characters that were lost on the way: send it as UTF-8")
    told, body = _told_separator(text)
    separator = told or _separator(body)
    lines = _lines(body, separator)
    if not lines:
        raise Invalid.field("", "must begin with a row that names each column once")
    header = _header(lines[0])
    fields = _fields(header)
    rows = [
        _row(number, line, header, fields)
        for number, line in enumerate(lines[1:])
        if any(cell.strip() for cell in line)
    ]
    columns = {name: field for name, field in zip(header, fields, strict=True) if field}
    return Table(rows, separator, columns)


def _strictly(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        if encoding == "windows-1252":
            return raw.decode("latin-1")
        raise Invalid.field("", f"is not {encoding.upper()}, as it says it is") from None


def _told_separator(text: str) -> tuple[str | None, str]:
    """Read the line by which Excel is told the separator: `sep=;`."""
    told = re.match(r"\ufeff?\"?sep=([,;\t|])\"?[,;\t]*\r?\n", text, re.IGNORECASE)
    return (told[1], text[told.end() :]) if told else (None, text.removeprefix("\ufeff"))


def _separator(text: str) -> str:
    """Find the separator by which most columns of the header have a name that is known."""
    head = text.lstrip("\r\n")[:_LOOKED_AT]

    def known(separator: str) -> int:
        cells = next(csv.reader(StringIO(head, newline=""), delimiter=separator), [])
        return sum(_folded(cell) in _FIELDS for cell in cells)

    try:
        return max(_SEPARATORS, key=known)
    except csv.Error:
        return _SEPARATORS[0]


def _lines(text: str, separator: str) -> list[list[str]]:
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        return [line for line in reader if any(cell.strip() for cell in line)]
    except csv.Error:
        raise Invalid.field("", f"is not CSV: see line {reader.line_num}") from None


def _header(line: Sequence[str]) -> list[str]:
    names = [one_line(name[:_LONGEST_CELL])[:_LONGEST_NAME] for name in line]
    while names and not names[-1]:
        names.pop()
    return names


def _fields(header: Sequence[str]) -> list[str]:
    fields = [_FIELDS.get(_folded(name), "") for name in header]
    known = ", ".join(sorted(set(_FIELDS.values()) - {FIRST, LAST}))
    faults = [
        FieldError(f"/header/{number}", f'"{name}" is no column that is known: rename it ({known})')
        for number, (name, field) in enumerate(zip(header, fields, strict=True))
        if not field
    ]
    if faults:
        raise Invalid(*faults)
    twice = {field for field in fields if fields.count(field) > 1}
    if {FIRST, LAST} & set(fields) and "name" in fields:
        twice.add("name")
    if twice:
        raise Invalid.field("", f"names a column twice in the header: {', '.join(sorted(twice))}")
    if "email" not in fields:
        raise Invalid.field("", "has no column `email` in its header")
    return fields


def _row(
    number: int, line: Sequence[str], header: Sequence[str], fields: Sequence[str]
) -> dict[str, str]:
    if any(cell.strip() for cell in line[len(header) :]):
        raise Invalid.field(f"/rows/{number}", "has more cells than the header has columns")
    told = {
        field: text
        for field, cell in zip(fields, line, strict=False)
        if (text := _cell(cell)).strip()
    }
    parts = [part for part in (told.pop(FIRST, ""), told.pop(LAST, "")) if part]
    return {**told, "name": " ".join(parts)} if parts else told


def _cell(text: str) -> str:
    """Read a cell as its owner saw it: Excel keeps `="0123"` or `'+44` for what is no number."""
    shown = text.strip()
    if shown.startswith('="') and shown.endswith('"'):
        return shown[2:-1]
    return shown.removeprefix("'") if re.match("'[=+@-]", shown) else text


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name[:_LONGEST_NAME]).casefold()
    return "".join(char for char in plain if char.isalnum())
