"""Laying a template: every reference that it makes finds what was laid."""

from typing import Any

import boto3
import pytest

from local.cloud import Cloud


def test_values_are_resolved_as_cloudformation_does() -> None:
    cloud = Cloud({"Resources": {}}, {"Table": {"Ref": "t", "Arn": "arn:t"}})
    value = {
        "Fn::Join": [
            "/",
            [{"Ref": "Table"}, {"Fn::GetAtt": ["Table", "Arn"]}, {"Fn::Sub": "${AWS::Region}-x"}],
        ]
    }
    assert cloud.resolve(value) == "t/arn:t/eu-west-1-x"


@pytest.mark.parametrize("value", [{"Fn::ImportValue": "x"}, 5, None])
def test_what_it_cannot_resolve_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="does not resolve"):
        Cloud({"Resources": {}}).resolve(value)


def test_the_laid_tables_are_the_templates(cloud: Cloud) -> None:
    """S13, S51: retention's index and the ledger's key are really there, and no clock but ours."""
    client = boto3.client("dynamodb")
    ledger = client.describe_table(TableName=cloud.table("LedgerTable"))["Table"]
    keys = [(key["AttributeName"], key["KeyType"]) for key in ledger["KeySchema"]]
    assert keys == [("subject", "HASH"), ("sequence", "RANGE")]
    assert [index["IndexName"] for index in ledger["GlobalSecondaryIndexes"]] == ["retention"]
    assert ledger["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    tokens = client.describe_time_to_live(TableName=cloud.table("TokensTable"))
    assert tokens["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"


def test_every_function_gets_the_environment_of_the_template(cloud: Cloud) -> None:
    environment = cloud.environment("consent")
    assert environment["TABLE_LEDGER"] == cloud.table("LedgerTable")
    secret = boto3.client("secretsmanager").get_secret_value(
        SecretId=environment["SECRET_IDENTITY"]
    )
    assert len(secret["SecretString"]) >= 32
    key = boto3.client("kms").describe_key(KeyId=environment["KEY_RECEIPTS"])["KeyMetadata"]
    assert (key["KeyUsage"], key["KeySpec"]) == ("SIGN_VERIFY", "ECC_NIST_P256")
