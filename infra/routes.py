"""The routes of the API, read from the handlers' own decorators: they stand nowhere else."""

import importlib
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from infra.catalogue import FUNCTIONS

if TYPE_CHECKING:
    from shared.edge.http import Route

FOLDER = Path(__file__).parent.parent / "functions"


class Operation(NamedTuple):
    """One route and the name of the function that serves it."""

    function: str
    route: "Route"


def _serving() -> list[str]:
    return [row.name for row in FUNCTIONS if row.serves_http]


def declared(names: Iterable[str] | None = None) -> list[Operation]:
    """List the routes of the functions in `names`, or of all, as their handlers declare them.

    Raises:
        ValueError: two functions declare the same method and path.
    """
    if str(FOLDER) not in sys.path:
        sys.path.insert(0, str(FOLDER))
    operations: dict[tuple[str, str], Operation] = {}
    for name in _serving() if names is None else names:
        for place, route in importlib.import_module(f"{name}.handler").api.routes.items():
            if place in operations:
                other = operations[place].function
                raise ValueError(f"{' '.join(place)} is declared by {other} and by {name}")
            operations[place] = Operation(name, route)
    return list(operations.values())


def mailing() -> list[str]:
    """List the paths where a POST has a mail sent to whatever address the caller names."""
    return sorted(operation.route.path for operation in declared() if operation.route.mails)
