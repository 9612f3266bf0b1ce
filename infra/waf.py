"""The front door's firewall: what is turned away before a function is started or paid for.

It keeps figures and nothing else: its logs and samples would hold callers' addresses (S6).
Headers need no rule: API Gateway itself refuses more than 10,240 bytes of them.
"""

import re
from collections.abc import Iterable
from typing import Any

from aws_cdk import Aws, Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra import gateway_problems, routes
from infra.context import Context

WINDOW_SECONDS = 300
# AWS's group against known attacks, and those of its rules that only count. What looks into bodies
# would turn away who writes about an address, a path or HTML; every body is checked by its
# handler, for its size too, and shown escaped. A mail provider that unsubscribes somebody sends no
# user agent (RFC 8058). Other groups look into bodies or at the caller's address alone.
MANAGED = "AWSManagedRulesCommonRuleSet"
COUNTING = (
    "CrossSiteScripting_BODY",
    "EC2MetaDataSSRF_BODY",
    "GenericLFI_BODY",
    "GenericRFI_BODY",
    "NoUserAgent_HEADER",
    "SizeRestrictions_BODY",
)
_THROTTLED = "Throttled"


def build(scope: Construct, context: Context) -> waf.CfnWebACL:
    """Declare the firewall, still in front of nothing."""
    rules = [
        _limit("CallsOfOneAddress", context, context.ip_rate),
        _limit("MailsOfOneAddress", context, context.ip_mail_rate, _on_paths(routes.mailing())),
        _managed(MANAGED, COUNTING),
    ]
    for priority, rule in enumerate(rules):
        rule["priority"] = priority
    return waf.CfnWebACL(
        scope,
        "Firewall",
        name=Aws.STACK_NAME,
        description="Turns floods and known attacks away.",
        scope="REGIONAL",
        default_action={"allow": {}},
        rules=rules,
        custom_response_bodies={_THROTTLED: _body(gateway_problems.of("THROTTLED"))},
        visibility_config=_figures(Aws.STACK_NAME),
    )


def protect(
    scope: Construct, firewall: waf.CfnWebACL, api: apigateway.SpecRestApi, staff_pool: str
) -> None:
    """Put the firewall before the API's stage, and then before the staff's sign-in.

    One after the other: a firewall just made is not yet everywhere, and refuses the second of two
    at once.
    """
    before: waf.CfnWebACLAssociation | None = None
    for name, arn in {
        "ApiFirewall": api.deployment_stage.stage_arn,
        "StaffFirewall": staff_pool,
    }.items():
        made = waf.CfnWebACLAssociation(
            scope, name, resource_arn=arn, web_acl_arn=firewall.attr_arn
        )
        if before is not None:
            made.node.add_dependency(before)
        before = made


def blocked(period: Duration) -> cloudwatch.Metric:
    """Return how many calls were turned away."""
    return cloudwatch.Metric(
        namespace="AWS/WAFV2",
        metric_name="BlockedRequests",
        dimensions_map={"WebACL": Aws.STACK_NAME, "Region": Aws.REGION, "Rule": "ALL"},
        period=period,
        statistic="Sum",
    )


def _limit(
    name: str, context: Context, calls: int, where: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Turn an address away that called more than `calls` times in five minutes.

    The firewall's answer goes before the gateway's own and gets none of its headers: without
    these, a script would see a network error. They can be constants only, so that with several
    origins the first one's scripts read it. Its media type is application/json, always.
    """
    rate: dict[str, Any] = {
        "limit": calls,
        "evaluationWindowSec": WINDOW_SECONDS,
        "aggregateKeyType": "IP",
    }
    if where is not None:
        rate["scopeDownStatement"] = where
    answer = {
        "responseCode": 429,
        "customResponseBodyKey": _THROTTLED,
        "responseHeaders": [
            {"name": "Retry-After", "value": str(WINDOW_SECONDS)},
            {"name": "Access-Control-Allow-Origin", "value": context.origins[0]},
            {"name": "Access-Control-Expose-Headers", "value": "Retry-After"},
            {"name": "Cache-Control", "value": "no-store"},
        ],
    }
    return _rule(name, {"rateBasedStatement": rate}, answer)


def _managed(group: str, counting: Iterable[str]) -> dict[str, Any]:
    counted = [{"name": rule, "actionToUse": {"count": {}}} for rule in counting]
    statement = {"vendorName": "AWS", "name": group, "ruleActionOverrides": counted}
    return {
        "name": group,
        "statement": {"managedRuleGroupStatement": statement},
        "overrideAction": {"none": {}},
        "visibilityConfig": _figures(group),
    }


def _rule(name: str, statement: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "statement": statement,
        "action": {"block": {"customResponse": answer}},
        "visibilityConfig": _figures(name),
    }


def _on_paths(paths: Iterable[str]) -> dict[str, Any]:
    """Match exactly these paths; without a domain of one's own the stage's name goes before."""
    shapes = "|".join(re.sub(r"\\{[^/]+\\}", "[^/]+", re.escape(path)) for path in paths)
    return {
        "regexMatchStatement": {
            "regexString": f"^(/[a-z0-9-]+)?({shapes})/?$",
            "fieldToMatch": {"uriPath": {}},
            "textTransformations": _AS_IT_IS,
        }
    }


def _figures(name: str) -> dict[str, Any]:
    """Count, and keep no samples: they show whole requests with their addresses."""
    return {
        "cloudWatchMetricsEnabled": True,
        "metricName": name,
        "sampledRequestsEnabled": False,
    }


def _body(problem: gateway_problems.GatewayProblem) -> dict[str, str]:
    document = problem.document().replace("$context.requestId", "")
    return {"contentType": "APPLICATION_JSON", "content": document}


_AS_IT_IS = [{"priority": 0, "type": "NONE"}]
