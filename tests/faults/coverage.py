"""What flows have to come to, read from the declarations, and what they come to, read from the end.

A route, an action, a worker, a schedule, an event, a class that is removed or erased: each is one
name. A new one to which no flow comes fails by its name.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from infra import routes
from infra.catalogue import FUNCTIONS
from infra.declarations import title
from shared.domain.record_classes import ROWS, ClassRow
from shared.domain.request_actions import ACTIONS
from shared.storage.dynamodb.attribute_values import decode
from tests.faults.life import Life
from tests.faults.world import World

# A name, and what tells one thing of that name from another.
Mark = tuple[str, str]
Marks = frozenset[Mark]
_FUNCTIONS = Path(__file__).parent.parent.parent / "functions"
_WORDS = _FUNCTIONS / "shared" / "languages" / "en" / "mails"
_STAFFS = _FUNCTIONS / "notifications" / "templates"
LETTERS = frozenset({"recipient_letter"})
SCHEMAS = Path(__file__).parent.parent.parent / "events" / "schemas"


def wanted() -> frozenset[str]:
    """Name everything that some flow has to come to."""
    return frozenset(
        [
            *(
                f"route {function}/{route.handler.__name__}"
                for function, route in routes.declared()
            ),
            *(f"action {action}" for action in ACTIONS),
            *(
                f"worker {row.name} of {title(stream)}Table"
                for row in FUNCTIONS
                for stream in row.streams
            ),
            *(f"schedule {row.name}" for row in FUNCTIONS if row.daily),
            *(
                f"event {path.name.removesuffix('.schema.json')}"
                for path in SCHEMAS.glob("*.*.schema.json")
            ),
            *(f"mail {name}" for name in mails()),
            *(f"removal of {kind}" for kind, row in ROWS.items() if _is_swept(row)),
            *(f"erasure of {kind}" for kind, row in ROWS.items() if _is_erased(row)),
        ]
    )


def mails() -> Iterator[str]:
    """Name every mail that there are words of; some write letters, or are parts of others."""
    for path in (*_WORDS.glob("*.j2"), *_STAFFS.glob("*.j2")):
        if not path.stem.startswith("_") and path.stem not in LETTERS:
            yield path.stem


def _is_swept(row: ClassRow) -> bool:
    return bool(row.stores) and "sweep" in row.ends


def _is_erased(row: ClassRow) -> bool:
    """Tell whether an erasure has to do with a class at once; a copy is spared, and goes later."""
    return row.exported and bool(row.stores) and row.erasure in ("erased", "reduced")


def missing(*reached: Iterable[str]) -> list[str]:
    """Name that to which no flow comes, by what each of them comes to."""
    return sorted(wanted().difference(*reached))


def reached(life: Life, before: Marks) -> frozenset[str]:
    """Name what a flow that has just run came to since there were these marks."""
    names = {
        (function, route.method, route.path): route.handler.__name__
        for function, route in routes.declared()
    }
    return frozenset(
        [
            *(f"route {called[0]}/{names[called]}" for called in life.called),
            *(f"worker {heard}" for heard in life.heard),
            *(f"schedule {function}" for function in life.ran),
            *(name for name, _ in marks(life.world) - before),
        ]
    )


def marks(world: World) -> Marks:
    """Return what is stored and told that names something, each with what tells it from others."""
    found = [*_told(world)]
    for table, items in world.tables.items():
        plain = [decode(item.to_json()["Attributes"]) for item in items.all_items()]
        if "Requests" in table:
            found += [mark for item in plain for mark in _of_request(item)]
        elif "Tokens" in table:
            found += [mark for item in plain for mark in _of_effect(item)]
        elif "Operations" in table:
            found += [mark for item in plain for mark in _of_run(item)]
    return frozenset(found)


def _told(world: World) -> Iterator[Mark]:
    for number, entry in enumerate(world.wire.events):
        yield f"event {entry['DetailType']}", str(number)


def _of_request(item: dict[str, Any]) -> Iterator[Mark]:
    name = f"{item['request']} {item['entry']}"
    if item["entry"].startswith("event#"):
        yield f"action {item['action']}", name
    for line in item.get("stores", ()) if item["entry"] == "certificate" else ():
        if line["erased"] or line["reduced"] or line["kept"]:
            yield f"erasure of {line['kind']}", name


def _of_effect(item: dict[str, Any]) -> Iterator[Mark]:
    """Tell which mail a mark is of; an agent's, and a person's beside it, has who reads it too."""
    if item["token"].startswith("effect#"):
        yield f"mail {item['token'].rpartition('#')[2].partition(':')[0]}", item["token"]


def _of_run(item: dict[str, Any]) -> Iterator[Mark]:
    if item["kind"] == "run":
        for kind, figures in item["classes"].items():
            if figures["removed"]:
                yield f"removal of {kind}", item["id"]
