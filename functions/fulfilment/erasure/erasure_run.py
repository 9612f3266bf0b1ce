"""Carrying out an erasure: plan, list, erase, look again, ask the other systems, certify (Art. 17).

Every step finds what an earlier try has done: the plan and the certificate are entries of the
case, what is gone is gone, and the request moves once. So it may be stopped at any call and
called again.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from fulfilment.erasure import deferred_erasure, erasure_executor, erasure_plan
from fulfilment.erasure.erasure_plan import CERTIFICATE, Plan
from fulfilment.sources import source_requests
from shared import languages
from shared.domain import erasure
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.erasure import Counts
from shared.domain.erasure_scope import ErasureScope
from shared.domain.request_types import row
from shared.domain.timestamps import format_timestamp
from shared.services import apply_action, notify_recipients
from shared.services.notify_recipients import EVERYTHING
from shared.services.release_browsers import release_browsers
from shared.storage import erasure_list, inventory, policies
from shared.storage.erasure_list import Erasure
from shared.storage.holds import Watch
from shared.storage.requests import request_inventory, request_store
from shared.storage.requests.request_store import RequestAction

ROUNDS = 3


def carry_out(case: DataSubjectRequest, now: datetime) -> None:
    """Erase what is kept about the person of `case`, and complete it with its certificate.

    A source that does not answer leaves the case in progress, for the staff to see to it; our
    own stores are done by then and are not gone through again: who comes back is a new guest.

    Raises:
        Busy: the store is throttling; the same call may work in a moment.
        Conflict: somebody acted on the case meanwhile.
    """
    others = list(request_inventory.of(case.person))
    begun = bool(case.facts.get("begun"))
    if not begun:
        if _copy_is_open(others):
            return
        # From here on it can be neither cancelled nor refused: some of it may be gone.
        case = apply_action.act(case, RequestAction("begun", "system", now))
    later = deferred_erasure.copies(others, now)
    content = request_store.entry(case.id, CERTIFICATE) if begun else None
    if content is None:
        content = _own_stores(case, others, frozenset(later), now, begun=begun)
    asked, failed = source_requests.ask_all(case, "erase", now)
    if failed is not None:
        apply_action.act(case, failed)
    elif source_requests.settled(asked):
        _finish(asked, content, later, now)


def _copy_is_open(others: Iterable[DataSubjectRequest]) -> bool:
    """Tell whether the person asked for a copy that is not finished: that goes first."""
    return any(row(other.type).copy and other.open and other.identified for other in others)


def _own_stores(
    case: DataSubjectRequest,
    requests: Iterable[DataSubjectRequest],
    spared: frozenset[str],
    now: datetime,
    *,
    begun: bool,
) -> dict[str, Any]:
    """Erase in rounds until a look finds nothing more, at most three; return the certificate.

    The first look takes the person's `requests` as they were just read. What an earlier try that
    had `begun` planned is gone on with. Holds are read once: one that comes later fails the next
    transaction, and is known from then on.
    """
    watch = Watch()
    policy = policies.published().current(now)
    language = languages.chosen(case.language)
    known = erasure.rules(language.shown(policy.document))
    done: list[Plan] = []
    while True:
        plan = erasure_plan.kept(case.id, len(done) + 1) if begun else None
        work, begun = None, plan is not None
        if plan is None:
            browsers = inventory.linked(case.person).union(*(before.browsers for before in done))
            scope = ErasureScope(case.person, case.id, browsers, spared=spared)
            found = erasure_executor.find(scope, known, watch, None if done else requests)
            work = found.work
            plan = Plan(format_timestamp(now), browsers, found.counts)
            if _over(done, plan.counts):
                break
            erasure_plan.keep(case.id, len(done) + 1, plan)
        done.append(plan)
        erasure_list.note(Erasure(case.person, case.id, done[0].at, plan.browsers))
        release_browsers(case.person, plan.browsers, now)
        scope = ErasureScope(case.person, case.id, plan.browsers, spared=spared)
        erasure_executor.sweep(scope, known, watch, work)
    content = erasure_plan.certificate(done, plan.counts, known, policy.version, language, now)
    request_store.put_entry(case.id, CERTIFICATE, content)
    return content


def _over(done: list[Plan], counts: Counts) -> bool:
    return bool(done) and (not erasure.outstanding(counts) or len(done) == ROUNDS)


def _finish(
    case: DataSubjectRequest, content: dict[str, Any], later: Mapping[str, str], now: datetime
) -> None:
    told = notify_recipients.notify(case.person, "erased", EVERYTHING, now, case.id)
    whole = erasure_plan.with_the_rest(content, case, told, now)
    step = RequestAction(
        "fulfilled",
        "system",
        now,
        changes={"result": erasure_plan.summary(whole), "sources": case.sources},
    )
    kept = request_store.putting_entry(case.id, CERTIFICATE, whole)
    apply_action.act(case, step, kept, *deferred_erasure.noting(case, whole, later, now))
