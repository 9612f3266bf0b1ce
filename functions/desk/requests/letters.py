"""Answers by letter to people without an e-mail address: to print, and to note as posted (S54)."""

from collections.abc import Mapping
from typing import Any

from typing_extensions import TypedDict

from desk import authorization, staff_dates
from desk.authorization import EVERYBODY, WORKERS, AuditContext
from desk.requests.named_request import request_named
from desk.requests.schemas import LetterPosted
from shared.domain import data_subject_request
from shared.domain.calendar_dates import london_date
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.errors import NotFound
from shared.edge.content_negotiation import HTML
from shared.edge.http import Request, Response
from shared.services import apply_action
from shared.storage.requests import request_letters
from shared.storage.requests.request_store import RequestAction


class Letter(TypedDict):
    """A letter that was written; `posted_on` is the day on which it left, null until then."""

    letter_id: str
    subject: str
    written_at: str
    posted_on: str | None


class LetterList(TypedDict):
    """The letters of a request, oldest first."""

    items: list[Letter]


@authorization.route("GET", "/v1/desk/requests/{request_id}/letters", groups=EVERYBODY)
def list_letters(request_id: str, trail: AuditContext) -> LetterList:
    """List the letters that answer a request that came without an e-mail address."""
    case = request_named(request_id)
    trail.record(case.person, request=case.id)
    return LetterList(items=[_shown(name, it) for name, it in request_letters.of(case.id)])


@authorization.route(
    "GET",
    "/v1/desk/requests/{request_id}/letters/{letter_id}",
    groups=EVERYBODY,
    produces=(HTML,),
)
def print_letter(request_id: str, letter_id: str, trail: AuditContext) -> Response:
    """Get a letter as a page to print."""
    case = request_named(request_id)
    trail.record(case.person, request=case.id, letter=letter_id)
    letter = _letter(case, letter_id)
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(200, letter["html"], headers, f"{HTML}; charset=utf-8")


@authorization.route(
    "POST", "/v1/desk/requests/{request_id}/letters/{letter_id}/posted", groups=WORKERS
)
def note_posted(
    request_id: str, letter_id: str, body: LetterPosted, request: Request, trail: AuditContext
) -> Letter:
    """Note the day on which a letter was posted: what it asks for is waited for from then on."""
    case = request_named(request_id)
    trail.record(case.person, request=case.id, letter=letter_id)
    letter = _letter(case, letter_id)
    on = body.on or london_date(request.now)
    if letter.get("posted_on") != on.isoformat():
        data_subject_request.refuse_unfitting(case, "letter_posted")
        staff_dates.reached_us(on, "/on", request.now)
        idempotency_key = request.key
        step = RequestAction(
            "letter_posted",
            trail.actor,
            request.now,
            on=on,
            details={"letter": letter_id},
            key=idempotency_key.mark(case.id),
            fingerprint=idempotency_key.fingerprint,
        )
        posted = {**letter, "posted_on": on.isoformat()}
        apply_action.act(case, step, request_letters.putting(case.id, letter_id, posted))
        letter = posted
    return _shown(letter_id, letter)


def _shown(letter_id: str, letter: Mapping[str, Any]) -> Letter:
    return Letter(
        letter_id=letter_id,
        subject=letter["subject"],
        written_at=letter["written_at"],
        posted_on=letter.get("posted_on"),
    )


def _letter(case: DataSubjectRequest, letter_id: str) -> Mapping[str, Any]:
    letter = request_letters.get(case.id, letter_id)
    if letter is None:
        raise NotFound("The request has no such letter.")
    return letter
