"""What was wrong before, put back one case at a time: the machine must find each.

A case's function takes a patch, such as pytest's monkeypatch, and brings the old behaviour back
where it was; the rest of the product is as it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import pytest

from aggregation import withdrawal
from contact import confirmation
from fulfilment.erasure import deferred_erasure, erasure_run
from shared.domain import consent
from shared.domain.data_subject_request import DataSubjectRequest
from shared.services import browser_state, open_request, person_state
from shared.services.person_state import PersonState
from shared.storage.requests import request_store
from tests.faults.person_machine import BROWSING, CENTRE, MAIL, REQUESTS

Revert = Callable[[pytest.MonkeyPatch], None]


def one_request_of_a_type(patch: pytest.MonkeyPatch) -> None:
    """A submission was taken for the one of its type that was open, whoever had sent that."""
    taken = open_request.take_in

    def take_in(asked: Any, *more: Any) -> DataSubjectRequest:
        for case in request_store.for_person(open_request.person(asked)):
            if case.type == asked.type and case.status == "awaiting_identity":
                return case
        return taken(asked, *more)

    patch.setattr(open_request, "take_in", take_in)


def confirmations_outlive_a_no(patch: pytest.MonkeyPatch) -> None:
    """A confirmation that was mailed before an objection granted again."""
    patch.setattr(confirmation, "refused_since", lambda *_: False)


def new_words_take_back(patch: pytest.MonkeyPatch) -> None:
    """A decision took back what had been agreed to in words that were superseded."""
    following = consent.next_event

    def next_event(head: Any, decision: Any, known: Any, **more: Any) -> Any:
        if decision.kind == "decision" and head is not None:
            stood = {
                name: made
                for name, made in consent.choices(head).items()
                if name not in decision.choices
                and made.granted
                and not consent.same_words(
                    name, made.policy_version, known, known.current(decision.at)
                )
            }
            choices = {**decision.choices, **dict.fromkeys(stood, False)}
            decision = replace(decision, choices=choices)
        return following(head, decision, known, **more)

    patch.setattr(consent, "next_event", next_event)
    patch.setattr("shared.storage.consent_states.next_event", next_event)


def browsers_apart_from_people(patch: pytest.MonkeyPatch) -> None:
    """What a person decided did not reach their browsers, nor was shown what those had."""
    patch.setattr(browser_state, "people_of", lambda *_: ())
    patch.setattr(person_state, "of", lambda _person, own: PersonState(own, ()))


def erasure_overtakes_the_copy(patch: pytest.MonkeyPatch) -> None:
    """An erasure did not wait for a copy that was open, nor left one to be fetched."""

    def none(_cases: Any, _now: datetime) -> Mapping[str, str]:
        return {}

    patch.setattr(erasure_run, "_copy_is_open", lambda _others: False)
    patch.setattr(deferred_erasure, "copies", none)


def a_late_no_erases_everything(patch: pytest.MonkeyPatch) -> None:
    """A withdrawal that the worker heard of late erased what came under a later yes."""
    patch.setattr(withdrawal, "_older", lambda _record, _event: True)


class Case(NamedTuple):
    """How an old fault is brought back, and which part of a life it is in."""

    revert: Revert
    about: tuple[str, ...]


CASES: Mapping[str, Case] = {
    "K3.1": Case(one_request_of_a_type, (REQUESTS,)),
    "K3.2": Case(confirmations_outlive_a_no, (MAIL,)),
    "K4.2": Case(new_words_take_back, (BROWSING,)),
    "K4.6": Case(browsers_apart_from_people, (BROWSING, CENTRE)),
    "K5.3": Case(erasure_overtakes_the_copy, (REQUESTS,)),
    "K5.8": Case(a_late_no_erases_everything, (BROWSING,)),
}
