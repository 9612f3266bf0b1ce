"""The functions: one per row of the catalogue, each with its own role and log group."""

from collections.abc import Iterable, Iterator, Mapping

from aws_cdk import Aws, Duration, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as cw_logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import alarms, assets, mail, schedules, streams
from infra.catalogue import FUNCTIONS, TABLES
from infra.context import Context
from infra.declarations import (
    BY_INDEX,
    CHECK,
    ERASE,
    LIST,
    READ,
    READ_MANY,
    STORE,
    Function,
    environment_name,
    title,
)
from infra.log_groups import log_group
from infra.storage import Stores

# What the key must allow beside what the role may do with the table itself.
_READ_KEY = ("kms:Decrypt",)
_WRITE_KEY = (
    *_READ_KEY,
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
# An upload in parts reads back what it has.
_WRITE_BUCKET = ("kms:Decrypt", "kms:GenerateDataKey")


def erasers() -> list[Function]:
    """List the functions that append-only tables let remove items, and must therefore name."""
    evidence = [table.name for table in TABLES if table.append_only]
    return [row for row in FUNCTIONS if any(row.tables.get(t, BY_INDEX) & ERASE for t in evidence)]


def roles(scope: Construct, rows: Iterable[Function]) -> dict[str, iam.Role]:
    """Declare an empty role for each of `rows`, by the function's name."""
    return {
        row.name: iam.Role(
            scope,
            f"{_id(row)}Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=row.about,
        )
        for row in rows
    }


def build(
    scope: Construct,
    context: Context,
    by_name: Mapping[str, iam.Role],
    stores: Stores,
    queues: Mapping[str, sqs.Queue],
    api_url: str,
) -> dict[str, lambda_.Function]:
    """Declare every function, with exactly its row's environment and permissions.

    `by_name` are the roles that are declared with the stores; the others are declared here.
    `queues` take what a function that nobody waits for could not do, by the function's name;
    `api_url` goes into the links of mails.
    """
    by_name = {**by_name, **roles(scope, [row for row in FUNCTIONS if row.name not in by_name])}
    layer = lambda_.LayerVersion(
        scope,
        "Dependencies",
        code=assets.of_layer(),
        compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
        compatible_architectures=[lambda_.Architecture.ARM_64],
        description="The dependencies that locks/layer.lock names.",
    )
    made: dict[str, lambda_.Function] = {}
    for row in FUNCTIONS:
        role = by_name[row.name]
        # Apart from the role, which may be in the stores' stack: it names what is only here.
        policy = iam.Policy(scope, f"{_id(row)}Policy", roles=[role])
        environment = _environment(context, row, stores)
        policy.add_statements(*_may(row, stores))
        if row.mails:
            told = mail.events(scope)
            environment |= mail.environment(context, api_url, told)
            policy.add_statements(mail.may_send(context, told))
        if row.alarms:
            environment |= alarms.environment()
            policy.add_statements(alarms.may_read())
        made[row.name] = _function(scope, context, row, role, policy, layer, environment)
        if not row.serves_http:
            streams.connect(scope, row, made[row.name], policy, stores, queues[row.name])
        if row.mails:
            mail.follow(scope, told, made[row.name])
    schedules.connect(scope, context, made, queues)
    return made


def _function(
    scope: Construct,
    context: Context,
    row: Function,
    role: iam.Role,
    policy: iam.Policy,
    layer: lambda_.LayerVersion,
    environment: dict[str, str],
) -> lambda_.Function:
    logs = log_group(scope, f"{_id(row)}Logs", context)
    policy.add_statements(_may_log(logs))
    function = lambda_.Function(
        scope,
        f"{_id(row)}Function",
        description=row.about,
        runtime=lambda_.Runtime.PYTHON_3_13,
        architecture=lambda_.Architecture.ARM_64,
        handler=row.handler,
        code=assets.of_function(row.name, context),
        layers=[layer],
        role=role,
        memory_size=row.memory,
        timeout=Duration.seconds(row.timeout),
        ephemeral_storage_size=Size.mebibytes(row.disk),
        environment=environment,
        log_group=logs,
        logging_format=lambda_.LoggingFormat.JSON,
        # Lambda's own lines about each start and end cost more than the function's; what a
        # function itself says stays at INFO, where its figures are.
        system_log_level_v2=lambda_.SystemLogLevel.WARN,
        application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
    )
    function.node.add_dependency(policy)
    return function


def _environment(context: Context, row: Function, stores: Stores) -> dict[str, str]:
    named = {
        "TABLE": {name: stores.tables[name].ref for name in (*row.tables, *row.streams)},
        "SECRET": {name: stores.secrets[name].ref for name in row.secrets},
        "KEY": {name: stores.signing_keys[name].attr_arn for name in row.keys},
        "BUS": {name: stores.buses[name].ref for name in row.buses},
        "BUCKET": {name: stores.buckets[name].ref for name in row.buckets},
    }
    return {
        "ORIGINS": " ".join(context.origins),
        "REGIME": context.regime,
        "STAGE": context.stage,
        **{name.upper(): context.told(name) for name in row.settings},
        **{
            environment_name(kind, name): where
            for kind, places in named.items()
            for name, where in places.items()
        },
    }


def _may(row: Function, stores: Stores) -> Iterator[iam.PolicyStatement]:
    """Say what the row's function may do, and with what: nothing here is a wildcard."""
    for name, verb in row.tables.items():
        if verb:
            yield _allow(verb, stores.tables[name].attr_arn, partitions=row.only.get(name))
    for name, indexes in row.indexes.items():
        table = stores.tables[name].attr_arn
        yield _allow(["dynamodb:Query"], *(f"{table}/index/{index}" for index in indexes))
    yield from _may_use_key(row, stores)
    for name, verb in row.buckets.items():
        bucket = stores.buckets[name].attr_arn
        yield _allow(verb - LIST, f"{bucket}/*")
        if verb & LIST:
            yield _allow(LIST, bucket)
    for name in row.secrets:
        yield _allow(["secretsmanager:GetSecretValue"], stores.secrets[name].ref)
    for name, verb in row.keys.items():
        yield _allow(verb, stores.signing_keys[name].attr_arn)
    for name in row.buses:
        yield _allow(["events:PutEvents"], stores.buses[name].attr_arn)


def _may_use_key(row: Function, stores: Stores) -> Iterator[iam.PolicyStatement]:
    """Allow the one key on the row's own tables, buckets and secrets.

    Each service names in the encryption context what it en- and decrypts: DynamoDB the table, S3
    the bucket (with a bucket key), Secrets Manager the secret. These conditions are the wall
    between one concern and the next. Reading a key's description knows no context.
    """
    written = [name for name, verb in row.tables.items() if not verb <= READ | READ_MANY | CHECK]
    read = sorted({*row.tables, *row.indexes, *row.streams} - set(written))
    table, key = "aws:dynamodb:tableName", stores.data_key.attr_arn
    for names, uses in ((written, _WRITE_KEY), (read, _READ_KEY)):
        if names:
            named = [stores.tables[name].ref for name in names]
            yield _allow(uses, key, via="dynamodb", encrypting={table: named})
    if written or read:
        yield _allow(["kms:DescribeKey"], key, via="dynamodb")
    for name, verb in row.buckets.items():
        needed = _WRITE_BUCKET if verb & STORE else _WRITE_BUCKET[:1]
        arn = [stores.buckets[name].attr_arn]
        yield _allow(needed, key, via="s3", encrypting={"aws:s3:arn": arn})
    if row.secrets:
        secrets = [stores.secrets[name].ref for name in row.secrets]
        yield _allow(["kms:Decrypt"], key, via="secretsmanager", encrypting={"SecretARN": secrets})


def _may_log(logs: cw_logs.ILogGroup) -> iam.PolicyStatement:
    return _allow(["logs:CreateLogStream", "logs:PutLogEvents"], logs.log_group_arn)


def _allow(
    actions: Iterable[str],
    *arns: str,
    via: str | None = None,
    encrypting: Mapping[str, list[str]] | None = None,
    partitions: str | None = None,
) -> iam.PolicyStatement:
    """Allow `actions` on `arns`.

    `via` names the one AWS service that may make use of it, `encrypting` what a key's encryption
    context must say; `partitions` what a table's partition keys must look like.
    """
    conditions: dict[str, dict[str, str | list[str]]] = {}
    if via is not None:
        conditions["StringEquals"] = {
            "kms:ViaService": f"{via}.{Aws.REGION}.amazonaws.com",
            **{f"kms:EncryptionContext:{key}": on for key, on in (encrypting or {}).items()},
        }
    if partitions is not None:
        conditions["ForAllValues:StringLike"] = {"dynamodb:LeadingKeys": [partitions]}
        # Without keys in the request, "for all" would hold of none.
        conditions["Null"] = {"dynamodb:LeadingKeys": "false"}
    return iam.PolicyStatement(
        actions=sorted(actions), resources=list(arns), conditions=conditions or None
    )


def _id(row: Function) -> str:
    return title(row.name)
