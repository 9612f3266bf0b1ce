"""The preference centre: how every choice stands, and changing it as one ledger event.

Somebody and the browsers in which they opened a link that we mailed are one truth here: what a
browser was allowed is shown, and a no reaches all of them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, islice

from preferences import own_account
from preferences.schemas import Choice, Kept, Preferences, PreferencesChange, Subscription
from shared.domain import point_in_time, retention
from shared.domain.consent import Event
from shared.domain.errors import FieldError, Invalid
from shared.domain.permission import Permission
from shared.domain.policy import Policy, Purpose
from shared.domain.timestamps import format_timestamp, parse_timestamp
from shared.edge.http import Request
from shared.edge.request_context import evidence_of, from_request, heard
from shared.services import person_state
from shared.services.change_preferences import (
    PreferenceChange,
    change_preferences,
    display_of,
)
from shared.services.person_state import PersonState
from shared.storage import ledger, policies, records
from shared.storage.records import Record

NOTICE = "preference_centre"
SUBSCRIPTIONS = ("subscription", "account")
HISTORY_PAGE = 500
# What is looked through to say what we hold; who has more than that asks for a copy.
MAX_RECORDS = 1_000


def view(person: str, request: Request, turned_off: Iterable[str] = ()) -> Preferences:
    """Tell how each purpose stands, since when and how it came about (S14, S48, S51).

    `turned_off` is what the browser's signal has just kept off.
    """
    known, now = policies.published(), request.now
    policy = known.current(now)
    state = person_state.read(person)
    origins = _origins(person, state) if state.own.event else {}
    held = list(islice(records.for_person(person), MAX_RECORDS))
    decided = {name: state.decide(purpose, known, now) for name, purpose in policy.purposes.items()}
    return Preferences(
        choices={
            name: _choice(policy.purposes[name], answer, origins.get(name))
            for name, answer in decided.items()
        },
        gpc=heard(request, turned_off),
        display=display_of(person),
        browsers=len(state.browsers),
        subscriptions=[
            _subscription(record, policy, decided, now)
            for record in held
            if record.kind in SUBSCRIPTIONS
        ],
        account=own_account.newest(held),
        kept=list(_kept(held, policy, now)),
    )


def change(person: str, body: PreferencesChange, request: Request) -> Preferences:
    """Write choices and settings as one change under the preference centre's notice.

    Raises:
        Invalid: an unknown purpose, or one that nobody can refuse.
    """
    if not body.choices and body.display is None:
        raise Invalid(FieldError("", "must name choices or display"))
    policy = policies.published().current(request.now)
    made = change_preferences(
        person,
        PreferenceChange(
            choices=body.choices,
            evidence=evidence_of(request, NOTICE, override=body.gpc_override),
            words=(policy, policy.notices[NOTICE]),
            context=from_request(request),
            at=request.now,
            display=body.display.model_dump(exclude_none=True) if body.display else {},
        ),
    )
    return view(person, request, made.turned_off if made else ())


def _choice(purpose: Purpose, answer: Permission, origin: Event | None) -> Choice:
    return Choice(
        title=purpose.title,
        allowed=answer.allowed,
        reason=answer.reason,
        since=answer.since,
        until=answer.until,
        policy_version=answer.policy_version,
        method=origin["method"] if origin else None,
        notice=origin["notice"]["id"] if origin else None,
        subject=purpose.subject,
        changeable=purpose.asks_consent or purpose.objectable,
    )


def _subscription(
    record: Record, policy: Policy, decided: dict[str, Permission], now: datetime
) -> Subscription:
    purpose = policy.classes[record.kind].ends_with
    return Subscription(
        kind=record.kind,
        since=record.received_at,
        form=record.provenance["form"],
        allowed=decided[purpose].allowed if purpose else "closed_at" not in record.facts,
        deleted_on=_deleted_on(record, policy, now),
    )


def _kept(held: Iterable[Record], policy: Policy, now: datetime) -> Iterator[Kept]:
    """Say by class how many records there are, and when the last of them goes (S13)."""
    counts: Counter[str] = Counter()
    last: dict[str, str] = {}
    for record in held:
        counts[record.kind] += 1
        day = _deleted_on(record, policy, now)
        last[record.kind] = max(last.get(record.kind, ""), day or "")
    titles = {item["id"]: item["title"] for item in policy.document["retention"]}
    for kind, count in sorted(counts.items()):
        yield Kept(
            kind=kind,
            title=titles.get(kind, kind),
            count=count,
            deleted_on=last[kind] or None,
        )


def _deleted_on(record: Record, policy: Policy, now: datetime) -> str | None:
    """Return the day on which a record is due to go, unless something keeps it on."""
    periods = retention.periods(policies.published(), now)
    if record.kind not in periods or policy.classes[record.kind].starts == "closed":
        return None
    begun = parse_timestamp(record.kept_from or record.received_at)
    return format_timestamp(retention.due_at(begun, periods[record.kind]))[:10]


def _origins(person: str, state: PersonState) -> dict[str, Event]:
    """Find, for each purpose, the newest event that decided it or objected to it."""
    origins: dict[str, Event] = {}
    names = [browser.entry.event["subject"] for browser in state.browsers]
    for event in chain.from_iterable(map(_events, (*names, person))):
        for name, found in point_in_time.decided_by(event, origins).items():
            before = origins.get(name)
            if before is None or found["decided_at"] >= before["decided_at"]:
                origins[name] = found
    return origins


def _events(subject: str) -> Iterator[Event]:
    sequence = 0
    while events := ledger.after(subject, sequence, HISTORY_PAGE):
        yield from events
        sequence = events[-1]["sequence"]
