"""Where data is kept: tables, secrets and signing keys, each as catalogue.py declares it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra import buckets, keeping, keys
from infra.catalogue import (
    BUCKETS,
    BUSES,
    FUNCTIONS,
    LOCKED_BUCKETS,
    SECRETS,
    SIGNING_KEYS,
    TABLES,
)
from infra.context import Context
from infra.declarations import BY_INDEX, ERASE, Table, title
from infra.keeping import BUT_DEPLOYMENTS

RETENTION_INDEX = "retention"
_RETENTION_KEY = {"retention_class": "HASH", "retention_start": "RANGE"}
# Actions that change what is already written; PutItem stays, on condition (shared/storage).
_CHANGE = ("dynamodb:BatchWriteItem", "dynamodb:PartiQLUpdate", "dynamodb:UpdateItem")
_REMOVE = ("dynamodb:DeleteItem", "dynamodb:PartiQLDelete")
_CHANGE_POLICY = ("dynamodb:DeleteResourcePolicy", "dynamodb:PutResourcePolicy")


@dataclass(frozen=True, slots=True)
class Stores:
    """Everything that keeps something, by its catalogue name.

    `data_key` encrypts tables, buckets and secrets; who may use it on which of them is said by
    the encryption context in the conditions of each role (functions.py).
    """

    data_key: kms.CfnKey
    tables: Mapping[str, dynamodb.CfnTable]
    secrets: Mapping[str, secretsmanager.CfnSecret]
    signing_keys: Mapping[str, kms.CfnKey]
    buses: Mapping[str, events.CfnEventBus]
    buckets: Mapping[str, s3.CfnBucket]


def build(scope: Construct, context: Context, erasers: Mapping[str, iam.Role]) -> Stores:
    """Declare all stores.

    `erasers` are the roles by function that append-only tables let remove items.
    """
    key = keys.encryption(
        scope, context, "DataKey", "Encrypts the tables, the copies, the secrets."
    )
    return Stores(
        data_key=key,
        tables={row.name: _table(scope, context, row, key, erasers) for row in TABLES},
        secrets={
            name: _secret(scope, context, name, about, key) for name, about in SECRETS.items()
        },
        signing_keys={
            name: keys.signing(scope, context, _id(name, "SigningKey"), about)
            for name, about in SIGNING_KEYS.items()
        },
        buses={
            name: events.CfnEventBus(
                scope, _id(name, "Bus"), name=f"{Aws.STACK_NAME}-{name}", description=about
            )
            for name, about in BUSES.items()
        },
        buckets={
            name: make(scope, context, _id(name, "Bucket"), key)
            for names, make in ((BUCKETS, buckets.build), (LOCKED_BUCKETS, buckets.build_locked))
            for name in names
        },
    )


def _table(
    scope: Construct,
    context: Context,
    row: Table,
    key: kms.CfnKey,
    erasers: Mapping[str, iam.Role],
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
        deletion_protection_enabled=context.protected,
        stream_specification=_stream() if row.stream else None,
        time_to_live_specification=_time_to_live(row.ttl) if row.ttl else None,
        resource_policy=_append_only(row.name, erasers) if row.append_only else None,
    )
    table.override_logical_id(_id(row.name, "Table"))
    keeping.keep(table, context)
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
    """Refuse changes from everybody who does not first change this policy by a deployment (S51).

    Removals are refused from all but the functions whose row of the catalogue says ERASE. An
    administrator who may deploy can take the policy away; that, and an item that was put in
    another's place, is not prevented here but shows in the chain of hashes.
    """
    erasers = [
        roles[row.name].role_arn for row in FUNCTIONS if row.tables.get(table, BY_INDEX) & ERASE
    ]
    but_erasers = {"ArnNotEquals": {"aws:PrincipalArn": erasers}} if erasers else None
    return dynamodb.CfnTable.ResourcePolicyProperty(
        policy_document={
            "Version": "2012-10-17",
            "Statement": [
                _deny("NobodyChanges", _CHANGE),
                _deny("NobodyRemoves", _REMOVE, but_erasers),
                _deny("OnlyDeploymentsChangeThis", _CHANGE_POLICY, BUT_DEPLOYMENTS),
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


def _secret(
    scope: Construct, context: Context, name: str, about: str, key: kms.CfnKey
) -> secretsmanager.CfnSecret:
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
    keeping.keep(secret, context)
    return secret


def _id(name: str, kind: str) -> str:
    """Logical ids are for ever: CloudFormation replaces what is renamed, with its data."""
    return f"{title(name)}{kind}"
