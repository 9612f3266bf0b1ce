"""The floor: the least that a capture can be, by hand: json, a few checks, boto3, one put."""

import json
import os
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

TABLE = boto3.client("dynamodb")
PURPOSES = {"analytics", "advertising", "personalisation"}


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Check eight fields by hand and put one item."""
    body = json.loads(event["body"])
    if not isinstance(body.get("choices"), dict) or set(body["choices"]) - PURPOSES:
        return {"statusCode": 422, "body": "{}"}
    for name in ("policy_version", "notice_id", "method", "language", "page"):
        if not isinstance(body.get(name), str):
            return {"statusCode": 422, "body": "{}"}
    now = datetime.now(UTC)
    item = {
        "consent_id": "c_" + secrets.token_hex(16),
        "decided_at": now.isoformat(),
        "expires_at": (now + timedelta(days=182)).isoformat(),
        "policy_version": body["policy_version"],
        "notice_id": body["notice_id"],
        "method": body["method"],
        "language": body["language"],
        "page": body["page"],
    }
    TABLE.put_item(
        TableName=os.environ["TABLE_LEDGER"],
        Item={
            **{name: {"S": value} for name, value in item.items()},
            "choices": {"M": {name: {"BOOL": on} for name, on in body["choices"].items()}},
        },
        ConditionExpression="attribute_not_exists(consent_id)",
    )
    return {
        "statusCode": 201,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({**item, "choices": body["choices"]}),
    }
