"""What rings at once because somebody did it, or AWS did: told to the alarms' topic by rules.

No figure shows that a key is to be deleted before the data is gone with it. Rules on the account's
own bus cost nothing. What was called reaches it through CloudTrail, so only in an account that has
a trail (infra/account.yaml); what AWS does itself needs none.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws, Fn
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.alarm_definitions import runbook

_CALLED = "AWS API Call via CloudTrail"
# Certificate Manager renews by itself where it can, long before the first of these.
_ENDS = [
    "ACM Certificate Approaching Expiration",
    "ACM Certificate Expired",
    "ACM Certificate Renewal Action Required",
    "ACM Certificate Revoked",
]


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that may happen, how its event looks, and the runbook's `page`."""

    name: str
    about: str
    pattern: Mapping[str, Any]
    page: str


def all_of(
    keys: Iterable[str], secrets: Iterable[str], certificate: str | None
) -> Iterator[Incident]:
    """List what is told of, of these keys, secrets and perhaps a certificate (ARNs)."""
    yield Incident(
        "KeyAtRisk",
        "Somebody disabled one of our keys, changed who may use it or asked for its deletion: what"
        " it encrypts may not be read then, and after a deletion never again.",
        _call(
            "kms",
            ["DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion"],
            {"resources": {"ARN": list(keys)}},
        ),
        "key-at-risk",
    )
    yield Incident(
        "SecretChanged",
        "Somebody changed, rotated or deleted one of our secrets.",
        _call(
            "secretsmanager",
            [
                "DeleteSecret",
                "PutSecretValue",
                "RotateSecret",
                "UpdateSecret",
                "UpdateSecretVersionStage",
            ],
            {"requestParameters": {"secretId": [{"wildcard": _named(arn)} for arn in secrets]}},
        ),
        "secret-changed",
    )
    yield Incident(
        "SendingPaused",
        "Amazon SES no longer sends our mail.",
        {"source": ["aws.ses"], "detail-type": ["Sending Status Disabled"]},
        "mails-paused",
    )
    if certificate is not None:
        yield Incident(
            "CertificateAtRisk",
            "The certificate of our host name ends soon, or has ended: browsers open none of our"
            " pages then.",
            {"source": ["aws.acm"], "detail-type": _ENDS, "resources": [certificate]},
            "certificate-at-risk",
        )


def build(scope: Construct, topic: sns.Topic, incidents: Iterable[Incident]) -> None:
    """Declare a rule for each, and let rules write to the topic.

    AWS's own example sets no condition there, and says nowhere that one would hold.
    """
    for incident in incidents:
        said = f"{Aws.STACK_NAME}-{incident.name}: {incident.about} {runbook(incident.page)}"
        events.CfnRule(
            scope,
            f"{incident.name}Rule",
            description=incident.about,
            event_pattern=incident.pattern,
            targets=[
                events.CfnRule.TargetProperty(
                    id="alarms",
                    arn=topic.topic_arn,
                    input_transformer=events.CfnRule.InputTransformerProperty(
                        input_paths_map={"at": "$.time"}, input_template=f'"{said} (<at>)"'
                    ),
                )
            ],
        )
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("events.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
        )
    )


def _call(service: str, names: list[str], of_what: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "source": [f"aws.{service}"],
        "detail-type": [_CALLED],
        "detail": {
            "eventSource": [f"{service}.amazonaws.com"],
            "eventName": names,
            **of_what,
        },
    }


def _named(arn: str) -> str:
    """Match a secret by its ARN, by a part of it, or by its name, as the caller may have said it.

    CloudFormation names it after its logical id and something random, with a dash between.
    """
    parts = Fn.split("-", Fn.select(6, Fn.split(":", arn)))
    return f"*{Fn.select(0, parts)}-{Fn.select(1, parts)}*"
