"""Backups: of what, where, for how long, and never longer than erasures are remembered."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from infra import synth
from infra.backups import BACKED_UP
from infra.catalogue import TABLES
from infra.context import MAX_BACKUP_DAYS, InvalidConfiguration, read
from infra.declarations import title
from local.cloud import of_type
from tests.infra.reading import only, resources, shown

POLICIES = Path(__file__).parent.parent.parent / "functions" / "shared" / "policies"


def rule(template: dict[str, Any]) -> dict[str, Any]:
    (found,) = only(template, "AWS::Backup::BackupPlan")["BackupPlan"]["BackupPlanRule"]
    rule: dict[str, Any] = found
    return rule


def test_every_table_that_keeps_something_is_backed_up_daily(template: dict[str, Any]) -> None:
    selection = only(template, "AWS::Backup::BackupSelection")["BackupSelection"]
    assert selection["Resources"] == [
        {"Fn::GetAtt": [f"{title(row.name)}Table", "Arn"]}
        for row in TABLES
        if row.retained or row.lasting
    ]
    assert {row.name for row in TABLES} - set(BACKED_UP) == {"tokens"}
    assert rule(template)["ScheduleExpression"] == "cron(30 4 * * ? *)"


@pytest.mark.parametrize("policy", sorted(POLICIES.glob("*/policy.toml")), ids=str)
def test_no_backup_outlives_the_list_of_erasures(policy: Path) -> None:
    """S13: who was erased before a restore can always be erased again after it."""
    classes = {c["id"]: c for c in _classes(tomllib.loads(policy.read_text(encoding="utf-8")))}
    match = re.fullmatch(r"P(\d+)Y", classes["erasure_list"]["keep"])
    assert match is not None
    assert int(match[1]) * 365 > MAX_BACKUP_DAYS


def _classes(policy: dict[str, Any]) -> list[dict[str, Any]]:
    (found,) = (
        value
        for value in policy.values()
        if isinstance(value, list) and any(row.get("id") == "erasure_list" for row in value)
    )
    return list(found)


def test_a_backup_is_kept_as_long_as_the_context_says(template: dict[str, Any]) -> None:
    assert rule(template)["Lifecycle"] == {"DeleteAfterDays": 35}
    assert rule(synth.template({"backup_days": "7"}))["Lifecycle"] == {"DeleteAfterDays": 7}
    with pytest.raises(InvalidConfiguration, match="backup_days"):
        read({**synth.defaults(), "backup_days": MAX_BACKUP_DAYS + 1})


def test_backups_stay_in_the_region_under_a_key_of_their_own(template: dict[str, Any]) -> None:
    """S11, S12."""
    vault = only(template, "AWS::Backup::BackupVault")
    assert vault["EncryptionKeyArn"] == {"Fn::GetAtt": ["BackupKey", "Arn"]}
    assert "CopyActions" not in rule(template)
    refusal, policy = vault["AccessPolicy"]["Statement"]
    for statement in (refusal, policy):
        assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert set(policy["Action"]) == {
        "backup:DeleteBackupVaultAccessPolicy",
        "backup:PutBackupVaultAccessPolicy",
    }
    assert "cfn-exec-role" in str(policy["Condition"]["ArnNotLike"])
    assert "Condition" not in refusal
    assert set(refusal["Action"]) == {
        "backup:DeleteRecoveryPoint",
        "backup:UpdateRecoveryPointLifecycle",
    }


def test_the_vault_is_locked_only_if_somebody_chose_that(template: dict[str, Any]) -> None:
    """A lock cannot be undone: no default may set it."""
    assert "LockConfiguration" not in only(template, "AWS::Backup::BackupVault")
    locked = synth.template({"backup_lock": "true", "backup_days": "20"})
    assert only(locked, "AWS::Backup::BackupVault")["LockConfiguration"] == {
        "MinRetentionDays": 20,
        "MaxRetentionDays": 20,
        "ChangeableForDays": 3,
    }


def test_the_role_reads_tables_and_writes_the_vault_and_cannot_write_tables(
    template: dict[str, Any],
) -> None:
    """S11, S51."""
    statements = _of_role(template, "BackupRole")
    allowed = {action for s in statements for action in _list(s["Action"])}
    assert not allowed & {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
    assert "dynamodb:StartAwsBackupJob" in allowed
    wide = [s for s in statements if "*" in resources(s)]
    assert [s["Action"] for s in wide] == ["tag:GetResources"]


def test_a_backup_of_tagged_tables_under_our_key_can_be_made(template: dict[str, Any]) -> None:
    """The tables carry tags, which a recovery point gets too; both keys are granted on."""
    by_action = {
        action: s for s in _of_role(template, "BackupRole") for action in _list(s["Action"])
    }
    assert shown(resources(by_action["backup:TagResource"])[0]).endswith(":recovery-point:*")
    assert resources(by_action["kms:CreateGrant"]) == [
        {"Fn::GetAtt": ["DataKey", "Arn"]},
        {"Fn::GetAtt": ["BackupKey", "Arn"]},
    ]


def test_a_restore_makes_tables_beside_and_writes_to_no_other(template: dict[str, Any]) -> None:
    """S51: no role of ours can write a backup over what is there."""
    written = {
        shown(resource)
        for s in _of_role(template, "RestoreRole")
        if any(action.startswith("dynamodb:") for action in _list(s["Action"]))
        for resource in resources(s)
    }
    account = "arn:<AWS::Partition>:dynamodb:<AWS::Region>:<AWS::AccountId>"
    tables = {place for place in written if ":dynamodb:" in place}
    assert tables == {f"{account}:table/<AWS::StackName>-restored-*"}


def _of_role(template: dict[str, Any], name: str) -> list[dict[str, Any]]:
    (found,) = (
        policy["Properties"]["PolicyDocument"]["Statement"]
        for policy_name, policy in of_type(template, "AWS::IAM::Policy").items()
        if policy_name.startswith(name)
    )
    return list(found)


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
