"""Log groups of our own: kept as long as the context says, not for ever as AWS's default."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct


def log_group(scope: Construct, name: str, days: int) -> logs.ILogGroup:
    """Declare a log group that keeps its events for `days`.

    It stays when the stack goes, for its logs are what explains a failed deployment; its
    events still expire.
    """
    group = logs.CfnLogGroup(scope, name, retention_in_days=days)
    group.apply_removal_policy(RemovalPolicy.RETAIN)
    return logs.LogGroup.from_log_group_name(scope, f"{name}ByName", group.ref)
