"""Reading a template: its resources and every policy statement in it."""

from collections.abc import Iterator, Mapping
from typing import Any

from local.cloud import of_type

Statement = dict[str, Any]


def only(template: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return the properties of the one resource of a type."""
    (resource,) = of_type(template, kind).values()
    properties: dict[str, Any] = resource["Properties"]
    return properties


def statements(template: Mapping[str, Any]) -> Iterator[tuple[str, str, Statement]]:
    """Yield every policy statement with the logical id and the type of what holds it."""
    for name, resource in template["Resources"].items():
        for statement in _within(resource.get("Properties", {})):
            yield name, resource["Type"], statement


def _within(node: Any) -> Iterator[Statement]:
    if isinstance(node, list):
        for item in node:
            yield from _within(item)
    elif isinstance(node, dict):
        if isinstance(node.get("Statement"), list):  # a firewall's rule has one of another kind
            yield from node["Statement"]
        for value in node.values():
            yield from _within(value)


def actions(statement: Statement) -> set[str]:
    listed = statement["Action"]
    return {listed} if isinstance(listed, str) else set(listed)


def resources(statement: Statement) -> list[Any]:
    listed = statement["Resource"]
    return listed if isinstance(listed, list) else [listed]


def shown(value: Any) -> str:
    """Write a value as text: `<TheTable.Arn>/index/work`."""
    match value:
        case {"Ref": str(name)}:
            return f"<{name}>"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(map(shown, parts))
        case _:
            return str(value)


def granted_to(template: Mapping[str, Any], function: str) -> list[Statement]:
    """Return what the role of a function may do, all policies together."""
    role = function_properties(template, function)["Role"]["Fn::GetAtt"][0]
    found: list[Statement] = []
    for policy in of_type(template, "AWS::IAM::Policy").values():
        if {"Ref": role} in policy["Properties"]["Roles"]:
            found += policy["Properties"]["PolicyDocument"]["Statement"]
    return found


def function_properties(template: Mapping[str, Any], function: str) -> dict[str, Any]:
    (found,) = (
        resource["Properties"]
        for resource in of_type(template, "AWS::Lambda::Function").values()
        if resource["Properties"]["Handler"].split(".")[0] == function
    )
    properties: dict[str, Any] = found
    return properties
