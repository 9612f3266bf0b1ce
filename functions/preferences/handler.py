"""Preferences over HTTP: link, session, centre, one-click unsubscribe, permission checks."""

from preferences import centre, history, own_account
from preferences.permissions import results
from preferences.schemas import (
    AccountChange,
    Activity,
    ActivityNoted,
    HistoryQuery,
    LinkReceipt,
    LinkRequest,
    PermissionQuestion,
    PermissionResults,
    Preferences,
    PreferencesChange,
    PreferencesHistory,
    Session,
    SessionRequest,
    Unsubscribed,
)
from preferences.unsubscribe import unsubscribe
from shared.domain import consent, identifiers
from shared.domain.errors import TokenInvalid
from shared.domain.rate_limits import RIGHTS_PER_SOURCE
from shared.domain.record_classes import RecordClass
from shared.domain.timestamps import format_timestamp
from shared.domain.token_scopes import TokenScope
from shared.edge.body import JSON
from shared.edge.content_negotiation import HTML
from shared.edge.http import SERVICE, SUBJECT, Api, Request, Response
from shared.edge.idempotency import once
from shared.edge.request_context import from_request
from shared.edge.session import opened
from shared.services.link_browser import link_browser
from shared.services.record_ids import record_id
from shared.storage import policies, rate_limit_counters, records, secrets, tokens
from shared.storage.records import Provenance, Record

api = Api()

# A thousand addresses of 254 characters, and what JSON adds.
MAX_QUESTION = 512 * 1024


@api.route("POST", "/v1/preferences/link", status=202, mails=True)
def link(body: LinkRequest, request: Request) -> LinkReceipt:
    """Ask for a link to the preference centre; it is mailed if the address is known.

    The answer is the same either way, and takes the same time: the mail follows later. The same
    request again, by its Idempotency-Key, is mailed one link.
    """
    rate_limit_counters.count(RIGHTS_PER_SOURCE, request.source_ip, request.now)
    policy = policies.published().current(request.now)
    notice = policy.notices[centre.NOTICE]
    person = identifiers.person_id(secrets.identity(), body.email)
    asked = Record(
        person=person,
        kind=RecordClass.TOKEN,
        id=record_id(request.key, person, request.now),
        received_at=format_timestamp(request.now),
        fields=body.model_dump(include={"email", "language"}, exclude_none=True),
        provenance=Provenance(
            form=centre.NOTICE,
            notice=consent.words(notice, body.language),
            policy_version=policy.version,
            **from_request(request),
        ),
        fingerprint=request.key.fingerprint,
    )
    return LinkReceipt(received_at=records.add_once(asked).received_at)


@api.route("POST", "/v1/preferences/session")
def session(body: SessionRequest, request: Request) -> Session:
    """Exchange a mailed token, once, for a session of 30 minutes.

    The same call again with its Idempotency-Key, after an answer that got lost, gives the same
    session. `consent_id` names the browser in which the link was opened: it becomes the person's.
    """
    made = tokens.exchange(TokenScope.OPEN_PREFERENCES, body.token, request.key, request.now)
    # What may fail comes before the token is used: who has no answer can show it again.
    link_browser(made.claims.person, body.consent_id, from_request(request), request.now)
    made = tokens.carry_out(made, body.token, request.key, request.now)
    return Session(session=made.session, expires_at=format_timestamp(made.expires_at))


@api.route("GET", "/v1/preferences", audience=SUBJECT, headers=("Sec-GPC",))
def read(request: Request) -> Preferences:
    """See every choice: how it stands, since when, how it came about; settings, subscriptions."""
    return centre.view(opened(TokenScope.PREFERENCES, request).person, request)


@api.route("GET", "/v1/preferences/history", audience=SUBJECT, query=HistoryQuery)
def read_history(request: Request) -> PreferencesHistory:
    """See what was decided, when, how and in which words, one's browsers' decisions too (S51).

    The newest come first; `limit` is 1 to 100, `cursor` the `next` of the page before.
    """
    person = opened(TokenScope.PREFERENCES, request).person
    return history.page(person, request.parameters)


@api.route("PATCH", "/v1/preferences", audience=SUBJECT, headers=("Sec-GPC",))
def change(body: PreferencesChange, request: Request) -> Preferences:
    """Change choices and display settings, in one write; the answer is how everything stands then.

    A no counts in every browser of the person; what is so already is no event. With `Sec-GPC: 1`
    what the policy flags `gpc` is not switched on, unless `gpc_override` says that the person,
    shown that, chose otherwise.
    """
    person = opened(TokenScope.PREFERENCES, request).person
    with once(person, request) as effect:
        if not effect.done:
            effect.result["turned_off"] = list(centre.change(person, body, request))
    return centre.view(person, request, effect.result["turned_off"])


@api.route("PATCH", "/v1/preferences/account", audience=SUBJECT, headers=("Sec-GPC",))
def change_account(body: AccountChange, request: Request) -> Preferences:
    """Put right what one's own account says (S55); recipients of the old details are told."""
    person = opened(TokenScope.PREFERENCES, request).person
    with once(person, request) as effect:
        if not effect.done:
            own_account.change(person, body, request)
    return centre.view(person, request)


@api.route("POST", "/v1/preferences/account/closure", audience=SUBJECT, headers=("Sec-GPC",))
def close_account(request: Request) -> Preferences:
    """Close one's own account (S16); it is deleted with the next retention run.

    A second time changes nothing. What a legal hold keeps is deleted when that ends.
    """
    person = opened(TokenScope.PREFERENCES, request).person
    own_account.close(person, request)
    return centre.view(person, request)


@api.route("GET", "/v1/unsubscribe/{token}", query=None, produces=(HTML,))
def unsubscribe_page(token: str, request: Request) -> Response:  # noqa: ARG001 - the form's own address
    """Show a page with one button; mail scanners may look at it, nothing changes."""
    from preferences import unsubscribe_pages  # noqa: PLC0415 - mail programs need none

    return unsubscribe_pages.ask(request)


@api.route(
    "POST", "/v1/unsubscribe/{token}", query=None, produces=(JSON, HTML), answer=Unsubscribed
)
def one_click(token: str, request: Request) -> Response:
    """Stop all marketing (RFC 8058): no session, no question, the same answer every time.

    A browser that shows the answer to a press is answered with a page.
    """
    if request.accepted != HTML:
        return Response(200, Unsubscribed(unsubscribed_at=unsubscribe(token, request)))
    from preferences import unsubscribe_pages  # noqa: PLC0415 - as above

    try:
        unsubscribe(token, request)
    except TokenInvalid:
        return unsubscribe_pages.incomplete(request)
    return unsubscribe_pages.stopped(request)


@api.route("POST", "/v1/activity", audience=SERVICE)
def note_activity(body: Activity, request: Request) -> ActivityNoted:
    """Say that accounts were used, a sign-in say: they are kept from then on, not deleted (S16)."""
    secret = secrets.identity()
    people = {identifiers.person_id(secret, email) for email in body.emails}
    with once(SERVICE, request) as effect:
        if not effect.done:
            used = sum(own_account.used(person, request) for person in people)
            effect.result["accounts"] = used
    return ActivityNoted(accounts=int(effect.result["accounts"]))


@api.route("POST", "/v1/permissions", audience=SERVICE, max_bytes=MAX_QUESTION)
def permissions(body: PermissionQuestion, request: Request) -> PermissionResults:
    """Ask, before sending or sharing, whether up to a thousand addresses may be used (S14)."""
    return PermissionResults(
        results=results(body.purpose, body.emails, request.now, request.api_url)
    )
