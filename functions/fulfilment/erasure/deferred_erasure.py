"""What an erasure had to leave for a while, and its end: legal holds, copies still to be fetched.

What is left is noted with the completion of the request (`services/follow_up.py`). Once nothing
keeps it any more it is erased, and the certificate says so; what the person stored after the
erasure is not touched.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from fulfilment.erasure import erasure_executor, erasure_plan
from fulfilment.erasure.erasure_plan import CERTIFICATE
from shared import languages
from shared.domain import erasure, retention
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.erasure_scope import ErasureScope
from shared.domain.record_classes import RecordClass
from shared.domain.request_actions import COMPLETED
from shared.domain.request_types import row
from shared.domain.timestamps import format_timestamp, parse_timestamp
from shared.services import apply_action
from shared.services.follow_up import DEFERRED_ERASURE
from shared.storage import policies
from shared.storage.holds import Watch
from shared.storage.requests import follow_ups, request_inventory, request_store
from shared.storage.requests.follow_ups import FollowUp
from shared.storage.requests.request_store import RequestAction


def copies(cases: Iterable[DataSubjectRequest], now: datetime) -> Mapping[str, str]:
    """Return those of a person's requests whose copy is still to be fetched, and until when."""
    found = {}
    for case in cases:
        if row(case.type).copy and case.status == COMPLETED:
            kept = request_store.entry(case.id, RecordClass.EXPORT)
            if kept is not None:
                prepared = parse_timestamp(kept["prepared_at"])
                period = retention.periods(policies.published(), prepared)[RecordClass.EXPORT]
                until = retention.due_at(prepared, period)
                if until > now:
                    found[case.id] = format_timestamp(until)
    return found


def noting(
    case: DataSubjectRequest,
    certificate: Mapping[str, Any],
    later: Mapping[str, str],
    now: datetime,
) -> list[dict[str, Any]]:
    """Return the write that notes what an erasure left, `later` the copies that it spared.

    None, if it left nothing.
    """
    held = [line["kind"] for line in certificate["stores"] if line["held"]]
    if not held and not later:
        return []
    after = min(later.values()) if later and not held else format_timestamp(now)
    details = {"browsers": sorted(_browsers(case)), "classes": held}
    return [follow_ups.putting(FollowUp(case.id, DEFERRED_ERASURE, case.person, after, details))]


def carry_out(case: DataSubjectRequest, now: datetime) -> None:
    """Erase what was left, if nothing keeps it now, and add it to the certificate.

    Safe to call again: what is gone is gone, and the request moves once. What is still kept is
    tried again with the next run of the deadlines.
    """
    content = request_store.entry(case.id, CERTIFICATE)
    if content is None or case.closed_at is None or case.facts.get("deferral_done"):
        return
    document = policies.published().current(now).document
    known = erasure.rules(languages.chosen(case.language).shown(document))
    spared = frozenset(copies(request_inventory.of(case.person), now))
    scope = ErasureScope(case.person, case.id, _browsers(case), case.closed_at, spared)
    watch = Watch()
    found = erasure_executor.find(scope, known, watch)
    erasure_executor.sweep(scope, known, watch, found.work)
    left = erasure_executor.find(scope, known, watch).counts
    kept = any(outcome == "hold" and number for (_, _, outcome), number in left.items())
    if kept or spared or erasure.outstanding(left):
        return
    lines = [dict(line) for line in erasure.lines([found.counts], left, known)]
    done_at, number = format_timestamp(now), erasure.outstanding(found.counts)
    told = {"at": done_at, "stores": lines, "found": number}
    request_store.put_entry(case.id, CERTIFICATE, {**content, "deferred": told})
    result = {**case.result, "held": 0, "deferred_erased": number, "deferred_at": done_at}
    step = RequestAction(
        "deferral_done",
        "system",
        now,
        changes={"result": result, "facts": {"deferral_done": done_at}},
    )
    waiting = FollowUp(case.id, DEFERRED_ERASURE, case.person, done_at)
    apply_action.act(case, step, follow_ups.removing(waiting))


def _browsers(case: DataSubjectRequest) -> frozenset[str]:
    """Name the browsers of the erasure's last plan."""
    number, browsers = 1, frozenset[str]()
    while plan := erasure_plan.kept(case.id, number):
        number, browsers = number + 1, plan.browsers
    return browsers
