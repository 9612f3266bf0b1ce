"""A deployment's tables, bucket and secret are found by its stack's name."""

import argparse
import json
import os
from collections.abc import Iterator

import boto3
import pytest

from infra.catalogue import TABLES
from ops import CommandError, stores
from tests.conftest import ENGINE

pytestmark = [
    pytest.mark.usefixtures("cloud"),
    pytest.mark.skipif(ENGINE != "moto", reason="the stack is moto's"),
]
NAMES = [row.name for row in TABLES]


@pytest.fixture
def stack() -> Iterator[str]:
    """A stack with tables and a bucket; the embedded engine's stacks have no secrets."""
    key = [{"AttributeName": "x", "KeyType": "HASH"}]
    columns = [{"AttributeName": "x", "AttributeType": "S"}]
    table = {"KeySchema": key, "AttributeDefinitions": columns, "BillingMode": "PAY_PER_REQUEST"}
    resources: dict[str, object] = {
        f"{name.title().replace('_', '')}Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": table,
        }
        for name in NAMES
    }
    resources["ExportsBucket"] = {"Type": "AWS::S3::Bucket"}
    client = boto3.client("cloudformation")
    service = {"Resources": {"SomeQueue": {"Type": "AWS::SQS::Queue"}}}
    stacks = {"privacy-found": service, "privacy-found-stores": {"Resources": resources}}
    for name, template in stacks.items():
        client.create_stack(StackName=name, TemplateBody=json.dumps(template))
    yield "privacy-found"
    for name in stacks:
        client.delete_stack(StackName=name)


def test_everything_is_found_by_the_stack(stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [*(f"TABLE_{name.upper()}" for name in NAMES), "BUCKET_EXPORTS"]
    for variable in wanted:
        monkeypatch.setenv(variable, "other")
    stores.find(argparse.Namespace(stack=stack), NAMES, bucket=True, secret=True)
    assert os.environ["TABLE_RECORDS"].startswith("privacy-found-stores-RecordsTable")
    assert "other" not in {os.environ[variable] for variable in wanted}
    boto3.client("dynamodb").describe_table(TableName=os.environ["TABLE_RECORDS"])
    boto3.client("s3").head_bucket(Bucket=os.environ["BUCKET_EXPORTS"])


def test_a_deployment_is_found_by_either_of_its_stacks(stack: str) -> None:
    both = stores.resources(stack)
    assert {"RecordsTable", "SomeQueue"} <= set(both)
    assert stores.resources(f"{stack}-stores") == both


def test_what_the_stack_has_not_is_taken_from_the_environment_or_named(
    stack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_IDENTITY", "given")
    stores.find(argparse.Namespace(stack=stack), [], secret=True)
    assert os.environ["SECRET_IDENTITY"] == "given"
    monkeypatch.delenv("SECRET_IDENTITY")
    with pytest.raises(CommandError, match="IdentitySecret is not found: set SECRET_IDENTITY"):
        stores.find(argparse.Namespace(stack=stack), [], secret=True)


def test_an_unknown_stack_is_told() -> None:
    with pytest.raises(CommandError, match=r"The stack none: .*does not exist"):
        stores.find(argparse.Namespace(stack="none"), NAMES)
