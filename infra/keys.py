"""Customer-managed KMS keys, each with exact actions in its policy."""

from typing import Any

from aws_cdk import Aws, CfnTag
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra import keeping
from infra.context import Context

# KMS's longest. Each of the first two rotations adds a dollar a month to a key for good, and none
# re-encrypts what is stored: what a yearly one guards against here is nothing.
ROTATION_DAYS = 2_560
# A key that is deleted by mistake can be had back for so long.
_PENDING_DAYS = 30
_PENDING_DAYS_OF_A_TRIAL = 7

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
# A backup vault, which is made with a grant, asks for it: tests/infra/test_handlers.py.
_GIVE_BACK = "kms:RetireGrant"
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


def encryption(scope: Construct, context: Context, name: str, about: str) -> kms.CfnKey:
    """Declare a key that encrypts for one purpose.

    It outlives the stack: without it, what it encrypted is gone, backups too.
    """
    return _key(
        scope,
        context,
        name,
        about,
        [_account(*_ADMINISTER, _GIVE_BACK, *_ROTATE, *USE)],
        enable_key_rotation=True,
        rotation_period_in_days=ROTATION_DAYS,
    )


def signing(scope: Construct, context: Context, name: str, about: str) -> kms.CfnKey:
    """Declare a P-256 key (ES256) that signs inside KMS and never leaves it."""
    return _key(
        scope,
        context,
        name,
        about,
        [_account(*_ADMINISTER, *_SIGN)],
        key_spec="ECC_NIST_P256",
        key_usage="SIGN_VERIFY",
    )


def _key(
    scope: Construct,
    context: Context,
    name: str,
    about: str,
    statements: list[dict[str, Any]],
    **properties: Any,
) -> kms.CfnKey:
    key = kms.CfnKey(
        scope,
        name,
        description=about,
        key_policy={"Version": "2012-10-17", "Statement": statements},
        pending_window_in_days=_PENDING_DAYS if context.kept else _PENDING_DAYS_OF_A_TRIAL,
        tags=[CfnTag(key="Name", value=name)],
        **properties,
    )
    key.override_logical_id(name)
    keeping.keep(key, context)
    return key


def _account(*actions: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:root"},
        "Action": sorted(actions),
        "Resource": "*",  # in a key's policy: this key
    }
