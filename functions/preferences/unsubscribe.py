"""One-click unsubscribe (RFC 8058): an objection to marketing by whoever holds the link.

A link that names a purpose objects to that one alone (S50); the mail program's is for all of them.
"""

from html import escape

from shared.domain import consent, unsubscribe_links
from shared.domain.consent import Decision
from shared.domain.policy import Policy
from shared.edge import plain_page
from shared.edge.http import Request
from shared.edge.request_context import evidence_of
from shared.storage import consent_states, policies, secrets

NOTICE = "unsubscribe"

_STYLE = """
:root{color-scheme:light dark}
body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:2rem auto;padding:0 1rem;
overflow-wrap:anywhere}
button{font:inherit;padding:.6rem 1.4rem}"""
_FORM = """<form method="post" action="{action}">
<input type="hidden" name="List-Unsubscribe" value="One-Click">
<button>{press}</button></form>
"""
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}


def page(request: Request) -> str:
    """Write a page with a button, and one more for the purpose that the link names.

    Looking at it changes nothing.
    """
    policy = policies.published().current(request.now)
    words = next(item["text"] for item in policy.document["notices"] if item["id"] == NOTICE)
    forms = [_FORM.format(action="?", press="Stop all marketing to me")]
    if (named := _named(request, policy)) is not None:
        action, title = f"?purpose={named}", policy.purposes[named].title
        forms.insert(0, _FORM.format(action=action, press=f"Stop only this: {escape(title)}"))
    words = escape(words).replace("\n\n", "</p><p>")
    return plain_page.write("Unsubscribe", f"<p>{words}</p>\n{''.join(forms)}", _STYLE)


def stopped(request: Request) -> str:
    """Write the page that follows a press: what no longer comes."""
    named = _named(request, policies.published().current(request.now))
    what = "Nothing more of this comes from us" if named else "No more advertising comes from us"
    content = f"<p>{what}. A message that was already on its way may still arrive.</p>"
    return plain_page.write("It is stopped", content + _preferences(request), _STYLE)


def incomplete(request: Request) -> str:
    """Write the page that follows a press on a link that was never mailed as it is now."""
    content = "<p>Part of it is missing, so nothing was stopped. Copy all of it into the address "
    content += "line, or stop everything on your preferences.</p>"
    return plain_page.write("This link is not complete", content + _preferences(request), _STYLE)


def _preferences(request: Request) -> str:
    return f'<p><a href="{escape(request.api_url)}/preferences">Your preferences</a></p>\n'


def unsubscribe(token: str, request: Request) -> str:
    """Record the objection, once however often the link is used; return since when it stands.

    Raises:
        TokenInvalid: this link was never mailed.
    """
    person = unsubscribe_links.person(secrets.identity(), token)
    known = policies.published()
    policy = known.current(request.now)
    notice = policy.notices[NOTICE]
    named = _named(request, policy)
    objects = policy.marketing_purposes if named is None else (named,)
    # The page whose button it was names its language; a mail program shows no words of ours.
    language = notice.shown_in(request.query.get("lang"))
    objection = Decision(
        subject=person,
        kind="objection",
        choices={},
        evidence=evidence_of(request, "one_click", language=language),
        policy=policy,
        notice=consent.words(notice, language),
        at=request.now,
        objects=objects,
        unless_so=True,
    )
    objected = consent_states.change(objection, known)["objections"] or {}
    return max(objected[name] for name in objects)


def _named(request: Request, policy: Policy) -> str | None:
    """Return the purpose that a link is for; one that is no marketing now narrows nothing."""
    name = request.query.get("purpose")
    return name if name in policy.marketing_purposes else None
