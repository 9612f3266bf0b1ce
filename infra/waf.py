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

# The firewall reads this much of a body; the functions refuse what is over it too, but for
# the routes that say otherwise.
BODY_BYTES = 64 * 1024
WINDOW_SECONDS = 300
# Routes that have a mail sent to whatever address the caller names.
MAILING = ("/v1/accounts", "/v1/contact", "/v1/newsletter", "/v1/preferences/link", "/v1/requests")
# AWS's own groups of rules; of each, the rules that only count, because they would turn away
# people who do nothing wrong.
MANAGED = {
    "AWSManagedRulesAmazonIpReputationList": (),
    "AWSManagedRulesKnownBadInputsRuleSet": (),
    "AWSManagedRulesCommonRuleSet": (
        "SizeRestrictions_BODY",  # 8 KB: a long message is no attack; ours is 64 KiB
        "CrossSiteScripting_BODY",  # somebody may write about HTML; what is shown is escaped
        "NoUserAgent_HEADER",  # mail providers unsubscribe people without one (RFC 8058)
    ),
}
_TOO_LARGE, _THROTTLED = "TooLarge", "Throttled"


def build(scope: Construct, context: Context) -> waf.CfnWebACL:
    """Declare the firewall, still in front of nothing."""
    rules = [
        _limit("CallsOfOneAddress", context.ip_rate),
        _limit("MailsOfOneAddress", context.ip_mail_rate, _on_paths(MAILING)),
        _body_size(),
        *(_managed(name, counting) for name, counting in MANAGED.items()),
    ]
    for priority, rule in enumerate(rules):
        rule["priority"] = priority
    return waf.CfnWebACL(
        scope,
        "Firewall",
        name=Aws.STACK_NAME,
        description="Turns floods, known attacks and oversized bodies away.",
        scope="REGIONAL",
        default_action={"allow": {}},
        rules=rules,
        custom_response_bodies={
            _TOO_LARGE: _body(gateway_problems.of("REQUEST_TOO_LARGE")),
            _THROTTLED: _body(gateway_problems.of("THROTTLED")),
        },
        visibility_config=_figures(Aws.STACK_NAME),
        association_config={
            "requestBody": {"API_GATEWAY": {"defaultSizeInspectionLimit": "KB_64"}}
        },
    )


def protect(
    scope: Construct, firewall: waf.CfnWebACL, api: apigateway.RestApi, staff_pool: str
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
    """Give how many calls were turned away."""
    return cloudwatch.Metric(
        namespace="AWS/WAFV2",
        metric_name="BlockedRequests",
        dimensions_map={"WebACL": Aws.STACK_NAME, "Region": Aws.REGION, "Rule": "ALL"},
        period=period,
        statistic="Sum",
    )


def _limit(name: str, calls: int, where: dict[str, Any] | None = None) -> dict[str, Any]:
    """Turn an address away that called more than `calls` times in five minutes."""
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
        "responseHeaders": [{"name": "Retry-After", "value": str(WINDOW_SECONDS)}],
    }
    return _rule(name, {"rateBasedStatement": rate}, answer)


def _body_size() -> dict[str, Any]:
    """Turn away bodies that no handler would read; the exceptions' own limits are higher."""
    large = {
        "sizeConstraintStatement": {
            "fieldToMatch": {"body": {"oversizeHandling": "MATCH"}},
            "comparisonOperator": "GT",
            "size": BODY_BYTES,
            "textTransformations": _AS_IT_IS,
        }
    }
    elsewhere = {"notStatement": {"statement": _on_paths(larger())}}
    return _rule(
        "BodySize",
        {"andStatement": {"statements": [large, elsewhere]}},
        {"responseCode": 413, "customResponseBodyKey": _TOO_LARGE},
    )


def larger() -> list[str]:
    """List the paths whose handlers read larger bodies than the firewall does."""
    return sorted({o.route.path for o in routes.declared() if o.route.largest > BODY_BYTES})


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
