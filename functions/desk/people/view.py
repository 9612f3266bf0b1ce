"""How the desk sees a person: what is held, where it came from, what is allowed and why."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from desk.people.schemas import (
    HeldRecord,
    LinkedBrowser,
    Notice,
    Permission,
    PermittedUse,
    PointInTime,
)
from shared.domain import point_in_time
from shared.domain.consent import Event
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.field_copies import to_view
from shared.domain.permission import ConsentState, decide
from shared.domain.point_in_time import State
from shared.domain.policy import Policy
from shared.domain.record_classes import RecordClass
from shared.domain.request_types import row
from shared.domain.timestamps import format_timestamp
from shared.services.link_browser import browsers_of
from shared.storage import consent_states, erasure_list, ledger, policies, record_pages
from shared.storage.records import Record
from shared.storage.requests import request_store

# Records, or decisions, of a page; visits of a browser are counted up to this.
PAGE, MAX_VISITS = 50, 200
OF_A_BROWSER = 100
MAX_BROWSERS = 100
# What is shown apart from a record's other facts.
_APART = ("changes", "sources")
_END = "9999"


def record_id(record: Record) -> str:
    """Name a record in a path: `class.id`; its key's `#` would end the path."""
    return f"{record.kind}.{record.id}"


def shown(record: Record, policy: Policy) -> HeldRecord:
    """Return a record with its provenance, as a whole and field by field (S1, S10)."""
    titles = {item["id"]: item["title"] for item in policy.document["retention"]}
    return to_view(
        HeldRecord,
        record,
        record_id=record_id(record),
        title=titles.get(record.kind, record.kind),
        facts={name: fact for name, fact in record.facts.items() if name not in _APART},
        sources=record.facts.get("sources", {}),
        changes=record.facts.get("changes", []),
        browser=nickname(record.consent_id) if _linked(record) else None,
    )


def _linked(record: Record) -> bool:
    """Tell whether a record's browser is the person's; what a form claimed is shown to nobody."""
    return record.kind == RecordClass.LINKED_BROWSER


def nickname(consent_id: str | None) -> str:
    """Return enough of a browser's name to tell it from others, too little to act for it."""
    return f"{str(consent_id)[:8]}…"


def permissions(state: State, policy: Policy, now: datetime) -> list[Permission]:
    """Decide for every purpose of a policy, with what the decision goes back to."""
    return [_permission(name, state, policy, now) for name in policy.purposes]


def _permission(name: str, state: State, policy: Policy, now: datetime) -> Permission:
    purpose = policy.purposes[name]
    decided = decide(purpose, state.consent_state, policies.published(), now)
    origin = state.origins.get(name) if state.consent_state.event else None
    return to_view(
        Permission,
        decided,
        purpose=name,
        title=purpose.title,
        lawful_basis=purpose.lawful_basis,
        decided_by=origin["sequence"] if origin else None,
        method=origin["method"] if origin else None,
        notice=origin["notice"]["id"] if origin else None,
    )


def current(person: str) -> State:
    """Return somebody's consent state now and what it goes back to."""
    consent_state = consent_states.get(person)
    events = ledger.of_subject(person) if consent_state.event else ()
    return State(consent_state, point_in_time.at(_END, events, consent_state).origins)


def then(person: str, at: datetime) -> PointInTime:
    """Reconstruct how consent stood at `at`: events in force, permissions, the words (S51)."""
    gone = [erasure.at for erasure in erasure_list.of(person)]
    state = point_in_time.at(
        format_timestamp(at), ledger.of_subject(person), consent_states.get(person), gone
    )
    event = state.consent_state.event
    policy = policies.published().current(at)
    in_force = _in_force(state)
    return PointInTime(
        at=format_timestamp(at),
        policy_version=policy.version,
        permissions=permissions(state, policy, at),
        suppressed_since=state.consent_state.suppressed_since,
        restricted_since=event["restricted_since"] if event else None,
        events=[dict(each) for each in in_force],
        notices=words(in_force),
    )


def _in_force(state: State) -> list[Event]:
    newest = [state.consent_state.event] if state.consent_state.event else []
    found = {event["sequence"]: event for event in (*state.origins.values(), *newest)}
    return [found[sequence] for sequence in sorted(found)]


def permitted_uses(asked: Iterable[DataSubjectRequest]) -> list[PermittedUse]:
    """Return what restricted data was used for, by what staff recorded with each restriction."""
    restrictions = (case for case in asked if row(case.type).uses)
    return [
        PermittedUse(
            request_id=event.request,
            at=event.at,
            by=event.by,
            ground=event.details["ground"],
            purpose=event.details.get("purpose"),
            reason=event.reason or "",
        )
        for case in restrictions
        for event in request_store.timeline(case.id)
        if event.action == "permitted_use"
    ]


def words(events: Iterable[Event]) -> list[Notice]:
    """Return the words under which `events` were decided, each notice of a version once."""
    seen = {(event["policy_version"], event["notice"]["id"]): event["notice"] for event in events}
    found = []
    for (version, name), reference in seen.items():
        document = policies.published().versions[version].document
        item: Mapping[str, Any] = next(n for n in document["notices"] if n["id"] == name)
        found.append(
            Notice(
                id=name,
                sha256=reference["sha256"],
                policy_version=version,
                title=item["title"],
                text=item["text"],
            )
        )
    return found


def browser(consent_id: str, at: datetime | None) -> LinkedBrowser:
    """Return a linked browser's decisions, and the one in force at `at`."""
    events = ledger.after(consent_id, 0, OF_A_BROWSER + 1)
    visits, more = record_pages.page(consent_id, None, MAX_VISITS, RecordClass.VISIT)
    state = (
        point_in_time.at(format_timestamp(at), ledger.of_subject(consent_id), ConsentState())
        if at
        else State()
    )
    event = state.consent_state.event
    return LinkedBrowser(
        browser=nickname(consent_id),
        decisions=[_anonymous(each) for each in events[:OF_A_BROWSER]],
        more_decisions=len(events) > OF_A_BROWSER,
        at={**_anonymous(event), "words": words([event])} if event else None,
        visits=len(visits),
        more_visits=more is not None,
    )


def _anonymous(event: Event) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name != "subject"}


def browsers(person: str, at: datetime | None) -> list[LinkedBrowser]:
    """Return the browsers in which somebody opened a link that we mailed, the first hundred."""
    return [browser(name, at) for name in islice(browsers_of(person), MAX_BROWSERS)]
