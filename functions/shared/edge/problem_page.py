"""A problem as a page: what a form without scripts shows its reader, in the form's language."""

import re
from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from typing import Any

from shared.domain.errors import FieldError, Invalid
from shared.edge import plain_page
from shared.edge.problems import MAX_ERRORS
from shared.languages import Language

_SENT_IN = re.compile(r"(?:^|&)language=([A-Za-z0-9-]{2,35})(?:&|$)")
NUMBER = re.compile(r"\d+")


def language(event: Mapping[str, Any], headers: Mapping[str, list[str]]) -> Language:
    """Return the language of the page whose form was sent, else one that the browser accepts."""
    named = (event["queryStringParameters"] or {}).get("lang")
    sent = _SENT_IN.search(event["body"] or "")
    return plain_page.language(named or (sent and sent[1]), headers)


def write(status: int, fault: Exception, request_id: str, language: Language) -> str:
    """Write the page; what it quotes of a fault is what is wrong with which field."""
    say = language.say
    title, content = say("That did not reach us"), f"<p>{escape(_reason(status, language))}</p>\n"
    if isinstance(fault, Invalid):
        title = say("Please look at this again")
        lines = "\n".join(_line(error, language) for error in fault.errors[:MAX_ERRORS])
        content = f"<ul>\n{lines}\n</ul>\n"
    back = say("Nothing was kept. Go back with your browser: what you wrote is still there.")
    name = say("If you ask us about this, name {number}.").format(number=request_id)
    content += f"<p>{escape(back)}</p>\n<p>{escape(name)}</p>\n"
    return plain_page.write(title, content, language)


def _reason(status: int, language: Language) -> str:
    say = language.say
    match status:
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return say("It is too long for us. Please make it shorter.")
        case HTTPStatus.TOO_MANY_REQUESTS:
            return say("Too much came from your connection at once. Wait a while, then try again.")
        case HTTPStatus.SERVICE_UNAVAILABLE:
            return say("We are busy just now. Please try again in a moment.")
        case HTTPStatus.INTERNAL_SERVER_ERROR:
            return say("Something failed here, and we were told. Please try again later.")
        case _:
            return say("Your browser sent it in a way that we cannot read.")


def _line(error: FieldError, language: Language) -> str:
    """Write what is wrong with a field, named as people do: `Job title` for `/job_title`."""
    name = error.pointer.rpartition("/")[2].replace("_", " ")
    label = language.say(name) if name else language.say("the form")
    detail = _said(error.detail, language)
    return f"<li>{escape(label[:1].upper() + label[1:])} {detail}</li>"


def _said(detail: str, language: Language) -> str:
    """Say it in the language, with the numbers that are in it; in English where it has no words."""
    general = NUMBER.sub("{number}", detail)
    if general not in language.words:
        return f'<span lang="en">{escape(detail)}</span>'
    words = language.words[general]
    for number in NUMBER.findall(detail):
        words = words.replace("{number}", number, 1)
    return escape(words)
