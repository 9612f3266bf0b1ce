"""The checks of the stacks themselves: do they stand, and is what is deployed what they say?"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from infra.catalogue import TABLES
from infra.declarations import title
from ops.doctor.deployment import Deployment
from ops.doctor.findings import GOOD, Finding, judged

_STANDS = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
_AGAIN = "deploy again: make deploy"
_EMPTY: Mapping[str, Any] = {"Statement": []}
# Where the gateway writes its log group's ARN otherwise than it was told.
_LOG_GROUP, _ALL_STREAMS = "/AccessLogSetting/DestinationArn", ":*"


def stand(one: Deployment, _: datetime) -> Iterable[Finding]:
    """Look at the stacks' state, at their protection and at what was last found of drift.

    To look for drift anew would start something; whoever wants that is told how.
    """
    wrong: dict[str, str] = {}
    unknown = []
    for name in one.stacks:
        stack = one.stack_called(name)
        if stack is None:
            wrong[f"{name} is not there"] = "make deploy"
            continue
        if stack["StackStatus"] not in _STANDS:
            wrong[f"{name} is {stack['StackStatus']}"] = (
                "see the stack's events for the first failure, then deploy again"
            )
        if one.in_production and not stack.get("EnableTerminationProtection"):
            wrong[f"{name} may be deleted"] = "make protect"
        match stack.get("DriftInformation", {}).get("StackDriftStatus"):
            case "DRIFTED":
                wrong |= dict(_changed(one, name))
            case "IN_SYNC":
                pass
            case _:
                unknown.append(name)
    found = judged("stacks", wrong, "both stand")
    if unknown and not wrong:
        what = f"both stand; whether {' and '.join(unknown)} was changed by hand nobody looked"
        look = f"aws cloudformation detect-stack-drift --stack-name {unknown[0]}"
        return [Finding("stacks", GOOD, what, look)]
    return found


def _changed(one: Deployment, stack: str) -> Iterator[tuple[str, str]]:
    for drift in _drifts(one, stack):
        name = drift["LogicalResourceId"]
        if drift["StackResourceDriftStatus"] == "DELETED":
            yield f"{name} was deleted by hand", _AGAIN
        paths = [
            each["PropertyPath"] for each in drift.get("PropertyDifferences", ()) if _meant(each)
        ]
        if paths:
            yield f"{name} was changed by hand: {', '.join(paths)}", _AGAIN


def _drifts(one: Deployment, stack: str) -> Iterator[Mapping[str, Any]]:
    """Yield what drifted, page by page: botocore has no paginator for it."""
    asked = {"StackName": stack, "StackResourceDriftStatusFilters": ["MODIFIED", "DELETED"]}
    while True:
        page = one.client("cloudformation").describe_stack_resource_drifts(**asked)
        yield from page["StackResourceDrifts"]
        if "NextToken" not in page:
            return
        asked["NextToken"] = page["NextToken"]


def _meant(difference: Mapping[str, str]) -> bool:
    expected = difference["ExpectedValue"].removesuffix(_ALL_STREAMS)
    actual = difference["ActualValue"].removesuffix(_ALL_STREAMS)
    return difference["PropertyPath"] != _LOG_GROUP or expected != actual


def evidence(one: Deployment, _: datetime) -> Iterable[Finding]:
    """Look whether the tables of evidence refuse to all what their templates let them refuse."""
    stores, wrong = one.stacks[0], {}
    template = one.client("cloudformation").get_template(StackName=stores)["TemplateBody"]
    if isinstance(template, str):
        template = json.loads(template)
    rows = [row for row in TABLES if row.append_only]
    for row in rows:
        logical_id = f"{title(row.name)}Table"
        if logical_id not in one.resources:
            continue  # whoever looks at the tables says that it is missing
        declared = template["Resources"].get(logical_id, {}).get("Properties", {})
        refused = _refused(declared.get("ResourcePolicy", {}).get("PolicyDocument", _EMPTY))
        lacking = refused - _refused(_policy(one, one.resources[logical_id].physical))
        if not refused:
            wrong[f"{row.name} is deployed from a template that refuses nothing"] = _AGAIN
        if lacking:
            wrong[f"{row.name} no longer refuses {', '.join(sorted(lacking))}"] = _AGAIN
    return judged("evidence", wrong, f"{' and '.join(r.name for r in rows)} refuse all changes")


def _policy(one: Deployment, table: str) -> Mapping[str, Any]:
    dynamodb = one.client("dynamodb")
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    try:
        found: Mapping[str, Any] = json.loads(
            dynamodb.get_resource_policy(ResourceArn=arn)["Policy"]
        )
    except dynamodb.exceptions.PolicyNotFoundException:
        return _EMPTY
    return found


def _refused(policy: Mapping[str, Any]) -> set[str]:
    """Return what everybody is refused, each by the kind of those who are let off."""
    return {
        f"{action}{_but(statement.get('Condition', {}))}"
        for statement in policy["Statement"]
        if statement["Effect"] == "Deny" and statement["Principal"] in ("*", {"AWS": "*"})
        for action in several(statement["Action"])
    }


def _but(condition: Mapping[str, Any]) -> str:
    """Say how many are let off a refusal; who they are, the template says by references only."""
    spared = [
        (kind, len(several(who))) for kind, told in condition.items() for who in told.values()
    ]
    return "".join(f" ({kind}: {number})" for kind, number in sorted(spared))


def several(value: str | list[Any]) -> list[Any]:
    """Return a list, for a policy writes one of anything without."""
    return value if isinstance(value, list) else [value]
