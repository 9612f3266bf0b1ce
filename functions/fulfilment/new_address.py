"""Carrying over what is held under an old address to a new one that was shown to be theirs (S55).

The records go first, one transaction each, those that a hold keeps stay where they are, too. Then
one transaction writes both ledgers: what the old address decided stands under the new one from its
own moments, and the old one has taken everything back. The old chain stays as it is: evidence.
Each step finds what an earlier try has done, so it may be stopped at any call and called again.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.domain import address_change, consent, evidence
from shared.domain.consent import Decision, bare_evidence
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.errors import Busy
from shared.domain.permission import ConsentState, decide
from shared.domain.record_classes import CARRIED, ROWS, RecordClass
from shared.domain.rectification import FieldChange, FieldDecision
from shared.domain.timestamps import format_timestamp
from shared.services import apply_action, link_browser
from shared.services.follow_up import CHANGE_OF_ADDRESS
from shared.storage import consent_states, holds, inventory, policies, records
from shared.storage.dynamodb import database
from shared.storage.records import Provenance, Record
from shared.storage.requests import follow_ups, request_inventory
from shared.storage.requests.follow_ups import FollowUp
from shared.storage.requests.request_store import RequestAction

NOTICE = "request_form"
BY = "system"
MAX_RACES = 20
# Where the pointer stands in the transaction: behind two events and their copies.
_POINTER = 4


def carry_out(case: DataSubjectRequest, now: datetime) -> None:
    """Change the address of `case`, if its new one was proved, and complete it.

    Where nobody pressed in the old mailbox, it has some days to stop the change; and what the old
    address is in the middle of comes to its end first. Whoever ends either calls again.

    Raises:
        Busy: somebody came in between; the same call works in a moment.
        Conflict: somebody acted on the case meanwhile.
    """
    new, address = address_change.proved(case), address_change.wanted(case)
    if new is None or address is None or not case.open:
        return
    if new != case.person and not _moved(case, new):
        until = address_change.not_before(case)
        if until is not None and now < until:
            follow_ups.put(
                FollowUp(case.id, CHANGE_OF_ADDRESS, case.person, format_timestamp(until))
            )
            return
        if _is_in_the_way(case):
            apply_action.act(case, RequestAction("address_waits", BY, now, key="address_waits"))
            return
        _move(case, new, address, now)
    change = FieldChange(field="email", before=case.email, after=address, record="*")
    decision = FieldDecision(field="email", accepted=True, proved=True)
    result = {"corrections": [change], "decisions": [decision], "outcome": "done"}
    changes = {"email": address, "result": result}
    told = {"new_person": new}
    apply_action.act(case, RequestAction("address_changed", BY, now, details=told, changes=changes))


def _is_in_the_way(case: DataSubjectRequest) -> bool:
    """Tell whether a request or a restriction of the old address stands in the way."""
    event = consent_states.get(case.person).event
    restricted = event is not None and event["restricted_since"] is not None
    others = request_inventory.of(case.person)
    return restricted or any(address_change.in_the_way(case, other) for other in others)


def _moved(case: DataSubjectRequest, new: str) -> bool:
    """Tell whether both ledgers were written: what the old mailbox gets since is another's."""
    return any(pointer.id == case.id for pointer in inventory.pointers(new))


def _move(case: DataSubjectRequest, new: str, address: str, now: datetime) -> None:
    state = consent_states.foreseen(_arriving(case, new, now), policies.published())
    for record in records.for_person(case.person):
        if record.kind not in CARRIED:
            continue
        if record.kind == RecordClass.LINKED_BROWSER and record.consent_id:
            link_browser.hand_over(record, new, evidence.unseen(evidence.SYSTEM), now)
        elif _goes_on(record, state, now):
            _carry(record, case, new, address)
    _write_both(case, new, now)


def _goes_on(record: Record, state: ConsentState, now: datetime) -> bool:
    """Tell whether what a record is kept for is allowed under the new address.

    Where it is not, the record ends with what the old one takes back.
    """
    known = policies.published()
    policy = known.current(now)
    kept = policy.classes.get(record.kind)
    purpose = policy.purposes.get((kept and kept.ends_with) or "")
    return purpose is None or decide(purpose, state, known, now).allowed


def _carry(record: Record, case: DataSubjectRequest, new: str, address: str) -> None:
    """Write a record under the new address and remove it under the old, its period unchanged.

    What stands there already, such as settings of the new address's own, stays.
    """
    of_person = ROWS[RecordClass(record.kind)].describes and "email" in record.fields
    copy = replace(
        record,
        person=new,
        fields={**record.fields, **({"email": address} if of_person else {})},
        facts={**record.facts, "carried": case.id},
        kept_from=record.kept_from or record.received_at,
    )
    unheld = holds.assert_not_held(record.person, record.kind)
    gone = [{"Delete": records.removing(record)}, *unheld]
    failed = _written([{"Put": records.put(copy)}, *gone])
    if 0 in failed and 1 not in failed:  # it stands there already
        failed = frozenset(place + 1 for place in _written(gone))
    elif failed and 1 not in failed:  # held
        with suppress(records.AlreadyExists):
            records.add(copy)
    if 1 in failed:
        raise Busy  # somebody changed it just now


def _written(members: list[dict[str, Any]]) -> frozenset[int]:
    """Write a transaction; return the positions of what stood against it, none if it is done."""
    try:
        database.call("transact_write_items", TransactItems=members)
    except database.TransactionFailed as failure:
        return frozenset(failure.items)
    return frozenset()


def _write_both(case: DataSubjectRequest, new: str, now: datetime) -> None:
    """Write what goes over and what ends, with what leads from the new name to the old."""
    known = policies.published()
    for _ in range(MAX_RACES):
        others = [
            *consent_states.writing(_leaving(case, new, now), known),
            {"Put": records.put(_pointer(case, new, now))},
        ]
        try:
            consent_states.change(_arriving(case, new, now), known, *others)
        except database.TransactionFailed as failure:
            if _POINTER in failure.items:
                return
        else:
            return
    raise Busy


def _arriving(case: DataSubjectRequest, new: str, now: datetime) -> Decision:
    """Return what the old address brings, as a decision of the new one's ledger."""
    brought = address_change.brought(consent_states.get(case.person))
    linked = link_browser.fingerprint(case.person, new)
    return _decision(
        subject=new,
        kind="decision",
        choices=dict.fromkeys(brought.refused, False),
        objects=brought.objected,
        carries=brought.carries,
        linked=linked,
        at=now,
    )


def _leaving(case: DataSubjectRequest, new: str, now: datetime) -> Decision:
    """Return that the old address allows nothing any more, and is not sent marketing."""
    policy = policies.published().current(now)
    decided = consent_states.get(case.person).choices
    return _decision(
        subject=case.person,
        kind="withdrawal",
        choices=dict.fromkeys((*decided, *policy.consents_of(case.person)), False),
        objects=policy.marketing_purposes,
        linked=link_browser.fingerprint(case.person, new),
        at=now,
    )


def _decision(at: datetime, **said: Any) -> Decision:
    policy = policies.published().current(at)
    return Decision(
        **said,
        evidence=bare_evidence("link"),
        policy=policy,
        notice=consent.words(policy.notices[NOTICE]),
        at=at,
    )


def _pointer(case: DataSubjectRequest, new: str, now: datetime) -> Record:
    policy = policies.published().current(now)
    return Record(
        person=new,
        kind=RecordClass.SUPPORT_RECORD,
        id=case.id,
        received_at=format_timestamp(now),
        fields={},
        provenance=Provenance(
            form=NOTICE,
            notice=consent.words(policy.notices[NOTICE]),
            policy_version=policy.version,
            **evidence.unseen(evidence.SYSTEM),
        ),
        facts={"by": BY, "former_person": case.person},
    )
