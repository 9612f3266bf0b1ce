"""One-click unsubscribe (RFC 8058): an objection to marketing by whoever holds the link."""

from html import escape

from shared.domain import consent, unsubscribe_links
from shared.domain.consent import Decision
from shared.edge import plain_page
from shared.edge.http import Request
from shared.edge.request_context import evidence_of
from shared.storage import consent_states, policies, secrets

NOTICE = "unsubscribe"

_STYLE = """
body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}
button{font:inherit;padding:.6rem 1.4rem}"""
_FORM = """<p>{words}</p>
<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">
<button>Stop all marketing to me</button></form>
"""
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}


def page(request: Request) -> str:
    """Write a page with one button; looking at it changes nothing."""
    policy = policies.published().current(request.now)
    words = next(item["text"] for item in policy.document["notices"] if item["id"] == NOTICE)
    form = _FORM.format(words=escape(words).replace("\n\n", "</p><p>"))
    return plain_page.write("Unsubscribe", form, _STYLE)


def unsubscribe(token: str, request: Request) -> str:
    """Record the objection, once however often the link is used; give since when it stands.

    Raises:
        TokenInvalid: this link was never mailed.
    """
    person = unsubscribe_links.person(secrets.identity(), token)
    known = policies.published()
    policy = known.current(request.now)
    notice = policy.notices[NOTICE]
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
        objects=policy.marketing_purposes,
        unless_so=True,
    )
    objected = consent_states.change(objection, known)["objections"] or {}
    return max(objected[name] for name in policy.marketing_purposes)
