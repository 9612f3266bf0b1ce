"""The least that is possible: the floor's work by the standard library alone, signed by hand.

Nothing is retried, no fault told apart, no clock put right: it is what nobody can go below.
"""

import hashlib
import hmac
import json
import os
import secrets
import socket
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

PURPOSES = {"analytics", "advertising", "personalisation"}
WHERE = urlsplit(os.environ["AWS_ENDPOINT_URL_DYNAMODB"])
REGION = os.environ["AWS_REGION"]
KEPT: list[Any] = []


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
    _put(
        {
            "TableName": os.environ["TABLE_LEDGER"],
            "Item": {
                **{name: {"S": value} for name, value in item.items()},
                "choices": {"M": {name: {"BOOL": on} for name, on in body["choices"].items()}},
            },
            "ConditionExpression": "attribute_not_exists(consent_id)",
        },
        f"{now:%Y%m%dT%H%M%SZ}",
    )
    return {
        "statusCode": 201,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({**item, "choices": body["choices"]}),
    }


def _put(call: dict[str, Any], at: str) -> None:
    """Send the call, over the connection that is there.

    Raises:
        ValueError: the service refuses it.
    """
    sent = json.dumps(call).encode()
    names = "host;x-amz-date;x-amz-target"
    target = "DynamoDB_20120810.PutItem"
    canonical = (
        f"POST\n/\n\nhost:{WHERE.netloc}\nx-amz-date:{at}\nx-amz-target:{target}\n\n{names}\n"
        f"{hashlib.sha256(sent).hexdigest()}"
    )
    scope = f"{at[:8]}/{REGION}/dynamodb/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in (*scope.split("/"), f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{digest}"):
        key = hmac.digest(key, part.encode(), "sha256")
    head = (
        f"POST / HTTP/1.1\r\nHost: {WHERE.netloc}\r\nX-Amz-Date: {at}\r\nX-Amz-Target: {target}\r\n"
        f"Content-Type: application/x-amz-json-1.0\r\nContent-Length: {len(sent)}\r\n"
        "Authorization: AWS4-HMAC-SHA256 "
        f"Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope}, SignedHeaders={names}, "
        f"Signature={key.hex()}\r\n\r\n"
    )
    if not KEPT:
        line = socket.create_connection((WHERE.hostname, WHERE.port))
        KEPT.extend((line, line.makefile("rb")))
    line, file = KEPT
    line.sendall(head.encode() + sent)
    status = file.readline()
    while (header := file.readline().lower()) != b"\r\n":
        if header.startswith(b"content-length:"):
            length = int(header[15:])
    file.read(length)
    if b" 200 " not in status:
        raise ValueError(status)
