"""All that is stored, sent and told: taken down, put back, and written so that two can be compared.

What two runs of the same flow cannot have in common is masked: random ids, moments within the
day, hashes over these. How many there are of everything, and all that is said, stays.
"""

import email
import functools
import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from typing import Any

from moto.backends import get_backend

from local.cloud import ACCOUNT, REGION
from shared.storage.dynamodb.attribute_values import decode
from tests.faults.wire import Wire

Tables = dict[str, Any]
BUCKETS = ("BUCKET_EXPORTS", "BUCKET_HEADS")

_MASKS = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "uuid*"),
    (re.compile(r"(?<![\w+/])[\w+/]{64,}={0,2}"), "signature*"),
    (re.compile(r"(?<=\d{4}-\d\d-\d\dT)\d\d:\d\d:\d\d(\.\d+)?(?=Z)"), "*"),
    (re.compile(r"\b([cribe])_[a-z2-7]{26}\b"), r"\1_*"),
    (re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])"), "digest*"),
    (re.compile(r"(?<![\w-])(?=[\w-]*[A-Z0-9])[\w-]{22}(?![\w-])"), "random*"),
    (re.compile(r"(?<![\w-])(?=[\w-]*[A-Z0-9])[\w-]{16}(?=\")"), "hash*"),
    (re.compile(r"(?<![a-z0-9_])[a-z2-7]{26}(?![a-z0-9])"), "id*"),
    (re.compile(r"\b[A-Z2-7]{4}-[A-Z2-7]{4}\b"), "reference*"),
    (re.compile(r"(?<=_class\": {\"S\": \")(\w+)#\d+"), r"\1#shard*"),
    (re.compile(r"(?<=hours_left\":)-?\d+|(?<=hours left: )-?\d+"), "hours*"),
)
_DAY = 86_400
# Seconds since 1970: two runs have the day in common.
_SECONDS = frozenset({"expires", "issued", "until", "begun"})
# What is of one run: the gateway's ids, hashes over moments, moments in seconds, the size of what
# was packed; and how many requests came from one network, where a repetition is one more.
_DROPPED = frozenset(
    {
        "bytes",
        "correlation_id",
        "fingerprint",
        "hits",
        "key",
        "keys",
        "request_id",
        "sha256",
        "sum",
        "Time",
    }
)


@dataclass
class Snapshot:
    """A state of everything, to go back to."""

    items: Tables
    streams: dict[str, list[Any]]
    mails: list[Any]
    objects: dict[str, tuple[bytes, str]]
    events: list[dict[str, Any]]


@dataclass
class World:
    """What the functions reach: the tables, the buckets, the mails, the events."""

    wire: Wire

    @property
    def tables(self) -> Mapping[str, Any]:
        """Return the tables by their deployed names; a cancelled transaction replaces them."""
        backend: Any = get_backend("dynamodb")[ACCOUNT][REGION]
        tables: Mapping[str, Any] = backend.tables
        return tables

    def stream(self, table: str) -> list[Any]:
        """Return all records of a table's stream so far."""
        shard = self.tables[table].stream_shard
        return [] if shard is None else list(shard.items)

    def take(self) -> Snapshot:
        """Take everything down."""
        return Snapshot(
            items={name: _places(table.items) for name, table in self.tables.items()},
            streams={name: self.stream(name) for name in self.tables},
            mails=list(_ses().sent_messages),
            objects=self._objects(),
            events=list(self.wire.events),
        )

    def put_back(self, before: Snapshot) -> None:
        """Go back to a state."""
        for name, table in self.tables.items():
            table.items = _places(before.items[name])
            if table.stream_shard is not None:
                table.stream_shard.items = list(before.streams[name])
        _ses().sent_messages[:] = before.mails
        now = self._objects()
        s3: Any = get_backend("s3")[ACCOUNT]["aws"]
        for place in now.keys() | before.objects.keys():
            bucket, _, name = place.partition("/")
            if place not in before.objects:
                _bucket(bucket).keys.pop(name)
            elif now.get(place) != before.objects[place]:
                body, media_type = before.objects[place]
                s3.put_object(bucket, name, body).set_metadata({"Content-Type": media_type})
        self.wire.events = list(before.events)

    def end(self) -> Counter[str]:
        """Write everything down, one line a thing, with what is of one run masked."""
        lines = [
            f"{name}: {_masked(_cleaned(item.to_json()['Attributes']))}"
            for name, table in self.tables.items()
            for item in table.all_items()
            if not _is_mark_of_counting(item)
        ]
        lines += [f"mail: {_masked(_mail(sent.raw_data))}" for sent in _ses().sent_messages]
        lines += [f"event: {_masked(_event(entry))}" for entry in self.wire.events]
        lines += [f"object: {_masked(name)}" for name in self._objects()]
        lines += [f"upload: {name}" for name in self._uploads()]
        lines += [f"removed: {name} {count}" for name, count in sorted(self._removed().items())]
        return Counter(lines)

    def _objects(self) -> dict[str, tuple[bytes, str]]:
        return {
            f"{bucket}/{name}": (key.value, key.metadata.get("Content-Type", ""))
            for bucket in map(os.environ.__getitem__, BUCKETS)
            for name, key in _bucket(bucket).keys.items()
            if hasattr(key, "metadata")
        }

    def _removed(self) -> Counter[str]:
        """Add up what retention says that it removed: a run's last report is of all of it."""
        (operations,) = (table for name, table in self.tables.items() if "Operations" in name)
        reports = (decode(item.to_json()["Attributes"]) for item in operations.all_items())
        runs = {each["run"]: each for each in reports if each["kind"] == "run"}
        counts: Counter[str] = Counter()
        for report in runs.values():
            counts.update({kind: told["removed"] for kind, told in report["classes"].items()})
        return counts

    def _uploads(self) -> list[str]:
        exports = _bucket(os.environ["BUCKET_EXPORTS"])
        return [upload.key_name for upload in exports.multiparts.values()]


def _places(items: Mapping[Any, Any]) -> dict[Any, Any]:
    """Copy where items are; they themselves are copied when they are changed."""
    copied: dict[Any, Any] = defaultdict(dict)
    for name, held in items.items():
        copied[name] = dict(held) if isinstance(held, dict) else held
    return copied


def mails_to(address: str) -> list[EmailMessage]:
    """Return the mails that went to an address, oldest first."""
    sent = (each.raw_data for each in _ses().sent_messages)
    return [read_mail(raw) for raw in sent if _to(raw) == address]


def plain_text(mail: EmailMessage) -> str:
    """Return a mail's plain text."""
    part = mail.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def _ses() -> Any:
    return get_backend("ses")[ACCOUNT][REGION]


def _bucket(name: str) -> Any:
    s3: Any = get_backend("s3")[ACCOUNT]["aws"]
    return s3.buckets[name]


def parsed(raw: str) -> EmailMessage:
    """Read a mail as it was sent."""
    return email.message_from_bytes(raw.encode(), EmailMessage, policy=default)


# A campaign meets the same mails again and again; a long load never, and would only keep them.
text_of = functools.lru_cache(1000)(plain_text)
read_mail = functools.lru_cache(1000)(parsed)


@functools.lru_cache(1000)
def _to(raw: str) -> str:
    return str(read_mail(raw)["To"])


@functools.lru_cache(1000)
def _mail(raw: str) -> str:
    mail = read_mail(raw)
    return f"{mail['To']} {mail['Subject']} {text_of(mail)}"


def _event(entry: Mapping[str, Any]) -> str:
    return json.dumps(_cleaned({**entry, "Detail": json.loads(entry["Detail"])}))


def _is_mark_of_counting(item: Any) -> bool:
    """Tell what says which numbers of a stream are counted: another run's numbers are others."""
    token = item.attrs.get("token")
    return token is not None and str(token.value).startswith("counted#")


def _cleaned(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            name: _seconds(inner) if name in _SECONDS else _cleaned(inner)
            for name, inner in sorted(value.items())
            if name not in _DROPPED
        }
    if isinstance(value, list):
        return [_cleaned(inner) for inner in value]
    return value


def _seconds(value: Any) -> Any:
    return int(value["N"]) // _DAY if isinstance(value, Mapping) and "N" in value else value


def _masked(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text
