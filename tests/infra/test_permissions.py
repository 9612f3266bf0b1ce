"""Who may do what: exactly the catalogue, and nowhere a wildcard."""

import json
import re
from typing import Any

import pytest

from infra.catalogue import FUNCTIONS, TABLES
from infra.declarations import CHECK, LIST, READ, READ_MANY, STORE, Function, title
from local.cloud import of_type
from tests.infra.reading import (
    actions,
    function_properties,
    granted_to,
    resources,
    shown,
    statements,
)

BY_FUNCTION = pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.name)
READ_KEY = {"kms:Decrypt"}
WRITE_KEY = READ_KEY | {
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
}
# AWS knows no resources for these, or refuses a role that may not do them everywhere.
EVERYWHERE = {"dynamodb:ListStreams", "tag:GetResources"}
# In the policy of one of these itself, `*` means that key, table or vault.
OWN_POLICY = {"AWS::KMS::Key", "AWS::DynamoDB::Table", "AWS::Backup::BackupVault"}
# All that may be left open of a resource's name, and why.
OPEN_ENDED = {
    r"arn:<AWS::Partition>:logs:.*:log-group:<\w+Logs>:\*": "streams that Lambda names",
    r"<\w+Bucket\.Arn>/\*": "objects named by request ids",
    r"<\w+Table\.Arn>/backup/\*": "backups that AWS names",
    r"arn:<AWS::Partition>:backup:.*:recovery-point:\*": "the same of the vault",
    r"arn:<AWS::Partition>:dynamodb:.*:table/<AWS::StackName>-restored-\*": "made by a restore",
    r"arn:<AWS::Partition>:ses:.*:identity/\*": "SES's sandbox asks for the recipient's too",
    r"arn:<AWS::Partition>:cloudwatch:.*:alarm:<AWS::StackName>-\*": "alarms of the stack",
    r"execute-api:/\*/(\*|[A-Z]+)/([\w./-]+\*?)?": "any stage, what lies below a path",
    r"execute-api:/\*/GET/\*": "what nothing serves is answered, too",
}


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
    """S11: over every policy of the template; refusals may be as wide as they like."""
    seen = set()
    for name, kind, statement in statements(template):
        if statement["Effect"] == "Deny" or "Resource" not in statement:
            continue
        for resource in map(shown, resources(statement)):
            if resource == "*":
                unlimited = actions(statement) <= EVERYWHERE or kind in OWN_POLICY
                assert unlimited or name.startswith("GatewayLogsRole"), name
            elif "*" in resource:
                fitting = [shape for shape in OPEN_ENDED if re.fullmatch(shape, resource)]
                assert fitting, (name, resource)
                seen.update(fitting)
    assert seen == set(OPEN_ENDED), "a reason for what is no longer there"


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
        arn = {"Fn::GetAtt": [f"{title(table)}Table", "Arn"]}
        assert allowed_on(template, row.name, arn) == verb
    for bucket, verb in row.buckets.items():
        arn = {"Fn::GetAtt": [f"{title(bucket)}Bucket", "Arn"]}
        assert allowed_on(template, row.name, arn) == verb & LIST
        assert allowed_on(template, row.name, {"Fn::Join": ["", [arn, "/*"]]}) == verb - LIST
    for secret in row.secrets:
        ref = {"Ref": f"{title(secret)}Secret"}
        assert allowed_on(template, row.name, ref) == {"secretsmanager:GetSecretValue"}
    for key_name, verb in row.keys.items():
        arn = {"Fn::GetAtt": [f"{title(key_name)}SigningKey", "Arn"]}
        assert allowed_on(template, row.name, arn) == verb


CONTEXT = "kms:EncryptionContext:"


@BY_FUNCTION
def test_the_key_for_data_serves_a_role_on_its_own_stores_and_no_others(
    template: dict[str, Any], row: Function
) -> None:
    """S11: the service says in the encryption context what it works on; the role says what may be.

    Only what has no context, reading the key's description, is without that condition.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for statement in granted_to(template, row.name):
        if not any(action.startswith("kms:") for action in actions(statement)):
            continue
        if resources(statement) != [{"Fn::GetAtt": ["DataKey", "Arn"]}]:
            assert actions(statement) <= {"kms:Sign", "kms:GetPublicKey"}
            continue
        conditions = dict(statement["Condition"]["StringEquals"])
        assert set(statement["Condition"]) == {"StringEquals"}
        via = shown(conditions.pop("kms:ViaService")).split(".")[0]
        if actions(statement) == {"kms:DescribeKey"}:
            assert (via, conditions) == ("dynamodb", {})
            continue
        ((key, places),) = conditions.items()
        assert (
            key.removeprefix(CONTEXT)
            == {
                "dynamodb": "aws:dynamodb:tableName",
                "s3": "aws:s3:arn",
                "secretsmanager": "SecretARN",
            }[via]
        )
        for place in places if isinstance(places, list) else [places]:
            found[via, shown(place)] = actions(statement)
    assert found == {
        **{
            ("dynamodb", f"<{title(table)}Table>"): READ_KEY
            for table in (*row.indexes, *row.streams, *row.tables)
        },
        **{
            ("dynamodb", f"<{title(table)}Table>"): WRITE_KEY
            for table, verb in row.tables.items()
            if not verb <= READ | READ_MANY | CHECK
        },
        **{
            ("s3", f"<{title(bucket)}Bucket.Arn>"): READ_KEY
            | ({"kms:GenerateDataKey"} if verb & STORE else set())
            for bucket, verb in row.buckets.items()
        },
        **{
            ("secretsmanager", f"<{title(secret)}Secret>"): {"kms:Decrypt"}
            for secret in row.secrets
        },
    }


@BY_FUNCTION
def test_a_row_that_names_partitions_reaches_only_those(
    template: dict[str, Any], row: Function
) -> None:
    """S11, S34: who only knows browsers can neither read nor write what is kept of people."""
    for table in row.tables:
        arn = {"Fn::GetAtt": [f"{title(table)}Table", "Arn"]}
        mine = [s for s in granted_to(template, row.name) if arn in resources(s)]
        if not row.tables[table]:
            assert mine == [], "through its indexes alone"
            continue
        (statement,) = mine
        if table in row.only:
            assert statement["Condition"] == {
                "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [row.only[table]]},
                "Null": {"dynamodb:LeadingKeys": "false"},
            }
        else:
            assert "Condition" not in statement


def test_every_roles_policies_fit_into_what_iam_takes(template: dict[str, Any]) -> None:
    """IAM counts all of a role's own policies together, without spaces: 10,240 characters."""
    sizes: dict[str, int] = {}
    for policy in of_type(template, "AWS::IAM::Policy").values():
        (role,) = policy["Properties"]["Roles"]
        document = json.dumps(policy["Properties"]["PolicyDocument"], separators=(",", ":"))
        sizes[role["Ref"]] = sizes.get(role["Ref"], 0) + len(_with_arns(document))
    assert max(sizes.values()) < 10_240, sizes


def _with_arns(document: str) -> str:
    """Put an ARN of the usual length in place of every reference."""
    arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/privacy-prod-OperationsTable-1A2B3C4D5E6F7"
    return re.sub(r'\{"(?:Fn::GetAtt":\[[^]]*\]|Ref":"[^"]*")\}', f'"{arn}"', document)


@BY_FUNCTION
def test_a_function_queries_its_rows_indexes_and_no_more(
    template: dict[str, Any], row: Function
) -> None:
    """S11."""
    expected = {
        f"<{title(table)}Table.Arn>/index/{index}"
        for table, indexes in row.indexes.items()
        for index in indexes
    }
    reached = {
        shown(resource): actions(statement)
        for statement in granted_to(template, row.name)
        for resource in resources(statement)
        if "/index/" in shown(resource)
    }
    assert reached == {index: {"dynamodb:Query"} for index in expected}


def test_every_index_that_a_row_names_is_one_of_its_table() -> None:
    known = {
        table.name: {index.name for index in table.indexes} | {"retention"} for table in TABLES
    }
    for row in FUNCTIONS:
        for table, indexes in row.indexes.items():
            assert set(indexes) <= known[table], (row.name, table)


@BY_FUNCTION
def test_a_function_reaches_no_store_beyond_its_row(
    template: dict[str, Any], row: Function
) -> None:
    """S11."""
    tables = {*row.tables, *row.indexes, *row.streams}
    own = {"DataKey"} if tables or row.secrets or row.buckets else set()
    own |= {f"{title(table)}Table" for table in tables}
    own |= {f"{title(secret)}Secret" for secret in row.secrets}
    own |= {f"{title(key)}SigningKey" for key in row.keys}
    own |= {f"{title(bucket)}Bucket" for bucket in row.buckets}
    stores = {
        name
        for kind in (
            "AWS::DynamoDB::Table",
            "AWS::KMS::Key",
            "AWS::S3::Bucket",
            "AWS::SecretsManager::Secret",
        )
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
        stream = {"Fn::GetAtt": [f"{title(table)}Table", "StreamArn"]}
        assert allowed_on(template, row.name, stream) == {
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
        }
    for table in set(row.streams) - set(row.tables):
        arn = {"Fn::GetAtt": [f"{title(table)}Table", "Arn"]}
        assert allowed_on(template, row.name, arn) == set()


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
