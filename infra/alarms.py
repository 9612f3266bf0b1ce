"""Alarms on what a caller would notice, told to one topic and, if set, to one address."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aws_cdk import Aws, Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra import keys
from infra.context import Context

_PERIOD = Duration.minutes(5)
# Lambda plus gateway, 99th percentile: three seconds is where people give up on a form.
_SLOW_MS = 3_000
_CLOUDWATCH = "cloudwatch.amazonaws.com"
_OF_THIS_ACCOUNT = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}


@dataclass(frozen=True, slots=True)
class Watch:
    """One figure that is wrong from `threshold` on, in `of` of the last `of` five minutes."""

    name: str
    about: str
    metric: cloudwatch.IMetric
    threshold: float = 1
    of: int = 1


def build(
    scope: Construct,
    context: Context,
    functions: Mapping[str, lambda_.Function],
    api: apigateway.RestApi,
) -> None:
    """Declare the topic, its subscription, and an alarm per figure."""
    topic = _topic(scope)
    if context.alarm_address is not None:
        topic.add_subscription(subscriptions.EmailSubscription(context.alarm_address))
    action = actions.SnsAction(topic)
    for watch in _watches(functions, api):
        cloudwatch.Alarm(
            scope,
            f"{watch.name}Alarm",
            alarm_description=watch.about,
            metric=watch.metric,
            threshold=watch.threshold,
            evaluation_periods=watch.of,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        ).add_alarm_action(action)


def _watches(functions: Mapping[str, lambda_.Function], api: apigateway.RestApi) -> Iterator[Watch]:
    for name, function in functions.items():
        title = name.title().replace("_", "")
        yield Watch(
            f"{title}Errors",
            f"The {name} function failed outright: callers saw a 5xx, or records wait.",
            function.metric_errors(period=_PERIOD),
        )
        yield Watch(
            f"{title}Throttles",
            f"The {name} function was asked more often than the account lets it run.",
            function.metric_throttles(period=_PERIOD),
        )
    yield Watch(
        "ApiFaults",
        "The API answered 5xx.",
        api.metric_server_error(period=_PERIOD, statistic="Sum"),
    )
    yield Watch(
        "ApiLatency",
        f"One call in a hundred took over {_SLOW_MS} ms, for a quarter of an hour.",
        api.metric_latency(period=_PERIOD, statistic="p99"),
        threshold=_SLOW_MS,
        of=3,
    )


def _topic(scope: Construct) -> sns.Topic:
    key = keys.encryption(
        scope,
        "AlarmsKey",
        "Encrypts the alarms topic.",
        {
            "Effect": "Allow",
            "Principal": {"Service": _CLOUDWATCH},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "*",  # in a key's policy: this key
            "Condition": _OF_THIS_ACCOUNT,
        },
    )
    by_arn = kms.Key.from_key_arn(scope, "AlarmsKeyByArn", key.attr_arn)
    topic = sns.Topic(scope, "Alarms", master_key=by_arn, enforce_ssl=True)
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(_CLOUDWATCH)],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions=_OF_THIS_ACCOUNT,
        )
    )
    return topic
