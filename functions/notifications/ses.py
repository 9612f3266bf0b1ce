"""Handing a mail to the mail service."""

import os

from botocore.exceptions import ClientError

from notifications.email import Email, Unmailable, compose
from shared.edge import log
from shared.storage.aws_clients import client

# What stays so however often it is tried; all else is for a moment, or ours to put right.
_FOR_GOOD = frozenset({"MessageRejected", "BadRequestException"})


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
        client("sesv2").send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": [letter.to]},
            Content={"Raw": {"Data": content}},
            EmailTags=[{"Name": name, "Value": value} for name, value in letter.tags.items()],
            **_events(),
        )
    except Unmailable:
        raise RefusedForGood("Unmailable") from None
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code not in _FOR_GOOD:
            raise
        raise RefusedForGood(code) from None
    log.LOGGER.info("mail %s sent", letter.words)


def _events() -> dict[str, str]:
    """Name what has the service tell of bounces, where the deployment has it."""
    name = os.environ.get("MAIL_EVENTS")
    return {"ConfigurationSetName": name} if name else {}
