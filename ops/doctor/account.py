"""The checks of what the stacks share with all else in the account."""

from collections.abc import Iterable
from datetime import datetime

from ops.doctor.deployment import Deployment
from ops.doctor.findings import Finding, judged

# Below this, a burst of visitors and the workers turn each other away.
ENOUGH_AT_ONCE = 100
_GUIDE = "docs/operations/first-day.md, the account"


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
