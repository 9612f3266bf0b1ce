"""What staff decided to withhold of a copy: an entry beside the request that the copy answers."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from shared.domain.copy_review import Redaction
from shared.storage.requests import request_store

ENTRY = "review"


@dataclass(frozen=True, slots=True)
class CopyReview:
    """What is withheld; `version` names it, so that a copy tells which decision it follows."""

    redactions: Sequence[Redaction] = ()

    @property
    def version(self) -> str:
        """Return a name that changes with any of it."""
        told = json.dumps([asdict(redaction) for redaction in self.redactions])
        return hashlib.sha256(told.encode()).hexdigest()[:32]


NOTHING = CopyReview()


def get(request: str) -> CopyReview:
    """Read what was decided; nothing, if nothing was."""
    found = request_store.entry(request, ENTRY)
    return CopyReview([Redaction(**item) for item in found["redactions"]]) if found else NOTHING


def putting(request: str, review: CopyReview) -> dict[str, Any]:
    """Return the write that keeps it in place of an earlier one, a member of a transaction."""
    redactions = [
        {name: value for name, value in asdict(redaction).items() if value is not None}
        for redaction in review.redactions
    ]
    return request_store.putting_entry(request, ENTRY, {"redactions": redactions})
