"""Signed links into buckets, which here lead to this server instead of to S3.

A function's redirect, or the member `url` of its JSON answer, carries a link as AWS would take it.
The link is noted and exchanged for one under /_local/, which fetches the object from the embedded
S3 until the link's time is over.
"""

import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import boto3

from local.proxy import Answer


@dataclass(frozen=True)
class _Link:
    bucket: str
    key: str
    disposition: str
    until: datetime


@dataclass
class Links:
    """The links that were given out."""

    _known: dict[str, _Link] = field(default_factory=dict)

    def rewritten(self, answer: Answer, base: str, now: datetime) -> Answer:
        """Return the answer with a link of S3's replaced by one of this server's."""
        headers = [
            (name, self._exchange(value, base, now) if name.lower() == "location" else value)
            for name, value in answer.headers
        ]
        return replace(answer, headers=headers, body=self._in_body(answer, base, now))

    def _in_body(self, answer: Answer, base: str, now: datetime) -> bytes:
        if b"X-Amz-Signature" not in answer.body:
            return answer.body
        said = json.loads(answer.body)
        return json.dumps({**said, "url": self._exchange(said["url"], base, now)}).encode()

    def fetch(self, name: str, now: datetime) -> tuple[bytes, str, str] | None:
        """Return an object's bytes, media type and disposition; None if the link is unknown.

        S3 would say 403 with an XML body.
        """
        link = self._known.get(name)
        if link is None or now >= link.until:
            return None
        found = boto3.client("s3").get_object(Bucket=link.bucket, Key=link.key)
        return found["Body"].read(), found["ContentType"], link.disposition

    def _exchange(self, location: str, base: str, now: datetime) -> str:
        parts = urlsplit(location)
        asked = parse_qs(parts.query)
        if "X-Amz-Signature" not in asked:
            return location
        host, path = parts.netloc.split("."), parts.path.lstrip("/")
        bucket, key = (host[0], path) if host[0] != "s3" else path.split("/", 1)
        seconds = int(asked["X-Amz-Expires"][0])
        link = _Link(
            bucket=bucket,
            key=unquote(key),
            disposition=asked.get("response-content-disposition", ["attachment"])[0],
            until=now + timedelta(seconds=seconds),
        )
        name = secrets.token_urlsafe(16)
        self._known[name] = link
        return f"{base.rstrip('/')}/_local/objects/{name}"
