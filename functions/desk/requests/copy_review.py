"""Looking at what others wrote in a copy before it goes out, and withholding some (Art. 15(4)).

The worker prepares the copy as it would go out and lists its passages; staff withhold what they
have a ground for, which has the copy prepared anew, and release it.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import islice
from typing import Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from desk import authorization
from desk.authorization import OFFICER, READERS, AuditContext
from desk.requests.named_request import request_named
from desk.requests.schemas import CopyReviewDecision, RequestDetail
from desk.requests.view import whole
from shared.domain import copy_review, data_subject_request
from shared.domain.copy_review import Passage, Redaction
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.errors import Conflict, FieldError, Invalid
from shared.domain.field_copies import to_view
from shared.domain.record_classes import RecordClass
from shared.domain.request_actions import AWAITING_REVIEW
from shared.domain.request_types import REDACTION_GROUNDS
from shared.domain.timestamps import format_timestamp
from shared.edge.http import Request
from shared.edge.paging import cursor, number_cursor
from shared.edge.parameters import PageQuery, Query
from shared.services import apply_action
from shared.storage import objects
from shared.storage.requests import copy_reviews, request_store
from shared.storage.requests.copy_reviews import CopyReview
from shared.storage.requests.request_store import RequestAction

# A link to a draft is for the click that follows.
LINK_SECONDS = 300


class DraftQuery(Query):
    """Which form of the copy."""

    format: Literal["zip", "json", "html", "csv"] = Field("html", description="Which form of it.")


class RedactionView(TypedDict):
    """What is withheld: `words` of it, or all of the passage, on which ground, in words."""

    passage: str | None
    words: str | None
    ground: str
    because: str


class PassageView(TypedDict):
    """What somebody else wrote: where it stands, what it says, and what the person will read."""

    passage: str
    record_class: str
    at: str | None
    title: str | None
    system: str | None
    path: str
    text: str
    shown_as: str


class CopyReviewPage(TypedDict):
    """The copy to review: a page of its passages.

    `version` names the passages as a whole, to be given back with the release. `current`: the
    files of the draft hold the redactions that are decided. `grounds` are all that there are.
    """

    request_id: str
    prepared_at: str
    version: str
    current: bool
    redactions: list[RedactionView]
    grounds: dict[str, str]
    items: list[PassageView]
    next: str | None


class DraftLink(TypedDict):
    """Where a form of the draft lies for five minutes."""

    url: str
    expires_at: str
    current: bool


@authorization.route("GET", "/v1/desk/requests/{request_id}/copy", groups=READERS, query=PageQuery)
def read_copy(request_id: str, request: Request, trail: AuditContext) -> CopyReviewPage:
    """See what others wrote in a copy that waits for review, and how it would go out."""
    case, draft = _draft(request_id, trail)
    kept = copy_reviews.get(case.id)
    start = number_cursor(request.parameters.cursor)
    limit = request.parameters.limit
    page = list(islice(_passages(draft), start, start + limit + 1))
    return CopyReviewPage(
        request_id=case.id,
        prepared_at=draft["prepared_at"],
        version=draft["version"],
        current=draft["redactions"] == kept.version,
        redactions=[
            RedactionView(
                passage=each.passage,
                words=each.words,
                ground=each.ground,
                because=REDACTION_GROUNDS[each.ground],
            )
            for each in kept.redactions
        ],
        grounds=dict(REDACTION_GROUNDS),
        items=[_view(passage, kept) for passage in page[:limit]],
        next=cursor(str(start + limit)) if len(page) > limit else None,
    )


@authorization.route(
    "GET", "/v1/desk/requests/{request_id}/copy/file", groups=READERS, query=DraftQuery
)
def read_draft(request_id: str, request: Request, trail: AuditContext) -> DraftLink:
    """Get a link to the copy as it would go out, in the form that the person would fetch."""
    case, draft = _draft(request_id, trail)
    wanted = request.parameters.format
    name = f"draft-{case.id[2:10]}.{'zip' if wanted == 'csv' else wanted}"
    return DraftLink(
        url=objects.link(draft["files"][wanted]["key"], LINK_SECONDS, name),
        expires_at=format_timestamp(request.now + timedelta(seconds=LINK_SECONDS)),
        current=draft["redactions"] == copy_reviews.get(case.id).version,
    )


@authorization.route("POST", "/v1/desk/requests/{request_id}/review", groups=OFFICER)
def review_copy(
    request_id: str, body: CopyReviewDecision, request: Request, trail: AuditContext
) -> RequestDetail:
    """Say what of a copy is withheld, in place of what was said before, release it, or both.

    A release of another `version` than the one that was prepared last is refused: it holds
    something that was not looked at.
    """
    if body.redactions is None and not body.release:
        raise Invalid(FieldError("", "must hold redactions, or release: true"))
    case = request_named(request_id)
    idempotency_key = request.key
    trail.record(case.person, request=case.id, release=body.release)
    key = idempotency_key.mark(case.id)
    if key is not None and request_store.repeated(case.id, key, idempotency_key.fingerprint):
        return whole(case, request.now)
    data_subject_request.refuse_unfitting(case, "review")
    draft = _prepared(case)
    if body.version is not None and body.version != draft["version"]:
        raise Conflict("The copy was prepared anew since and holds other passages; look again.")
    members = []
    details: dict[str, Any] = {"release": body.release}
    if body.redactions is not None:
        found = {passage.id: passage for passage in _passages(draft)}
        review = CopyReview(list(_redactions(body, found)))
        members.append(copy_reviews.putting(case.id, review))
        details["redactions"] = len(review.redactions)
    step = RequestAction(
        "review",
        trail.actor,
        request.now,
        details=details,
        key=key,
        fingerprint=idempotency_key.fingerprint,
    )
    return whole(apply_action.act(case, step, *members), request.now)


def _redactions(body: CopyReviewDecision, found: Mapping[str, Passage]) -> Iterator[Redaction]:
    """Yield what is withheld.

    Raises:
        Invalid: a passage is none of the copy, a ground none of the list, or nothing is named.
    """
    for number, item in enumerate(body.redactions or ()):
        place = f"/redactions/{number}"
        if item.ground not in REDACTION_GROUNDS:
            grounds = ", ".join(REDACTION_GROUNDS)
            raise Invalid.field(f"{place}/ground", f"must be one of {grounds}")
        if item.passage is None and item.words is None:
            raise Invalid.field(place, "must hold passage, words or both")
        if item.passage is not None and item.passage not in found:
            raise Invalid.field(f"{place}/passage", "is no passage of this copy")
        text = found[item.passage].text if item.passage and item.words is None else None
        yield Redaction(item.ground, item.passage, item.words, text)


def _view(passage: Passage, kept: CopyReview) -> PassageView:
    shown, _ = copy_review.redacted(passage.text, passage.id, kept.redactions)
    return to_view(
        PassageView, passage, passage=passage.id, record_class=passage.kind, shown_as=shown
    )


def _passages(draft: Mapping[str, Any]) -> Iterator[Passage]:
    for line in objects.lines(draft["files"]["passages"]["key"]):
        yield Passage(**json.loads(line))


def _draft(request_id: str, trail: AuditContext) -> tuple[DataSubjectRequest, Mapping[str, Any]]:
    case = request_named(request_id)
    trail.record(case.person, request=case.id)
    if case.status != AWAITING_REVIEW:
        raise Conflict(f"This request is {case.status}: there is no copy to review.")
    return case, _prepared(case)


def _prepared(case: DataSubjectRequest) -> Mapping[str, Any]:
    """Return the entry that names the draft.

    Raises:
        Conflict: its time is over, or it is being written.
    """
    draft = request_store.entry(case.id, RecordClass.EXPORT)
    if draft is None or "version" not in draft:
        raise Conflict("The draft is being prepared, or its time is over: retry prepares it anew.")
    return draft
