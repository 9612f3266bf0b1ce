"""Carrying out an erasure: plan, list, erase, look again, ask the other systems, certify (Art. 17).

Every step finds what an earlier try has done: the plan and the certificate are entries of the
case, what is gone is gone, and the request moves once. So it may be stopped at any call and
called again.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fulfilment import asking, erasing, plans
from fulfilment.plans import CERTIFICATE, Plan
from shared.domain import case as domain
from shared.domain import erasure
from shared.domain.case import Case
from shared.domain.clock import stamp
from shared.domain.erasure import Counts, Rule
from shared.storage import cases, disclosures, dynamo, erasures, holdings, policies
from shared.storage.cases import Step
from shared.storage.erasures import Erasure
from shared.storage.holdings import Scope

ROUNDS = 3
# What recipients of earlier disclosures are told to erase: all that they were given.
EVERYTHING = ("*",)
# With the request's own writes a transaction stays below its hundred members.
MOST_NOTICES = 90


def carry_out(case: Case, now: datetime) -> None:
    """Erase what is kept about the person of `case`, and complete it with its certificate.

    A source that does not answer leaves the case in progress, for the staff to see to it; our
    own stores are done by then and are not gone through again: who comes back is a new guest.

    Raises:
        Busy: the store is throttling; the same call may work in a moment.
        Conflict: somebody acted on the case meanwhile.
    """
    content = cases.entry(case.id, CERTIFICATE) or _own_stores(case, now)
    asked, failed = asking.each(case, "erase", now)
    if failed is not None:
        cases.advance(case, failed)
    elif asking.settled(asked):
        _finish(asked, content, now)


def _own_stores(case: Case, now: datetime) -> dict[str, Any]:
    """Erase in rounds until a look finds nothing more, at most three; give the certificate."""
    policy = policies.published().current(now)
    known = erasure.rules(policy)
    done: list[Plan] = []
    while True:
        plan = plans.kept(case.id, len(done) + 1)
        if plan is None:
            plan = _look(case, done, known, now)
            if _over(done, plan.counts):
                break
            plans.keep(case.id, len(done) + 1, plan)
        done.append(plan)
        erasures.note(Erasure(case.person, case.id, done[0].at, plan.browsers))
        erasing.sweep(_scope(case, plan), known)
    content = plans.certificate(done, plan.counts, known, policy.version, now)
    cases.put_entry(case.id, CERTIFICATE, content)
    return content


def _over(done: list[Plan], counts: Counts) -> bool:
    return bool(done) and (not erasure.outstanding(counts) or len(done) == ROUNDS)


def _look(case: Case, done: list[Plan], known: Mapping[str, Rule], now: datetime) -> Plan:
    browsers = holdings.linked(case.person).union(*(plan.browsers for plan in done))
    plan = Plan(stamp(now), browsers, {})
    return Plan(plan.at, browsers, erasing.look(_scope(case, plan), known))


def _scope(case: Case, plan: Plan) -> Scope:
    return Scope(case.person, case.id, plan.browsers)


def _finish(case: Case, content: dict[str, Any], now: datetime) -> None:
    notices = disclosures.notices(case.person, "erased", EVERYTHING, now, case.id)
    for start in range(MOST_NOTICES, len(notices), MOST_NOTICES):
        some = notices[start : start + MOST_NOTICES]
        dynamo.call("transact_write_items", TransactItems=some)
    whole = plans.with_the_rest(content, case, len(notices), now)
    cases.put_entry(case.id, CERTIFICATE, whole)
    step = Step(
        "fulfilled",
        "system",
        now,
        status=domain.COMPLETED,
        changes={"result": plans.summary(whole), "sources": case.sources},
    )
    cases.advance(case, step, *notices[:MOST_NOTICES])
