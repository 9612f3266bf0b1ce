"""What a legal hold is, and how the register of holds keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.field_copies import from_item
from shared.domain.retention_partitions import SHARDS
from shared.storage.dynamodb.attribute_values import encode

KIND, MARKER, EPOCH = "hold", "held", "hold_epoch"
_OPTIONAL = ("person", "until", "fingerprint", "lifted_at", "lifted_by", "lifted_reason")


@dataclass(frozen=True, slots=True)
class Hold:
    """One order: on a person with the browsers linked to them, or on a record class (`kind`).

    Times are RFC 3339 in UTC; `until` none: until it is lifted. `fingerprint` recognises the
    request that placed it.
    """

    id: str
    reason: str
    by: str
    placed_at: str
    person: str | None = None
    browsers: tuple[str, ...] = ()
    kind: str | None = None
    until: str | None = None
    fingerprint: str | None = None
    lifted_at: str | None = None
    lifted_by: str | None = None
    lifted_reason: str | None = None

    @property
    def markers(self) -> list[str]:
        """Name the markers that it sets."""
        if self.kind is not None:
            return [class_marker(self.kind, shard) for shard in range(SHARDS)]
        return [subject_marker(name) for name in (self.person, *self.browsers) if name]


def subject_marker(name: str) -> str:
    """Name the marker of a person or a browser."""
    return f"person#{name}"


def class_marker(kind: str, shard: int) -> str:
    """Name the marker of one shard of a record class."""
    return f"class#{kind}#{shard}"


def item(hold: Hold) -> dict[str, Any]:
    """Return the item of a hold in force: its period begins when it is lifted."""
    return encode(
        {
            "kind": KIND,
            "id": hold.id,
            "reason": hold.reason,
            "by": hold.by,
            "placed_at": hold.placed_at,
            "browsers": list(hold.browsers) or None,
            "class": hold.kind,
            **{name: getattr(hold, name) for name in _OPTIONAL},
        }
    )


def read(plain: Mapping[str, Any]) -> Hold:
    """Read a hold from its item's plain values."""
    browsers = tuple(plain.get("browsers", ()))
    return from_item(Hold, plain, browsers=browsers, kind=plain.get("class"))
