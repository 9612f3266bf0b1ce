"""Log groups of our own: kept as long as the context says, not for ever as AWS's default.

Encrypted with AWS's own key, as CloudWatch Logs does by itself: there is no personal data in them.
"""

from aws_cdk import aws_logs as logs
from constructs import Construct

from infra import keeping
from infra.context import Context


def log_group(scope: Construct, name: str, context: Context) -> logs.ILogGroup:
    """Declare a log group; in stage prod it stays when the stack goes, until its events expire."""
    group = logs.CfnLogGroup(scope, name, retention_in_days=context.log_days)
    keeping.keep(group, context)
    return logs.LogGroup.from_log_group_name(scope, f"{name}ByName", group.ref)
