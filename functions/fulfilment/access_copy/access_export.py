"""Preparing a copy: ask the other systems, gather, write, upload, complete (S52, Art. 15 and 20).

A copy that holds what others wrote is prepared for the staff first, and goes out as they released
it: if by then it holds anything that they have not seen, it is theirs to look at again.

Every step may be done again: objects and entries have the same names each time, and the request
moves once. So it may be stopped at any call and called again.
"""

import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

from fulfilment.access_copy import collection, copy_csv, copy_html, copy_json, scratch_files
from fulfilment.access_copy.scratch_files import ScratchFiles
from fulfilment.sources import source_requests
from shared import languages
from shared.domain.copy_review import Reviewed
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.errors import Conflict
from shared.domain.policy import Policy
from shared.domain.record_classes import RecordClass
from shared.domain.request_actions import AWAITING_REVIEW, COMPLETED, IN_PROGRESS
from shared.domain.request_types import UNPROVEN, row
from shared.domain.timestamps import format_timestamp
from shared.languages import Language
from shared.services import apply_action
from shared.storage import objects, policies
from shared.storage.requests import copy_reviews, request_store
from shared.storage.requests.request_store import RequestAction

ENTRY = "export"
_CHUNK = 256 * 1024
# What others wrote in the copy, a passage to the line, as staff see it.
PASSAGES, PASSAGES_FILE = "passages", "passages.jsonl"

# The forms of a copy, and what their objects are called.
FILES = {
    "json": "export.json",
    "html": "export.html",
    "zip": "export.zip",
    "csv": "export-csv.zip",
}

Files = dict[str, dict[str, Any]]


def carry_out(case: DataSubjectRequest, now: datetime) -> None:
    """Prepare the copy that `case` asks for, and complete it.

    A source that does not answer leaves the case in progress, for the staff to see to it; what the
    others answered is kept meanwhile.

    Raises:
        Busy: the store is throttling; the same call may work in a moment.
        Conflict: somebody acted on the case meanwhile; the same call begins with how it stands.
    """
    if case.status not in (IN_PROGRESS, AWAITING_REVIEW):
        return
    asked, failed = source_requests.ask_all(case, "collect", now)
    if failed is not None:
        apply_action.act(case, failed)
    elif source_requests.settled(asked):
        _prepare(asked, now, case.sources)


def _prepare(
    case: DataSubjectRequest, now: datetime, asked_before: Mapping[str, Mapping[str, Any]]
) -> None:
    policy = policies.published().current(now)
    kept = copy_reviews.get(case.id) if row(case.type).reviewed else copy_reviews.NOTHING
    review = Reviewed(kept.redactions)
    language = languages.chosen(case.language)
    with scratch_files.opened() as gathered:
        _gather(case, policy, gathered, review)
        told = copy_json.head(case, policy, gathered, language, now)
        told["other_systems"] = review.cut_value(told["other_systems"])
        told["withheld"] = copy_json.withheld(review, language)
        files = FILES | ({PASSAGES: PASSAGES_FILE} if row(case.type).reviewed else {})
        # First what names the objects, so that retention knows of them whatever happens.
        _keep(case, {name: {"key": _key(case, file)} for name, file in files.items()}, now)
        about = {"version": review.version, "redactions": kept.version}
        _keep(case, _upload(case, told, gathered, language, now), now, **about)
        counts = dict(gathered.counts)
    _refuse_moved(case, asked_before)
    _move(case, review, {"records": sum(counts.values()), "classes": counts}, now)


def _gather(
    case: DataSubjectRequest, policy: Policy, gathered: ScratchFiles, review: Reviewed
) -> None:
    """Write down all that the copy holds, less what is withheld, and apart what to review."""
    with gathered.path(PASSAGES_FILE).open("w", encoding="utf-8") as passages:
        for item in collection.everything(case, policy):
            others = item.others if row(case.type).reviewed else ()
            entry, found = review.cut(item.kind, item.entry(), others)
            review.withheld.update([UNPROVEN] if item.unproven else [])
            gathered.add(item.kind, entry)
            for passage in found:
                passages.write(json.dumps(asdict(passage), ensure_ascii=False) + "\n")
    gathered.close()


def _move(
    case: DataSubjectRequest, review: Reviewed, result: Mapping[str, Any], now: datetime
) -> None:
    """Complete the request, or have staff look at what others wrote and they have not released."""
    seen = case.facts.get("review", {})
    new = bool(review.passages) and seen.get("version") != review.version
    if new:
        details = {"version": review.version, "passages": len(review.passages)}
        changes = {"sources": case.sources}
        step = RequestAction("review_needed", "system", now, details=details, changes=changes)
        apply_action.act(case, step)
    elif case.status == IN_PROGRESS:
        told = {**case.result, **result}
        if review.withheld:
            told |= {"withheld": dict(review.withheld), "outcome": "partly"}
        changes = {"result": told, "sources": case.sources}
        apply_action.act(case, RequestAction("fulfilled", "system", now, changes=changes))


def _keep(case: DataSubjectRequest, files: Files, now: datetime, **about: str) -> None:
    content = {"files": files, "prepared_at": format_timestamp(now), **about}
    request_store.put_entry(case.id, ENTRY, content, RecordClass.EXPORT, format_timestamp(now))


def _refuse_moved(case: DataSubjectRequest, asked_before: Mapping[str, Mapping[str, Any]]) -> None:
    """Take the copy back if the request was closed meanwhile, or staff answered for a source.

    Raises:
        Conflict: so it is.
    """
    standing = request_store.get(case.id)
    if standing is not None and standing.status == case.status:
        if standing.sources == asked_before:
            return
    elif standing is None or standing.status != COMPLETED:
        for file in (*FILES.values(), PASSAGES_FILE):
            objects.remove(_key(case, file))
        request_store.remove_entry(case.id, ENTRY)
    raise Conflict("Somebody acted on this request while its copy was being prepared.")


def _upload(
    case: DataSubjectRequest,
    told: Mapping[str, Any],
    gathered: ScratchFiles,
    language: Language,
    now: datetime,
) -> Files:
    """Write the forms of the copy and put each in its place in the bucket."""
    kinds = copy_json.kinds(told)
    files: Files = {}
    if row(case.type).reviewed:
        lines = gathered.path(PASSAGES_FILE)
        files[PASSAGES] = _put(case, PASSAGES_FILE, lines, "application/x-ndjson")
    whole = gathered.path("export.json")
    copy_json.write(whole, told, gathered)
    files["json"] = _put(case, FILES["json"], whole, "application/json; charset=utf-8")
    shown = [whole]
    if case.type != collection.PORTABILITY:
        readable = gathered.path("index.html")
        copy_html.write(readable, told, gathered, language)
        files["html"] = _put(case, FILES["html"], readable, "text/html; charset=utf-8")
        shown = [readable, whole]
    csvs = list(copy_csv.write(gathered, kinds))
    in_folder = {f"csv/{path.name}": path for path in csvs}
    files["zip"] = _zip(case, FILES["zip"], {p.name: p for p in shown} | in_folder, now)
    files["csv"] = _zip(case, FILES["csv"], {path.name: path for path in csvs}, now)
    return files


def _put(case: DataSubjectRequest, name: str, path: Path, media_type: str) -> dict[str, Any]:
    with objects.Upload(_key(case, name), media_type) as upload:
        _copy(path, upload)
    return _described(case, name, upload)


def _zip(
    case: DataSubjectRequest, name: str, paths: Mapping[str, Path], now: datetime
) -> dict[str, Any]:
    """Pack files; the archive is sent while it is written, and is never on the disk."""
    with (
        objects.Upload(_key(case, name), "application/zip") as upload,
        zipfile.ZipFile(cast("IO[bytes]", upload), "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for inside, path in paths.items():
            about = zipfile.ZipInfo(inside, now.timetuple()[:6])
            about.compress_type = zipfile.ZIP_DEFLATED
            about.external_attr = 0o600 << 16  # for its owner alone, where it is unpacked
            about.file_size = path.stat().st_size
            with archive.open(about, "w") as member:
                _copy(path, member)
    return _described(case, name, upload)


def _copy(path: Path, target: Any) -> None:
    with path.open("rb") as file:
        chunks: Iterable[bytes] = iter(lambda: file.read(_CHUNK), b"")
        for chunk in chunks:
            target.write(chunk)


def _described(case: DataSubjectRequest, name: str, upload: objects.Upload) -> dict[str, Any]:
    return {"key": _key(case, name), "bytes": upload.bytes, "sha256": upload.sha256}


def _key(case: DataSubjectRequest, name: str) -> str:
    return f"exports/{case.id}/{name}"
