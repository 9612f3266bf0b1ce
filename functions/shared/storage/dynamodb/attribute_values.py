"""Between plain values and DynamoDB's typed attributes.

In an item null is absence, which takes no bytes; inside a map it is kept, so that what was
hashed reads back the same. A stream may hand over an empty list or map without saying which it was:
that is absence, too.
"""

from collections.abc import Mapping
from typing import Any


def encode(item: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a mapping into attributes, leaving out what is None."""
    return {
        name: {"S": value} if value.__class__ is str else _typed(value)  # most are text
        for name, value in item.items()
        if value is not None
    }


def decode(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Turn attributes back into plain values; numbers are integers here."""
    return {name: _plain(value) for name, value in attributes.items() if value}


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return {"S": value}
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, list | tuple):
        return {"L": [_typed(member) for member in value]}
    if isinstance(value, dict | Mapping):  # what is a dict is known at once
        return {"M": {name: _typed(member) for name, member in value.items()}}
    raise TypeError(f"{type(value).__name__} is not kept in items")


def _plain(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    match kind:
        case "NULL":
            return None
        case "N":
            return int(value)
        case "M":
            return decode(value)
        case "L":
            return [_plain(member) for member in value if member]
        case _:
            return value
