"""Alarms: what alarm_definitions.py watches, told to one topic and, if set, to one address."""

from collections.abc import Iterable

from aws_cdk import Aws
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.alarm_definitions import Watch, runbook
from infra.context import Context

_TOO_MANY = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
_TOO_FEW = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
_CLOUDWATCH = "cloudwatch.amazonaws.com"
_OF_THIS_ACCOUNT = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}


def topic(scope: Construct, context: Context) -> sns.Topic:
    """Declare the one topic that all is told to, and who hears of it."""
    made = _topic(scope)
    if context.alarm_address is not None:
        made.add_subscription(subscriptions.EmailSubscription(context.alarm_address))
    return made


def build(scope: Construct, topic: sns.Topic, watches: Iterable[Watch]) -> list[cloudwatch.Alarm]:
    """Declare an alarm per figure."""
    action = actions.SnsAction(topic)
    return [_alarm(scope, watch, action) for watch in watches]


def _alarm(scope: Construct, watch: Watch, action: actions.SnsAction) -> cloudwatch.Alarm:
    alarm = cloudwatch.Alarm(
        scope,
        f"{watch.name}Alarm",
        alarm_name=f"{Aws.STACK_NAME}-{watch.name}",
        alarm_description=f"{watch.about} {runbook(watch.page)}",
        metric=watch.metric,
        threshold=watch.threshold,
        evaluation_periods=watch.of,
        comparison_operator=_TOO_FEW if watch.at_least else _TOO_MANY,
        treat_missing_data=(
            cloudwatch.TreatMissingData.BREACHING
            if watch.at_least
            else cloudwatch.TreatMissingData.NOT_BREACHING
        ),
    )
    alarm.add_alarm_action(action)
    return alarm


def environment() -> dict[str, str]:
    """Tell a function what the names of the stack's alarms begin with."""
    return {"ALARMS": f"{Aws.STACK_NAME}-"}


def may_read() -> iam.PolicyStatement:
    """Allow to read how the stack's own alarms stand, and to change nothing of them."""
    names = f"alarm:{Aws.STACK_NAME}-*"
    return iam.PolicyStatement(
        actions=["cloudwatch:DescribeAlarms"],
        resources=[
            f"arn:{Aws.PARTITION}:cloudwatch:{Aws.REGION}:{Aws.ACCOUNT_ID}:{names}",
        ],
    )


def _topic(scope: Construct) -> sns.Topic:
    """Declare the topic, under no key of ours.

    CloudWatch cannot publish to a topic whose key does not let it, and says so nowhere; an
    alarm holds a name and a figure, and no personal data.
    """
    topic = sns.Topic(scope, "Alarms", enforce_ssl=True)
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(_CLOUDWATCH)],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions=_OF_THIS_ACCOUNT,
        )
    )
    return topic
