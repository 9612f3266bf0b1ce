"""A mail: one set of words, written out as plain text and as HTML (RFC 5322).

The words of each mail stand once in each language (`shared/languages/`), built of `paragraph`,
`action` and `quote`. Two environments of a language give these their plain and their HTML form;
the HTML one escapes everything. What staff and recipients of data read is English alone, and
stands in `templates/`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from shared import languages
from shared.domain import person_fields
from shared.languages import ENGLISH

# Folding would encode a long List-Unsubscribe address out of recognition; 998 is SMTP's limit.
_UNFOLDED = SMTP.clone(max_line_length=998)

# What an address may have before its @ without quotation marks (RFC 5322, 3.2.3).
_DOT_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*")
_DOMAIN = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]")
_PRINTABLE = re.compile(r"[\x20-\x7e]*")
# What a reader would take for an encoded word (RFC 2047), though it is none.
_ENCODED = "=?"

FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Email:
    """What to send to one address: the file of its words, and what they mention.

    `tags` come back with what the mail service says of it later; they hold no contact data.
    `language` is one that there are words in.
    """

    to: str
    words: str
    values: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    language: str = ENGLISH


class Unmailable(Exception):
    """An address that no mail can be sent to; the message does not say which."""


def compose(letter: Email, sender: str) -> bytes:
    """Write the message; a value that the words mention and nobody gave is an error.

    What comes from outside stands in headers as it is written here, from its parts: no reader
    of headers, which would decode, split or fold it, ever sees it as text.

    Raises:
        Unmailable: the address has parts that no header can hold.
        ValueError: the subject has a newline.
    """
    plain, marked_up = _plain(letter.language), _html(letter.language)
    text = plain.get_template(f"{letter.words}.j2").make_module(dict(letter.values))
    html = marked_up.get_template(f"{letter.words}.j2").make_module(dict(letter.values))
    message = EmailMessage(policy=_UNFOLDED)
    message["From"] = sender
    message["Auto-Submitted"] = "auto-generated"
    for name, value in letter.headers.items():
        message[name] = value
    controller = letter.values["controller"]
    foot = f"{controller['name']}, {controller['postal_address']}"
    message.set_content(f"{str(text).strip()}\n\n-- \n{foot}\n")
    body = Markup(html)  # noqa: S704 - escaped above
    page = marked_up.get_template("page.html").render(body=body, foot=foot)
    message.add_alternative(page, subtype="html")
    head = f"To: {_address(letter.to)}\r\nSubject: {_subject(str(vars(text)['subject']))}\r\n"
    return head.encode("ascii") + message.as_bytes()


def _address(address: str) -> str:
    """Write an address from its two parts, quoted where it could be read as anything else."""
    local, _, domain = address.rpartition("@")
    if not local or not _PRINTABLE.fullmatch(address) or not _DOMAIN.fullmatch(domain):
        raise Unmailable
    if _DOT_ATOM.fullmatch(local) and _ENCODED not in local:
        return f"{local}@{domain}"
    quoted = re.sub(r'["\\]|(?<==)\?', r"\\\g<0>", local)
    return f'"{quoted}"@{domain}'


def _subject(text: str) -> str:
    if text.splitlines() != [text]:
        raise ValueError("a header must have no newline")
    if _PRINTABLE.fullmatch(text) and _ENCODED not in text:
        return text
    return Header(text, "utf-8").encode(linesep="\r\n")


def page(words: str, values: Mapping[str, Any], language: str = ENGLISH) -> tuple[str, str]:
    """Write the same words as a page to print, for a letter; return its subject and its HTML."""
    environment = _html(language)
    html = environment.get_template(f"{words}.j2").make_module(dict(values))
    controller, subject = values["controller"], str(vars(html)["subject"])
    parts = {"body": Markup(html), "to": values["to"], "on": values["on"]}  # noqa: S704 - escaped
    letter = environment.get_template("letter.html")
    return subject, letter.render(subject=subject, controller=controller, **parts)


def _environment(
    code: str, *, autoescape: bool, forms: Mapping[str, Callable[..., str]]
) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([languages.FOLDER / code / "mails", FOLDER]),
        autoescape=autoescape,  # noqa: S701 - off for the plain part alone
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    language = languages.read(code)
    environment.globals.update(forms, person_fields=person_fields.ROWS, language=code)
    environment.filters.update(said=language.say, day=language.day, period=language.period)
    return environment


@cache
def _plain(code: str) -> Environment:
    return _environment(
        code,
        autoescape=False,
        forms={
            "paragraph": lambda text: f"{text}\n",
            "action": lambda label, url: f"{label}:\n{url}\n",
            "quote": lambda text: "".join(f"> {line}\n" for line in str(text).splitlines()),
        },
    )


@cache
def _html(code: str) -> Environment:
    def paragraph(text: str) -> Markup:
        return Markup("<p>{}</p>").format(text)

    def action(label: str, url: str) -> Markup:
        return Markup('<p><a class="action" href="{}">{}</a></p>').format(url, label)

    def quote(text: str) -> Markup:
        lines = Markup("<br>").join(escape(line) for line in str(text).splitlines())
        return Markup("<blockquote>{}</blockquote>").format(lines)

    forms: dict[str, Callable[..., str]] = {
        "paragraph": paragraph,
        "action": action,
        "quote": quote,
    }
    return _environment(code, autoescape=True, forms=forms)
