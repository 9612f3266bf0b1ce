"""What the log over all ledgers holds: decisions and removals, without telling whose they are.

The entry of a decision is a salted hash of its digest. The salt lies beside the event in the ledger
and goes with it: the entry stays and tells nothing. A removal names the entry that it emptied and
a hash of the digest that was there, which only who still has the digest (a receipt, or the next
event) can recognise. A day ends what was known by then.
"""

import base64
import hashlib

from shared.domain.hash_chain import base64url, canonical


def decision(salt: str, digest: str) -> bytes:
    """Return the entry of a ledger event."""
    return hashlib.sha256(f"{salt}.{digest}".encode()).digest()


def was(digest: str) -> str:
    """Stand for an event that is gone."""
    return base64url(hashlib.sha256(f"removed.{digest}".encode()).digest())


def removal(leaf: int | None, stood: str, day: str) -> bytes:
    """Return the entry of a removal; without a leaf the event was never in the log."""
    return canonical({"removed": leaf, "was": stood, "on": day})


def day(date: str) -> bytes:
    """Return the entry that ends a day."""
    return canonical({"day": date})


def encode(raw: bytes) -> str:
    """Write an entry or a hash as text."""
    return base64url(raw)


def decode(text: str) -> bytes:
    """Read back what `encode` wrote."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def checkpoint(origin: str, size: int, root: bytes) -> str:
    """Write a tree head as the body of a checkpoint (C2SP tlog-checkpoint)."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def signed_note(text: str, name: str, key: bytes, signature: bytes) -> str:
    """Write a signed note (C2SP signed-note): `key` is the public key as DER, for its ECDSA id."""
    line = base64.b64encode(hashlib.sha256(key).digest()[:4] + signature).decode()
    return f"{text}\n— {name} {line}\n"


def head(note: str) -> tuple[int, bytes]:
    """Read the size and the root of a checkpoint."""
    _, size, root, *_ = note.split("\n")
    return int(size), base64.b64decode(root)
