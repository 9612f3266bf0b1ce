"""Objects of the exports bucket: copies for people, what staff upload, links that live briefly."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any, Self

from shared.storage.aws_clients import client

# S3 takes 10,000 parts of at least 5 MB: a copy may be 80 GB, and 16 MB of it are in memory.
PART = 8 * 1024 * 1024
CHECKSUM = "CRC32"
_SUM = f"Checksum{CHECKSUM}"
_READ = 1024 * 1024


def bucket() -> str:
    """Return the deployed name of the bucket."""
    return os.environ["BUCKET_EXPORTS"]


def link(key: str, seconds: int, filename: str) -> str:
    """Return a link with which anybody can fetch the object for so long; nothing is checked."""
    parameters = {
        "Bucket": bucket(),
        "Key": key,
        "ResponseContentDisposition": f'attachment; filename="{filename}"',
        "ResponseCacheControl": "no-store",
    }
    return str(
        client("s3").generate_presigned_url("get_object", Params=parameters, ExpiresIn=seconds)
    )


def put_json(key: str, content: Mapping[str, Any]) -> None:
    """Store a document on one line, in place of the one of that name."""
    body = json.dumps(content, ensure_ascii=False).encode()
    client("s3").put_object(
        Bucket=bucket(), Key=key, Body=body, ContentType="application/json; charset=utf-8"
    )


def keys(prefix: str) -> Iterator[str]:
    """Yield the keys of all objects that begin so, page by page."""
    pages = client("s3").get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=bucket(), Prefix=prefix):
        for found in page.get("Contents", ()):
            yield found["Key"]


def remove(key: str) -> None:
    """Remove an object; one that is gone already is no fault."""
    client("s3").delete_object(Bucket=bucket(), Key=key)


def lines(key: str) -> Iterator[bytes]:
    """Yield an object line by line, as it arrives."""
    answer = client("s3").get_object(Bucket=bucket(), Key=key)
    with closing(answer["Body"]) as body:
        yield from body.iter_lines(_READ)


class Upload:
    """An object that is written from its beginning to its end, never whole in memory.

    To be used with `with`: only at its end the object is there, in place of the one of that name;
    on any fault nothing of it stays. `bytes` and `sha256` tell of what was written so far.
    """

    def __init__(self, key: str, media_type: str) -> None:
        """Name the object; nothing is sent yet."""
        self.bytes = 0
        self._place = {"Bucket": bucket(), "Key": key}
        self._media_type = media_type
        self._digest = hashlib.sha256()
        self._buffer = bytearray()
        self._id: str | None = None
        self._parts: list[dict[str, Any]] = []

    @property
    def sha256(self) -> str:
        """Return the hash of what was written, hexadecimal."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> int:
        """Take the next bytes; full parts are sent at once."""
        self.bytes += len(data)
        self._digest.update(data)
        self._buffer += data
        while len(self._buffer) >= PART:
            self._send(PART)
        return len(data)

    def flush(self) -> None:
        """Do nothing: parts have their size."""

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, _kind: object, fault: BaseException | None, _trace: object) -> None:
        """Finish the object, or take back the parts that were sent."""
        try:
            if fault is None:
                self._finish()
        except BaseException:
            self._abort()
            raise
        if fault is not None:
            self._abort()

    def _send(self, size: int) -> None:
        if self._id is None:
            # The client sends a checksum with each part; S3 only takes it if it was declared, and
            # asks for it again at the end.
            begun = client("s3").create_multipart_upload(
                **self._place, ContentType=self._media_type, ChecksumAlgorithm=CHECKSUM
            )
            self._id = str(begun["UploadId"])
        number = len(self._parts) + 1
        body = bytes(self._buffer[:size])
        del self._buffer[:size]
        sent = client("s3").upload_part(
            **self._place,
            UploadId=self._id,
            PartNumber=number,
            Body=body,
            ChecksumAlgorithm=CHECKSUM,
        )
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"], _SUM: sent[_SUM]})

    def _finish(self) -> None:
        if self._id is None:
            body = bytes(self._buffer)
            client("s3").put_object(**self._place, Body=body, ContentType=self._media_type)
            return
        if self._buffer:
            self._send(PART)
        client("s3").complete_multipart_upload(
            **self._place, UploadId=self._id, MultipartUpload={"Parts": self._parts}
        )

    def _abort(self) -> None:
        if self._id is not None:
            client("s3").abort_multipart_upload(**self._place, UploadId=self._id)
