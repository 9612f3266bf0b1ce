"""The firewall before the API: what it turns away, what it lets through, what it remembers."""

import json
import re
from typing import Any

import pytest
from pydantic import ValidationError

from desk.imports.schemas import ImportQuery
from infra import synth, waf
from local.cloud import of_type
from tests.honest import MESSAGES
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


def test_the_second_association_waits_for_the_first(template: dict[str, Any]) -> None:
    """A firewall just made is not yet everywhere, and refuses the second of two at once."""
    associations = of_type(template, "AWS::WAFv2::WebACLAssociation")
    assert associations["StaffFirewall"]["DependsOn"] == ["ApiFirewall"]


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


def test_too_many_calls_are_told_when_to_come_again_so_that_scripts_can_read_it() -> None:
    """The firewall's answer gets none of the gateway's headers."""
    found = rules(synth.template({"origins": "https://a.example.com,https://b.example.com"}))
    for name in ("CallsOfOneAddress", "MailsOfOneAddress"):
        answer = found[name]["Action"]["Block"]["CustomResponse"]
        assert answer["ResponseCode"] == 429
        assert {each["Name"]: each["Value"] for each in answer["ResponseHeaders"]} == {
            "Retry-After": "300",
            "Access-Control-Allow-Origin": "https://a.example.com",
            "Access-Control-Expose-Headers": "Retry-After",
            "Cache-Control": "no-store",
        }


def test_awss_own_group_blocks_but_for_what_would_hit_the_innocent(
    template: dict[str, Any],
) -> None:
    """S48: a mail provider that unsubscribes somebody sends no user agent."""
    (rule,) = (r for r in rules(template).values() if "ManagedRuleGroupStatement" in r["Statement"])
    group = rule["Statement"]["ManagedRuleGroupStatement"]
    assert rule["OverrideAction"] == {"None": {}}
    assert group["Name"] == "AWSManagedRulesCommonRuleSet"
    counted = {each["Name"] for each in group["RuleActionOverrides"]}
    assert counted == {*BODY_RULES[waf.MANAGED], "NoUserAgent_HEADER"}
    for override in group["RuleActionOverrides"]:
        assert override["ActionToUse"] == {"Count": {}}


# The rules of AWS's groups that look into bodies, and what AWS publishes of them ("AWS Managed
# Rules baseline rule groups", "use-case specific rule groups"). AWS does not tell its patterns;
# these are ours, and wider, so that what they pass AWS's would pass.
BODY_RULES: dict[str, dict[str, re.Pattern[str]]] = {
    "AWSManagedRulesCommonRuleSet": {
        "SizeRestrictions_BODY": re.compile(r"(?s).{8193,}"),
        "EC2MetaDataSSRF_BODY": re.compile(r"169\.254\.169\.254|latest/meta-data"),
        "GenericLFI_BODY": re.compile(r"\.\./|/etc/passwd|\.\.\\"),
        "GenericRFI_BODY": re.compile(r"(?i)\w+://\d{1,3}(\.\d{1,3}){3}"),
        "CrossSiteScripting_BODY": re.compile(r"(?i)<\s*\w|javascript:|on\w+\s*="),
    },
    "AWSManagedRulesKnownBadInputsRuleSet": {
        "JavaDeserializationRCE_BODY": re.compile(r"rO0AB|getRuntime\(\)|ClassLoader"),
        "Log4JRCE_BODY": re.compile(r"\$\{\s*jndi:"),
        "ReactJSRCE_BODY": re.compile(r"__proto__|\$ACTION"),
    },
    "AWSManagedRulesSQLiRuleSet": {
        "SQLi_BODY": re.compile(r"(?i)'\s*or\s|\bselect\b|\bdrop table\b|;\s*--"),
        "SQLiExtendedPatterns_BODY": re.compile(r"(?i)\bunion\s+select\b|sleep\(|0x[0-9a-f]+"),
    },
    "AWSManagedRulesUnixRuleSet": {
        "UNIXShellCommandsVariables_BODY": re.compile(r"[;|&`$]\s*(cat|echo|rm|\(\))|\| *bash"),
    },
    "AWSManagedRulesLinuxRuleSet": {},
    "AWSManagedRulesPHPRuleSet": {
        "PHPHighRiskMethodsVariables_BODY": re.compile(r"<\?(php|=)|\$_GET|system\("),
    },
    "AWSManagedRulesWindowsRuleSet": {
        "WindowsShellCommands_BODY": re.compile(r"(?i)cmd\.exe|\bdir\b"),
        "PowerShellCommands_BODY": re.compile(r"(?i)powershell|Get-Content"),
    },
    "AWSManagedRulesAmazonIpReputationList": {},
    "AWSManagedRulesAnonymousIpList": {},
}


def test_the_messages_are_two_hundred_and_would_meet_every_rule_that_blocked() -> None:
    assert len(set(MESSAGES)) == 200
    for group, rules_of in BODY_RULES.items():
        for name, shape in rules_of.items():
            assert [text for text in MESSAGES if shape.search(text)], (group, name)


def test_no_rule_that_looks_into_bodies_turns_an_honest_message_away(
    template: dict[str, Any],
) -> None:
    """S48: people write about addresses, paths, code and pages."""
    for rule in rules(template).values():
        group = rule["Statement"].get("ManagedRuleGroupStatement")
        if group is None:
            assert "Body" not in json.dumps(rule["Statement"]), "no rule of ours does"
            continue
        counted = {each["Name"] for each in group["RuleActionOverrides"]}
        blocking = {n: s for n, s in BODY_RULES[group["Name"]].items() if n not in counted}
        for name, shape in blocking.items():
            assert not [text for text in MESSAGES if shape.search(text)], name


def test_no_honest_address_is_as_long_as_what_is_turned_away() -> None:
    """`SizeRestrictions_QUERYSTRING` blocks from 2,048 bytes; one parameter of ours is a list."""
    fifty = ",".join(["p_" + 26 * "a"] * 50)
    assert ImportQuery.model_validate({"readmit": fifty}).readmit == fifty
    with pytest.raises(ValidationError):
        ImportQuery.model_validate({"readmit": f"{fifty},p_{26 * 'a'}"})
    assert len(fifty) + 500 < 2_048


def test_each_rule_has_its_own_place(template: dict[str, Any]) -> None:
    places = [rule["Priority"] for rule in rules(template).values()]
    assert places == list(range(len(places)))
