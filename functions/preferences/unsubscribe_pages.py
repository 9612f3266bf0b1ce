"""The pages of a one-click link, for whoever opens it in a browser (S48, S50)."""

import re
from html import escape

from preferences.unsubscribe import NOTICE, named
from shared.domain import consent
from shared.domain.policy import in_language
from shared.edge import plain_page
from shared.edge.http import Request, Response
from shared.languages import Language
from shared.storage import policies

_FORM = """<form method="post" action="?{query}lang={language}">
<input type="hidden" name="List-Unsubscribe" value="One-Click">
<button>{press}</button></form>
"""
_LINK = re.compile(r"https://[^\s<]+")


def ask(request: Request) -> Response:
    """Show a page with a button, and one more for the purpose that the link names.

    Looking at it changes nothing.
    """
    language = _language(request)
    policy = policies.published().current(request.now)
    item = next(each for each in policy.document["notices"] if each["id"] == NOTICE)
    tag = consent.words(policy.notices[NOTICE], language.code)["language"]
    words = _LINK.sub(r'<a href="\g<0>">\g<0></a>', escape(in_language(item, tag)["text"].strip()))
    words = words.replace("\n\n", "</p>\n<p>")
    forms = [_form("", language.say("Stop all marketing to me"), language)]
    if (one := named(request, policy)) is not None:
        purpose = next(each for each in policy.document["purposes"] if each["id"] == one)
        title = in_language(purpose, language.code)["title"]
        press = language.say("Stop only this: {title}").format(title=title)
        forms.insert(0, _form(f"purpose={one}&amp;", press, language))
    content = f'<div lang="{tag}">\n<p>{words}</p>\n</div>\n{"".join(forms)}'
    return _page(200, language.say("Stop these messages"), content, language)


def stopped(request: Request) -> Response:
    """Show what no longer comes, after a press."""
    language = _language(request)
    say = language.say
    what = say("No more advertising comes from us.")
    if named(request, policies.published().current(request.now)):
        what = say("Nothing more of this comes from us.")
    late = say("A message that was already on its way may still arrive.")
    content = f"<p>{escape(what)} {escape(late)}</p>\n{_preferences(request, language)}"
    return _page(200, say("It is stopped"), content, language)


def incomplete(request: Request) -> Response:
    """Show that a link was never mailed as it is now."""
    language = _language(request)
    words = language.say(
        "Part of it is missing, so nothing was stopped. Copy all of it into the address line, or "
        "stop everything on your preferences."
    )
    content = f"<p>{escape(words)}</p>\n{_preferences(request, language)}"
    return _page(410, language.say("This link is not complete"), content, language)


def _language(request: Request) -> Language:
    return plain_page.language(request.query.get("lang"), request.headers)


def _form(query: str, press: str, language: Language) -> str:
    """Write a button; its page is the evidence of the words that were read, so it names them."""
    return _FORM.format(query=query, language=language.code, press=escape(press))


def _preferences(request: Request, language: Language) -> str:
    address = f"{request.api_url}/preferences?lang={language.code}"
    return f'<p><a href="{escape(address)}">{escape(language.say("Your preferences"))}</a></p>\n'


def _page(status: int, title: str, content: str, language: Language) -> Response:
    text = plain_page.write(title, content, language)
    return Response(status, text, plain_page.headers(language), plain_page.MEDIA_TYPE)
