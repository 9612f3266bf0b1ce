"""Customer-managed KMS keys, each with exact actions in its policy."""

from typing import Any

from aws_cdk import Aws, CfnTag, RemovalPolicy
from aws_cdk import aws_kms as kms
from constructs import Construct

# What the account's own administrators (and CloudFormation) need; whom of them IAM lets do it
# is the account's decision. Nothing here is `kms:*`: no new action of KMS is granted unseen.
_ADMINISTER = (
    "kms:CancelKeyDeletion",
    "kms:CreateGrant",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:EnableKey",
    "kms:GetKeyPolicy",
    "kms:ListGrants",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateKeyDescription",
)
_ROTATE = ("kms:DisableKeyRotation", "kms:EnableKeyRotation", "kms:GetKeyRotationStatus")
# Two exact actions each where AWS's own examples write a wildcard.
USE = (
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
_SIGN = ("kms:GetPublicKey", "kms:GetKeyRotationStatus", "kms:Sign", "kms:Verify")


def encryption(scope: Construct, name: str, about: str, *more: dict[str, Any]) -> kms.CfnKey:
    """Declare a key that encrypts one concern's data and rotates every year.

    `more` are further statements of its policy. The key outlives the stack: without it,
    what it encrypted is gone, backups too.
    """
    return _key(
        scope,
        name,
        about,
        [_account(*_ADMINISTER, *_ROTATE, *USE), *more],
        enable_key_rotation=True,
    )


def signing(scope: Construct, name: str, about: str) -> kms.CfnKey:
    """Declare a P-256 key (ES256) that signs inside KMS and never leaves it."""
    return _key(
        scope,
        name,
        about,
        [_account(*_ADMINISTER, *_SIGN)],
        key_spec="ECC_NIST_P256",
        key_usage="SIGN_VERIFY",
    )


def _key(
    scope: Construct, name: str, about: str, statements: list[dict[str, Any]], **properties: Any
) -> kms.CfnKey:
    key = kms.CfnKey(
        scope,
        name,
        description=about,
        key_policy={"Version": "2012-10-17", "Statement": statements},
        pending_window_in_days=30,
        tags=[CfnTag(key="Name", value=name)],
        **properties,
    )
    key.override_logical_id(name)
    key.apply_removal_policy(RemovalPolicy.RETAIN)
    return key


def _account(*actions: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:root"},
        "Action": sorted(actions),
        "Resource": "*",  # in a key's policy: this key
    }
