"""The company's other systems that hold data about people, asked as docs/sources.md says.

What they answer is kept in the bucket, where staff also upload what one of them did not answer by
itself: `uploads/<request>/<source>.json`, a page of records to the line.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from fulfilment.sources import source_client, webhook_signature
from fulfilment.sources.source_client import Fault
from fulfilment.sources.source_schemas import Collected, Corrected, Erased, SourceHolding
from shared.domain import address_change, rectification
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.timestamps import format_timestamp
from shared.edge import current_time, log
from shared.storage import objects, policies

MAX_PAGES = 200
# Where records of staff's uploads go that say no class of ours.
OTHER = "other"

State = dict[str, Any]
_Answer = TypeVar("_Answer", bound=BaseModel)


def names() -> tuple[str, ...]:
    """Name the sources that are configured (the setting `sources`)."""
    return tuple(source_client.addresses())


def ask(verb: str, case: DataSubjectRequest, source: str, now: datetime) -> State:
    """Ask a source to `collect`, `correct` or `erase`; return the status to keep with the case.

    The status is collected, corrected, erased, kept (some or all of it, with what and why) or
    failed, with the kind of fault as `why`: a fault of a source is no fault of ours.
    """
    try:
        answered = _VERBS[verb](case, source, now)
    except Fault as fault:
        log.LOGGER.warning("source %s failed to %s: %s", source, verb, fault.why)
        answered = {"status": "failed", "why": fault.why}
    return {**answered, "at": format_timestamp(now)}


def kept(case: DataSubjectRequest, source: str) -> Iterator[SourceHolding]:
    """Yield what a source answered, or staff uploaded for it, record by record."""
    for line in objects.lines(_place(case, source)):
        for record in json.loads(line)["records"]:
            yield _understood(record)


def _collect(case: DataSubjectRequest, source: str, now: datetime) -> State:
    known = {item["id"] for item in policies.published().current(now).document["retention"]}
    count, cursor = 0, None
    with objects.Upload(_place(case, source), "application/x-ndjson") as upload:
        for number in range(MAX_PAGES):
            page = _call("collect", case, source, Collected, number, {"cursor": cursor})
            if any(record.kind not in known for record in page.records):
                raise Fault("malformed")
            count += len(page.records)
            upload.write(page.model_dump_json(by_alias=True, include={"records"}).encode() + b"\n")
            cursor = page.next
            if cursor is None:
                return {"status": "collected", "records": count}
        raise Fault("too_many_pages")


def _correct(case: DataSubjectRequest, source: str, _now: datetime) -> State:
    more = {"corrections": _accepted(case)}
    answer = _call("correct", case, source, Corrected, 0, more)
    if answer.status == "corrected":
        return {"status": "corrected"}
    return {"status": "kept", "reason": answer.reason}


def _erase(case: DataSubjectRequest, source: str, _now: datetime) -> State:
    answer = _call("erase", case, source, Erased, 0, {})
    left = [
        {"class": kept.kind, "count": kept.count, "ground": kept.ground} for kept in answer.kept
    ]
    return {"status": "kept" if left else "erased", "erased": answer.erased, "kept": left}


_VERBS: Mapping[str, Callable[[DataSubjectRequest, str, datetime], State]] = {
    "collect": _collect,
    "correct": _correct,
    "erase": _erase,
}


def _accepted(case: DataSubjectRequest) -> list[dict[str, str]]:
    settled = rectification.settled(case.corrections, case.result.get("decisions", ()))
    accepted = {item["field"] for item in settled if item["accepted"]}
    return [item for item in case.corrections if item["field"] in accepted]


def _call(
    verb: str,
    case: DataSubjectRequest,
    source: str,
    answer: type[_Answer],
    page: int,
    more: Mapping[str, Any],
) -> _Answer:
    """Make one signed call.

    Raises:
        Fault: it failed, or the answer is not one of the contract.
    """
    message = {
        "type": verb,
        "request_id": case.id,
        "request_type": case.type,
        "person_id": case.person,
        # Of an address that was changed, the one by which they know the person.
        "email": address_change.changed_from(case) or case.email,
        **more,
    }
    body = json.dumps(message, ensure_ascii=False, sort_keys=True).encode()
    name = webhook_signature.message_id(case.id, source, verb, str(page))
    url = source_client.addresses()[source]
    signed = webhook_signature.headers(
        webhook_signature.keys(source), name, current_time.now(), body
    )
    try:
        return answer.model_validate_json(source_client.post(url, signed, body))
    except ValidationError:
        raise Fault("malformed") from None


def _place(case: DataSubjectRequest, source: str) -> str:
    return f"uploads/{case.id}/{source}.json"


def _understood(record: dict[str, Any]) -> SourceHolding:
    """Read a record; one that staff uploaded in a form of its own is data as it stands."""
    try:
        return SourceHolding.model_validate_json(json.dumps(record))
    except ValidationError:
        return SourceHolding.model_validate({"class": OTHER, "title": "Record", "data": record})
