"""Functions run every day at a time of London's clock, by EventBridge Scheduler."""

from collections.abc import Mapping

from aws_cdk import Aws, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.catalogue import FUNCTIONS
from infra.context import Context
from infra.declarations import Function, title

ZONE = "Europe/London"
RETRIES = 3
_TRIES_OF_LAMBDA = 2
_HOUR = 3600


def connect(
    scope: Construct,
    context: Context,
    functions: Mapping[str, lambda_.Function],
    queues: Mapping[str, sqs.Queue],
) -> None:
    """Run daily whose row says so; what three tries do not start is set aside.

    Each schedule has a group of its own, for AWS counts by group.
    """
    for row in FUNCTIONS:
        if row.daily is not None:
            at = getattr(context, row.daily)
            made = _schedule(scope, row, at, functions[row.name], queues[row.name])
            group = f"{title(row.name)}ScheduleGroup"
            made.group_name = scheduler.CfnScheduleGroup(scope, group, name=_group(row)).ref
            _set_failures_aside(functions[row.name], queues[row.name])


def _set_failures_aside(function: lambda_.Function, dead: sqs.Queue) -> None:
    """Keep the runs that were started and failed: the schedule itself never hears of those."""
    lambda_.CfnEventInvokeConfig(
        function,
        "EventInvokeConfig",
        function_name=function.function_name,
        qualifier="$LATEST",
        maximum_retry_attempts=_TRIES_OF_LAMBDA,
        destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
            on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=dead.queue_arn)
        ),
    )


def metric(row: Function, name: str, period: Duration) -> cloudwatch.Metric:
    """Return one of EventBridge Scheduler's figures about the schedule of a row."""
    return cloudwatch.Metric(
        namespace="AWS/Scheduler",
        metric_name=name,
        dimensions_map={"ScheduleGroup": _group(row)},
        period=period,
        statistic="Sum",
    )


def _group(row: Function) -> str:
    return f"{Aws.STACK_NAME}-{row.name}"


def _schedule(
    scope: Construct, row: Function, at: str, function: lambda_.Function, dead: sqs.Queue
) -> scheduler.CfnSchedule:
    hour, minute = at.split(":")
    role = iam.Role(
        scope,
        f"{title(row.name)}ScheduleRole",
        assumed_by=iam.ServicePrincipal(
            "scheduler.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
        ),
        description=f"Lets the schedule run {row.name}.",
    )
    role.add_to_policy(
        iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[function.function_arn])
    )
    role.add_to_policy(iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[dead.queue_arn]))
    return scheduler.CfnSchedule(
        scope,
        f"{title(row.name)}Schedule",
        description=row.about,
        schedule_expression=f"cron({int(minute)} {int(hour)} * * ? *)",
        schedule_expression_timezone=ZONE,
        flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
        target=scheduler.CfnSchedule.TargetProperty(
            arn=function.function_arn,
            role_arn=role.role_arn,
            input="{}",
            retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                maximum_retry_attempts=RETRIES, maximum_event_age_in_seconds=_HOUR
            ),
            dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=dead.queue_arn),
        ),
    )
