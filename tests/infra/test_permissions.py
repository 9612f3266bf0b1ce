"""Who may do what: exactly the catalogue, and nowhere a wildcard."""

from typing import Any

import pytest

from infra.catalogue import FUNCTIONS, READ, READ_MANY, Function
from local.cloud import of_type
from tests.infra.reading import actions, function_properties, granted_to, resources, statements

BY_FUNCTION = pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.name)
READ_KEY = {"kms:Decrypt", "kms:DescribeKey"}
WRITE_KEY = READ_KEY | {
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
}
# AWS knows no resources for these, or refuses a role that may not do them everywhere.
EVERYWHERE = {"dynamodb:ListStreams", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}


def allowed_on(template: dict[str, Any], function: str, resource: Any) -> set[str]:
    return {
        action
        for statement in granted_to(template, function)
        if resource in resources(statement)
        for action in actions(statement)
    }


def test_no_action_is_a_wildcard(template: dict[str, Any]) -> None:
    """S11: what is allowed is written out, so that AWS's next action is not allowed unseen."""
    allowed = [(name, s) for name, _, s in statements(template) if s["Effect"] == "Allow"]
    assert len(allowed) > 10
    for name, statement in allowed:
        assert "NotAction" not in statement, name
        assert not [action for action in actions(statement) if "*" in action], name


def test_no_resource_is_a_wildcard_but_where_aws_allows_nothing_else(
    template: dict[str, Any],
) -> None:
    """S11. In the policy of a key or table itself, `*` means that key or table."""
    for name, kind, statement in statements(template):
        if kind in {"AWS::KMS::Key", "AWS::DynamoDB::Table"} or "Resource" not in statement:
            continue
        if "*" in resources(statement):
            unlimited = actions(statement) <= EVERYWHERE
            assert unlimited or name.startswith("GatewayLogsRole"), name


def test_no_role_has_a_managed_policy_or_a_second_user(template: dict[str, Any]) -> None:
    for name, resource in of_type(template, "AWS::IAM::Role").items():
        assert "ManagedPolicyArns" not in resource["Properties"], name
    roles = [f["Properties"]["Role"] for f in of_type(template, "AWS::Lambda::Function").values()]
    assert len(roles) == len({str(role) for role in roles}) == len(FUNCTIONS)


@BY_FUNCTION
def test_a_function_may_do_its_rows_verbs_and_no_more(
    template: dict[str, Any], row: Function
) -> None:
    """S11, S51."""
    for table, verb in row.tables.items():
        arn = {"Fn::GetAtt": [f"{table.title()}Table", "Arn"]}
        assert allowed_on(template, row.name, arn) == verb
        key = {"Fn::GetAtt": [f"{table.title()}Key", "Arn"]}
        expected = READ_KEY if verb <= READ | READ_MANY else WRITE_KEY
        assert allowed_on(template, row.name, key) == expected
    for secret in row.secrets:
        ref = {"Ref": f"{secret.title()}Secret"}
        assert allowed_on(template, row.name, ref) == {"secretsmanager:GetSecretValue"}
    for key_name, verb in row.keys.items():
        arn = {"Fn::GetAtt": [f"{key_name.title()}SigningKey", "Arn"]}
        assert allowed_on(template, row.name, arn) == verb


@BY_FUNCTION
def test_a_function_reaches_no_store_beyond_its_row(
    template: dict[str, Any], row: Function
) -> None:
    """S11."""
    tables = {*row.tables, *row.streams}
    own = {f"{table.title()}{kind}" for table in tables for kind in ("Table", "Key")}
    own |= {f"{secret.title()}{kind}" for secret in row.secrets for kind in ("Secret", "SecretKey")}
    own |= {f"{key.title()}SigningKey" for key in row.keys}
    stores = {
        name
        for kind in ("AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::SecretsManager::Secret")
        for name in of_type(template, kind)
    }
    reached = str([resources(statement) for statement in granted_to(template, row.name)])
    assert {name for name in stores if f"'{name}'" in reached} == own


@BY_FUNCTION
def test_a_stream_is_read_and_nothing_else_of_its_table(
    template: dict[str, Any], row: Function
) -> None:
    """S11."""
    for table in row.streams:
        stream = {"Fn::GetAtt": [f"{table.title()}Table", "StreamArn"]}
        assert allowed_on(template, row.name, stream) == {
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
        }
    for table in set(row.streams) - set(row.tables):
        arn = {"Fn::GetAtt": [f"{table.title()}Table", "Arn"]}
        assert allowed_on(template, row.name, arn) == set()


@BY_FUNCTION
def test_storage_keys_are_used_only_through_the_service_that_they_are_for(
    template: dict[str, Any], row: Function
) -> None:
    for statement in granted_to(template, row.name):
        if actions(statement) & {"kms:Decrypt"}:
            service = str(statement["Condition"]["StringEquals"]["kms:ViaService"])
            assert "dynamodb." in service or "secretsmanager." in service


@BY_FUNCTION
def test_a_function_writes_only_its_own_log_group(template: dict[str, Any], row: Function) -> None:
    own = function_properties(template, row.name)["LoggingConfig"]["LogGroup"]
    written = [
        resource
        for statement in granted_to(template, row.name)
        if any(action.startswith("logs:") for action in actions(statement))
        for resource in resources(statement)
    ]
    assert len(written) == 1
    assert str(own) in str(written[0])


def test_the_catalogue_gives_nobody_the_power_to_change_the_ledger(
    template: dict[str, Any],
) -> None:
    """S51."""
    ledger = {"Fn::GetAtt": ["LedgerTable", "Arn"]}
    for row in FUNCTIONS:
        assert "dynamodb:UpdateItem" not in allowed_on(template, row.name, ledger)
