"""Handing a mail to the mail service."""

import os

from notifications.email import Email, compose
from shared.edge import log
from shared.storage.aws_clients import client


def send(letter: Email) -> None:
    """Send as the configured sender; a service that refuses is a fault, and comes again."""
    sender = os.environ["MAIL_SENDER"]
    client("sesv2").send_email(
        FromEmailAddress=sender,
        Destination={"ToAddresses": [letter.to]},
        Content={"Raw": {"Data": compose(letter, sender)}},
    )
    log.LOGGER.info("mail %s sent", letter.words)
