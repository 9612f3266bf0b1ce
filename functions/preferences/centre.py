"""The preference centre: how every choice stands, and changing it as one ledger event.

Somebody and the browsers in which they opened a link that we mailed are one truth here: what a
browser was allowed is shown, and a no reaches all of them.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain, islice

from preferences import own_account
from preferences.schemas import Choice, KeptClass, Preferences, PreferencesChange, Subscription
from shared.domain import point_in_time, retention
from shared.domain.consent import Event
from shared.domain.errors import FieldError, Invalid
from shared.domain.field_copies import to_view
from shared.domain.permission import Permission
from shared.domain.policy import Policy, Purpose
from shared.domain.record_classes import is_whole
from shared.domain.retention import Period
from shared.domain.timestamps import format_timestamp, parse_timestamp
from shared.domain.token_scopes import ROWS as SCOPES
from shared.edge.http import Request
from shared.edge.request_context import evidence_of, from_request, heard
from shared.services import person_state
from shared.services.change_preferences import (
    PreferenceChange,
    change_preferences,
    display_of,
)
from shared.services.person_state import PersonState
from shared.storage import inventory, ledger, policies, records
from shared.storage.inventory import DataItem, Holder
from shared.storage.records import Record

NOTICE = "preference_centre"
SUBSCRIPTIONS = frozenset(row.confirms for row in SCOPES.values() if row.confirms)
# The stores that this function may read; of requests each has a page of its own.
STORES = ("records", "ledger", "consent_states")
# What is looked through to say what we hold; who has more is told so, and asks for a copy.
MAX_ITEMS = 1_000


def view(person: str, request: Request, turned_off: Iterable[str] = ()) -> Preferences:
    """Tell how each purpose stands, since when and how it came about (S14, S48, S51).

    `turned_off` is what the browser's signal has just kept off.
    """
    known, now = policies.published(), request.now
    policy = known.current(now)
    state = person_state.get(person)
    origins = _origins(person, state) if state.own.event else {}
    held, periods = _held(person, state), retention.periods(known, now)
    own = _own(person, held)
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
            _subscription(record, policy, decided, periods)
            for record in own
            if record.kind in SUBSCRIPTIONS
        ],
        account=own_account.newest(own),
        kept=list(_kept(held[:MAX_ITEMS], policy, periods)),
        more_kept=len(held) > MAX_ITEMS,
    )


def change(person: str, body: PreferencesChange, request: Request) -> Collection[str]:
    """Write choices and settings as one change; name what the browser's signal turned off.

    They are made under the preference centre's notice.

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
            evidence=evidence_of(
                request, NOTICE, body, language=body.language, override=body.gpc_override
            ),
            words=(policy, policy.notices[NOTICE]),
            context=from_request(request, body),
            at=request.now,
            display=body.display.model_dump(exclude_none=True) if body.display else {},
        ),
    )
    return made.turned_off if made else ()


def _choice(purpose: Purpose, answer: Permission, origin: Event | None) -> Choice:
    return to_view(
        Choice,
        answer,
        title=purpose.title,
        method=origin["method"] if origin else None,
        notice=origin["notice"]["id"] if origin else None,
        subject=purpose.subject,
        changeable=purpose.asks_consent or purpose.objectable,
    )


def _held(person: str, state: PersonState) -> list[DataItem]:
    """Read what is held in the stores that are open to the person's own page.

    One more than is counted says that there are others.
    """
    holder = Holder(person, state.names)
    whole = (item for item in inventory.items(holder, STORES) if is_whole(item.kind, item.store))
    return list(islice(whole, MAX_ITEMS + 1))


def _own(person: str, held: Collection[DataItem]) -> list[Record]:
    """Return the records that the page shows and acts on, however many others stand before them."""
    if len(held) <= MAX_ITEMS:
        return [item.content for item in held if item.store == "records"]
    return [record for kind in sorted(SUBSCRIPTIONS) for record in records.for_person(person, kind)]


def _subscription(
    record: Record, policy: Policy, decided: dict[str, Permission], periods: Mapping[str, Period]
) -> Subscription:
    purpose = policy.classes[record.kind].ends_with
    return Subscription(
        kind=record.kind,
        title=_titled(policy).get(record.kind, record.kind),
        purpose=purpose,
        since=record.received_at,
        form=record.provenance["form"],
        allowed=decided[purpose].allowed if purpose else "closed_at" not in record.facts,
        deleted_on=_deleted_on(record.kind, record.kept_from or record.received_at, periods),
    )


def _kept(
    held: Iterable[DataItem], policy: Policy, periods: Mapping[str, Period]
) -> Iterator[KeptClass]:
    """Say by class how much there is, and when the last of it goes (S13)."""
    counts: Counter[str] = Counter()
    last: dict[str, str] = {}
    for item in held:
        counts[item.kind] += 1
        day = _deleted_on(item.kind, item.starts, periods)
        last[item.kind] = max(last.get(item.kind, ""), day or "")
    titles = _titled(policy)
    for kind, count in sorted(counts.items()):
        yield KeptClass(
            kind=kind,
            title=titles.get(kind, kind),
            count=count,
            deleted_on=last[kind] or None,
        )


def _titled(policy: Policy) -> dict[str, str]:
    return {item["id"]: item["title"] for item in policy.document["retention"]}


def _deleted_on(kind: str, starts: str | None, periods: Mapping[str, Period]) -> str | None:
    """Return the day on which something is due to go, unless something keeps it on."""
    kept = periods.get(kind)
    if kept is None or starts is None:
        return None
    return format_timestamp(retention.due_at(parse_timestamp(starts), kept))[:10]


def _origins(person: str, state: PersonState) -> dict[str, Event]:
    """Find, for each purpose, the newest event that decided it or objected to it."""
    origins: dict[str, Event] = {}
    for event in chain.from_iterable(map(ledger.of_subject, (*state.names, person))):
        for name, found in point_in_time.decided_by(event, origins).items():
            before = origins.get(name)
            if before is None or found["decided_at"] >= before["decided_at"]:
                origins[name] = found
    return origins
