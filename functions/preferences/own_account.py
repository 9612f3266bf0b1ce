"""A person's own account: what it says, put right or closed by who proved the address (S16, S55).

What is put right is a correction like any other: the request that it answers is written in the
same transaction, and the worker tells the other systems and recipients (UK GDPR Art. 19). A closed
account has had its time: the next retention run removes it with its proof, unless a legal
hold keeps it. That it was closed, by whom and when, is a support record, which mails follow.
"""

import secrets as randomness
from collections.abc import Iterable, Mapping
from typing import Any

from preferences.schemas import AccountChange, OwnAccount
from shared.domain import consent, identifiers, person_fields, rectification, retention
from shared.domain.errors import Conflict, FieldError, Invalid, NotFound, pointer
from shared.domain.record_classes import RecordClass
from shared.domain.timestamps import format_timestamp
from shared.edge.http import Request
from shared.edge.request_context import from_request
from shared.services import answered_correction
from shared.services.answered_correction import Author
from shared.storage import corrections, policies, records
from shared.storage.corrections import RecordChange
from shared.storage.dynamodb import database
from shared.storage.records import Provenance, Record

KIND = RecordClass.ACCOUNT
NOTICE = "preference_centre"
BY = "person"
CHANNEL = "web"
# How it was shown who asks.
SHOWN_BY = "session"


def newest(held: Iterable[Record]) -> OwnAccount | None:
    """Show the account that somebody has; None if they have none, or closed it."""
    accounts = _open(held)
    if not accounts:
        return None
    account = accounts[-1]
    return OwnAccount(
        since=account.received_at,
        reference=account.facts.get("reference"),
        name=account.fields["name"],
        phone=account.fields.get("phone"),
        job_title=account.fields.get("job_title"),
        organisation=account.fields["organisation"],
        organisation_details=account.fields.get("organisation_details"),
    )


def change(person: str, body: AccountChange, request: Request) -> None:
    """Put right what the account says; what it says already is left as it is.

    Raises:
        Invalid: nothing is named, or what an account cannot be without is to go.
        NotFound: there is no account.
        Conflict: somebody changed it at this moment.
    """
    wanted = body.model_dump(exclude_unset=True)
    _refuse_gaps(wanted)
    accounts = _some(person)
    writes: list[dict[str, Any]] = []
    made: list[rectification.FieldChange] = []
    for account in accounts:
        changes = [
            RecordChange(name, account.fields.get(name), value)
            for name, value in wanted.items()
            if account.fields.get(name) != value
        ]
        if changes:
            told = {"at": format_timestamp(request.now), "by": BY}
            writes.append(corrections.write(account, changes, told))
            made += [answered_correction.said(account, each) for each in changes]
    if writes:
        policy = policies.published().current(request.now)
        seen = from_request(request)
        author = Author(BY, CHANNEL, seen["property"], SHOWN_BY, person=True)
        asked = answered_correction.completed(
            accounts[-1], made, policy.version, author, request.now
        )
        _write([*writes, *asked])


def close(person: str, request: Request) -> None:
    """Close the account, whatever it says; one that is closed already stays so.

    Raises:
        Conflict: somebody changed it at this moment.
    """
    accounts = _open(records.for_person(person, KIND))
    if not accounts:
        return
    known = policies.published()
    kept = retention.periods(known, request.now)[KIND]
    due = format_timestamp(retention.cutoff(request.now, kept))
    closed = {"closed_at": format_timestamp(request.now), "closed_by": BY}
    writes = [records.ending(account, due, closed) for account in accounts]
    _write([*writes, {"Put": records.put(_closure(person, accounts, request))}])


def used(person: str, request: Request) -> int:
    """Begin the period of somebody's open accounts anew; return how many they are (S13)."""
    accounts = _open(records.for_person(person, KIND))
    for account in accounts:
        records.renew(person, account.key, format_timestamp(request.now))
    return len(accounts)


def _open(held: Iterable[Record]) -> list[Record]:
    """Return the accounts that are not closed, the newest last."""
    found = (it for it in held if it.kind == KIND and "closed_at" not in it.facts)
    return sorted(found, key=lambda account: account.received_at)


def _some(person: str) -> list[Record]:
    accounts = _open(records.for_person(person, KIND))
    if not accounts:
        raise NotFound("You have no account with us.")
    return accounts


def _refuse_gaps(wanted: Mapping[str, str | None]) -> None:
    if not wanted:
        raise Invalid(FieldError("", "must name what is to be changed"))
    needed = person_fields.needed_in(KIND)
    faults = [
        FieldError(pointer(name), "cannot be taken away")
        for name, value in wanted.items()
        if value is None and name in needed
    ]
    if faults:
        raise Invalid(*faults)


def _closure(person: str, accounts: list[Record], request: Request) -> Record:
    policy = policies.published().current(request.now)
    notice = policy.notices[NOTICE]
    return Record(
        person=person,
        kind=RecordClass.SUPPORT_RECORD,
        id=identifiers.record_id(request.now, randomness.token_bytes(10)),
        received_at=format_timestamp(request.now),
        fields={
            name: accounts[-1].fields[name]
            for name in ("email", "language")
            if name in accounts[-1].fields
        },
        provenance=Provenance(
            form=NOTICE,
            notice=consent.words(notice),
            policy_version=policy.version,
            **from_request(request),
        ),
        facts={"by": BY, "closed_accounts": [account.id for account in accounts]},
    )


def _write(writes: list[dict[str, Any]]) -> None:
    # Nobody has so many accounts.
    if len(writes) > database.MEMBERS:
        raise Conflict("More than can be done at once; ask for it as a correction.")
    try:
        database.call("transact_write_items", TransactItems=writes)
    except database.TransactionFailed:
        raise Conflict("The account was changed just now; read it again.") from None
