"""The firewall before the API: what it turns away, what it lets through, what it remembers."""

import re
from typing import Any

from infra import synth, waf
from local.cloud import of_type
from shared.edge.body import LARGEST
from tests.infra.reading import only


def rules(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {rule["Name"]: rule for rule in only(template, "AWS::WAFv2::WebACL")["Rules"]}


def path_of(rule: dict[str, Any], *way: str) -> re.Pattern[str]:
    inner: Any = rule["Statement"]
    for step in way:
        inner = inner[int(step)] if step.isdigit() else inner[step]
    return re.compile(inner["RegexMatchStatement"]["RegexString"])


def test_it_is_regional_and_stands_before_the_stage_and_the_staffs_sign_in(
    template: dict[str, Any],
) -> None:
    """S11, S12: no edge location outside the EEA sees a request."""
    assert only(template, "AWS::WAFv2::WebACL")["Scope"] == "REGIONAL"
    guarded = [
        str(a["Properties"]["ResourceArn"])
        for a in of_type(template, "AWS::WAFv2::WebACLAssociation").values()
    ]
    assert len(guarded) == 2
    (stage,) = of_type(template, "AWS::ApiGateway::Stage")
    assert any(stage in arn and "/stages/" in arn for arn in guarded)
    assert any("StaffPool" in arn for arn in guarded)


def test_nothing_of_a_request_is_kept(template: dict[str, Any]) -> None:
    """S6: neither samples nor logs, for both hold full IP addresses."""
    acl = only(template, "AWS::WAFv2::WebACL")
    for settings in (acl, *acl["Rules"]):
        assert settings["VisibilityConfig"]["SampledRequestsEnabled"] is False
        assert settings["VisibilityConfig"]["CloudWatchMetricsEnabled"] is True
    assert not of_type(template, "AWS::WAFv2::LoggingConfiguration")


def test_one_address_has_its_limit_and_a_lower_one_for_mails(template: dict[str, Any]) -> None:
    found = rules(template)
    calls = found["CallsOfOneAddress"]["Statement"]["RateBasedStatement"]
    mails = found["MailsOfOneAddress"]["Statement"]["RateBasedStatement"]
    assert (calls["Limit"], mails["Limit"]) == (2000, 50)
    for limit in (calls, mails):
        assert (limit["AggregateKeyType"], limit["EvaluationWindowSec"]) == ("IP", 300)
    pattern = path_of(found["MailsOfOneAddress"], "RateBasedStatement", "ScopeDownStatement")
    for path in ("/v1/newsletter", "/prod/v1/newsletter", "/v1/preferences/link"):
        assert pattern.fullmatch(path), path
    for path in ("/v1/preferences", "/v1/newsletter/confirmation", "/a/b/v1/newsletter"):
        assert not pattern.fullmatch(path), path


def test_the_limits_come_from_the_context() -> None:
    found = rules(synth.template({"ip_rate": "300", "ip_mail_rate": "10", "mail_rate": "1"}))
    assert found["CallsOfOneAddress"]["Statement"]["RateBasedStatement"]["Limit"] == 300
    assert found["MailsOfOneAddress"]["Statement"]["RateBasedStatement"]["Limit"] == 10


def test_too_many_calls_are_told_when_to_come_again(template: dict[str, Any]) -> None:
    for name in ("CallsOfOneAddress", "MailsOfOneAddress"):
        answer = rules(template)[name]["Action"]["Block"]["CustomResponse"]
        assert answer["ResponseCode"] == 429
        assert answer["ResponseHeaders"] == [{"Name": "Retry-After", "Value": "300"}]


def test_a_body_is_as_large_as_its_route_reads_and_no_larger(template: dict[str, Any]) -> None:
    rule = rules(template)["BodySize"]
    assert rule["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 413
    large, elsewhere = rule["Statement"]["AndStatement"]["Statements"]
    size = large["SizeConstraintStatement"]
    assert (size["ComparisonOperator"], size["Size"]) == ("GT", LARGEST)
    assert size["FieldToMatch"] == {"Body": {"OversizeHandling": "MATCH"}}
    assert "NotStatement" in elsewhere
    pattern = path_of(rule, "AndStatement", "Statements", "1", "NotStatement", "Statement")
    assert pattern.fullmatch("/prod/v1/permissions")
    for path in waf.larger():
        assert pattern.fullmatch(re.sub(r"\{\w+\}", "r_0123", path)), path
    assert not pattern.fullmatch("/v1/contact")
    acl = only(template, "AWS::WAFv2::WebACL")
    limit = acl["AssociationConfig"]["RequestBody"]["API_GATEWAY"]
    assert limit == {"DefaultSizeInspectionLimit": "KB_64"}


def test_awss_own_groups_block_but_for_what_would_hit_the_innocent(
    template: dict[str, Any],
) -> None:
    """S48: a mail provider that unsubscribes somebody sends no user agent."""
    counted = {}
    for name, rule in rules(template).items():
        group = rule["Statement"].get("ManagedRuleGroupStatement")
        if group:
            assert rule["OverrideAction"] == {"None": {}}
            counted[name] = {
                override["Name"]
                for override in group.get("RuleActionOverrides", [])
                if override["ActionToUse"] == {"Count": {}}
            }
    assert counted == {
        "AWSManagedRulesAmazonIpReputationList": set(),
        "AWSManagedRulesKnownBadInputsRuleSet": set(),
        "AWSManagedRulesCommonRuleSet": {
            "CrossSiteScripting_BODY",
            "NoUserAgent_HEADER",
            "SizeRestrictions_BODY",
        },
    }


def test_each_rule_has_its_own_place(template: dict[str, Any]) -> None:
    places = [rule["Priority"] for rule in rules(template).values()]
    assert places == list(range(len(places)))
