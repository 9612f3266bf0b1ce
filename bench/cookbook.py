"""The same endpoint in the layers that the AWS Lambda Handler Cookbook publishes for it.

Handler, logic and data access each apart, with Powertools' logger, tracer, metrics, validating
resolver and idempotency, as its template's service for orders has them. Not here: its
dynamic configuration (AppConfig), and its library for tables, in whose place is boto3. The tracer
rests, as it does outside Lambda.
"""

import os
import secrets
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Any, Literal

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.serialization.pydantic import PydanticSerializer
from pydantic import BaseModel, ConfigDict, Field

logger = Logger(service="consent", level="INFO", stream=sys.stderr)
tracer = Tracer(service="consent")
metrics = Metrics(namespace="consents", service="consent")
app = APIGatewayRestResolver(enable_validation=True)


class Environment(BaseModel):
    """What the function is told by its environment."""

    TABLE_LEDGER: Annotated[str, Field(min_length=1)]
    TABLE_OPERATIONS: Annotated[str, Field(min_length=1)]


class Capture(BaseModel):
    """The request."""

    model_config = ConfigDict(extra="forbid")
    policy_version: Annotated[str, Field(max_length=64)]
    notice_id: Annotated[str, Field(max_length=64)]
    choices: dict[Literal["analytics", "advertising", "personalisation"], bool]
    method: Literal["accept_all", "reject_all", "choose"]
    language: Annotated[str, Field(max_length=35)]
    page: Annotated[str, Field(max_length=2048)]


class Recorded(BaseModel):
    """The answer."""

    consent_id: str
    decided_at: datetime
    expires_at: datetime
    policy_version: str
    choices: dict[str, bool]


@cache
def environment() -> Environment:
    """Read the environment, once."""
    return Environment.model_validate(dict(os.environ))


IDEMPOTENCY = IdempotencyConfig(expires_after_seconds=300)
CLAIMS = DynamoDBPersistenceLayer(table_name=environment().TABLE_OPERATIONS)


class Consents:
    """The table."""

    def __init__(self, table: str) -> None:
        """Name it."""
        self.table = boto3.resource("dynamodb").Table(table)

    @tracer.capture_method(capture_response=False)
    def create(self, body: Capture) -> Recorded:
        """Put one item."""
        now = datetime.now(UTC)
        made = Recorded(
            consent_id="c_" + secrets.token_hex(16),
            decided_at=now,
            expires_at=now + timedelta(days=182),
            policy_version=body.policy_version,
            choices={str(name): on for name, on in body.choices.items()},
        )
        logger.append_keys(consent_id=made.consent_id)
        logger.info("trying to save consent")
        self.table.put_item(
            Item={**body.model_dump(mode="json"), **made.model_dump(mode="json")},
            ConditionExpression="attribute_not_exists(consent_id)",
        )
        logger.info("finished create consent successfully")
        return made


@cache
def consents(table: str) -> Consents:
    """Return the one who reaches the table."""
    return Consents(table)


@idempotent_function(  # type: ignore[untyped-decorator]
    data_keyword_argument="body",
    config=IDEMPOTENCY,
    persistence_store=CLAIMS,
    output_serializer=PydanticSerializer,
)
@tracer.capture_method(capture_response=False)
def create_consent(body: Capture, table: str, context: Any) -> Recorded:
    """Decide what is to be done, and have it done."""
    IDEMPOTENCY.register_lambda_context(context)
    logger.info("starting to handle create request")
    return consents(table).create(body)


@app.post("/v1/consents")
def capture(body: Annotated[Capture, Body(media_type="application/json")]) -> Recorded:
    """Take the request and return the answer."""
    logger.info("got create consent request")
    metrics.add_metric(name="ValidCreateConsentEvents", unit=MetricUnit.Count, value=1)
    answer: Recorded = create_consent(
        body=body, table=environment().TABLE_LEDGER, context=app.lambda_context
    )
    logger.info("finished handling create consent request")
    return answer


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST)
@metrics.log_metrics
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer an event."""
    return app.resolve(event, context)
