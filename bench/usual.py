"""The same endpoint as it is usually written: FastAPI behind Mangum, boto3."""

import os
import secrets
from datetime import UTC, datetime, timedelta
from typing import Literal

import boto3
from fastapi import FastAPI
from mangum import Mangum
from pydantic import BaseModel, ConfigDict, Field

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE_LEDGER"])
app = FastAPI()


class Capture(BaseModel):
    """The request."""

    model_config = ConfigDict(extra="forbid")
    policy_version: str = Field(max_length=64)
    notice_id: str = Field(max_length=64)
    choices: dict[Literal["analytics", "advertising", "personalisation"], bool]
    method: Literal["accept_all", "reject_all", "choose"]
    language: str = Field(max_length=35)
    page: str = Field(max_length=2048)


class Recorded(BaseModel):
    """The answer."""

    consent_id: str
    decided_at: datetime
    expires_at: datetime
    policy_version: str
    choices: dict[str, bool]


@app.post("/v1/consents", status_code=201)
def capture(body: Capture) -> Recorded:
    """Put one item."""
    now = datetime.now(UTC)
    answer = Recorded(
        consent_id="c_" + secrets.token_hex(16),
        decided_at=now,
        expires_at=now + timedelta(days=182),
        policy_version=body.policy_version,
        choices={str(name): on for name, on in body.choices.items()},
    )
    TABLE.put_item(
        Item={**body.model_dump(mode="json"), **answer.model_dump(mode="json")},
        ConditionExpression="attribute_not_exists(consent_id)",
    )
    return answer


handler = Mangum(app, lifespan="off")
