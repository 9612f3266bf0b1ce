"""A deployment's tables, bucket and secret are found by its stack's name."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.catalogue import TABLES
from ops import CommandError, stores
from ops.__main__ import main
from shared.domain.errors import Busy
from tests.conftest import ENGINE

ROOT = Path(__file__).parent.parent.parent

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


ASKING_AWS = [
    ["doctor", "--stack", "privacy-prod"],
    ["erasures", "replay", "--stack", "privacy-prod", "--dry-run"],
    ["redrive", "--stack", "privacy-prod", "--dry-run", "notifications"],
    ["restore", "--stack", "privacy-prod", "--dry-run", "--from", "copy", "records"],
    ["retention", "audit", "--stack", "privacy-prod"],
    ["staff", "--stack", "privacy-prod", "list"],
]


NO_REGION = "Set AWS_REGION to the deployment's region, e.g. eu-west-1."
NOBODY = "Unable to locate credentials"


@pytest.mark.parametrize(
    ("words", "known", "said"),
    [
        *((words, {"AWS_REGION": "eu-west-1"}, NOBODY) for words in ASKING_AWS),
        *((words, {}, NO_REGION) for words in (ASKING_AWS[0], ASKING_AWS[3])),
        (ASKING_AWS[3], {"AWS_CONFIG_FILE": "configured"}, NOBODY),
    ],
    ids=lambda one: one[0] if isinstance(one, list) else None,
)
def test_a_terminal_that_is_not_set_up_is_told_in_one_line(
    words: list[str], known: dict[str, str], said: str, tmp_path: Path
) -> None:
    """As on the first day: the region is known as the AWS CLI knows it, and no traceback tells."""
    (tmp_path / "configured").write_text("[default]\nregion = eu-west-1\n", "utf-8")
    known = {
        name: value.replace("configured", f"{tmp_path}/configured") for name, value in known.items()
    }
    nowhere = {"AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-m", "ops", *words],
        env=nowhere | known,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{said}\n")


def test_a_call_that_aws_refuses_is_one_line(
    stack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["staff", "--stack", stack, "add", "officer@example.com", "privacy_officer"]

    def refused(*_: object) -> None:
        told = {"Error": {"Code": "ExpiredTokenException", "Message": "The token has expired"}}
        raise ClientError(told, "ListStackResources")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stores, "resources", refused)
        patch.setattr(stores, "listed", refused)
        assert main(words) == 1
    assert "(ExpiredTokenException) when calling" in capsys.readouterr().err
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stores, "listed", lambda _: raises(Busy()))
        assert main(["restore", "--stack", stack, "--open", "records"]) == 1
    assert "busy or out of reach" in capsys.readouterr().err


def raises(fault: Exception) -> None:
    raise fault
