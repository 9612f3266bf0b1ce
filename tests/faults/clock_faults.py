"""What trusts a clock too much, brought back one at a time: see `old_faults.py`.

Each is what somebody might well write: to go by the time where a sequence or a mark is the truth,
to take one's own clock for everybody's, a day for what UTC says, a minute for sixty seconds.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from contact import confirmation
from deadlines import handler as deadlines
from shared.domain import calendar_dates, consent, permission, retention
from shared.domain.errors import Conflict, TokenInvalid
from shared.domain.timestamps import format_timestamp
from shared.edge import field_types
from shared.services import apply_action, record_decision
from shared.services.person_state import PersonState
from shared.storage import idempotency_claims, tokens
from tests.support import NOW

Patch = pytest.MonkeyPatch


def dated_by_ones_own_clock(patch: Patch) -> None:
    """An event had the time of whoever wrote it, though the one before it was later."""
    patch.setattr(consent, "max", lambda at, _before: at, raising=False)


def blind_to_other_clocks(patch: Patch) -> None:
    """A person's no was dated without a look at what their browsers had said."""
    patch.setattr(PersonState, "moments", [])


def not_issued_yet(patch: Patch) -> None:
    """A link was refused that by this process's clock was still to be mailed."""
    plain = confirmation._first

    def first(claims: Any, body: Any, request: Any) -> Any:
        if request.now < claims.issued_at:
            raise TokenInvalid
        return plain(claims, body, request)

    patch.setattr(confirmation, "_first", first)


def not_used_yet(patch: Patch) -> None:
    """A link counted as used only from the moment on at which it was."""
    plain = tokens.get

    def get(*arguments: Any) -> Any:
        claims = plain(*arguments)
        later = (claims.used_at or "") > format_timestamp(NOW)
        return replace(claims, used_at=None) if later else claims

    patch.setattr(tokens, "get", get)


def not_open_yet(patch: Patch) -> None:
    """A session was refused by a process whose clock was behind."""
    plain = tokens.verify

    def verify(scope: Any, token: str, now: datetime) -> Any:
        claims = plain(scope, token, now)
        if now < claims.issued_at:
            raise TokenInvalid
        return claims

    patch.setattr(tokens, "verify", verify)


def at_work_for_a_minute(patch: Patch) -> None:
    """Whoever was at work longer than clocks differ was taken for gone."""
    patch.setattr(idempotency_claims, "AT_WORK", timedelta(minutes=1))


def at_work_for_ever(patch: Patch) -> None:
    """Whoever was gone was waited for."""
    patch.setattr(idempotency_claims, "AT_WORK", timedelta(days=1))


def nothing_before_it_came(patch: Patch) -> None:
    """What was done by a clock behind, before the request had come, was refused."""
    plain = apply_action.act

    def act(case: Any, step: Any, *more: Any, **named: Any) -> Any:
        if format_timestamp(step.at) < case.received_at:
            raise Conflict
        return plain(case, step, *more, **named)

    patch.setattr(apply_action, "act", act)


def _all_year(zone: timezone) -> Callable[[Patch], None]:
    return lambda patch: patch.setattr(calendar_dates, "LONDON", zone)


def winter_all_year(patch: Patch) -> None:
    """Days were those of UTC."""
    _all_year(UTC)(patch)


def summer_all_year(patch: Patch) -> None:
    """Days were an hour ahead of UTC, in winter, too."""
    _all_year(timezone(timedelta(hours=1)))(patch)


def reminded_by_each_run(patch: Patch) -> None:
    """Every run of a day reminded, so that the hour that comes twice did it twice."""
    plain = deadlines._reminded

    def reminded(case: Any, now: datetime, *, overdue: bool) -> bool:
        facts = {name: fact for name, fact in case.facts.items() if name != "reminded"}
        return plain(replace(case, facts=facts), now, overdue=overdue)

    patch.setattr(deadlines, "_reminded", reminded)


def due_an_hour_early(patch: Patch) -> None:
    """A run took what was due by a clock an hour ahead of its own."""
    plain = retention.cutoffs

    def cutoffs(policies: Any, as_of: datetime, now: datetime) -> dict[str, str]:
        return plain(policies, as_of + timedelta(hours=1), now)

    patch.setattr(retention, "cutoffs", cutoffs)


def sixty_seconds_a_minute(patch: Patch) -> None:
    """A visit was refused for a leap second that a browser wrote."""
    patch.setattr(field_types, "_LEAP_SECOND", re.compile("(?!)"))


def one_decision_a_moment(patch: Patch) -> None:
    """What was decided at the time of the decision before it was taken for that one again."""
    plain = record_decision.earlier

    def earlier(head: Any, marked: Any, now: datetime) -> Any:
        stands = head is not None and head.event["decided_at"] >= format_timestamp(now)
        return head if stands else plain(head, marked, now)

    patch.setattr(record_decision, "earlier", earlier)


def any_second_leaps(patch: Patch) -> None:
    """A minute of 62 seconds was taken for one with a leap second."""
    patch.setattr(field_types, "_LEAP_SECOND", re.compile(r"^(.{16}):6."))


def to_the_millisecond(patch: Patch) -> None:
    """Of two ledgers with two clocks, what was later by a millisecond counted."""
    patch.setattr(permission, "_later", lambda granted, refused: granted > refused)


def a_yes_comes_last(patch: Patch) -> None:
    """Within one second the yes counted."""
    patch.setattr(permission, "_later", lambda granted, refused: granted[:19] >= refused[:19])


# By module and test: what each has to find.
FOUND_BY: Mapping[str, Mapping[str, tuple[Callable[[Patch], None], ...]]] = {
    "functions/test_clocks": {
        "what_a_browser_said_last_counts_though_its_clock_was_behind": (dated_by_ones_own_clock,),
        "one_click_counts_though_its_clock_was_behind": (dated_by_ones_own_clock,),
        "a_no_of_a_person_reaches_a_browser_whose_clock_was_ahead": (blind_to_other_clocks,),
        "a_link_works_once_whoever_looks_at_the_clock": (
            not_issued_yet,
            not_used_yet,
        ),
        "a_session_serves_processes_a_minute_apart": (not_open_yet,),
        "who_is_at_work_is_not_overtaken_by_a_clock_that_is_a_minute_ahead": (
            at_work_for_a_minute,
            at_work_for_ever,
        ),
        "a_request_goes_on_with_a_clock_behind_and_is_due_no_earlier": (nothing_before_it_came,),
        "a_month_is_counted_in_londons_days_over_both_changes_of_the_clock": (
            winter_all_year,
            summer_all_year,
        ),
        "the_hour_that_comes_twice_reminds_once": (reminded_by_each_run,),
        "a_run_whose_clock_is_behind_takes_nothing_early": (due_an_hour_early,),
        "a_leap_second_that_a_browser_writes_is_the_second_before_it": (sixty_seconds_a_minute,),
        "what_is_said_in_one_second_that_lasts_is_kept_in_its_order": (one_decision_a_moment,),
        "a_second_that_is_no_leap_second_is_refused": (any_second_leaps,),
    },
    "domain/test_permission": {
        "within_a_second_a_no_of_either_comes_last": (to_the_millisecond, a_yes_comes_last),
    },
}
