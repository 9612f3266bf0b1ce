"""Backups: every table once a day, in its own region (S12), under a key of their own.

Point-in-time recovery undoes a mistake of the last five weeks in a table that still is there;
these survive the table. They are gone before the list of erasures is: whoever restores one can
always erase again who was erased since (docs/operations/runbooks says how).
"""

from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws, Duration, Fn
from aws_cdk import aws_backup as backup
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra import keeping, keys
from infra.catalogue import TABLES
from infra.context import Context
from infra.keeping import BUT_DEPLOYMENTS
from infra.storage import Stores

# A token lives for a week at most, and one that was used must not come back.
BACKED_UP = tuple(row.name for row in TABLES if row.backed_up)
_VAULT_ID = "BackupVault"
# At night, after the retention run and apart from it.
_WHEN = "cron(30 4 * * ? *)"
_ZONE = "Europe/London"
_START_MINUTES, _END_MINUTES = 60, 480
_LOCKED_AFTER_DAYS = 3


@dataclass(frozen=True, slots=True)
class Backups:
    """The name of the vault, and the ARN of the key that it is under."""

    vault: str
    key: str


def build(scope: Construct, context: Context, stores: Stores) -> Backups:
    """Declare the vault, the plan, what it takes in, and the role that does it."""
    key = keys.encryption(scope, context, "BackupKey", "Encrypts the backups of all tables.")
    vault = _vault(scope, context, key.attr_arn)
    role = _backup_role(scope, stores, vault, key.attr_arn)
    _restore_role(scope, stores, key.attr_arn)
    plan = backup.CfnBackupPlan(
        scope,
        "BackupPlan",
        backup_plan=backup.CfnBackupPlan.BackupPlanResourceTypeProperty(
            backup_plan_name=Aws.STACK_NAME,
            backup_plan_rule=[
                backup.CfnBackupPlan.BackupRuleResourceTypeProperty(
                    rule_name="daily",
                    target_backup_vault=vault.ref,
                    schedule_expression=_WHEN,
                    schedule_expression_timezone=_ZONE,
                    start_window_minutes=_START_MINUTES,
                    completion_window_minutes=_END_MINUTES,
                    lifecycle=backup.CfnBackupPlan.LifecycleResourceTypeProperty(
                        delete_after_days=context.backup_days
                    ),
                )
            ],
        ),
    )
    selection = backup.CfnBackupSelection(
        scope,
        "BackupSelection",
        backup_plan_id=plan.ref,
        backup_selection=backup.CfnBackupSelection.BackupSelectionResourceTypeProperty(
            selection_name="tables",
            iam_role_arn=role.role_arn,
            resources=[stores.tables[name].attr_arn for name in BACKED_UP],
        ),
    )
    selection.node.add_dependency(role)
    return Backups(vault.ref, key.attr_arn)


def completed(vault: str, period: Duration) -> cloudwatch.Metric:
    """Return how many backups were completed."""
    return cloudwatch.Metric(
        namespace="AWS/Backup",
        metric_name="NumberOfBackupJobsCompleted",
        dimensions_map={"BackupVaultName": vault},
        period=period,
        statistic="Sum",
    )


def _vault_name() -> str:
    """Name the vault anew for each stack that is made: AWS gives none itself.

    A name that a vault left behind still has would stop every later deployment. The stack's id
    ends in a UUID, whose first eight characters are enough.
    """
    uuid = Fn.select(2, Fn.split("/", Aws.STACK_ID))
    return f"{Aws.STACK_NAME}-{Fn.select(0, Fn.split('-', uuid))}"


def _vault(scope: Construct, context: Context, key: str) -> backup.CfnBackupVault:
    lock = backup.CfnBackupVault.LockConfigurationTypeProperty(
        min_retention_days=context.backup_days,
        max_retention_days=context.backup_days,
        changeable_for_days=_LOCKED_AFTER_DAYS,
    )
    vault = backup.CfnBackupVault(
        scope,
        _VAULT_ID,
        backup_vault_name=_vault_name(),
        encryption_key_arn=key,
        lock_configuration=lock if context.backup_lock else None,
        access_policy=_access() if context.kept else None,
    )
    vault.override_logical_id(_VAULT_ID)
    keeping.keep(vault, context)
    return vault


def _access() -> dict[str, Any]:
    """Refuse to shorten or lengthen a backup's life, and to take this away but by a deployment."""
    everybody = {"Effect": "Deny", "Principal": "*", "Resource": "*"}  # of this vault
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "NothingGoesBeforeItsTimeOrStaysAfter",
                "Action": ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"],
                **everybody,
            },
            {
                "Sid": "OnlyDeploymentsChangeThis",
                "Action": [
                    "backup:DeleteBackupVaultAccessPolicy",
                    "backup:PutBackupVaultAccessPolicy",
                ],
                "Condition": BUT_DEPLOYMENTS,
                **everybody,
            },
        ],
    }


def _role(scope: Construct, name: str, about: str) -> iam.Role:
    return iam.Role(
        scope,
        name,
        assumed_by=iam.ServicePrincipal(
            "backup.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
        ),
        description=about,
    )


def _backup_role(
    scope: Construct, stores: Stores, vault: backup.CfnBackupVault, key: str
) -> iam.Role:
    """Let AWS Backup read the tables and write the vault.

    It is what AWSBackupServiceRolePolicyForBackup allows for tables, on these alone. The tables
    carry tags, which a recovery point gets too.
    """
    role = _role(scope, "BackupRole", "AWS Backup reads the tables and writes the vault with it.")
    tables = [stores.tables[name].attr_arn for name in BACKED_UP]
    for actions, resources in (
        (_READ_TABLE, tables),
        (_OF_A_BACKUP, [f"{table}/backup/*" for table in tables]),
        (_WRITE_VAULT, [vault.attr_backup_vault_arn]),
        (_TAG, [_recovery_points()]),
        (["tag:GetResources"], ["*"]),  # AWS knows no resource for it
        (_USE_KEYS, [stores.data_key.attr_arn, key]),
    ):
        role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=resources))
    role.add_to_policy(_grants(stores.data_key.attr_arn, key))
    return role


def _restore_role(scope: Construct, stores: Stores, key: str) -> iam.Role:
    """Let AWS Backup make a table beside the others from a backup, and write to no other.

    It is what AWSBackupServiceRolePolicyForRestores allows for tables; `ops restore` gives it.
    """
    role = _role(scope, "RestoreRole", "AWS Backup makes tables beside the others with it.")
    place = f"arn:{Aws.PARTITION}:dynamodb:{Aws.REGION}:{Aws.ACCOUNT_ID}:table"
    for actions, resources in (
        (_MAKE_TABLE, [f"{place}/{Aws.STACK_NAME}-restored-*"]),
        (_READ_BACKUP, [_recovery_points()]),
        (_USE_KEYS, [stores.data_key.attr_arn, key]),
    ):
        role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=resources))
    role.add_to_policy(_grants(stores.data_key.attr_arn, key))
    return role


def _grants(*keys: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=["kms:CreateGrant"],
        resources=list(keys),
        conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
    )


def _recovery_points() -> str:
    return f"arn:{Aws.PARTITION}:backup:{Aws.REGION}:{Aws.ACCOUNT_ID}:recovery-point:*"


_READ_TABLE = (
    "dynamodb:CreateBackup",
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:DescribeTable",
    "dynamodb:ListTagsOfResource",
    "dynamodb:StartAwsBackupJob",
)
_OF_A_BACKUP = ("dynamodb:DeleteBackup", "dynamodb:DescribeBackup")
_WRITE_VAULT = ("backup:CopyIntoBackupVault", "backup:DescribeBackupVault")
_TAG = ("backup:TagResource",)
_READ_BACKUP = ("dynamodb:RestoreTableFromAwsBackup", "backup:DescribeRecoveryPoint")
_MAKE_TABLE = (
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:RestoreTableFromAwsBackup",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
)
_USE_KEYS = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
