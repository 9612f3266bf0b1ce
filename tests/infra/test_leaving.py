"""Whoever leaves is told of everything that stays and costs, with what deletes it."""

from pathlib import Path

import pytest

from tests.aws_commands import written
from tests.infra.cloudformation import COSTS, Account
from tests.infra.test_deployment import SERVICE, STORES, deploy, plans

PAGE = Path(__file__).parent.parent.parent / "docs" / "operations" / "leaving.md"
# What deletes one of a kind that a production's stacks leave behind.
DELETES = {
    "AWS::Backup::BackupVault": "backup delete-backup-vault",
    "AWS::Cognito::UserPool": "cognito-idp delete-user-pool",
    "AWS::DynamoDB::Table": "dynamodb delete-table",
    "AWS::KMS::Key": "kms schedule-key-deletion",
    "AWS::Logs::LogGroup": "logs delete-log-group",
    "AWS::S3::Bucket": "s3api delete-bucket",
    "AWS::SecretsManager::Secret": "secretsmanager delete-secret",
}


@pytest.fixture(scope="module")
def left() -> set[str]:
    """The types that cost and that no stack owns any more."""
    account = Account()
    deploy(account)
    for name in (SERVICE, STORES):
        account.delete(name, plans()[name])
    return {made.kind for made in account.owned_by_nobody()} & COSTS


def test_all_that_production_leaves_and_that_costs_has_its_command(left: set[str]) -> None:
    assert left == set(DELETES)
    told = [" ".join(words[:2]) for words in written(PAGE.read_text("utf-8"))]
    assert [kind for kind in sorted(left) if DELETES[kind] not in told] == []


def test_what_is_made_beside_the_stacks_is_deleted_too() -> None:
    """Every stack that the first day and delivery make by hand."""
    pages = [(PAGE.parent / name).read_text("utf-8") for name in ("first-day.md", "delivery.md")]
    made = {
        words[words.index("--stack-name") + 1]
        for words in written("\n\n".join(pages))
        if words[:2] == ["cloudformation", "deploy"]
    }
    assert made
    gone = {
        words[words.index("--stack-name") + 1]
        for words in written(PAGE.read_text("utf-8"))
        if words[:2] == ["cloudformation", "delete-stack"]
    }
    assert made | {"CDKToolkit", SERVICE, STORES} == gone
