"""Functions fed by the new items of a table: in order, in part, again, and at last set aside."""

import json
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.declarations import Function, title
from infra.storage import Stores

RETRIES = 8
_READ_STREAM = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
)


def connect(
    scope: Construct,
    row: Function,
    function: lambda_.Function,
    policy: iam.Policy,
    stores: Stores,
    dead: sqs.Queue,
) -> None:
    """Feed `function` from the streams that its row names; does nothing if it names none."""
    if not row.streams:
        return
    policy.add_statements(
        iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[dead.queue_arn]),
        # AWS knows no resource for this action.
        iam.PolicyStatement(actions=["dynamodb:ListStreams"], resources=["*"]),
    )
    for name in row.streams:
        _feed(scope, row, name, function, policy, stores, dead)


def heard(row: Function, table: str) -> str:
    """Write the pattern of what the function of `row` hears of a table: new items, by their key."""
    pattern: dict[str, Any] = {"eventName": ["INSERT"]}
    if table in row.hears:
        attribute, prefix = row.hears[table]
        pattern["dynamodb"] = {"Keys": {attribute: {"S": [{"prefix": prefix}]}}}
    return json.dumps(pattern)


def _feed(
    scope: Construct,
    row: Function,
    table: str,
    function: lambda_.Function,
    policy: iam.Policy,
    stores: Stores,
    dead: sqs.Queue,
) -> None:
    stream = stores.tables[table].attr_stream_arn
    policy.add_statements(iam.PolicyStatement(actions=list(_READ_STREAM), resources=[stream]))
    mapping = lambda_.CfnEventSourceMapping(
        scope,
        f"{title(table)}To{function.node.id}",
        function_name=function.function_name,
        event_source_arn=stream,
        starting_position="TRIM_HORIZON",
        batch_size=row.batch,
        # A new account runs ten functions at once, and visitors go first.
        parallelization_factor=1,
        maximum_batching_window_in_seconds=row.window,
        bisect_batch_on_function_error=True,
        maximum_retry_attempts=RETRIES,
        maximum_record_age_in_seconds=-1,
        function_response_types=["ReportBatchItemFailures"],
        filter_criteria=lambda_.CfnEventSourceMapping.FilterCriteriaProperty(
            filters=[lambda_.CfnEventSourceMapping.FilterProperty(pattern=heard(row, table))]
        ),
        destination_config=lambda_.CfnEventSourceMapping.DestinationConfigProperty(
            on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(destination=dead.queue_arn)
        ),
    )
    # The role's policy must be there before Lambda tries to read the stream with it.
    mapping.node.add_dependency(policy)
