"""What a function's role allows, and what a resource's own policy refuses it, by the template.

An evaluator of our own: exact actions on exact resources. It does not see conditions of grants
(`kms:ViaService`), key policies, or what an account adds above the stack.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.infra.reading import actions, function_properties, granted_to, resources, shown

_ITSELF = re.compile(r"<(\w+)(?:\.Arn)?>(/.*)?")
# What S3 asks for, where it is not what the call is named.
_S3 = {
    "CompleteMultipartUpload": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteObjects": "DeleteObject",
    "HeadObject": "GetObject",
    "ListObjectsV2": "ListBucket",
    "UploadPart": "PutObject",
}
# What a resource with a wildcard stands for.
_MEANT = {
    ":identity/*": "MailIdentity",  # the sender's, by the statement's condition
    ":configuration-set/<MailEvents>": "MailEvents",
    ":alarm:<AWS::StackName>-*": "Alarms",  # of the stack
}
_MEMBERS = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}


def allowed(template: Mapping[str, Any], function: str, action: str, resource: str) -> bool:
    """Say whether `function` may do `action` with `resource`.

    That is a logical id, with `/index/name` for an index and `/*` for a bucket's objects.
    """
    granted = any(
        action in actions(statement) and resource in map(named, resources(statement))
        for statement in granted_to(template, function)
        if statement["Effect"] == "Allow"
    )
    return granted and action not in refused(template, resource, function)


def refused(template: Mapping[str, Any], resource: str, function: str | None = None) -> set[str]:
    """Return the actions that a resource's own policy refuses to `function`, or to anybody else."""
    properties = template["Resources"][resource.partition("/")[0]]["Properties"]
    policy = properties.get("ResourcePolicy", {}).get("PolicyDocument", {"Statement": []})
    role = function_properties(template, function)["Role"] if function else None
    return {
        action
        for statement in policy["Statement"]
        if statement["Effect"] == "Deny" and statement["Principal"] == "*"
        if role not in _spared(statement)
        for action in actions(statement)
    }


def _spared(statement: Mapping[str, Any]) -> list[Any]:
    """Return the roles that a refusal's condition leaves out."""
    condition = statement.get("Condition", {})
    spared: list[Any] = condition.get("ArnNotEquals", {}).get("aws:PrincipalArn", [])
    return spared


def named(resource: Any) -> str:
    """Name what a statement's resource is; something of a resource, like its stream, is not it."""
    for ending, meant in _MEANT.items():
        if shown(resource).endswith(ending):
            return meant
    match = _ITSELF.fullmatch(shown(resource))
    return match[1] + (match[2] or "") if match else ""


def _sent_with(params: Mapping[str, Any]) -> Iterator[str]:
    yield "MailIdentity"
    if "ConfigurationSetName" in params:
        yield "MailEvents"


def targets(
    operation: str, params: Mapping[str, Any], names: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield the actions that a call needs, each with its resource; `names` are logical ids."""
    match operation:
        case "TransactWriteItems" | "TransactGetItems":
            for member in params["TransactItems"]:
                ((kind, part),) = member.items()
                yield _MEMBERS[kind], names[part["TableName"]]
        case "BatchGetItem" | "BatchWriteItem":
            for table in params["RequestItems"]:
                yield operation, names[table]
        case "SendEmail":
            yield from itertools.product(("SendEmail", "SendRawEmail"), _sent_with(params))
        case "DescribeAlarms":
            yield operation, "Alarms"
        case "PutEvents":
            for entry in params["Entries"]:
                yield operation, names[entry["EventBusName"]]
        case _ if "Bucket" in params:
            action = _S3.get(operation, operation)
            yield action, names[params["Bucket"]] + ("" if action == "ListBucket" else "/*")
        case _:
            place = params.get("TableName") or params.get("SecretId") or params["KeyId"]
            suffix = "/index/" + params["IndexName"] if "IndexName" in params else ""
            yield operation, names[place] + suffix
