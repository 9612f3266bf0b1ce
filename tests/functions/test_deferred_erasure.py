"""What an erasure has to leave for a while goes when that is over (UK GDPR Art. 17; 18 beside)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from local.functions import Functions
from shared.services import follow_up
from shared.storage import inventory, records
from shared.storage.requests import follow_ups, request_store
from tests.functions.asking import Asker
from tests.functions.people import Person
from tests.support import NOW, call

pytestmark = pytest.mark.usefixtures("cloud")


def begun(now: datetime) -> int:
    """Begin what is due by then; tell how much that was."""
    return sum(follow_up.begin(waiting, now) for waiting in follow_ups.everything())


def erased(person: Person, functions: Functions) -> Asker:
    asker = Asker(person, functions)
    asker.ask("erasure")
    asker.verify()
    asker.deliver("fulfilment")
    return asker


def test_an_erasure_waits_for_the_persons_own_copy_which_stays_to_be_fetched(
    functions: Functions, sam: Person
) -> None:
    sam.send("/v1/contact", name="Sam Example", message="The word is zanzibar.")
    copy = Asker(sam, functions)
    copy.ask("access")
    copy.staff("note", "support", reason="He rang; his wife spoke.")
    copy.verify()
    copy.deliver("fulfilment")
    assert copy.case.status == "awaiting_review"
    erasure = erased(sam, functions)
    assert erasure.case.status == "in_progress"
    assert not erasure.case.facts.get("begun")
    assert copy.staff("review", release=True).status == 200
    copy.deliver("fulfilment")
    assert (copy.case.status, erasure.case.status) == ("completed", "in_progress")
    copy.deliver("fulfilment", only="fulfilled")
    assert erasure.case.status == "completed"
    assert list(records.for_person(sam.id, "enquiry")) == []
    assert copy.send("GET", "/export").status == 303
    assert begun(NOW + timedelta(days=1)) == 0
    assert begun(NOW + timedelta(days=60)) == 1
    assert list(inventory.items(inventory.Holder(sam.id, ()), ["exports"]))


def test_what_a_hold_kept_is_erased_when_it_ends_and_certified(
    functions: Functions, sam: Person
) -> None:
    sam.send("/v1/contact", name="Sam Example", message="Kept for the court.")
    body = {"email": sam.email, "reason": "A dispute."}
    hold = call("desk", "POST", "/v1/desk/holds", body, staff="privacy_officer").json["hold_id"]
    asker = erased(sam, functions)
    assert asker.case.result["held"] > 0
    assert begun(NOW + timedelta(days=1)) == 0
    path = {"hold_id": hold}
    place = "/v1/desk/holds/{hold_id}"
    lifted: Any = call(
        "desk", "DELETE", place, {"reason": "Settled."}, path=path, staff="privacy_officer"
    )
    assert lifted.status == 200, lifted.text
    assert begun(NOW + timedelta(days=1)) == 1
    asker.deliver("fulfilment", only="deferral_due")
    assert list(records.for_person(sam.id, "enquiry")) == []
    assert asker.case.result["held"] == 0
    certificate = request_store.entry(asker.id, "certificate")
    assert certificate is not None
    assert certificate["deferred"]["found"] >= 1
    assert "deferral_done" in asker.timeline()
    assert begun(NOW + timedelta(days=2)) == 0
