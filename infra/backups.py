"""Backups: every table once a day, in its own region (S12), under a key of their own.

Point-in-time recovery undoes a mistake of the last five weeks in a table that still is there;
these survive the table. They are gone before the list of erasures is: whoever restores one can
always erase again who was erased since (docs/runbooks says how).
"""

from aws_cdk import Aws, Duration, Fn
from aws_cdk import aws_backup as backup
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra import keeping, keys
from infra.catalogue import TABLES
from infra.context import Context
from infra.storage import Stores

# A token lives for a week at most, and one that was used must not come back.
BACKED_UP = tuple(row.name for row in TABLES if row.retained)
_VAULT_ID = "BackupVault"
# At night, after the retention run and apart from it.
_WHEN = "cron(30 4 * * ? *)"
_ZONE = "Europe/London"
_START_MINUTES, _END_MINUTES = 60, 480
_LOCKED_AFTER_DAYS = 3


def build(scope: Construct, context: Context, stores: Stores) -> str:
    """Declare the vault, the plan, what it takes in, and the role that does it.

    Gives the vault's name.
    """
    key = keys.encryption(scope, context, "BackupKey", "Encrypts the backups of all tables.")
    vault = _vault(scope, context, key.attr_arn)
    role = _role(scope, stores, vault, key.attr_arn)
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
    return vault.ref


def failed(vault: str, period: Duration) -> cloudwatch.Metric:
    """Give how many backups failed."""
    return cloudwatch.Metric(
        namespace="AWS/Backup",
        metric_name="NumberOfBackupJobsFailed",
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
        access_policy={
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "NothingGoesBeforeItsTimeOrStaysAfter",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"],
                    "Resource": "*",  # in a vault's own policy: this vault
                }
            ],
        },
    )
    vault.override_logical_id(_VAULT_ID)
    keeping.keep(vault, context)
    return vault


def _role(scope: Construct, stores: Stores, vault: backup.CfnBackupVault, key: str) -> iam.Role:
    """Let AWS Backup read the tables and write the vault: what its managed policy allows, here."""
    role = iam.Role(
        scope,
        "BackupRole",
        assumed_by=iam.ServicePrincipal(
            "backup.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
        ),
        description="AWS Backup reads the tables and writes the vault with this role.",
    )
    tables = [stores.tables[name].attr_arn for name in BACKED_UP]
    for actions, resources in (
        (_READ_TABLE, tables),
        (_OF_A_BACKUP, [f"{table}/backup/*" for table in tables]),
        (_WRITE_VAULT, [vault.attr_backup_vault_arn]),
        (_USE_KEYS, [stores.data_key.attr_arn, key]),
    ):
        role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=resources))
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["kms:CreateGrant"],
            resources=[key],
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        )
    )
    return role


_READ_TABLE = (
    "dynamodb:CreateBackup",
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:DescribeTable",
    "dynamodb:ListTagsOfResource",
    "dynamodb:StartAwsBackupJob",
)
_OF_A_BACKUP = ("dynamodb:DeleteBackup", "dynamodb:DescribeBackup")
_WRITE_VAULT = ("backup:CopyIntoBackupVault", "backup:DescribeBackupVault")
_USE_KEYS = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey")
