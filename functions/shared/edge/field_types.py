"""The kinds of text that bodies are made of."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

# C0, C1, and the bidirectional overrides that make text read other than it is stored.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def _one_line(text: str) -> str:
    if _CONTROLS.search(text):
        raise ValueError("must not hold control characters")
    return unicodedata.normalize("NFC", text)


Line = Annotated[str, AfterValidator(_one_line)]
Language = Annotated[
    str, StringConstraints(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")
]
PageUrl = Annotated[
    str, StringConstraints(min_length=1, max_length=2048), AfterValidator(_one_line)
]
Id = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_one_line)]


def _many_lines(text: str) -> str:
    if _CONTROLS.search(re.sub("\r?\n|\t", " ", text)):
        raise ValueError("must not hold control characters")
    return unicodedata.normalize("NFC", text)


def _email(text: str) -> str:
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - forms only

    try:
        address = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        # The library's own words quote parts of the address.
        raise ValueError("is not an e-mail address") from None
    # What mail servers take: SES reads neither a domain nor a name in other letters than ASCII.
    return str(address.ascii_email)


def _phone(text: str) -> str:
    import phonenumbers  # noqa: PLC0415 - forms only

    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException:
        raise ValueError("is not a phone number") from None
    if not phonenumbers.is_valid_number(number):
        raise ValueError("is not a phone number that exists; add the country code if abroad")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text.strip()


Filled = AfterValidator(_filled)
Name = Annotated[str, StringConstraints(max_length=200), AfterValidator(_one_line), Filled]
Paragraphs = Annotated[
    str, StringConstraints(max_length=10_000), AfterValidator(_many_lines), Filled
]
Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_email)]
Phone = Annotated[str, StringConstraints(max_length=40), AfterValidator(_phone)]
Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}$")]
