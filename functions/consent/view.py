"""A browser's state as it is answered: what is effective, by the one decision about permission."""

from collections.abc import Sequence
from datetime import datetime

from consent.schemas import GpcEffect, RecordedDecision
from shared.domain import consent, permission
from shared.domain.consent import Event
from shared.domain.consent_signals import signals
from shared.domain.permission import ConsentState
from shared.domain.timestamps import parse_timestamp
from shared.storage import policies


def recorded(event: Event, people: Sequence[ConsentState]) -> RecordedDecision:
    """Answer a decision as of its own moment, so that a repetition answers the same."""
    return state(event, people, parse_timestamp(event["decided_at"]), signal=event["gpc"])


def state(
    event: Event, people: Sequence[ConsentState], now: datetime, *, signal: bool
) -> RecordedDecision:
    """Tell what holds at a moment for a browser whose newest event is `event`.

    `signal` is Global Privacy Control as the browser sends it now.
    """
    known = policies.published()
    policy = known.current(now)
    answers = permission.effective(
        (ConsentState(event), *people), policy.browser_switches, known, now, signal=signal
    )
    allowed = {name: answer.allowed for name, answer in answers.items()}
    return RecordedDecision(
        consent_id=event["subject"],
        decided_at=event["decided_at"],
        expires_at=event["expires_at"],
        policy_version=event["policy_version"],
        choices=allowed,
        gpc=GpcEffect(
            signal=signal,
            turned_off=sorted(
                {name for name, answer in answers.items() if answer.reason == "gpc"}
                | set((event["gpc_turned_off"] or ()) if signal else ())
            ),
        ),
        signals=signals(policy, allowed),
        renewal=consent.renewal(event, known, now),
        sequence=event["sequence"],
        digest=event["digest"],
    )
