"""Where the retention index has something: a record class is spread over sixteen partitions.

What is kept carries two attributes: its partition, `class#shard`, and the start of its period.
"""

import hashlib

# The sort key rises with time, so that each partition takes a thousand writes a second and no more
# (docs/operations/scale.md). It may be raised, never lowered: what is stored stays where it is.
SHARDS = 16


def shard(owner: str) -> int:
    """Spread owners evenly over the partitions of a class."""
    return hashlib.blake2b(owner.encode(), digest_size=2).digest()[0] % SHARDS


def partition(kind: str, number: int) -> str:
    """Name a partition of a class."""
    return f"{kind}#{number}"


def partitions(kind: str) -> list[str]:
    """Name all partitions of a class."""
    return [partition(kind, number) for number in range(SHARDS)]


def attributes(kind: str, owner: str, start: str) -> dict[str, str]:
    """Return the attributes of something of class `kind` whose period began at `start`."""
    return {"retention_class": partition(kind, shard(owner)), "retention_start": start}
