"""When somebody is erased their browsers are nobody's again, and nothing is allowed in them."""

from collections.abc import Iterable
from datetime import datetime

from shared.domain import choice_validation, consent
from shared.domain.consent import Decision, bare_evidence
from shared.services.record_decision import record_decision
from shared.storage import ledger, policies

NOTICE = "request_form"


def release_browsers(person: str, browsers: Iterable[str], at: datetime) -> None:
    """Withdraw everything in each browser and forget whose it is; again changes nothing.

    Raises:
        Busy: the store is throttling; the same call may work in a moment.
    """
    policy = policies.published().current(at)
    for browser in browsers:
        head = ledger.head(browser)
        if head is None or person not in head.people:
            continue
        gone = Decision(
            subject=browser,
            kind="withdrawal",
            choices=choice_validation.withdrawn(head.event, policy, None),
            evidence=bare_evidence("form"),
            policy=policy,
            notice=consent.words(policy.notices[NOTICE]),
            at=at,
        )
        record_decision(gone, head, leaves=person)
