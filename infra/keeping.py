"""What of a deployment outlives it.

In stage prod whatever holds data stays when its stack goes, and goes with it only while the stack
is being made for the first time: a first deployment that failed can then be repeated, and leaves
nothing behind that blocks it or costs. Other stages leave nothing at all. (CloudFormation user
guide, "DeletionPolicy attribute": RetainExceptOnCreate.)
"""

from aws_cdk import Aws, CfnResource, RemovalPolicy

from infra.context import Context

# As what CloudFormation works for the CDK, whatever qualifier the account was bootstrapped with.
_DEPLOYMENTS = (
    f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:role"
    f"/cdk-*-cfn-exec-role-{Aws.ACCOUNT_ID}-{Aws.REGION}"
)
# The condition of a refusal that everybody meets but a deployment.
BUT_DEPLOYMENTS = {"ArnNotLike": {"aws:PrincipalArn": _DEPLOYMENTS}}


def policy(context: Context) -> RemovalPolicy:
    """Return what becomes of a resource that holds data when its stack no longer declares it."""
    return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if context.kept else RemovalPolicy.DESTROY


def keep(resource: CfnResource, context: Context) -> None:
    """Let `resource` outlive its stack where the stage's data does."""
    resource.apply_removal_policy(policy(context))
