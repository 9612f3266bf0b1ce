"""What is watched: one row per figure, from when on it is wrong, and what to do then."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aws_cdk import Aws, Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from infra import backups, schedules, waf
from infra.catalogue import FUNCTIONS
from infra.declarations import title

# What functions report themselves, as lines of their logs without dimensions, in a namespace of the
# stage's own: as the functions say it (functions/shared/edge/metrics.py).
NAMESPACE = Aws.STACK_NAME
_PERIOD = Duration.minutes(5)
_HOUR = Duration.hours(1)
_DAY = Duration.days(1)
# Lambda plus gateway, 99th percentile: three seconds is where people give up on a form.
_SLOW_MS = 3_000
# A confirmation mail that comes later than this is asked for again.
_LATE_MS = 15 * 60 * 1000
# Above these Amazon SES puts an account under review.
_BOUNCED, _COMPLAINED = 0.05, 0.001
_BLOCKED = 500


@dataclass(frozen=True, slots=True)
class Watch:
    """One figure that is wrong from `threshold` on in each of the last `of` periods.

    With `at_least` it is wrong below `threshold`, and no figure at all is wrong too. `page` is
    the name of its runbook.
    """

    name: str
    about: str
    metric: cloudwatch.IMetric
    page: str
    threshold: float = 1
    of: int = 1
    at_least: bool = False


def runbook(page: str) -> str:
    """Say where it says what to do."""
    return f"What to do: docs/operations/runbooks/{page}.md"


def all_of(
    functions: Mapping[str, lambda_.Function],
    queues: Mapping[str, sqs.Queue],
    api: apigateway.SpecRestApi,
    vault: str,
) -> list[Watch]:
    """List every figure that somebody is told about."""
    return [
        *_of_functions(functions),
        *_of_streams(functions),
        *_of_queues(queues),
        *_of_schedules(),
        *_of_the_api(api),
        *_of_promises(),
        *_of_mail(),
        *_of_backups(vault),
    ]


def reported(name: str, period: Duration = _PERIOD) -> cloudwatch.Metric:
    """Return a figure that a function reports itself; the highest of a period counts."""
    return cloudwatch.Metric(
        namespace=NAMESPACE, metric_name=name, period=period, statistic="Maximum"
    )


def _of_functions(functions: Mapping[str, lambda_.Function]) -> Iterator[Watch]:
    """Watch what nobody waits for; whoever calls the API sees the fault, and it counts as a 5xx.

    A worker answers which records failed, so that Errors are crashes and time-outs alone; what
    always fails shows as waiting, and then among the dead letters.
    """
    for row in FUNCTIONS:
        if row.streams:  # a schedule's run that fails is among the dead letters after its tries
            yield Watch(
                f"{title(row.name)}Errors",
                f"The {row.name} function crashed or ran out of time.",
                functions[row.name].metric_errors(period=_PERIOD),
                "function-errors",
            )
    yield Watch(
        "FunctionsThrottled",
        "A function of this account was asked more often than the account lets it run.",
        lambda_.Function.metric_all_throttles(period=_PERIOD, statistic="Sum"),
        "function-throttles",
    )


def _of_streams(functions: Mapping[str, lambda_.Function]) -> Iterator[Watch]:
    for row in FUNCTIONS:
        if row.streams:
            yield Watch(
                f"{title(row.name)}Late",
                f"What the {row.name} function should do by now has waited for 15 minutes.",
                age(functions[row.name]),
                "stream-late",
                threshold=_LATE_MS,
            )


def age(function: lambda_.Function) -> cloudwatch.Metric:
    """Return how long, in ms, the oldest record of a batch had waited."""
    return function.metric("IteratorAge", period=_PERIOD, statistic="Maximum")


def _of_queues(queues: Mapping[str, sqs.Queue]) -> Iterator[Watch]:
    for name, queue in queues.items():
        yield Watch(
            f"{title(name)}DeadLetters",
            f"The {name} function gave something up, and it waits to be driven again.",
            queue.metric_approximate_number_of_messages_visible(
                period=_PERIOD, statistic="Maximum"
            ),
            "dead-letters",
        )


def _of_schedules() -> Iterator[Watch]:
    for row in FUNCTIONS:
        if row.daily is None or row.patient:
            continue
        # What was tried and not started is among the dead letters. Two days, for when clocks go
        # back there are 25 hours between two runs.
        yield Watch(
            f"{title(row.name)}Silent",
            f"For two days no daily run of {row.name} was started.",
            schedules.metric(row, "InvocationAttemptCount", _DAY),
            "schedules-silent",
            of=2,
            at_least=True,
        )


def _of_the_api(api: apigateway.SpecRestApi) -> Iterator[Watch]:
    yield Watch(
        "ApiFaults",
        "The API answered 5xx.",
        api.metric_server_error(period=_PERIOD, statistic="Sum"),
        "api-faults",
    )
    yield Watch(
        "ApiLatency",
        f"One call in a hundred took over {_SLOW_MS} ms, for a quarter of an hour.",
        api.metric_latency(period=_PERIOD, statistic="p99"),
        "api-latency",
        threshold=_SLOW_MS,
        of=3,
    )
    yield Watch(
        "FrontDoorBlocks",
        f"The firewall turned {_BLOCKED} calls away in each of three times five minutes.",
        waf.blocked(_PERIOD),
        "front-door-blocks",
        threshold=_BLOCKED,
        of=3,
    )


def _of_promises() -> Iterator[Watch]:
    yield Watch(
        "OverdueRequests",
        "A data subject request is past its statutory date.",
        reported("OverdueRequests", _HOUR),
        "overdue-requests",
    )
    yield Watch(
        "OverdueItems",
        "Something is past its retention period and was not deleted (S13).",
        reported("OverdueItems", _HOUR),
        "overdue-items",
    )
    yield Watch(
        "RetentionFailed",
        "A retention run could not delete something that is due (S13).",
        reported("RetentionFailed"),
        "retention-failed",
    )


def _of_mail() -> Iterator[Watch]:
    yield Watch("MailsFailed", "A mail could not be sent.", reported("MailsFailed"), "mails-failed")
    yield Watch(
        "MailsBounced",
        "One mail in twenty bounces: at one in ten Amazon SES stops sending.",
        _of_ses("Reputation.BounceRate", "Maximum"),
        "mails-bounced",
        threshold=_BOUNCED,
    )
    yield Watch(
        "MailsComplainedOf",
        "One mail in a thousand is reported as spam: at one in two hundred SES stops sending.",
        _of_ses("Reputation.ComplaintRate", "Maximum"),
        "mails-bounced",
        threshold=_COMPLAINED,
    )


def _of_ses(name: str, statistic: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/SES", metric_name=name, period=_HOUR, statistic=statistic
    )


def _of_backups(vault: str) -> Iterator[Watch]:
    """Watch what was done, for a job that expired, or was never begun, counts nowhere as failed."""
    yield Watch(
        "BackupsMissing",
        "For two days not every table was backed up.",
        backups.completed(vault, _DAY),
        "backups-failed",
        threshold=len(backups.BACKED_UP),
        of=2,
        at_least=True,
    )
