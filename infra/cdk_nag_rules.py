"""Somebody else's rules for the template (cdk-nag's AwsSolutions and NIST 800-53 r5 packs).

A finding stops the synthesis unless it is accepted here, at its own construct and with a
reason that its owner stands by.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from aws_cdk import Acknowledgment, App, Stack, Validations
from aws_cdk.aws_s3 import CfnBucket
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks
from constructs import IConstruct

from infra.backups import BACKED_UP
from infra.catalogue import BUCKETS, FUNCTIONS, LOCKED_BUCKETS, SECRETS, TABLES
from infra.declarations import Function, title

_NIST = "NIST.800.53.R5"
_AWS = "AwsSolutions"


class Accepted(NamedTuple):
    """One finding that stays: the construct below the stack, the rule's id, and why."""

    place: str
    rule: str
    reason: str


def examine(app: App) -> None:
    """Let every synthesis of `app` be checked by both packs."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), NIST80053R5Checks(app))


def acknowledge(stacks: Sequence[Stack]) -> None:
    """Accept in `stacks` what this page accepts."""
    for place, rule, reason in accepted(stacks):
        pack = _NIST if rule.startswith(_NIST) else _AWS
        Validations.of(_find(stacks, place)).acknowledge(
            Acknowledgment(id=f"{pack}::{rule}", reason=reason)
        )


def accepted(stacks: Sequence[Stack]) -> Iterator[Accepted]:
    """List every finding that stays in `stacks`."""
    stack = stacks[-1]
    for row in FUNCTIONS:
        yield from _of_function(row, stacks)
    yield from _of_logs_and_alarms()
    yield from _of_stores()
    yield from _of_queues()
    yield from _of_other_roles()
    yield from _of_the_api(stack.node.get_context("stage"))
    yield Accepted(
        "Firewall",
        f"{_NIST}-WAFv2LoggingEnabled",
        "Its log holds every caller's full IP address, which the notice's S6 does not allow and"
        " the log cannot redact; figures per rule are kept and alarmed on.",
    )


def _find(stacks: Sequence[Stack], place: str) -> IConstruct:
    first, *names = place.split("/")
    (found,) = (made for stack in stacks if (made := stack.node.try_find_child(first)) is not None)
    for name in names:
        found = found.node.find_child(name)
    return found


_INLINE = (
    f"{_NIST}-IAMNoInlinePolicy",
    "One role, one policy, one owner: a managed policy could be attached to somebody else too.",
)


def _of_logs_and_alarms() -> Iterator[Accepted]:
    for name in ("Api", *(title(row.name) for row in FUNCTIONS)):
        yield Accepted(
            f"{name}Logs",
            f"{_NIST}-CloudWatchLogGroupEncrypted",
            "AWS's own key encrypts it; no personal data is in it (tests/test_privacy_of_logs.py).",
        )
    yield Accepted(
        "Alarms/Resource",
        f"{_NIST}-SNSEncryptedKMS",
        "An alarm holds a name and a figure; under a key that CloudWatch may not use it would be"
        " lost without a word.",
    )


def _of_function(row: Function, stacks: Sequence[Stack]) -> Iterator[Accepted]:
    named, region = title(row.name), stacks[-1].region
    function, policy = f"{named}Function/Resource", f"{named}Policy/Resource"
    logs = f"arn:<AWS::Partition>:logs:{region}:<AWS::AccountId>:log-group:<{named}Logs>"
    yield Accepted(policy, *_INLINE)
    if row.streams:
        yield Accepted(
            policy,
            "AwsSolutions-IAM5[Resource::*]",
            "DynamoDB's action that lists streams: AWS knows no resource for it.",
        )
    if row.mails:
        yield Accepted(
            policy,
            "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>"
            ":identity/*]",
            "Amazon SES asks for the recipient's identity too while in its sandbox; the condition"
            " on the sender's address is what narrows it.",
        )
    if row.alarms:
        yield Accepted(
            policy,
            "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cloudwatch:<AWS::Region>"
            ":<AWS::AccountId>:alarm:<AWS::StackName>-*]",
            "The stack's own alarms, whose names begin with its name; it may only read them.",
        )
    yield Accepted(
        policy,
        f"AwsSolutions-IAM5[Resource::{logs}:*]",
        "The streams of the function's own log group, which Lambda names.",
    )
    for bucket in row.buckets:
        yield Accepted(
            policy,
            f"AwsSolutions-IAM5[Resource::{_imported(stacks, bucket)}/*]",
            "The objects of one bucket, whose names are made of request ids.",
        )
    yield Accepted(
        function,
        "AwsSolutions-L1",
        "Python 3.13 is supported until 2029; the layer's wheels are locked and tested for it.",
    )
    yield Accepted(
        function,
        f"{_NIST}-LambdaInsideVPC",
        "It calls AWS's APIs alone (and, for exports, the company's own https addresses), each"
        " call signed; there is nothing private in a VPC that it should reach.",
    )
    yield Accepted(
        function,
        f"{_NIST}-LambdaConcurrency",
        "The stage's throttle, or the stream's shards, bound it; a reserved share would be taken"
        " from the account's other functions, and its throttles are alarmed on.",
    )
    yield Accepted(
        function,
        f"{_NIST}-LambdaDLQ",
        "Called by the gateway, which tells the caller."
        if row.serves_http
        else "The stream's mapping, and for daily runs the asynchronous configuration, set"
        " failures aside in a queue that is alarmed on.",
    )


def _imported(stacks: Sequence[Stack], bucket: str) -> str:
    """Name a bucket's ARN as the service's stack imports it."""
    stores = stacks[0]
    found = stores.node.find_child(f"{title(bucket)}Bucket")
    if not isinstance(found, CfnBucket):
        raise TypeError(f"{bucket} is no bucket")
    made = stores.resolve(stores.export_value(found.attr_arn))
    return str(made["Fn::ImportValue"])


def _of_stores() -> Iterator[Accepted]:
    for secret in SECRETS:
        for rule in ("AwsSolutions-SMG4", f"{_NIST}-SecretsManagerRotationEnabled"):
            yield Accepted(
                f"{title(secret)}Secret",
                rule,
                "Who everybody is hangs on `identity`, which never changes in place; `sources` is"
                " changed by hand, with the company's other systems"
                " (docs/operations/rotate-keys.md).",
            )
    for bucket in BUCKETS:
        place = f"{title(bucket)}Bucket"
        for rule in ("AwsSolutions-S1", f"{_NIST}-S3BucketLoggingEnabled"):
            yield Accepted(
                place,
                rule,
                "An access log would hold the IP address of everybody who fetches their copy (S6).",
            )
        yield Accepted(
            place,
            f"{_NIST}-S3BucketReplicationEnabled",
            "Copies that live for weeks and can be prepared again; a replica would outlive them.",
        )
    for bucket in LOCKED_BUCKETS:
        for rule in ("AwsSolutions-S1", f"{_NIST}-S3BucketLoggingEnabled"):
            yield Accepted(
                f"{title(bucket)}Bucket",
                rule,
                "What is in it can be neither changed nor removed, and tells of nobody.",
            )
        yield Accepted(
            f"{title(bucket)}Bucket",
            f"{_NIST}-S3BucketReplicationEnabled",
            "Whoever wants a copy elsewhere takes one: a head is a hundred bytes and no secret.",
        )
    for name in {table.name for table in TABLES} - set(BACKED_UP):
        yield Accepted(
            f"{title(name)}Table",
            f"{_NIST}-DynamoDBInBackupPlan",
            "Tokens live for days and work once: a restored one would work again.",
        )


def _of_queues() -> Iterator[Accepted]:
    for row in FUNCTIONS:
        if not row.serves_http:
            yield Accepted(
                f"{title(row.name)}DeadLetters/Resource",
                "AwsSolutions-SQS3",
                "It is itself where dead letters of a stream or a schedule go.",
            )


def _of_other_roles() -> Iterator[Accepted]:
    backup, restore = (f"{name}Role/DefaultPolicy/Resource" for name in ("Backup", "Restore"))
    yield Accepted(backup, *_INLINE)
    yield Accepted(restore, *_INLINE)
    points = "arn:<AWS::Partition>:backup:<AWS::Region>:<AWS::AccountId>:recovery-point:*"
    for role in (backup, restore):
        yield Accepted(
            role,
            f"AwsSolutions-IAM5[Resource::{points}]",
            "The account's recovery points, which AWS names as it makes them.",
        )
    yield Accepted(
        backup,
        "AwsSolutions-IAM5[Resource::*]",
        "Reading what is tagged how: AWS knows no resource for that action.",
    )
    yield Accepted(
        restore,
        "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:dynamodb:<AWS::Region>:<AWS::AccountId>"
        ":table/<AWS::StackName>-restored-*]",
        "Tables that a restore makes beside the others, and whose names say so.",
    )
    for table in BACKED_UP:
        yield Accepted(
            backup,
            f"AwsSolutions-IAM5[Resource::<{title(table)}Table.Arn>/backup/*]",
            "The backups of one table, which AWS names as it makes them.",
        )
    for row in FUNCTIONS:
        if row.daily is not None:
            yield Accepted(f"{title(row.name)}ScheduleRole/DefaultPolicy/Resource", *_INLINE)
    yield Accepted("GatewayLogsRole/Resource", *_INLINE)
    yield Accepted(
        "GatewayLogsRole/Resource",
        "AwsSolutions-IAM5[Resource::*]",
        "The account's one role for all its APIs' logs; API Gateway refuses one that may do less.",
    )


def _of_the_api(stage: str) -> Iterator[Accepted]:
    yield Accepted(
        "Api/Resource",
        "AwsSolutions-APIG2",
        "The handlers check every body and answer with each field that is wrong (RFC 9457);"
        " the gateway's validation would only say that something is.",
    )
    on_stage = f"Api/DeploymentStage.{stage}/Resource"
    for rule in ("AwsSolutions-APIG6", f"{_NIST}-APIGWExecutionLoggingEnabled"):
        yield Accepted(
            on_stage,
            rule,
            "Execution logs hold paths and headers, tokens and addresses among them (S6, S11);"
            " the access log has what is needed to find a fault.",
        )
    yield Accepted(
        on_stage,
        f"{_NIST}-APIGWCacheEnabledAndEncrypted",
        "There is no cache: answers about people are never kept, and the policy's are small.",
    )
    yield Accepted(
        on_stage,
        f"{_NIST}-APIGWSSLEnabled",
        "Client certificates are for HTTP backends; behind this stage are Lambda functions, called"
        " with AWS signatures.",
    )
