"""`python -m tests.faults.old_faults`: faults that were there once, brought back one at a time.

Each has the number of the story that told of it, what was wrong, and the test that must fail as
long as it is back. Run so, every such test is seen to fail: one that passes proves nothing any
more, and is told. Those of a person's whole life are in `reversions.py`.
"""

import contextlib
import inspect
import io
import re
import secrets as randomness
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from moto.dynamodbstreams.models import ShardIterator

from contact import submission
from fulfilment import handler as fulfilment
from fulfilment.access_copy import access_export
from local.streams import Streams
from notifications import context, ses
from shared.domain import consent, identifiers
from shared.domain.errors import Busy, Conflict
from shared.domain.record_classes import RecordClass
from shared.edge import apart
from shared.services import apply_action, change_preferences, notify_recipients, open_request
from shared.storage import (
    deduplication,
    hold_items,
    holds,
    passing_faults,
    records,
    secrets,
    tokens,
)
from shared.storage.dynamodb import database
from shared.storage.hold_items import Hold
from shared.storage.requests import request_store
from shared.storage.requests.request_items import read_case
from shared.storage.requests.request_store import FoundRequest
from shared.storage.retention import removal, retention_index, sweep
from tests.faults import clock_faults
from tests.faults.reversions import a_late_no_erases_everything

Patch = pytest.MonkeyPatch


def issued_anew(patch: Patch) -> None:
    """A worker that came again wrote the token anew, and a used one could be used again."""
    plain = tokens._put

    def put(*arguments: Any) -> dict[str, Any]:
        write = plain(*arguments)
        return {name: write[name] for name in ("TableName", "Item")}

    patch.setattr(tokens, "_put", put)


def as_the_stream_remembers(patch: Patch) -> None:
    """A worker mailed about a record as the stream had it, though it was gone by then."""
    plain = context.load

    def load(stored: Any, now: datetime) -> Any:
        with Patch.context() as meanwhile:
            meanwhile.setattr(records, "get", lambda *_: stored)
            return plain(stored, now)

    patch.setattr(context, "load", load)


def named_by_network(patch: Patch) -> None:
    """A form's record was named by where it came from, too."""
    plain = submission._record

    def record(form: Any, body: Any, request: Any, *more: Any) -> Any:
        made, key = plain(form, body, request, *more), request.key.key
        whose = f"{made.person} {request.source_ip}"
        named = identifiers.repeatable_record_id
        return replace(made, id=named(secrets.identity(), whose, key)) if key else made

    patch.setattr(submission, "_record", record)


def named_at_random(patch: Patch) -> None:
    """A request that was asked for again by its key was another one."""
    patch.setattr(
        open_request, "_name", lambda *_: identifiers.request_id(randomness.token_bytes(16))
    )


def two_writes(patch: Patch) -> None:
    """Choices and settings of one change were written one after the other."""
    plain = change_preferences.change_preferences

    def change(person: str, asked: Any) -> Any:
        made = plain(person, replace(asked, display={})) if asked.choices else None
        if asked.display:
            plain(person, replace(asked, choices={}))
        return made

    patch.setattr("preferences.centre.change_preferences", change)


def what_is_so_is_an_event(patch: Patch) -> None:
    """A choice or click that changed nothing was written all the same."""
    patch.setattr(consent, "changes", lambda *_arguments, **_named: True)


def written_over_whatever_is_there(patch: Patch) -> None:
    """Settings replaced what somebody had changed meanwhile."""

    def put_over(record: Any, _before: Any) -> dict[str, Any]:
        write = records.put(record)
        return {name: write[name] for name in ("TableName", "Item")}

    patch.setattr(records, "put_over", put_over)


def read_after_the_effect(patch: Patch) -> None:
    """An answer was read after what it tells of was written."""
    plain = apply_action.act

    def act(case: Any, *arguments: Any, **named: Any) -> Any:
        plain(case, *arguments, **named)
        return request_store.get(case.id)

    patch.setattr(apply_action, "act", act)


def used_before_the_rest(patch: Patch) -> None:
    """A link to the preferences was used up before its browser was linked."""
    written = SimpleNamespace(exchange=tokens.open_session, carry_out=lambda made, *_: made)
    patch.setattr("preferences.handler.tokens", written)


def the_first_fault_stops_the_rest(patch: Patch) -> None:
    """Of several pieces of work those behind one that failed had no turn."""

    def each(work: Any, _what: str) -> None:
        for piece in work:
            piece()

    patch.setattr(apart, "each", each)


def what_waited_went_first(patch: Patch) -> None:
    """What waited for a request that closed went first, and its fault stopped that one's own."""
    plain = fulfilment._called_for
    patch.setattr(fulfilment, "_called_for", lambda *found: [*plain(*found)][::-1])
    the_first_fault_stops_the_rest(patch)


def what_fails_waits_for_tomorrow(patch: Patch) -> None:
    """Of a daily run nobody heard that a request had failed in it."""

    def each(work: Any, _what: str) -> None:
        for piece in work:
            with contextlib.suppress(Exception):
                piece()

    patch.setattr(apart, "each", each)


def nothing_is_refused_for_good(patch: Patch) -> None:
    """A mail that the service will never take was tried again, with all that came with it."""
    patch.setattr(ses, "_FOR_GOOD", frozenset())


def our_own_fault_is_the_addresss(patch: Patch) -> None:
    """A domain whose record in the DNS was gone had every mail noted as never to be sent."""
    patch.setattr(ses, "_OURS", re.compile("(?!)"))


def one_transaction_for_all(patch: Patch) -> None:
    """All recipients were written in one transaction, which takes a hundred."""
    patch.setattr(notify_recipients, "AT_ONCE", 10_000)


def marks_are_tried_once(patch: Patch) -> None:
    """A throttled mark was left to the record's next try, and its mail went again with it."""
    patch.setattr(
        deduplication,
        "remember",
        lambda cause, effect, now, outcome=deduplication.DONE: deduplication._write(
            cause, effect, now, outcome
        ),
    )


def unreadable_stops_the_run(patch: Patch) -> None:
    """A request that cannot be read raised where all of them are listed."""
    patch.setattr(
        request_store,
        "found",
        lambda item: FoundRequest(item["due"], item["request"], read_case(item)),
    )


def one_item_stops_the_sweep(patch: Patch) -> None:
    """An item that cannot be removed ended the run for all that was due."""
    patch.setattr(sweep, "_apart", lambda group, work, _faults: work(group))


def counted_afterwards(patch: Patch) -> None:
    """What a transaction removed was counted when it was through."""
    plain = removal.attempt

    def attempt(members: Any, count: Any = None) -> Any:
        failed = plain(members)
        if count and failed == frozenset():
            database.call("put_item", **count["Put"])
        return failed

    patch.setattr(removal, "attempt", attempt)


def only_dynamodb_throttles(patch: Patch) -> None:
    """What S3 or KMS could not do for a moment was a fault like any other."""
    patch.setattr(passing_faults, "passes", lambda fault: isinstance(fault, Busy))


def marked_before_the_register(patch: Patch) -> None:
    """A hold's markers were set first; should it break off, nothing told whose they are."""

    def place(hold: Hold) -> None:
        if (before := holds.get(hold.id)) is not None:
            raise holds.AlreadyExists(before)
        members = [{"Update": holds._marking(each, "ADD", hold.id)} for each in hold.markers]
        while len(members) > holds._MARKERS_AT_ONCE:
            holds._transact(members[: holds._MARKERS_AT_ONCE])
            members = members[holds._MARKERS_AT_ONCE :]
        table = database.table("operations")
        holds._transact([*members, {"Put": {"TableName": table, "Item": hold_items.item(hold)}}])

    patch.setattr(holds, "place", place)


def copies_are_left(patch: Patch) -> None:
    """A copy whose request was closed meanwhile stayed where nothing named it."""

    def refuse(case: Any, _asked: Any) -> None:
        standing = request_store.get(case.id)
        if standing is None or standing.status != case.status:
            request_store.remove_entry(case.id, access_export.ENTRY)
            raise Conflict

    patch.setattr(access_export, "_refuse_moved", refuse)


def a_class_is_left_out(patch: Patch) -> None:
    """Asking for a link was kept among the records, where its class was not swept."""
    plain = retention_index.places
    patch.setattr(
        retention_index,
        "places",
        lambda kinds: [place for place in plain(kinds) if place.kind != RecordClass.TOKEN],
    )


def a_rollback_leaves_the_stream_behind(patch: Patch) -> None:
    """What read a table's stream went on with the one of before a cancelled transaction."""
    patch.setattr(
        ShardIterator, "get", inspect.getclosurevars(ShardIterator.get).nonlocals["plain"]
    )


def a_stream_stops_without_a_word(patch: Patch) -> None:
    """A stream that could not be read looked like one in which nothing came."""
    plain = Streams._round

    def round_(self: Any, shard: Any) -> bool:
        with contextlib.suppress(Exception):
            return plain(self, shard)
        return False

    patch.setattr(Streams, "_round", round_)


class OldFault(NamedTuple):
    """A story's number, what brings its fault back, and the file and test that fails then."""

    number: str
    revert: Callable[[Patch], None]
    file: str
    name: str

    @property
    def test(self) -> str:
        """Name the test as pytest does."""
        return f"tests/{self.file}.py::test_{self.name}"


OLD_FAULTS = (
    OldFault(
        "K3.5",
        issued_anew,
        "storage/test_tokens",
        "a_used_token_stays_used_however_late_a_worker_comes_again",
    ),
    OldFault(
        "K5.7",
        as_the_stream_remembers,
        "functions/test_notifications",
        "nothing_is_mailed_about_what_is_gone_meanwhile",
    ),
    OldFault(
        "K5.8",
        a_late_no_erases_everything,
        "functions/test_withdrawing",
        "what_came_under_a_later_yes_stays_however_late_the_no_is_heard",
    ),
    OldFault(
        "K8.1",
        named_by_network,
        "functions/test_contact",
        "a_repetition_from_another_network_is_the_same_form",
    ),
    OldFault(
        "K8.1",
        named_at_random,
        "functions/test_requests",
        "an_idempotency_key_repeats_the_first_answer_whatever_became_of_it",
    ),
    OldFault(
        "K8.2",
        two_writes,
        "functions/test_preferences",
        "choices_and_settings_are_changed_together_or_not_at_all",
    ),
    OldFault(
        "K8.2",
        what_is_so_is_an_event,
        "functions/test_preferences",
        "what_is_so_already_is_no_event",
    ),
    OldFault(
        "K8.2",
        written_over_whatever_is_there,
        "functions/test_preferences",
        "settings_that_are_changed_side_by_side_are_all_kept",
    ),
    OldFault(
        "K8.3",
        read_after_the_effect,
        "functions/test_requests",
        "nothing_is_read_after_the_verification_took_effect",
    ),
    OldFault(
        "K8.3",
        used_before_the_rest,
        "functions/test_preferences",
        "a_link_whose_browser_cannot_be_linked_now_is_not_used",
    ),
    OldFault(
        "K8.4",
        what_is_so_is_an_event,
        "functions/test_unsubscribe",
        "clicking_again_changes_and_tells_nothing_new",
    ),
    OldFault(
        "K8.4",
        what_is_so_is_an_event,
        "races/test_races",
        "one_click_pressed_many_times_is_one_objection",
    ),
    OldFault(
        "K9.1",
        the_first_fault_stops_the_rest,
        "functions/test_notifications",
        "a_mail_that_cannot_be_sent_for_now_stops_no_other_and_comes_again",
    ),
    OldFault(
        "K9.1",
        nothing_is_refused_for_good,
        "functions/test_notifications",
        "a_mail_refused_for_good_is_noted_and_stops_no_other",
    ),
    OldFault(
        "K9.1",
        our_own_fault_is_the_addresss,
        "functions/test_notifications",
        "a_mail_that_cannot_be_sent_for_now_stops_no_other_and_comes_again",
    ),
    OldFault(
        "K9.2",
        the_first_fault_stops_the_rest,
        "functions/test_desk_breaches",
        "one_refused_address_keeps_nobody_else_waiting",
    ),
    OldFault(
        "K9.2",
        nothing_is_refused_for_good,
        "functions/test_desk_breaches",
        "an_address_refused_for_good_is_unreachable_and_staff_are_told_what_to_do",
    ),
    OldFault(
        "K9.3",
        one_transaction_for_all,
        "functions/test_sizes",
        "any_number_of_recipients_is_told_once_each",
    ),
    OldFault(
        "K9.4",
        marks_are_tried_once,
        "functions/test_notifications",
        "a_throttled_mark_is_tried_again_where_it_is_written",
    ),
    OldFault(
        "K9.5",
        unreadable_stops_the_run,
        "functions/test_requests",
        "one_unreadable_request_does_not_stop_the_run",
    ),
    OldFault(
        "K9.5",
        the_first_fault_stops_the_rest,
        "functions/test_daily_run",
        "what_fails_in_a_daily_run_stops_nothing_else_and_fails_the_run",
    ),
    *(
        OldFault(
            "K9.5",
            revert,
            "functions/test_daily_run",
            "a_request_that_fails_stops_no_other_and_fails_the_run",
        )
        for revert in (the_first_fault_stops_the_rest, what_fails_waits_for_tomorrow)
    ),
    OldFault(
        "K9.5",
        what_waited_went_first,
        "functions/test_new_address",
        "one_that_fails_stops_nothing_of_the_request_that_it_waited_for",
    ),
    OldFault(
        "K9.5",
        one_item_stops_the_sweep,
        "functions/test_retention_cases",
        "a_request_that_cannot_be_read_stops_no_other_and_is_told",
    ),
    OldFault(
        "K10.1",
        counted_afterwards,
        "functions/test_retention_counts",
        "a_run_that_is_killed_after_any_write_has_its_count",
    ),
    OldFault(
        "K10.2",
        only_dynamodb_throttles,
        "functions/test_throttled_services",
        "a_receipt_that_cannot_be_signed_for_now_is_asked_for_again",
    ),
    OldFault(
        "K10.2",
        only_dynamodb_throttles,
        "functions/test_retention_cases",
        "a_bucket_that_is_throttled_leaves_its_requests_to_the_next_part",
    ),
    OldFault(
        "K10.3",
        marked_before_the_register,
        "storage/test_holds",
        "what_breaks_off_is_in_the_register_and_can_be_placed_again_or_lifted",
    ),
    OldFault(
        "K10.4",
        copies_are_left,
        "functions/test_export",
        "who_acts_meanwhile_is_not_overruled",
    ),
    OldFault(
        "K10.5",
        a_class_is_left_out,
        "functions/test_retention",
        "every_class_goes_at_the_edge_of_its_time_and_not_a_second_before",
    ),
    OldFault(
        "K12.1",
        a_rollback_leaves_the_stream_behind,
        "local/test_streams",
        "a_cancelled_transaction_silences_no_stream",
    ),
    OldFault(
        "K12.1",
        a_stream_stops_without_a_word,
        "local/test_streams",
        "a_stream_that_stops_says_so_and_goes_on_trying",
    ),
    *(
        OldFault("Clocks", revert, module, test)
        for module, found in clock_faults.FOUND_BY.items()
        for test, reverts in found.items()
        for revert in reverts
    ),
)


# What is imported here is not rewritten by pytest, and need not be.
OPTIONS = (
    *("-q", "-n", "0", "-p", "no:cacheprovider"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)


class Back:
    """A part of pytest that brings a fault back while its tests run, and notes how they end."""

    def __init__(self, faults: Mapping[str, OldFault]) -> None:
        """Take the faults by the test that is to find each."""
        self.faults = faults
        self.ends: dict[str, str] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Bring the fault back for the test alone, not for what prepares it."""
        with Patch.context() as patch:
            self.faults[_test(item.nodeid)].revert(patch)
            return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a test ended; of one with several values a failure is enough."""
        if report.when != "call":
            return
        failed = str(report.longrepr).splitlines()[-1] if report.failed else ""
        before = self.ends.get(_test(report.nodeid))
        self.ends[_test(report.nodeid)] = before or failed


def _test(node: str) -> str:
    return node.partition("[")[0]


def found(faults: Sequence[OldFault]) -> Iterator[tuple[OldFault, str]]:
    """Run the tests of the faults; yield each fault with how its test failed, if it did."""
    left = list(faults)
    while left:
        # A test that stands for several faults runs once for each.
        now = {fault.test: fault for fault in reversed(left)}
        left = [fault for fault in left if fault not in now.values()]
        back = Back(now)
        with contextlib.redirect_stdout(io.StringIO()):
            pytest.main([*OPTIONS, *now], plugins=[back])
        yield from ((fault, back.ends.get(test, "")) for test, fault in now.items())


def main(numbers: Sequence[str]) -> int:
    """Bring back the faults of these numbers, or all; 0 if each is found."""
    missed = 0
    for fault, end in found([each for each in OLD_FAULTS if each.number in (numbers or NUMBERS)]):
        print(f"  {fault.number} {fault.revert.__name__}: {end or 'NOT FOUND'}", flush=True)
        missed += not end
    return 1 if missed else 0


NUMBERS = {fault.number for fault in OLD_FAULTS}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
