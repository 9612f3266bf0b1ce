"""Every write under a condition, raced: one wins, or all are kept, as the condition promises.

The table is `racing.RACES`, which each test's decorator fills: a new condition in the code without
a race fails by name.
"""

import secrets as randomness
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.breach import Breach
from shared.domain.data_subject_request import MailNote
from shared.domain.erasure_scope import ErasureScope
from shared.domain.errors import Conflict, InFlight, Limited
from shared.domain.hash_chain import first_break
from shared.domain.idempotency import IdempotencyKey
from shared.domain.rate_limits import Limit
from shared.domain.statistics import Addition, Increment
from shared.domain.timestamps import format_timestamp
from shared.domain.token_scopes import TokenScope
from shared.storage import (
    breaches,
    consent_states,
    corrections,
    counting,
    erasable_items,
    holds,
    idempotency_claims,
    imports,
    ledger,
    policies,
    policy_changes,
    rate_limit_counters,
    records,
    statistics,
    tokens,
)
from shared.storage.corrections import RecordChange
from shared.storage.dynamodb import database
from shared.storage.hold_items import Hold
from shared.storage.imports import Import
from shared.storage.merkle_log import log_inbox, log_state
from shared.storage.merkle_log.log_state import LogState, Moved
from shared.storage.policy_changes import AnnouncementOrder, Progress
from shared.storage.requests import link_asks, mail_notes, request_inventory, request_store
from shared.storage.requests.link_asks import LinkAsk
from shared.storage.requests.request_store import AlreadyExists, RequestAction, Stale
from shared.storage.retention import (
    consent_state_cleanup,
    removal_counts,
    retention_index,
    runs,
)
from shared.storage.retention.retention_index import Item, RetentionPartition
from shared.storage.retention.runs import RunReport
from tests import factories
from tests.races import test_races
from tests.races.racing import RACES, WAYS, conditional_writes, race_of, won
from tests.storage.test_ledger import decision
from tests.support import NOW

pytestmark = pytest.mark.usefixtures("cloud")
AT = format_timestamp(NOW)
LATER = format_timestamp(NOW + timedelta(days=1))


def test_every_write_under_a_condition_is_raced() -> None:
    """The table against the code: neither has what the other has not."""
    assert test_races.__name__, "its races are in the table, too"
    assert set(conditional_writes()) - set(RACES) == set(), "no test races these"
    assert set(RACES) - set(conditional_writes()) == set(), "these are no more"


def somebody() -> str:
    return f"p_{randomness.token_hex(13)}"


def stored(**more: Any) -> records.Record:
    record = factories.record(somebody(), **more)
    records.add(record)
    return record


def now(record: records.Record) -> records.Record:
    found = records.get(record.person, record.key)
    assert found is not None
    return found


def transact(*members: Any) -> None:
    database.call("transact_write_items", TransactItems=list(members))


def _step(action: str, reason: str | None = None) -> RequestAction:
    return RequestAction(action, "system", NOW, reason=reason)


# Records.


@race_of("shared.storage.records:put")
def test_a_record_is_added_once() -> None:
    record = factories.record(somebody())
    done = won(lambda n: records.add(replace(record, facts={"by": n})), records.AlreadyExists)
    assert len(done) == 1


@race_of("shared.storage.records:put_over")
def test_settings_are_changed_over_what_was_read_and_no_change_is_lost() -> None:
    record = stored(kind="display_settings", fields={})

    def add(number: int) -> None:
        before = now(record)
        fields = {**before.fields, f"f{number}": "on"}
        write = records.put_over(replace(before, fields=fields), before)
        try:
            transact({"Put": write})
        except database.TransactionFailed:
            add(number)

    won(add)
    assert len(now(record).fields) == WAYS


@race_of("shared.storage.records:note_mail", "shared.storage.corrections:write")
def test_what_is_noted_on_a_record_at_once_is_all_noted() -> None:
    """A worker's note on its mail and staff's corrections: neither takes the other's away."""
    record = stored()
    as_it_was = now(record)
    told = {"by": "staff-1", "at": AT, "reason": "As we spoke."}

    def correct(number: int) -> None:
        before = now(record)
        name = str(before.fields["name"])
        try:
            transact(corrections.write(before, [RecordChange("name", name, f"Sam {number}")], told))
        except database.TransactionFailed:
            correct(number)

    def either(number: int) -> None:
        records.note_mail(as_it_was, f"mail{number}", "refused")
        correct(number)

    won(either)
    facts = now(record).facts
    assert (len(facts["mails"]), len(facts["changes"])) == (WAYS, WAYS)


@race_of("shared.storage.records:ending")
def test_a_record_ends_once() -> None:
    record = stored(kind="account")
    as_it_was = now(record)
    done = won(
        lambda n: transact(records.ending(as_it_was, AT, {"closed_at": f"by {n}"})),
        database.TransactionFailed,
    )
    assert len(done) == 1


@race_of("shared.storage.records:renew")
def test_a_period_is_renewed_to_the_latest() -> None:
    record = stored()
    ends = [format_timestamp(NOW + timedelta(days=WAYS - n)) for n in range(WAYS)]
    won(lambda n: records.renew(record.person, record.key, ends[n]))
    assert now(record).kept_from == max(ends)


@race_of("shared.storage.records:delete")
def test_a_record_is_removed_once() -> None:
    record = stored()

    def remove(_: int) -> None:
        transact({"Delete": records.delete(record.person, record.key)})

    assert len(won(remove, database.TransactionFailed)) == 1


@race_of("shared.storage.records:removing")
def test_a_record_goes_to_another_name_once_with_all_that_was_noted_on_it() -> None:
    record, other = stored(), somebody()
    as_it_was = now(record)

    def carry(number: int) -> tuple[set[str], int]:
        """Note something, then carry; return what was noted by then, and 1 if this carried it."""
        records.note_mail(as_it_was, f"mail{number}", "refused")
        noted = records.get(record.person, record.key)
        seen = set(noted.facts["mails"]) if noted else set()
        before: records.Record | None = as_it_was
        while before:
            copy = {"Put": records.put(replace(before, person=other))}
            with suppress(database.TransactionFailed):
                transact(copy, {"Delete": records.removing(before)})
                return seen, 1
            before = records.get(record.person, record.key)
        return seen, 0

    done = won(carry)
    assert sum(carried for _, carried in done) == 1
    there = records.get(other, record.key)
    assert there is not None
    assert set[str]().union(*(seen for seen, _ in done)) <= set(there.facts["mails"])


@race_of("shared.storage.retention.retention_index:still_due")
def test_what_is_due_goes_once_and_not_what_was_renewed() -> None:
    record = stored()
    (found,) = (
        item
        for item in retention_index.pages(_place(record), LATER).__next__()
        if item.key["person"] == record.person
    )
    cutoff = format_timestamp(NOW + timedelta(days=1))
    done = won(lambda _: transact(found.delete(cutoff)), database.TransactionFailed)
    assert len(done) == 1


def test_what_was_renewed_since_it_was_found_due_stays() -> None:
    record = stored()
    (found,) = (
        item
        for item in next(retention_index.pages(_place(record), LATER))
        if item.key["person"] == record.person
    )
    records.renew(record.person, record.key, format_timestamp(NOW + timedelta(days=9)))
    with pytest.raises(database.TransactionFailed):
        transact(found.delete(format_timestamp(NOW + timedelta(days=1))))
    assert now(record).kept_from is not None


def _place(record: records.Record) -> RetentionPartition:
    shard = int(_attributes(record)["retention_class"]["S"].rpartition("#")[2])
    return RetentionPartition("records", record.kind, shard)


def _attributes(record: records.Record) -> Any:
    return database.get("records", person=record.person, record=record.key)


# Tokens, claims and limits.


@race_of("shared.storage.tokens:use", "shared.storage.tokens:_put")
def test_a_link_is_used_once_and_issuing_it_again_leaves_it_used() -> None:
    person, scope = somebody(), next(each for each in TokenScope if each.row.opens)

    def issued() -> str:
        return tokens.issue(scope, person, "cause", {}, NOW)

    as_it_was = tokens.verify(scope, issued(), NOW)

    def use(_: int) -> None:
        issued()
        transact({"Update": tokens.use(as_it_was, NOW)})

    assert len(won(use, database.TransactionFailed)) == 1
    assert tokens.get(scope, issued()).used_at is not None


@race_of("shared.storage.idempotency_claims:begin")
def test_a_request_of_one_key_is_begun_once() -> None:
    key, owner = IdempotencyKey(randomness.token_hex(16), "asked"), somebody()
    begun = won(lambda _: idempotency_claims.begin(owner, key, NOW), InFlight)
    assert begun == [None]


@race_of("shared.storage.idempotency_claims:forget")
def test_what_is_done_is_not_forgotten() -> None:
    key, owner = IdempotencyKey(randomness.token_hex(16), "asked"), somebody()
    idempotency_claims.begin(owner, key, NOW)

    def end(way: int) -> None:
        if way % 2:
            idempotency_claims.finish(owner, key, NOW, {"changed": ["name"]})
        else:
            idempotency_claims.forget(owner, key)

    won(end)
    assert idempotency_claims.begin(owner, key, NOW) == {"changed": ["name"]}


@race_of("shared.storage.rate_limit_counters:count")
def test_no_more_are_let_in_than_may() -> None:
    limit = Limit(randomness.token_hex(4), most=WAYS // 2, window=3600)
    left = won(lambda _: rate_limit_counters.count(limit, "192.0.2.1", NOW), Limited)
    assert sorted(left) == list(range(WAYS // 2)), "each of these was counted by itself"


@race_of("shared.storage.rate_limit_counters:count_once")
def test_causes_are_counted_once_each_up_to_the_limit() -> None:
    limit = Limit(randomness.token_hex(4), most=WAYS // 2, window=3600)
    counted = won(lambda n: rate_limit_counters.count_once(limit, "sam", f"cause {n}", NOW))
    assert Counter(counted)[True] == WAYS // 2


@race_of("shared.storage.counting:_mark")
def test_each_record_of_a_stream_is_counted_once() -> None:
    what = f"page#{randomness.token_hex(4)}"
    seen = Increment("visits", "2026-02-01", what, {"views": 1})

    def add(number: int) -> None:
        """Count one of one's own, and one that everybody was handed."""
        both = [Addition(f"{WAYS + number:06}", [seen]), Addition("000001", [seen])]
        counting.add(what, both, NOW)

    won(add)
    counted = [each for each in statistics.of_day("visits", "2026-02-01") if each.what == what]
    assert [each.counts["views"] for each in counted] == [WAYS + 1]


# What a person decided.


@race_of(
    "shared.storage.consent_states:without_event",
    "shared.storage.retention.consent_state_cleanup:_without_copy",
)
def test_a_decision_is_not_taken_away_with_the_one_before_it() -> None:
    person = somebody()

    def decide(number: int) -> None:
        one = replace(
            decision(person, number), choices={"direct_marketing": True}, objects=("improvement",)
        )
        consent_states.change(one, policies.published())

    def forget_and_decide(number: int) -> None:
        state = consent_states.get(person)
        if state.event is not None:
            with suppress(database.TransactionFailed):
                transact(consent_states.without_event(person, state))
        consent_state_cleanup.without_copies([person], AT)
        decide(number)

    decide(0)
    won(forget_and_decide)
    state, chain = consent_states.get(person), ledger.after(person, 0, 1000)
    assert first_break(person, chain) is None
    assert len(chain) == WAYS + 1
    assert state.event is None or state.event["digest"] == chain[-1]["digest"]
    assert state.event is not None or state.suppressed


@race_of("shared.storage.erasable_items:_record")
def test_what_is_gone_does_not_come_back_smaller() -> None:
    record = stored()
    scope = ErasureScope(record.person, "r_x", frozenset())
    (held,) = (one.item for one in erasable_items.items(scope) if one.item.store == "records")

    def reduce_or_remove(number: int) -> None:
        found = erasable_items._record(held, scope, frozenset())
        if number == WAYS // 2:
            transact({"Delete": records.delete(record.person, record.key)})
        elif found is not None and found.reduce is not None:
            transact(found.reduce)

    won(reduce_or_remove, database.TransactionFailed)
    assert records.get(record.person, record.key) is None


# The log.


@race_of(
    "shared.storage.merkle_log.log_state:put",
    "shared.storage.merkle_log.log_state:_keep",
    "shared.storage.merkle_log.log_inbox:Note.taken",
)
def test_the_log_grows_in_one_order_and_takes_each_note_in_once() -> None:
    before = log_state.get() or LogState("log of tests")
    grown = won(lambda n: log_state.keep(before, cursors={"0": {"start": str(n)}}), Moved)
    assert len(grown) == 1
    assert log_state.get() == grown[0]
    at = f"{AT}#{randomness.token_hex(8)}"
    item = {"part": log_inbox.PART, "at": at, "day": AT[:10], "removed": []}
    noted = won(lambda _: transact(log_state.put(item)), database.TransactionFailed)
    assert len(noted) == 1
    (note,) = (each for each in log_inbox.waiting() if each.at == at)
    taken = won(lambda _: transact(note.taken()), database.TransactionFailed)
    assert len(taken) == 1
    log_state.keep(grown[0], cursors=before.cursors)


# Requests.


@race_of("shared.storage.requests.request_items:writes")
def test_a_request_is_opened_once_and_each_step_of_it_stands_in_its_order() -> None:
    case = factories.request(id=f"r_{randomness.token_hex(13)}", person=somebody())
    opened = won(lambda _: request_store.open_request(case, _step("received")), AlreadyExists)
    assert len(opened) == 1

    def note(number: int) -> None:
        before = request_store.get(case.id)
        assert before is not None
        try:
            request_store.advance(before, _step("note", reason=f"number {number}"))
        except Stale:
            note(number)

    won(note)
    events = list(request_store.timeline(case.id))
    assert [event.sequence for event in events] == list(range(1, WAYS + 2))
    assert len({event.reason for event in events}) == WAYS + 1


@race_of("shared.storage.requests.request_inventory:smaller")
def test_a_step_never_brings_back_what_an_erasure_took_from_a_request() -> None:
    """Of all who read the request as it was, one writes: the others read it again."""
    case = factories.request(id=f"r_{randomness.token_hex(13)}", person=somebody())
    case = request_store.open_request(case, _step("received"))
    done: list[str] = []

    def both(number: int) -> None:
        smaller = request_inventory.smaller(case)
        assert smaller is not None
        with suppress(database.TransactionFailed):
            transact(smaller)
            done.append("smaller")
        with suppress(Stale):
            request_store.advance(case, _step("note", f"number {number}"))
            done.append("note")

    won(both)
    left = request_store.get(case.id)
    assert left is not None
    assert len(done) == 1
    assert (left.email, left.name) == (("", "") if done == ["smaller"] else (case.email, case.name))


@race_of("shared.storage.requests.link_asks:note", "shared.storage.dynamodb.database:put_new")
def test_a_link_asked_for_with_one_key_is_asked_for_once() -> None:
    name = randomness.token_hex(8)

    def ask(number: int) -> LinkAsk:
        at = format_timestamp(NOW + timedelta(seconds=number))
        return link_asks.note(LinkAsk("r_x", name, at))

    assert len(set(won(ask))) == 1


@race_of("shared.storage.requests.mail_notes:keep")
def test_a_mail_that_bounced_stays_bounced() -> None:
    request = f"r_{randomness.token_hex(13)}"

    def note(number: int) -> None:
        outcome = "bounced" if number == WAYS // 2 else "sent"
        at = format_timestamp(NOW + timedelta(seconds=number))
        mail_notes.keep(request, "00001", MailNote("verify", at, outcome))

    won(note)
    assert [each.outcome for each in mail_notes.of(request)] == ["bounced"]


# Holds.


@race_of(
    "shared.storage.holds:place",
    "shared.storage.holds:_mark_all",
    "shared.storage.holds:_lifted",
    "shared.storage.holds:_tidy",
)
def test_a_hold_is_placed_once_and_lifted_once_and_leaves_nothing() -> None:
    hold = Hold(id=f"h_{randomness.token_hex(8)}", reason="A claim.", by="staff-1", placed_at=AT,
                person=somebody())  # fmt: skip
    placed = won(lambda n: holds.place(replace(hold, by=f"staff-{n}")), holds.AlreadyExists)
    assert len(placed) == 1
    assert holds.on(str(hold.person)) == {hold.id}
    kept = holds.get(hold.id)
    assert kept is not None
    lifted = won(lambda n: holds.lift(kept, f"staff-{n}", NOW))
    assert len({each.lifted_by for each in lifted}) == 1
    assert database.get("operations", kind="held", id=f"person#{hold.person}") is None
    won(lambda _: holds._mark_all(kept, kept.markers))
    assert not holds.on(str(hold.person)), "what is lifted is not marked"


@race_of("shared.storage.holds:check", "shared.storage.holds:InForce.still")
def test_what_a_hold_covers_from_now_on_is_removed_by_nobody() -> None:
    """Removals and a hold at once: what is there when the hold stands stays."""
    person = somebody()
    kept = [factories.record(person, id=f"{n:03}") for n in range(WAYS)]
    for record in kept:
        records.add(record)
    hold = Hold(id=f"h_{randomness.token_hex(8)}", reason="A claim.", by="staff-1", placed_at=AT,
                person=person)  # fmt: skip
    seen = holds.in_force()
    there: list[int] = []

    def remove_or_hold(number: int) -> None:
        guard = [*holds.assert_not_held(person, "enquiry"), seen.still(0)]
        if number == WAYS // 2:
            holds.place(hold)
            there.append(len(list(records.for_person(person))))
            return
        transact({"Delete": records.delete(person, kept[number].key)}, *guard)

    try:
        won(remove_or_hold, database.TransactionFailed)
        assert len(list(records.for_person(person))) == there[0]
    finally:
        holds.lift(hold, "staff-1", NOW)


# The registers of staff.


def breach() -> Breach:
    return factories.breach(AT, id=f"b_{randomness.token_hex(13)}")


@race_of(
    "shared.storage.breaches:add",
    "shared.storage.breaches:change",
    "shared.storage.breaches:batch",
    "shared.storage.breaches:note_done",
    "shared.storage.breaches:warn",
)
def test_a_breach_is_entered_once_and_each_change_of_it_is_kept() -> None:
    new = breach()
    entered = won(lambda n: breaches.add(replace(new, by=f"staff-{n}")))
    assert len({each.by for each in entered}) == 1

    def change(number: int) -> None:
        before = breaches.get(new.id)
        assert before is not None
        events = (*before.events, {"by": f"staff-{number}"})
        batch = breaches.batch(new.id, number, [{"person": somebody()}], NOW)
        try:
            breaches.change(replace(before, events=events), batch)
        except Conflict:
            change(number)

    won(change)
    after = breaches.get(new.id)
    assert after is not None
    assert (after.version, len(after.events)) == (WAYS + 1, WAYS)
    assert len(list(breaches.batches(new.id))) == WAYS
    kind = f"{breaches.BATCHES}{new.id}"
    won(lambda n: breaches.note_done(kind, f"{n:07}", {"mailed": n, "unreachable": 0}))
    assert [each["done"]["mailed"] for each in breaches.batches(new.id)] == list(range(WAYS))
    assert Counter(won(lambda _: breaches.warn(new, 24, NOW)))[True] == 1


@race_of("shared.storage.imports:begin")
def test_an_import_is_begun_once() -> None:
    new = Import(
        id=f"i_{randomness.token_hex(13)}", at=AT, by="staff-1", source="public_resources",
        obtained_on="2026-01-31", lawful_basis="legitimate_interests", purpose=None, total=1,
        fingerprint="f",
    )  # fmt: skip
    begun = won(lambda n: imports.begin(replace(new, by=f"staff-{n}")))
    assert len({each.by for each in begun}) == 1


@race_of("shared.storage.policy_changes:_put")
def test_a_page_of_people_is_ordered_once_and_the_telling_goes_on_from_one_place() -> None:
    version = randomness.token_hex(4)
    ordered = won(lambda _: policy_changes.order(AnnouncementOrder(version, "2026-02-01", 1)))
    assert Counter(ordered)[True] == 1
    begun = Progress(version)
    won(lambda n: policy_changes.advance(begun, Progress(version, place=n, step=n + 1)))
    went = policy_changes.get(version)
    assert went.step == went.place + 1
    policy_changes.advance(begun, Progress(version, place=WAYS, step=WAYS + 1))
    assert policy_changes.get(version) == went, "whoever read it before goes on from nowhere"


# Retention.


def report() -> RunReport:
    run = runs.name(AT, randomness.token_bytes(4))
    return RunReport(run=run, part=1, started_at=AT, at=AT, as_of=AT, dry_run=False,
                  status=runs.FINISHED, by="system", cutoffs={}, classes={})  # fmt: skip


@race_of("shared.storage.retention.runs:keep")
def test_a_part_of_a_run_is_reported_once() -> None:
    one = report()
    kept = won(lambda n: runs.keep(replace(one, attempt=f"attempt-{n}")))
    assert Counter(kept)[True] == 1


@race_of("shared.storage.retention.removal_counts:count")
def test_a_removal_is_counted_once_however_often_its_transaction_comes() -> None:
    attempt = randomness.token_hex(8)
    item = Item(RetentionPartition("records", "enquiry", 0), {"person": "p", "record": "r"}, AT)
    member = removal_counts.count(attempt, [item])
    done = won(lambda _: transact(member), database.TransactionFailed)
    assert len(done) == 1
    assert removal_counts.of_attempt(attempt)["enquiry"].removed == 1
    others = won(lambda _: transact(removal_counts.count(attempt, [item])))
    assert removal_counts.of_attempt(attempt)["enquiry"].removed == 1 + len(others)
