"""A year of simulated life, 2026, for bundles of evidence: through the functions' own doors.

Browsers decide, change their minds and come back under new words; people subscribe, object and
are linked to their browsers; two are erased; the signing key is replaced in the summer; and six
years later retention takes the first months away.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from fulfilment.erasure import erasure_run
from local.functions import Functions
from shared.edge import current_time
from shared.services.grow_log import grow_log
from shared.storage import signing_keys
from tests.functions import desking, keeping
from tests.functions.asking import Asker
from tests.functions.people import Person, somebody
from tests.functions.test_capture import body, capture, withdraw
from tests.functions.test_new_address import press

BROWSERS, PEOPLE, ERASED = 12, 6, 2
PRESENT = datetime(2027, 1, 15, 9, tzinfo=UTC)
# When the decisions of the first months have had their six years.
RETENTION = datetime(2032, 4, 20, 3, tzinfo=UTC)


def on(month: int, day: int = 10, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


@dataclass
class Year:
    """Who lived through the year."""

    functions: Functions
    browsers: list[str] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    erased: list[Person] = field(default_factory=list)
    moved: list[Person] = field(default_factory=list)

    def live(self, patch: pytest.MonkeyPatch) -> None:
        """Live from January to December."""
        for number in range(BROWSERS):
            with at(patch, on(1, 3 + number)):
                self.browsers.append(_decides(None, on(1, 3 + number), analytics=True))
        for month in range(2, 13):
            self._month(patch, month)
        self._change_address(patch, self.people[1])
        self.log(patch, PRESENT)

    def _month(self, patch: pytest.MonkeyPatch, month: int) -> None:
        """Live through a month, in the order of its days."""
        if month == 7:
            rotate(patch)
        self.log(patch, on(month, 2, 6))
        for number, name in enumerate(self.browsers):
            if (number + month) % 4 == 0:
                _decides(name, on(month), analytics=bool(month % 2))
        self.log(patch, on(month, 11, 6))
        if month <= 1 + PEOPLE:
            self._somebody(patch, month)
        for number in range(ERASED if month == 9 else 0):
            self._erase(patch, self.people.pop(), on(9, 20 + number))
        for number, name in enumerate(self.browsers):
            if (number + month) % 4 and (number + month) % 7 == 0:
                assert withdraw(name, now=on(month, 28)).status == 201

    def log(self, patch: pytest.MonkeyPatch, now: datetime) -> None:
        """Let the log take in what was decided, and sign its head."""
        with at(patch, now):
            assert grow_log("prod", now, lambda: True).finished

    def _somebody(self, patch: pytest.MonkeyPatch, month: int) -> None:
        """Let somebody sign up, and open the mailed link in one of the browsers."""
        person, now = somebody(), on(month, 15)
        with at(patch, now):
            assert person.send("/v1/newsletter", now=now).status == 202
            token = person.token("newsletter/confirmation")
            assert person.confirm("newsletter", token, now=now).status == 200
            person.open_link_in(self.browsers[month], now)
        self.people.append(person)

    def _erase(self, patch: pytest.MonkeyPatch, person: Person, now: datetime) -> None:
        asker = Asker(person, self.functions)
        with at(patch, now):
            assert asker.ask("erasure", now).status == 202
            assert asker.verify(now=now).status == 200
            erasure_run.carry_out(asker.case, now + timedelta(hours=1))
        self.erased.append(person)

    def _change_address(self, patch: pytest.MonkeyPatch, person: Person) -> None:
        """Let somebody change their address, and the old mailbox be another's, who writes to us."""
        asker, new, now = Asker(person, self.functions), somebody(), on(12, 20)
        with at(patch, now):
            wanted = [{"field": "email", "value": new.email}]
            assert asker.ask("rectification", now, corrections=wanted).status == 202
            assert asker.verify(now=now).status == 200
            asker.deliver()
            assert press(new, now=now).status == 200
            asker.deliver("fulfilment")
        assert asker.case.status == "completed"
        self.moved += [person, new]
        with at(patch, on(12, 29)):
            yes, came = {"direct_marketing": True}, "2026-12-24"
            answer = desking.write_in(person, now=on(12, 29), choices=yes, received_on=came)
            assert answer.status == 201

    def retain(self, patch: pytest.MonkeyPatch) -> None:
        """Let six years pass, and retention come."""
        with at(patch, RETENTION):
            assert keeping.run({"class": "consent_evidence"})["status"] == "finished"
        self.log(patch, RETENTION)


def _decides(name: str | None, now: datetime, **choices: bool) -> str:
    version = "2026-10" if now >= on(10, 1) else "2023-06"
    known = {} if name is None else {"consent_id": name}
    answer = capture(body(policy_version=version, choices=choices, **known), now=now)
    assert answer.status == 201, answer.text
    return str(answer.json["consent_id"])


def rotate(patch: pytest.MonkeyPatch) -> None:
    """Put a new signing key beside the old one."""
    made = boto3.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    patch.setitem(os.environ, "KEY_RECEIPTS_2026", made["KeyMetadata"]["KeyId"])
    signing_keys.public_keys.cache_clear()


@contextmanager
def at(patch: pytest.MonkeyPatch, now: datetime) -> Iterator[None]:
    """Give workers a moment."""
    with patch.context() as clock:
        clock.setattr(current_time, "now", lambda: now)
        yield
