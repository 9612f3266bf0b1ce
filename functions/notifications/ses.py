"""Handing a mail to the mail service."""

import os
import random
import re
import time
from typing import Any

from botocore.exceptions import ClientError

from notifications.email import Email, Unmailable, compose
from shared.edge import log
from shared.storage import time_left
from shared.storage.aws_clients import client

# What stays so however often it is tried; all else is for a moment, or ours to put right.
_FOR_GOOD = frozenset({"MessageRejected", "BadRequestException"})
# By the same code: our domain's record in the DNS is not there, the account is in the sandbox or
# stopped. Only its words tell that apart from a mail that is refused for what it is.
_OURS = re.compile(r"not verified|suspended|paused", re.IGNORECASE)
# Faster than the account may send: nothing was sent, so that asking again is no second mail.
_TOO_FAST = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling"})
PAUSES = (1.0, 2.0, 4.0)  # seconds, at most
# As long as a try may take.
LEAST_SECONDS = 12.0
_chance = random.SystemRandom()


class RefusedForGood(Exception):
    """The mail service will never send this mail; the message is the service's code."""


def send(letter: Email) -> None:
    """Send as the configured sender.

    Raises:
        RefusedForGood: the service refuses this mail, or the address is none that can be mailed.
        ClientError: it could not be sent for now, and comes again.
    """
    sender = os.environ["MAIL_SENDER"]
    try:
        content = compose(letter, sender)
        _ask(
            FromEmailAddress=sender,
            Destination={"ToAddresses": [letter.to]},
            Content={"Raw": {"Data": content}},
            EmailTags=[{"Name": name, "Value": value} for name, value in letter.tags.items()],
            **_events(),
        )
    except Unmailable:
        raise RefusedForGood("Unmailable") from None
    except ClientError as error:
        told = error.response["Error"]
        if told["Code"] not in _FOR_GOOD or _OURS.search(told.get("Message", "")):
            raise
        raise RefusedForGood(told["Code"]) from None
    log.LOGGER.info("mail %s sent", letter.words)


def _ask(**mail: Any) -> None:
    """Have the service send; where that is too fast for it, wait as long as there is time."""
    for pause in PAUSES:
        try:
            client("sesv2").send_email(**mail)
        except ClientError as error:
            too_fast = error.response["Error"]["Code"] in _TOO_FAST
            if not too_fast or pause + LEAST_SECONDS > time_left.seconds():
                raise
        else:
            return
        time.sleep(pause * _chance.uniform(0.5, 1))
    client("sesv2").send_email(**mail)


def _events() -> dict[str, str]:
    """Name what has the service tell of bounces, where the deployment has it."""
    name = os.environ.get("MAIL_EVENTS")
    return {"ConfigurationSetName": name} if name else {}
