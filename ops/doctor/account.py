"""The checks of what the stacks share with all else in the account."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ops.doctor import stacks
from ops.doctor.deployment import Deployment
from ops.doctor.findings import Finding, judged

# Below this, a burst of visitors and the workers turn each other away.
ENOUGH_AT_ONCE = 100
_GUIDE = "docs/operations/first-day.md, the account"
GITHUB = "token.actions.githubusercontent.com"
# As infra/delivery.yaml has the subjects: with the ids of owner and repository, or of old without.
_PLACE = re.compile(r"repo:[\w.-]+(@\d+)?/[\w.-]+(@\d+)?:environment:[\w-]+")


def limits(one: Deployment, _: datetime) -> Iterable[Finding]:
    """Look how many functions the account may run at once."""
    limit = one.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    wrong = {}
    if limit < ENOUGH_AT_ONCE:
        wrong[f"the account runs {limit} functions at once"] = (
            "aws service-quotas request-service-quota-increase --service-code lambda"
            " --quota-code L-B99A9384 --desired-value 1000"
        )
    return judged("limits", wrong, f"{limit:,} functions at once")


def trail(one: Deployment, _: datetime) -> Iterable[Finding]:
    """Look whether what is called is written down: without it two rules never ring."""
    cloudtrail = one.client("cloudtrail")
    trails = cloudtrail.describe_trails(includeShadowTrails=True)["trailList"]
    writing = [
        each["Name"]
        for each in trails
        if cloudtrail.get_trail_status(Name=each["TrailARN"])["IsLogging"]
    ]
    wrong = {}
    if not writing:
        wrong["no trail: nobody is told of a key that is to be deleted"] = _GUIDE
    return judged("trail", wrong, f"calls are written down by {', '.join(writing)}")


def budget(one: Deployment, _: datetime) -> Iterable[Finding]:
    """Look what the month costs, by what AWS Budgets counted; asking the bill itself would cost."""
    account = one.client("sts").get_caller_identity()["Account"]
    pages = one.client("budgets").get_paginator("describe_budgets").paginate(AccountId=account)
    monthly = [each for page in pages for each in page.get("Budgets", [])]
    wrong, spent = {}, []
    for each in monthly:
        limit = float(each.get("BudgetLimit", {}).get("Amount", "inf"))
        so_far = float(each.get("CalculatedSpend", {}).get("ActualSpend", {}).get("Amount", 0))
        spent.append(f"{so_far:,.2f} of {limit:,.2f} USD")
        if so_far > limit:
            wrong[f"the month has cost {spent[-1]}"] = "docs/operations/runbooks/over-budget.md"
    if not monthly:
        wrong["no budget: nobody is told what the month costs"] = _GUIDE
    return judged("budget", wrong, f"the month has cost {'; '.join(spent)}")


def delivery(one: Deployment, _: datetime) -> Iterable[Finding]:
    """Look whom GitHub's word lets in: one environment of one repository for each role."""
    pages = one.client("iam").get_paginator("list_roles").paginate()
    roles = [
        role for page in pages for role in page["Roles"] if GITHUB in json.dumps(_statements(role))
    ]
    wrong = {}
    for role in roles:
        for statement in _statements(role):
            if fault := _too_much(statement):
                what = f"GitHub may take on {role['RoleName']} {fault}"
                wrong[what] = (
                    "docs/operations/delivery.md, step 2: deploy infra/delivery.yaml again"
                )
    names = ", ".join(sorted(role["RoleName"] for role in roles))
    right = f"GitHub may take on {names}, each from one place" if roles else "GitHub may do nothing"
    return judged("delivery", wrong, right)


def _statements(role: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stacks.several(role["AssumeRolePolicyDocument"]["Statement"])
    return found


def _too_much(statement: Mapping[str, Any]) -> str:
    """Say whom a role's trust lets in beyond what it is for; nothing if it does not."""
    if statement["Effect"] != "Allow" or GITHUB not in json.dumps(statement):
        return ""
    exactly = statement.get("Condition", {}).get("StringEquals", {})
    subjects = stacks.several(exactly.get(f"{GITHUB}:sub", []))
    if exactly.get(f"{GITHUB}:aud") != "sts.amazonaws.com":
        return "with tokens that are for somebody else"
    if not subjects:
        return "from any repository, or from all whose names are alike"
    if not all(_PLACE.fullmatch(str(subject)) for subject in subjects):
        return "from more than one environment of a repository"
    return ""
