"""A few lives of the day; and that what proves the end of a long run finds what is wrong."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.functions import Functions
from shared.domain.rate_limits import Limit
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import encode
from tests.faults import campaign, held, lives, proofs
from tests.faults.campaign import Campaign
from tests.faults.old_faults import OLD_FAULTS, OldFault
from tests.faults.person_machine import PersonLife
from tests.faults.reversions import CASES
from tests.support import NOW

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def made(functions: Functions) -> Iterator[Campaign]:
    with campaign.campaign(functions) as begun:
        PersonLife.life, PersonLife.empty = begun.life, begun.empty
        yield begun
        begun.life.put_back(begun.empty)


def test_lives_of_today_are_as_the_model_has_them(made: Campaign) -> None:
    lives.live(int(f"{datetime.now(UTC):%Y%m%d}"), 4, 10)


def test_an_old_fault_is_found_once_it_is_back(made: Campaign) -> None:
    """All six: `make life`."""
    with lives.reverted("K3.1"):
        found = lives.first_wrong(1, 40)
    assert found is not None
    number = int(found.split()[1])
    lives.walk(1, number, [], about=CASES["K3.1"].about)  # and is right without the fault


@pytest.mark.parametrize("fault", OLD_FAULTS, ids=lambda fault: f"{fault.number} {fault.name}")
def test_an_old_fault_names_the_test_that_finds_it_and_can_be_brought_back(
    fault: OldFault,
) -> None:
    """That it does find it: `make life`."""
    file, _, name = fault.test.partition("::")
    (body,) = re.findall(
        rf"^def {name}\(.*?(?=^def |\Z)", (ROOT / file).read_text(), re.DOTALL | re.MULTILINE
    )
    assert fault.number in body or fault.number in (ROOT / file).read_text().splitlines()[0]
    with pytest.MonkeyPatch.context() as patch:
        fault.revert(patch)


def test_what_grows_round_by_round_is_told_and_what_is_bounded_is_not() -> None:
    still = {"threads": 5, "remembered by _key": 8, "shared.x.Kept": 40}
    assert list(held.grown([still] * 8, {})) == []
    rounds = [{**still, "shared.x.Kept": 40 + 4 * n, "remembered by _key": n} for n in range(8)]
    (line,) = held.grown(rounds, {"_key": 8})
    assert line.startswith("memory: shared.x.Kept")
    assert list(held.grown(rounds[:4], {})) == [], "code is loaded in the first rounds"


def test_what_is_held_is_counted() -> None:
    before, kept = held.held(), [Limit("held", most=number, window=1) for number in range(7)]
    after = held.held()
    assert after["shared.domain.rate_limits.Limit"] - before["shared.domain.rate_limits.Limit"] == 7
    assert len(kept) == 7


@pytest.mark.parametrize(
    ("table", "item", "told"),
    [
        ("tokens", {"token": "verify_request#x", "hash": "h", "person": "p_x", "expires": 9**12,
                    "until": 9**12, "facts": {"request": "r_x"}}, "its request is gone"),
        ("tokens", {"token": "repetition#x", "state": "begun", "begun": 1, "expires": 9**12},
         "never finished"),
        ("tokens", {"token": "effect#x#y", "outcome": "done"}, "nothing ends it"),
        ("operations", {"kind": "held", "id": "person#p_x", "holds": ["h_x"]}, "not in force"),
        ("operations", {"kind": "follow_up", "id": "r_x#x", "request": "r_x", "what": "x",
                        "after": "2026-01-01T00:00:00.000Z"}, "its request is gone"),
        ("records", {"person": "p_x", "record": "linked_browser#b", "consent_id": "c_x",
                     "retention_class": "linked_browser#1",
                     "retention_start": "2026-01-31T00:00:00.000Z"}, "does not know of it"),
        ("statistics", {"day": "consents#2026-02-01#0", "what": "choose#x", "answered": 3,
                        "retention_class": "consent_statistics#1",
                        "retention_start": "2026-02-01T00:00:00.000Z"}, "0 in the ledger"),
        ("records", {"person": "p_x", "record": "enquiry#x", "retention_class": "enquiry#1",
                     "retention_start": "2020-01-01T00:00:00.000Z"}, "overdue"),
    ],
)  # fmt: skip
def test_what_is_wrong_at_the_end_is_found(
    made: Campaign, table: str, item: dict[str, object], told: str
) -> None:
    assert list(proofs.faults(NOW)) == []
    database.call("put_item", TableName=database.table(table), Item=encode(item))
    (found,) = proofs.faults(NOW)
    assert told in found
