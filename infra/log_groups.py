"""Log groups of our own: kept as long as the context says, not for ever as AWS's default."""

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra import keys

_KEY = "LogsKey"


def log_group(scope: Construct, name: str, days: int) -> logs.ILogGroup:
    """Declare a log group that keeps its events for `days`, encrypted.

    It stays when the stack goes, for its logs are what explains a failed deployment; its
    events still expire.
    """
    group = logs.CfnLogGroup(scope, name, retention_in_days=days, kms_key_id=_key(scope).attr_arn)
    group.apply_removal_policy(RemovalPolicy.RETAIN)
    return logs.LogGroup.from_log_group_name(scope, f"{name}ByName", group.ref)


def _key(scope: Construct) -> kms.CfnKey:
    """Give the one key of all log groups; the first that needs it makes it."""
    known = scope.node.try_find_child(_KEY)
    if isinstance(known, kms.CfnKey):
        return known
    groups = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group"
    own = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"{groups}:{Aws.STACK_NAME}-*"}}
    return keys.encryption(
        scope,
        _KEY,
        "Encrypts the logs.",
        {
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{Aws.REGION}.amazonaws.com"},
            "Action": ["kms:DescribeKey", *keys.USE],
            "Resource": "*",  # in a key's policy: this key
            "Condition": own,
        },
    )
