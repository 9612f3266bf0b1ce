"""What the desk can be asked to do, from its own routes: the console makes its forms of this.

A form shows the fields that the operation's body has, so a new field, a longer text or another
choice is in the console with the next build, and who may not do something is not offered it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra import routes

# A text of more than this has several lines to be written in.
_ONE_LINE = 300
_FORMATS = {"date": "day", "date-time": "moment", "email": "email"}


def operations() -> dict[str, Any]:
    """Return each operation of the desk by its name: method, path, groups, fields of its body."""
    from desk.authorization import ALLOWED_GROUPS, READERS  # noqa: PLC0415 - the functions' folder is on the path by now

    made = {}
    for _, route in routes.declared(["desk"]):
        body = route.body.model_json_schema() if route.body is not None else None
        groups = ALLOWED_GROUPS[route.method, route.path]
        made[route.handler.__name__] = {
            "method": route.method,
            "path": route.path.removeprefix("/"),
            "groups": sorted(groups),
            "csv": sorted(groups & READERS) if "text/csv" in route.produces else [],
            "fields": list(_fields(body, body.get("$defs", {}))) if body else [],
        }
    return made


def actions() -> dict[str, Any]:
    """Return what staff can do to a request: who may, and whether it says nothing without words."""
    from shared.domain.request_actions import ACTIONS, STAFF_ACTIONS  # noqa: PLC0415 - as above

    return {
        name: {
            "groups": sorted(groups),
            "reason": ACTIONS[name].reason,
            "dated": ACTIONS[name].dated == "received",
        }
        for name, groups in STAFF_ACTIONS.items()
    }


def grounds() -> dict[str, Any]:
    """Return the law's grounds among which staff choose, with the words that the person reads."""
    from shared.domain import request_types as types  # noqa: PLC0415 - as above

    return {
        "refusal": {name: dict(row.refusals) for name, row in types.ROWS.items()},
        "partly": {name: dict(row.partly) for name, row in types.ROWS.items()},
        "outcomes": {name: dict(row.outcomes) for name, row in types.ROWS.items()},
        "fee": dict(types.FEE_GROUNDS),
        "uses": {name: dict(row.uses) for name, row in types.ROWS.items()},
        "extension": dict(types.EXTENSION_GROUNDS),
        "redaction": dict(types.REDACTION_GROUNDS),
    }


def statuses() -> dict[str, list[str]]:
    """Return where a request may stand, open and closed."""
    from shared.domain.request_actions import CLOSED, OPEN  # noqa: PLC0415 - as above

    return {"open": list(OPEN), "closed": list(CLOSED)}


def corrections() -> list[str]:
    """Return the fields that somebody can ask to have put right."""
    from shared.domain.person_fields import CORRECTABLE  # noqa: PLC0415 - as above

    return list(CORRECTABLE)


def lawful_bases() -> list[str]:
    """Return the bases on which imported data may be kept."""
    from shared.domain.importing import LAWFUL_BASES  # noqa: PLC0415 - as above

    return list(LAWFUL_BASES)


def correctable() -> dict[str, list[str]]:
    """Return the fields that staff can put right, by the class of record that has them."""
    from shared.domain import person_fields, record_classes  # noqa: PLC0415 - as above

    kinds = {str(kind): person_fields.correctable_in(kind) for kind in record_classes.RecordClass}
    return {kind: sorted(fields) for kind, fields in kinds.items() if fields}


def named_by_breaches() -> list[str]:
    """Return the classes of records that a breach can name: those that tell whose they are."""
    from shared.domain.record_classes import NAMED_BY_BREACHES  # noqa: PLC0415 - as above

    return sorted(NAMED_BY_BREACHES)


# Where the policy has what it names, by the kind that the console asks for.
_TITLED = {
    "purpose": "purposes",
    "notice": "notices",
    "class": "retention",
    "source": "sources",
    "recipient": "recipients",
}


def titles(documents: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the title of everything that versions of the policy name; a later one's counts."""
    return {
        f"{kind}.{each['id']}": each.get("title") or each["name"]
        for document in documents
        for kind, part in _TITLED.items()
        for each in document[part]
    }


def _fields(
    schema: Mapping[str, Any], known: Mapping[str, Any], within: str = "", *, needed: bool = True
) -> Iterator[dict[str, Any]]:
    """Yield the fields of a schema; those of an object within it have its name before their own."""
    for name, found in schema.get("properties", {}).items():
        shape = _shape(found, known)
        required = needed and name in schema.get("required", ())
        if shape.get("properties"):
            yield from _fields(shape, known, f"{within}{name}.", needed=required)
            continue
        yield {
            "name": f"{within}{name}",
            "kind": _kind(shape),
            "required": required,
            **({"options": shape["enum"]} if "enum" in shape else {}),
            **({"max": shape["maxLength"]} if "maxLength" in shape else {}),
            **_rows(shape, known),
        }


def _rows(shape: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    row = _shape(shape.get("items", {}), known)
    return {"fields": list(_fields(row, known))} if row.get("properties") else {}


def _shape(found: Mapping[str, Any], known: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a schema to what it is when it is given."""
    while "$ref" in found or "anyOf" in found:
        if "$ref" in found:
            found = known[found["$ref"].rpartition("/")[2]]
        else:
            found = next(one for one in found["anyOf"] if one.get("type") != "null")
    return found


def _kind(shape: Mapping[str, Any]) -> str:
    """Say how a value is entered; `other` is what only a page of its own can ask for."""
    if "enum" in shape:
        return "choice"
    match shape.get("type"):
        case "boolean":
            return "tick"
        case "array":
            return {"string": "list"}.get(shape["items"].get("type", ""), "rows")
        case "string":
            usual = "area" if shape.get("maxLength", 0) > _ONE_LINE else "line"
            return _FORMATS.get(shape.get("format", ""), usual)
        case "integer" | "number":
            return "number"
    return "other"
