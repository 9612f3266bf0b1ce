"""The preference centre: how every choice stands, and changing it as ledger events."""

from datetime import datetime

from preferences.schemas import Choice, Display, Preferences, PreferencesChange, Subscription
from shared.domain import point_in_time, preference_changes
from shared.domain.consent import Event, Evidence, NoticeReference
from shared.domain.errors import FieldError, Invalid
from shared.domain.permission import ConsentState, decide
from shared.domain.policy import Policy, Purpose
from shared.domain.timestamps import format_timestamp
from shared.edge.http import Request
from shared.edge.request_context import from_request
from shared.storage import consent_states, ledger, policies, records
from shared.storage.records import Provenance, Record

NOTICE = "preference_centre"
DISPLAY = ("display_settings", "current")
SUBSCRIPTIONS = ("subscription", "account")
HISTORY_PAGE = 500


def view(person: str, now: datetime) -> Preferences:
    """Tell how each purpose stands, since when and how it came about (S14, S48, S51)."""
    known = policies.published()
    standing = consent_states.get(person)
    origins = _origins(person) if standing.event else {}
    return Preferences(
        choices={
            purpose.id: _choice(purpose, standing, origins.get(purpose.id), now)
            for purpose in known.current(now).purposes.values()
        },
        display=_display(person),
        subscriptions=[
            Subscription(kind=record.kind, since=record.received_at, form=record.provenance["form"])
            for record in records.for_person(person)
            if record.kind in SUBSCRIPTIONS
        ],
    )


def change(person: str, body: PreferencesChange, request: Request) -> None:
    """Write choices as one ledger event under the preference centre's notice, and settings.

    Raises:
        Invalid: an unknown purpose, or one that nobody can refuse.
    """
    policy = policies.published().current(request.now)
    evidence = Evidence(
        method="preference_centre",
        gpc=False,
        gpc_override=False,
        sign_up=None,
        language=None,
        **from_request(request),
    )
    if body.choices:
        words = (policy, policy.notices[NOTICE])
        decision = preference_changes.decision(person, body.choices, evidence, words, request.now)
        consent_states.change(decision, policies.published())
    if body.display is not None:
        _keep_display(person, body.display, policy, request)
    if not body.choices and body.display is None:
        raise Invalid(FieldError("", "must name choices or display"))


def _display(person: str) -> dict[str, str]:
    record = records.get(person, "#".join(DISPLAY))
    return dict(record.fields) if record else {}


def _keep_display(person: str, display: Display, policy: Policy, request: Request) -> None:
    kind, name = DISPLAY
    notice = policy.notices[NOTICE]
    settings = Record(
        person=person,
        kind=kind,
        id=name,
        received_at=format_timestamp(request.now),
        fields={**_display(person), **display.model_dump(exclude_none=True)},
        provenance=Provenance(
            form=NOTICE,
            notice=NoticeReference(id=notice.id, sha256=notice.sha256),
            policy_version=policy.version,
            **from_request(request),
        ),
    )
    records.overwrite(settings)


def _choice(
    purpose: Purpose, standing: ConsentState, origin: Event | None, now: datetime
) -> Choice:
    permission = decide(purpose, standing, policies.published(), now)
    return Choice(
        title=purpose.title,
        allowed=permission.allowed,
        reason=permission.reason,
        since=permission.since,
        method=origin["method"] if origin else None,
        notice=origin["notice"]["id"] if origin else None,
        changeable=purpose.asks_consent or purpose.objectable,
    )


def _origins(person: str) -> dict[str, Event]:
    """Find, for each purpose, the newest event that decided it or objected to it."""
    origins: dict[str, Event] = {}
    sequence = 0
    while events := ledger.after(person, sequence, HISTORY_PAGE):
        for event in events:
            origins.update(point_in_time.decided_by(event, origins))
        sequence = events[-1]["sequence"]
    return origins
