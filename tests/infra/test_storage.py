"""Tables, keys and secrets as the catalogue declares them."""

from typing import Any

import pytest

from infra.catalogue import FUNCTIONS, SECRETS, SIGNING_KEYS, TABLES
from infra.declarations import ERASE, Table, title
from local.cloud import of_type
from tests.infra.reading import actions, shown

BY_TABLE = pytest.mark.parametrize("row", TABLES, ids=lambda row: row.name)
APPEND_ONLY = [row for row in TABLES if row.append_only]


def table(template: dict[str, Any], row: Table) -> dict[str, Any]:
    resource: dict[str, Any] = template["Resources"][f"{title(row.name)}Table"]
    return resource


def test_there_are_exactly_the_tables_of_the_catalogue(template: dict[str, Any]) -> None:
    assert set(of_type(template, "AWS::DynamoDB::Table")) == {
        f"{title(row.name)}Table" for row in TABLES
    }
    assert "AWS::DynamoDB::GlobalTable" not in {
        resource["Type"] for resource in template["Resources"].values()
    }


@BY_TABLE
def test_a_table_is_protected(template: dict[str, Any], row: Table) -> None:
    """S11: encrypted, recoverable, not deleted with the stack."""
    resource = table(template, row)
    properties = resource["Properties"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["SSESpecification"] == {
        "SSEEnabled": True,
        "SSEType": "KMS",
        "KMSMasterKeyId": {"Fn::GetAtt": ["DataKey", "Arn"]},
    }
    assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    kept = (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
    assert kept == ("RetainExceptOnCreate", "Retain")


@BY_TABLE
def test_a_tables_shape_is_its_row(template: dict[str, Any], row: Table) -> None:
    """S13: the retention index is there where something expires by class."""
    properties = table(template, row)["Properties"]
    kinds = {a["AttributeName"]: a["AttributeType"] for a in properties["AttributeDefinitions"]}
    schema = [(key["AttributeName"], key["KeyType"]) for key in properties["KeySchema"]]
    assert schema[0] == (row.partition, "HASH")
    assert schema[1:] == ([(row.sort, "RANGE")] if row.sort else [])
    assert kinds[row.partition] == "S"
    if row.sort:
        assert kinds[row.sort] == row.sort_type
    indexes = {
        index["IndexName"]: (
            [(key["AttributeName"], key["KeyType"]) for key in index["KeySchema"]],
            index["Projection"],
        )
        for index in properties.get("GlobalSecondaryIndexes", [])
    }
    for index in row.indexes:
        assert indexes[index.name] == (
            [(index.partition, "HASH"), (index.sort, "RANGE")],
            {"ProjectionType": "ALL"},
        )
    assert set(indexes) == {i.name for i in row.indexes} | (
        {"retention"} if row.retained else set()
    )
    if row.retained:
        assert indexes["retention"] == (
            [("retention_class", "HASH"), ("retention_start", "RANGE")],
            {"ProjectionType": "KEYS_ONLY"},
        )
    assert ("StreamSpecification" in properties) is row.stream
    assert properties.get("TimeToLiveSpecification", {}).get("AttributeName") == row.ttl


@pytest.mark.parametrize("row", APPEND_ONLY, ids=lambda row: row.name)
def test_an_append_only_table_refuses_changes_from_everybody(
    template: dict[str, Any], row: Table
) -> None:
    """S51: not even an administrator updates an event; only who may ERASE removes one.

    Nor changes this policy, but by a deployment.
    """
    policy = table(template, row)["Properties"]["ResourcePolicy"]["PolicyDocument"]
    change, remove, lift = policy["Statement"]
    for statement in (change, remove, lift):
        assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert actions(change) == {
        "dynamodb:UpdateItem",
        "dynamodb:PartiQLUpdate",
        "dynamodb:BatchWriteItem",
    }
    assert "Condition" not in change
    assert actions(remove) == {"dynamodb:DeleteItem", "dynamodb:PartiQLDelete"}
    erasers = [f for f in FUNCTIONS if ERASE & f.tables.get(row.name, frozenset())]
    spared = remove.get("Condition", {}).get("ArnNotEquals", {}).get("aws:PrincipalArn", [])
    assert len(spared) == len(erasers)

    assert actions(lift) == {"dynamodb:PutResourcePolicy", "dynamodb:DeleteResourcePolicy"}
    deployments = lift["Condition"]["ArnNotLike"]["aws:PrincipalArn"]
    assert ":role/cdk-*-cfn-exec-role-<AWS::AccountId>-" in shown(deployments)


def test_the_ledger_is_append_only() -> None:
    assert "ledger" in {row.name for row in APPEND_ONLY}


def test_there_is_a_key_for_each_purpose_and_it_stays(template: dict[str, Any]) -> None:
    """S11: data, backups, signatures; of data, the roles' conditions part one from the other."""
    found = of_type(template, "AWS::KMS::Key")
    assert set(found) == {"DataKey", "BackupKey", "ReceiptsSigningKey"}
    for name, resource in found.items():
        properties = resource["Properties"]
        if properties.get("KeyUsage") == "SIGN_VERIFY":
            assert properties["KeySpec"] == "ECC_NIST_P256"
        else:
            assert properties["EnableKeyRotation"] is True, name
            assert properties["RotationPeriodInDays"] == 2_560, "each rotation costs for good"
        assert resource["DeletionPolicy"] == "RetainExceptOnCreate"


def test_the_signing_keys_are_those_of_the_catalogue(template: dict[str, Any]) -> None:
    found = of_type(template, "AWS::KMS::Key")
    signing = {n for n, r in found.items() if r["Properties"].get("KeyUsage") == "SIGN_VERIFY"}
    assert signing == {f"{title(name)}SigningKey" for name in SIGNING_KEYS}


def test_secrets_are_made_by_the_stack_and_kept(template: dict[str, Any]) -> None:
    """S11: nobody chooses or sees them."""
    found = of_type(template, "AWS::SecretsManager::Secret")
    assert set(found) == {f"{title(name)}Secret" for name in SECRETS}
    for resource in found.values():
        properties = resource["Properties"]
        assert properties["GenerateSecretString"]["PasswordLength"] == 64
        assert properties["KmsKeyId"] == {"Fn::GetAtt": ["DataKey", "Arn"]}
        assert "SecretString" not in properties
        assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
