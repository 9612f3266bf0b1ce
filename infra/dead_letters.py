"""Where goes what a function could not do in its tries: one queue per function."""

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.catalogue import FUNCTIONS
from infra.declarations import Function, title

KEPT = Duration.days(14)


def build(scope: Construct) -> dict[str, sqs.Queue]:
    """Declare a queue for each function that nobody waits for, by the function's name."""
    return {row.name: _queue(scope, row) for row in FUNCTIONS if not row.serves_http}


def _queue(scope: Construct, row: Function) -> sqs.Queue:
    """Hold the positions of records that failed, not the records: there is no data in it."""
    return sqs.Queue(
        scope,
        f"{title(row.name)}DeadLetters",
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=KEPT,
    )
