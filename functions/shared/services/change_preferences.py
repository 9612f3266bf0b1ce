"""Changing what somebody wishes: choices and settings as one conditional write (S14, S33, S48)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.domain import consent, preference_changes
from shared.domain.consent import Decision, Evidence
from shared.domain.errors import Busy
from shared.domain.evidence import RequestContext
from shared.domain.policy import Notice, Policy
from shared.domain.record_classes import RecordClass
from shared.domain.timestamps import format_timestamp
from shared.services import person_state
from shared.storage import consent_states, policies, records
from shared.storage.dynamodb import database
from shared.storage.records import Provenance, Record

DISPLAY = (RecordClass.DISPLAY_SETTINGS, "current")
MAX_RACES = 20


@dataclass(frozen=True, slots=True)
class PreferenceChange:
    """What shall be otherwise: choices by purpose, and settings of how pages look.

    `context` is that of the request; `words` are those by which the choices were made.
    """

    choices: Mapping[str, bool]
    evidence: Evidence
    words: tuple[Policy, Notice]
    context: RequestContext
    at: datetime
    display: Mapping[str, str] = field(default_factory=dict)


def change_preferences(person: str, change: PreferenceChange) -> Decision | None:
    """Write what a change makes otherwise, all or nothing; return the decision in it, if any.

    What is so already is no event. Changes of different settings side by side both survive: who
    comes second reads again. A no is not so before it holds in every browser of the person.

    Raises:
        Invalid: an unknown purpose, one that nobody can refuse, or a grant that the words do
            not ask for.
        Busy: other writers kept coming first.
    """
    decision = _decision(person, change) if change.choices else None
    for _ in range(MAX_RACES):
        before = records.get(person, "#".join(DISPLAY)) if change.display else None
        shown = {**(before.fields if before else {}), **change.display}
        wanted = bool(change.display) and (before is None or shown != before.fields)
        settings = _settings(person, change, shown)
        writes = [{"Put": records.put_over(settings, before)}] if wanted else []
        try:
            if decision is not None:
                consent_states.change(decision, policies.published(), *writes)
            elif writes:
                database.call("transact_write_items", TransactItems=writes)
        except database.TransactionFailed:
            continue
        return decision
    raise Busy


def display_of(person: str) -> dict[str, str]:
    """Return how somebody likes pages displayed."""
    record = records.get(person, "#".join(DISPLAY))
    return dict(record.fields) if record else {}


def _decision(person: str, change: PreferenceChange) -> Decision:
    decision = preference_changes.decision(
        person, change.choices, change.evidence, change.words, change.at
    )
    known = policies.published()
    state = person_state.get(person)
    so = state.is_so(decision.choices, known, change.at)
    return replace(decision, unless_so=so, at=max((change.at, *state.moments)))


def _settings(person: str, change: PreferenceChange, shown: Mapping[str, str]) -> Record:
    policy, notice = change.words
    kind, name = DISPLAY
    return Record(
        person=person,
        kind=kind,
        id=name,
        received_at=format_timestamp(change.at),
        fields=shown,
        provenance=Provenance(
            form=notice.id,
            notice=consent.words(notice, change.evidence["language"]),
            policy_version=policy.version,
            **change.context,
        ),
    )
