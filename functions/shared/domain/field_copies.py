"""What is stored and what is shown mostly call a thing the same: only the rest is written out."""

from collections.abc import Mapping
from typing import Any, TypeVar, cast

Shape = TypeVar("Shape")


def to_view(shape: type[Shape], source: object, /, **others: Any) -> Shape:
    """Fill a response (a TypedDict): `others` as given, the rest from `source`, name by name."""
    names = shape.__annotations__
    view = {name: others[name] if name in others else getattr(source, name) for name in names}
    return cast("Shape", view)


def from_item(kind: type[Shape], item: Mapping[str, Any], /, **others: Any) -> Shape:
    """Make a dataclass: `others` as given, the rest from the item, as far as it has them."""
    names: Mapping[str, Any] = kind.__dataclass_fields__  # type: ignore[attr-defined]
    return kind(**{name: item[name] for name in names if name in item} | others)
