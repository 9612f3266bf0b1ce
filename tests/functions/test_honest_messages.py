"""Whatever honest people write is taken, and kept as it can be seen (S3, S48)."""

import pytest

from shared.domain.rate_limits import PER_SOURCE
from shared.domain.text import visible
from tests import support
from tests.functions.people import somebody
from tests.functions.test_contact import contact, held
from tests.honest import MESSAGES

pytestmark = pytest.mark.usefixtures("cloud")


def test_every_honest_message_is_taken_and_kept() -> None:
    for number, message in enumerate(MESSAGES):
        if number % (PER_SOURCE.most // 2) == 0:  # people write from networks of their own
            support.source.ip = f"198.19.{number // 50}.7"
        email = somebody().email
        answer = contact(email, message=message)
        assert answer.status == 202, message[:80]
        (record,) = held(email)
        assert record.fields["message"] == visible(message)
