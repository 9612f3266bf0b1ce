"""The same endpoint as Powertools for AWS Lambda has it in its guide: resolver, parser, boto3."""

import json
import os
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.parser import parse
from pydantic import BaseModel, ConfigDict, Field

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE_LEDGER"])
app = APIGatewayRestResolver()
logger = Logger(service="consent", level="WARNING")


class Capture(BaseModel):
    """The request."""

    model_config = ConfigDict(extra="forbid")
    policy_version: str = Field(max_length=64)
    notice_id: str = Field(max_length=64)
    choices: dict[Literal["analytics", "advertising", "personalisation"], bool]
    method: Literal["accept_all", "reject_all", "choose"]
    language: str = Field(max_length=35)
    page: str = Field(max_length=2048)


@app.post("/v1/consents")
def capture() -> Response[str]:
    """Put one item."""
    body = parse(event=app.current_event.json_body, model=Capture).model_dump()
    now = datetime.now(UTC)
    answer = {
        "consent_id": "c_" + secrets.token_hex(16),
        "decided_at": now.isoformat(),
        "expires_at": (now + timedelta(days=182)).isoformat(),
    }
    TABLE.put_item(Item={**body, **answer}, ConditionExpression="attribute_not_exists(consent_id)")
    return Response(201, "application/json", json.dumps({**body, **answer}))


@logger.inject_lambda_context
def _logged(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return app.resolve(event, context)


class _Context:
    """What Lambda tells of an invocation, as far as it is logged."""

    function_name, memory_limit_in_mb, aws_request_id = "measured", 1024, "none"
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:measured"


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer an event; the bench gives no context."""
    return _logged(event, context or _Context())
