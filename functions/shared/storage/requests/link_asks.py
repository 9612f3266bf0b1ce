"""Who asks for a fresh link to a request, noted without looking whether there is such a request.

In the table `requests`, entries `link#…` of the record class `token`: what is written is the same
for any id, and the worker that follows the table finds out what it calls for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.record_classes import RecordClass
from shared.storage import correlation
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode
from shared.storage.requests.request_items import retention_attributes

ENTRY = "link#"


@dataclass(frozen=True, slots=True)
class LinkAsk:
    """A fresh link that was asked for: for which `request`, and when (RFC 3339).

    `name` is the same again where the caller tries again.
    """

    request: str
    name: str
    at: str


def note(ask: LinkAsk) -> LinkAsk:
    """Keep it, and return what is kept: the first one of its name."""
    item = {
        "request": ask.request,
        "entry": f"{ENTRY}{ask.name}",
        "at": ask.at,
        correlation.ATTRIBUTE: correlation.current(),
        **retention_attributes(ask.request, RecordClass.TOKEN, ask.at),
    }
    there = database.put_new("requests", item, "entry")
    return ask if there is None else _read(decode(there))


def read(attributes: Mapping[str, Any]) -> LinkAsk | None:
    """Read it from an item's attributes, as a stream gives them; None if it is something else."""
    item = decode(attributes)
    return _read(item) if str(item.get("entry", "")).startswith(ENTRY) else None


def _read(item: Mapping[str, Any]) -> LinkAsk:
    return LinkAsk(item["request"], item["entry"].removeprefix(ENTRY), item["at"])
