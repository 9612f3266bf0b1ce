"""Signed tree heads, in a bucket that lets nobody change or remove them (S3 Object Lock)."""

import os
from collections.abc import Iterator

from botocore.exceptions import ClientError

from shared.storage.aws_clients import client

_FOLDER = "heads/"
_THERE_ALREADY = "PreconditionFailed"


def keep(size: int, note: str) -> str:
    """Keep the head of that size where there is none yet; return the one that is there."""
    key = _key(size)
    try:
        client("s3").put_object(
            Bucket=_bucket(),
            Key=key,
            Body=note.encode(),
            ContentType="text/plain; charset=utf-8",
            IfNoneMatch="*",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != _THERE_ALREADY:
            raise
        return get(size)
    return note


def get(size: int) -> str:
    """Read the head of a size."""
    answer = client("s3").get_object(Bucket=_bucket(), Key=_key(size))
    return str(answer["Body"].read().decode())


def covering(leaves: int) -> Iterator[int]:
    """Yield the sizes of the heads that cover so many leaves at least, the smallest first."""
    pages = client("s3").get_paginator("list_objects_v2")
    start = _key(leaves - 1) if leaves else ""
    for page in pages.paginate(Bucket=_bucket(), Prefix=_FOLDER, StartAfter=start):
        for found in page.get("Contents", ()):
            yield int(found["Key"].removeprefix(_FOLDER))


def _key(size: int) -> str:
    return f"{_FOLDER}{size:020}"


def _bucket() -> str:
    return os.environ["BUCKET_HEADS"]
