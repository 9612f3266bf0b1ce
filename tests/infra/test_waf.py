"""The firewall before the API: what it turns away, what it lets through, what it remembers."""

import json
import re
from typing import Any

from infra import synth, waf
from local.cloud import of_type
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
    assert counted == {*BODY_RULES, "NoUserAgent_HEADER"}
    for override in group["RuleActionOverrides"]:
        assert override["ActionToUse"] == {"Count": {}}


# The rules of the group that look into bodies, by what AWS publishes of them ("AWS Managed Rules
# baseline rule groups", core rule set). The patterns are ours, and wider than theirs.
BODY_RULES = {
    "SizeRestrictions_BODY": re.compile(r"(?s).{8193,}"),
    "EC2MetaDataSSRF_BODY": re.compile(r"169\.254\.169\.254|latest/meta-data"),
    "GenericLFI_BODY": re.compile(r"\.\./|/etc/passwd|\.\.\\"),
    "GenericRFI_BODY": re.compile(r"(?i)(https?|ftp)://\d{1,3}(\.\d{1,3}){3}"),
    "CrossSiteScripting_BODY": re.compile(r"(?i)<\s*script|javascript:|on\w+\s*="),
}
WRITTEN = (
    "Please correct my address; the old one is still on your invoices.",
    "Your page http://192.0.2.7/account shows somebody else's order.",
    "The export fails with ../orders/2026.csv not found.",
    "I pasted <script>alert(1)</script> from your newsletter, is that meant to be there?",
    "The link javascript:void(0) in your form does nothing on my phone.",
    "We run our own server at ftp://198.51.100.4, is our data there too?",
    "On my machine /etc/passwd was listed in your error message.",
    "Our proxy logs calls to 169.254.169.254 from your widget.",
    "Is size=large onload=slow in the page on purpose?",
    "I am writing a long letter. " + "I tried to reach you by telephone. " * 300,
)
ADDRESSED = (
    "{}",
    "Dear team,\n\n{}\n\nKind regards",
    "1. {}\n2. And I want a copy of my data.",
    "Bonjour, {} Merci d'avance.",
    "> You wrote: thank you for asking.\n\n{}",
    "{} My telephone number is 01632 960123.",
    "To whom it may concern: {}",
    "{}\n\nSent from my phone",
    "Second reminder! {}",
    "{} {}",
)
DOORS = ("message", "details")
HONEST = [
    json.dumps({door: frame.replace("{}", words)})
    for words in WRITTEN
    for frame in ADDRESSED
    for door in DOORS
]


def test_no_honest_text_is_turned_away(template: dict[str, Any]) -> None:
    """S48: people write about addresses, paths and pages; of 200 such bodies none is blocked."""
    assert len(set(HONEST)) == 200
    hit = {name for name, shape in BODY_RULES.items() if any(map(shape.search, HONEST))}
    assert hit == set(BODY_RULES), "the texts try every rule"
    group = rules(template)[waf.MANAGED]["Statement"]["ManagedRuleGroupStatement"]
    counted = {each["Name"] for each in group["RuleActionOverrides"]}
    blocking = {name: shape for name, shape in BODY_RULES.items() if name not in counted}
    assert not [text for text in HONEST if any(s.search(text) for s in blocking.values())]
    assert "Body" not in json.dumps(
        [r["Statement"] for r in rules(template).values() if "Action" in r]
    ), "no rule of ours looks into bodies either"


def test_each_rule_has_its_own_place(template: dict[str, Any]) -> None:
    places = [rule["Priority"] for rule in rules(template).values()]
    assert places == list(range(len(places)))
