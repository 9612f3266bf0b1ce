"""A mail: one set of words, written out as plain text and as HTML (RFC 5322).

The words of each mail stand once, in `words/`, built of `paragraph`, `action` and `quote`.
Two environments give these their plain and their HTML form; the HTML one escapes everything.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from shared.domain.text import one_line

# Folding would encode a long List-Unsubscribe address out of recognition; 998 is SMTP's limit.
_UNFOLDED = SMTP.clone(max_line_length=998)

FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Email:
    """What to send to one address: the file of its words, and what they mention."""

    to: str
    words: str
    values: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


def compose(letter: Email, sender: str) -> bytes:
    """Write the message; a value that the words mention and nobody gave is an error."""
    text = _plain().get_template(f"{letter.words}.j2").make_module(dict(letter.values))
    html = _html().get_template(f"{letter.words}.j2").make_module(dict(letter.values))
    message = EmailMessage(policy=_UNFOLDED)
    message["From"] = sender
    local, _, domain = letter.to.rpartition("@")
    message["To"] = Address(username=local, domain=domain)
    message["Subject"] = subject_line(str(vars(text)["subject"]))
    message["Auto-Submitted"] = "auto-generated"
    for name, value in letter.headers.items():
        message[name] = value
    controller = letter.values["controller"]
    foot = f"{controller['name']}, {controller['postal_address']}"
    message.set_content(f"{str(text).strip()}\n\n-- \n{foot}\n")
    page = _html().get_template("page.html").render(body=Markup(html), foot=foot)  # noqa: S704 - escaped above
    message.add_alternative(page, subtype="html")
    return message.as_bytes()


def subject_line(text: str) -> str:
    """Return a text as it may stand in a header: on one line, and nothing in it to be decoded.

    The library decodes an encoded word (RFC 2047) wherever it finds one; what somebody typed
    that looks like one is taken apart instead.
    """
    return one_line(text).replace("=?", "= ?").replace("?=", "? =")


def _environment(*, autoescape: bool, forms: Mapping[str, Callable[..., str]]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=autoescape,  # noqa: S701 - off for the plain part alone
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(forms)
    return environment


@cache
def _plain() -> Environment:
    return _environment(
        autoescape=False,
        forms={
            "paragraph": lambda text: f"{text}\n",
            "action": lambda label, url: f"{label}:\n{url}\n",
            "quote": lambda text: "".join(f"> {line}\n" for line in str(text).splitlines()),
        },
    )


@cache
def _html() -> Environment:
    def paragraph(text: str) -> Markup:
        return Markup("<p>{}</p>").format(text)

    def action(label: str, url: str) -> Markup:
        return Markup('<p><a class="action" href="{}">{}</a></p>').format(url, label)

    def quote(text: str) -> Markup:
        lines = Markup("<br>").join(escape(line) for line in str(text).splitlines())
        return Markup("<blockquote>{}</blockquote>").format(lines)

    return _environment(
        autoescape=True, forms={"paragraph": paragraph, "action": action, "quote": quote}
    )
