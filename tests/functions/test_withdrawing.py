"""What a browser let us collect goes when it takes the permission back (S32, S34, S38)."""

from datetime import timedelta

import pytest

from aggregation import handler
from shared.storage import records
from tests.functions.people import Person
from tests.functions.test_preferences import change, link, opened
from tests.functions.visiting import browser, day, stored, visit
from tests.support import NOW, call

pytestmark = pytest.mark.usefixtures("cloud")


def withdraw(consent_id: str, *purposes: str) -> None:
    path = {"consent_id": consent_id}
    body = {"purposes": list(purposes)} if purposes else {}
    resource = "/v1/consents/{consent_id}/withdrawal"
    answer = call("consent", "POST", resource, body, path=path, now=day())
    assert answer.status == 201


def deliver(consent_id: str, table: str) -> None:
    batch = {"Records": stored(consent_id, table)}
    assert handler.handle(batch, None) == {"batchItemFailures": []}


@pytest.mark.parametrize("purposes", [(), ("analytics",)])
def test_visits_are_erased_with_the_withdrawal_of_analytics(purposes: tuple[str, ...]) -> None:
    now = day()
    ours, other = browser(now), browser(now)
    for number in range(3):
        visit(ours, now, f"/page{number}")
    visit(other, now, "/page")
    withdraw(ours, *purposes)
    deliver(ours, "ledger")
    assert list(records.for_person(ours)) == []
    assert len(list(records.for_person(other))) == 1
    deliver(ours, "ledger")


def test_withdrawing_something_else_leaves_them() -> None:
    now = day()
    ours = browser(now, choices={"analytics": True, "personalisation": True})
    visit(ours, now, "/page")
    withdraw(ours, "personalisation")
    deliver(ours, "ledger")
    assert len(list(records.for_person(ours))) == 1


def test_what_came_under_a_later_yes_stays_however_late_the_no_is_heard() -> None:
    """K5.8."""
    now = day()
    ours = browser(now)
    visit(ours, now, "/before")
    withdraw(ours)
    again = day()
    browser(again, consent_id=ours)
    visit(ours, again, "/after")
    deliver(ours, "ledger")
    (left,) = records.for_person(ours)
    assert left.fields["entry"].endswith("/after")


def test_a_browsers_no_takes_what_its_person_had_allowed(sam: Person) -> None:
    """It said no, its person yes, and now it says no again: what came under the yes goes."""
    ours = browser(NOW - timedelta(hours=1), choices={"analytics": False})
    sam.subscribe()
    sam.open_link_in(ours)
    link(sam)
    change(opened(sam.token("preferences")).json["session"], choices={"analytics": True})
    visit(ours, NOW + timedelta(hours=1), "/page")
    withdraw(ours)
    deliver(ours, "ledger")
    assert list(records.for_person(ours)) == []


def test_a_visit_stored_in_the_moment_of_the_withdrawal_is_found_and_not_counted() -> None:
    now = day()
    ours = browser(now)
    withdrawn = stored(ours, "ledger")
    visit(ours, now, "/page")
    late = stored(ours, "records")
    withdraw(ours)
    assert handler.handle({"Records": withdrawn}, None) == {"batchItemFailures": []}
    assert len(list(records.for_person(ours))) == 1
    assert handler.handle({"Records": late}, None) == {"batchItemFailures": []}
    assert list(records.for_person(ours)) == []
