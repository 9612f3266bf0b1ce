"""One-click unsubscribe (RFC 8058): an objection to marketing by whoever holds the link.

A link that names a purpose objects to that one alone (S50); the mail program's is for all of them.
"""

from shared.domain import consent, unsubscribe_links
from shared.domain.consent import Decision
from shared.domain.policy import Policy
from shared.edge.http import Request
from shared.edge.request_context import evidence_of
from shared.storage import consent_states, policies, secrets

NOTICE = "unsubscribe"


def unsubscribe(token: str, request: Request) -> str:
    """Record the objection, once however often the link is used; return since when it stands.

    Raises:
        TokenInvalid: this link was never mailed.
    """
    person = unsubscribe_links.person(secrets.identity(), token)
    known = policies.published()
    policy = known.current(request.now)
    notice = policy.notices[NOTICE]
    one = named(request, policy)
    objects = policy.marketing_purposes if one is None else (one,)
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


def named(request: Request, policy: Policy) -> str | None:
    """Return the purpose that a link is for; one that is no marketing now narrows nothing."""
    name = request.query.get("purpose")
    return name if name in policy.marketing_purposes else None
