"""Where data is kept: tables, secrets and signing keys, each as catalogue.py declares it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra import buckets, keys
from infra.catalogue import BUCKETS, BUSES, FUNCTIONS, SECRETS, SIGNING_KEYS, TABLES
from infra.rows import ERASE, READ, Table

RETENTION_INDEX = "retention"
_RETENTION_KEY = {"retention_class": "HASH", "retention_start": "RANGE"}
# Actions that change what is already written; PutItem stays, on condition (shared/storage).
_CHANGE = ("dynamodb:BatchWriteItem", "dynamodb:PartiQLUpdate", "dynamodb:UpdateItem")
_REMOVE = ("dynamodb:DeleteItem", "dynamodb:PartiQLDelete")


@dataclass(frozen=True, slots=True)
class Stores:
    """Everything that keeps something, by its catalogue name; `table_keys` encrypt `tables`."""

    tables: Mapping[str, dynamodb.CfnTable]
    table_keys: Mapping[str, kms.CfnKey]
    secrets: Mapping[str, secretsmanager.CfnSecret]
    secret_keys: Mapping[str, kms.CfnKey]
    signing_keys: Mapping[str, kms.CfnKey]
    buses: Mapping[str, events.CfnEventBus]
    buckets: Mapping[str, s3.CfnBucket]
    bucket_keys: Mapping[str, kms.CfnKey]


def build(scope: Construct, roles: Mapping[str, iam.Role]) -> Stores:
    """Declare all stores; `roles` are the functions' by name, for the tables' own policies."""
    table_keys = {
        row.name: keys.encryption(scope, _id(row.name, "Key"), f"Encrypts the {row.name} table.")
        for row in TABLES
    }
    bucket_keys = {
        name: keys.encryption(scope, _id(name, "BucketKey"), f"Encrypts the {name} bucket.")
        for name in BUCKETS
    }
    secret_keys = {
        name: keys.encryption(scope, _id(name, "SecretKey"), f"Encrypts the {name} secret.")
        for name in SECRETS
    }
    return Stores(
        tables={row.name: _table(scope, row, table_keys[row.name], roles) for row in TABLES},
        table_keys=table_keys,
        secrets={
            name: _secret(scope, name, about, secret_keys[name]) for name, about in SECRETS.items()
        },
        secret_keys=secret_keys,
        signing_keys={
            name: keys.signing(scope, _id(name, "SigningKey"), about)
            for name, about in SIGNING_KEYS.items()
        },
        buses={
            name: events.CfnEventBus(
                scope, _id(name, "Bus"), name=f"{Aws.STACK_NAME}-{name}", description=about
            )
            for name, about in BUSES.items()
        },
        buckets={
            name: buckets.build(scope, _id(name, "Bucket"), bucket_keys[name]) for name in BUCKETS
        },
        bucket_keys=bucket_keys,
    )


def _table(
    scope: Construct, row: Table, key: kms.CfnKey, roles: Mapping[str, iam.Role]
) -> dynamodb.CfnTable:
    attributes = {row.partition: "S"}
    schema = {row.partition: "HASH"}
    if row.sort is not None:
        attributes[row.sort] = row.sort_type
        schema[row.sort] = "RANGE"
    if row.retained:
        attributes |= dict.fromkeys(_RETENTION_KEY, "S")
    for index in row.indexes:
        attributes |= {name: "S" for name in (index.partition, index.sort) if name not in schema}
    table = dynamodb.CfnTable(
        scope,
        _id(row.name, "Table"),
        attribute_definitions=[
            dynamodb.CfnTable.AttributeDefinitionProperty(attribute_name=name, attribute_type=kind)
            for name, kind in attributes.items()
        ],
        key_schema=_schema(schema),
        global_secondary_indexes=_indexes(row) or None,
        billing_mode="PAY_PER_REQUEST",
        sse_specification=dynamodb.CfnTable.SSESpecificationProperty(
            sse_enabled=True, sse_type="KMS", kms_master_key_id=key.attr_arn
        ),
        point_in_time_recovery_specification=(
            dynamodb.CfnTable.PointInTimeRecoverySpecificationProperty(
                point_in_time_recovery_enabled=True
            )
        ),
        deletion_protection_enabled=True,
        stream_specification=_stream() if row.stream else None,
        time_to_live_specification=_time_to_live(row.ttl) if row.ttl else None,
        resource_policy=_append_only(row.name, roles) if row.append_only else None,
    )
    table.override_logical_id(_id(row.name, "Table"))
    table.apply_removal_policy(RemovalPolicy.RETAIN)
    return table


def _schema(kinds: Mapping[str, str]) -> list[dynamodb.CfnTable.KeySchemaProperty]:
    return [
        dynamodb.CfnTable.KeySchemaProperty(attribute_name=name, key_type=kind)
        for name, kind in kinds.items()
    ]


def _indexes(row: Table) -> list[dynamodb.CfnTable.GlobalSecondaryIndexProperty]:
    retention = [_index(RETENTION_INDEX, _RETENTION_KEY, "KEYS_ONLY")] if row.retained else []
    return retention + [
        _index(index.name, {index.partition: "HASH", index.sort: "RANGE"}, "ALL")
        for index in row.indexes
    ]


def _index(
    name: str, kinds: Mapping[str, str], projected: str
) -> dynamodb.CfnTable.GlobalSecondaryIndexProperty:
    return dynamodb.CfnTable.GlobalSecondaryIndexProperty(
        index_name=name,
        key_schema=_schema(kinds),
        projection=dynamodb.CfnTable.ProjectionProperty(projection_type=projected),
    )


def _stream() -> dynamodb.CfnTable.StreamSpecificationProperty:
    return dynamodb.CfnTable.StreamSpecificationProperty(stream_view_type="NEW_AND_OLD_IMAGES")


def _time_to_live(attribute: str) -> dynamodb.CfnTable.TimeToLiveSpecificationProperty:
    return dynamodb.CfnTable.TimeToLiveSpecificationProperty(attribute_name=attribute, enabled=True)


def _append_only(
    table: str, roles: Mapping[str, iam.Role]
) -> dynamodb.CfnTable.ResourcePolicyProperty:
    """Refuse changes from everybody, the account's administrators too (S51).

    Removals are refused from all but the functions whose row of the catalogue says ERASE.
    """
    erasers = [roles[row.name].role_arn for row in FUNCTIONS if row.tables.get(table, READ) & ERASE]
    but_erasers = {"ArnNotEquals": {"aws:PrincipalArn": erasers}} if erasers else None
    return dynamodb.CfnTable.ResourcePolicyProperty(
        policy_document={
            "Version": "2012-10-17",
            "Statement": [
                _deny("NobodyChanges", _CHANGE),
                _deny("NobodyRemoves", _REMOVE, but_erasers),
            ],
        }
    )


def _deny(
    sid: str, actions: Iterable[str], condition: dict[str, Any] | None = None
) -> dict[str, Any]:
    statement = {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": list(actions),
        "Resource": "*",  # in a table's own policy: this table
    }
    return statement | ({"Condition": condition} if condition else {})


def _secret(scope: Construct, name: str, about: str, key: kms.CfnKey) -> secretsmanager.CfnSecret:
    secret = secretsmanager.CfnSecret(
        scope,
        _id(name, "Secret"),
        description=about,
        kms_key_id=key.attr_arn,
        generate_secret_string=secretsmanager.CfnSecret.GenerateSecretStringProperty(
            password_length=64, exclude_punctuation=True
        ),
    )
    secret.override_logical_id(_id(name, "Secret"))
    secret.apply_removal_policy(RemovalPolicy.RETAIN)
    return secret


def _id(name: str, kind: str) -> str:
    """Logical ids are for ever: CloudFormation replaces what is renamed, with its data."""
    return f"{name.title().replace('_', '')}{kind}"
