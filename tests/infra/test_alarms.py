"""Alarms: what is watched, who is told, and where it says what to do."""

import fnmatch
import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra import synth
from infra.catalogue import FUNCTIONS, TABLES
from infra.declarations import Function, title
from local.cloud import of_type
from tests.infra.reading import function_properties, only, shown

ROOT = Path(__file__).parent.parent.parent
BY_FUNCTION = pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.name)
PAGE = re.compile(r" What to do: (docs/operations/runbooks/[a-z-]+\.md)$")
# Every kind of trouble, and the figure that tells of it.
WATCHED = {
    ("<AWS::StackName>", "MailsFailed"),
    ("<AWS::StackName>", "OverdueItems"),
    ("<AWS::StackName>", "OverdueRequests"),
    ("<AWS::StackName>", "RetentionFailed"),
    ("AWS/ApiGateway", "5XXError"),
    ("AWS/ApiGateway", "Latency"),
    ("AWS/Backup", "NumberOfBackupJobsCompleted"),
    ("AWS/Lambda", "Errors"),
    ("AWS/Lambda", "IteratorAge"),
    ("AWS/Lambda", "Throttles"),
    ("AWS/SES", "Reputation.BounceRate"),
    ("AWS/SES", "Reputation.ComplaintRate"),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
    ("AWS/Scheduler", "InvocationAttemptCount"),
    ("AWS/WAFV2", "BlockedRequests"),
}


def alarms(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the alarms by their names."""
    return {
        shown(resource["Properties"]["AlarmName"]).removeprefix("<AWS::StackName>-"): resource[
            "Properties"
        ]
        for resource in of_type(template, "AWS::CloudWatch::Alarm").values()
    }


def figure(alarm: dict[str, Any]) -> tuple[str, str]:
    if "Metrics" in alarm:  # a percentile
        (query,) = alarm["Metrics"]
        alarm = query["MetricStat"]["Metric"]
    return shown(alarm["Namespace"]), alarm["MetricName"]


def test_every_kind_of_trouble_is_watched(template: dict[str, Any]) -> None:
    """S13, S52: what is overdue too, not only what breaks."""
    assert {figure(alarm) for alarm in alarms(template).values()} == WATCHED


@BY_FUNCTION
def test_what_nobody_waits_for_is_watched_for_crashes_and_delay(
    template: dict[str, Any], row: Function
) -> None:
    """Whoever calls the API sees its faults, and they are counted there as 5xx."""
    (function,) = (
        name
        for name, resource in of_type(template, "AWS::Lambda::Function").items()
        if resource["Properties"]["Handler"].startswith(f"{row.name}.")
    )
    found = alarms(template)
    named = title(row.name)
    own = {name.removeprefix(named) for name in found if name.startswith(named)}
    kinds = {"Errors", "Late"} if row.streams else set()
    assert own & {"Errors", "Late"} == kinds
    for kind in kinds:
        alarm = found[f"{named}{kind}"]
        assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": function}}]
        assert alarm["Threshold"] == (15 * 60 * 1000 if kind == "Late" else 1)


def test_throttles_are_watched_for_all_functions_at_once(template: dict[str, Any]) -> None:
    """The limit is the account's."""
    assert "Dimensions" not in alarms(template)["FunctionsThrottled"]


def test_the_alarms_are_few_enough_to_be_read_and_paid(template: dict[str, Any]) -> None:
    assert len(alarms(template)) == 27


def test_backups_that_were_not_begun_or_expired_are_missed_too(template: dict[str, Any]) -> None:
    """S11: neither counts as failed anywhere."""
    alarm = alarms(template)["BackupsMissing"]
    assert alarm["ComparisonOperator"] == "LessThanThreshold"
    assert alarm["TreatMissingData"] == "breaching"
    assert alarm["Threshold"] == len([row for row in TABLES if row.retained or row.lasting])
    assert (alarm["Period"], alarm["EvaluationPeriods"]) == (86_400, 2)
    (vault,) = of_type(template, "AWS::Backup::BackupVault")
    assert alarm["Dimensions"] == [{"Name": "BackupVaultName", "Value": {"Ref": vault}}]


def test_every_dead_letter_is_told_of(template: dict[str, Any]) -> None:
    queues = set(of_type(template, "AWS::SQS::Queue"))
    watched = {
        alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for name, alarm in alarms(template).items()
        if name.endswith("DeadLetters")
    }
    assert watched == queues
    assert len(queues) == len([row for row in FUNCTIONS if not row.serves_http])


def test_what_functions_report_themselves_has_no_dimensions_and_is_of_the_stage(
    template: dict[str, Any],
) -> None:
    """A figure with other dimensions is another figure, and its alarm would sleep."""
    own = [a for a in alarms(template).values() if figure(a)[0] == "<AWS::StackName>"]
    variables = function_properties(template, "retention")["Environment"]["Variables"]
    assert f"privacy-{variables['STAGE']}" in synth.templates(), "as metrics.namespace() says"
    assert own
    code = "".join(path.read_text("utf-8") for path in (ROOT / "functions").rglob("*.py"))
    for alarm in own:
        name = alarm["MetricName"]
        assert f"{name}=" in code or f'"{name}"' in code, f"no function counts {name}"
        assert "Dimensions" not in alarm
        assert (alarm["Threshold"], alarm["Statistic"]) == (1, "Maximum")


DAILY = [row for row in FUNCTIONS if row.daily and not row.patient]


@pytest.mark.parametrize("row", DAILY, ids=lambda row: row.name)
def test_two_days_without_a_daily_run_are_told_of(template: dict[str, Any], row: Function) -> None:
    """S13: a schedule that is gone fails nowhere."""
    alarm = alarms(template)[f"{title(row.name)}Silent"]
    assert alarm["ComparisonOperator"] == "LessThanThreshold"
    assert alarm["TreatMissingData"] == "breaching"
    assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["Threshold"]) == (86_400, 2, 1)


def test_no_figure_is_no_news_but_for_that(template: dict[str, Any]) -> None:
    for name, alarm in alarms(template).items():
        if not name.endswith(("Silent", "BackupsMissing")):
            assert alarm["TreatMissingData"] == "notBreaching", name
            assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold", name


def test_every_alarm_says_what_to_do(template: dict[str, Any]) -> None:
    """Each page is there, and none is about an alarm that is not."""
    named = set()
    for name, alarm in alarms(template).items():
        match = PAGE.search(alarm["AlarmDescription"])
        assert match is not None, name
        named.add(match[1])
    missing = sorted(page for page in named if not (ROOT / page).exists())
    assert not missing


def test_every_alarm_tells_the_topic(template: dict[str, Any]) -> None:
    (topic,) = of_type(template, "AWS::SNS::Topic")
    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items():
        assert alarm["Properties"]["AlarmActions"] == [{"Ref": topic}], name


def test_cloudwatch_may_write_to_the_topic_and_no_key_stands_between(
    template: dict[str, Any],
) -> None:
    """A topic whose key CloudWatch may not use would swallow every alarm."""
    assert "KmsMasterKeyId" not in only(template, "AWS::SNS::Topic")
    topic = only(template, "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    service = {"Service": "cloudwatch.amazonaws.com"}
    assert "sns:Publish" in [s["Action"] for s in topic if s["Principal"] == service]


def test_an_address_is_told_only_if_it_is_set(template: dict[str, Any]) -> None:
    assert not of_type(template, "AWS::SNS::Subscription")
    told = only(synth.template({"alarm_address": "ops@example.com"}), "AWS::SNS::Subscription")
    assert (told["Protocol"], told["Endpoint"]) == ("email", "ops@example.com")


def test_every_figure_that_is_told_has_an_alarm_that_reads_it(template: dict[str, Any]) -> None:
    """A figure is paid for as long as it is told."""
    told = set[str]()
    for path in (ROOT / "functions").rglob("*.py"):
        text = path.read_text("utf-8")
        for call in re.findall(r"metrics\.emit\((.*?)\)\n", text, re.DOTALL):
            told |= set(re.findall(r"\b([A-Z]\w+)=", call))
        told |= set(re.findall(r'failures="(\w+)"', text))
    alarms = [one["Properties"] for one in of_type(template, "AWS::CloudWatch::Alarm").values()]
    read = {one["MetricName"] for one in alarms if isinstance(one["Namespace"], dict)}
    assert told == read


def test_the_dashboard_is_made_if_it_is_asked_for_and_shows_all(template: dict[str, Any]) -> None:
    """It costs by the month, and the alarms say the same."""
    assert not of_type(template, "AWS::CloudWatch::Dashboard")
    template = synth.template({"dashboard": "true"})
    body = only(template, "AWS::CloudWatch::Dashboard")["DashboardBody"]
    text = "".join(shown(part) for part in body["Fn::Join"][1])
    for name in of_type(template, "AWS::CloudWatch::Alarm"):
        assert f"<{name}.Arn>" in text
    widgets = json.loads(re.sub(r"<[^>]+>", "x", text))["widgets"]
    titles = {widget["properties"]["title"] for widget in widgets}
    assert {"Alarms", "Latency (ms)", "Waiting records (ms)", "Promises"} <= titles
    for figure_name in ("OverdueRequests", "OverdueItems", "MailsFailed", "BlockedRequests"):
        assert figure_name in text


RULES = ("KeyAtRisk", "SecretChanged", "SendingPaused")


def rules(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = of_type(template, "AWS::Events::Rule")
    return {name: found[f"{name}Rule"]["Properties"] for name in RULES}


def test_whoever_takes_a_key_or_a_secret_away_is_told_of_at_once(template: dict[str, Any]) -> None:
    """S11: all of ours, and nobody else's in the same account."""
    found = rules(template)
    key = found["KeyAtRisk"]["EventPattern"]
    assert key["detail"]["eventName"] == ["DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion"]
    named = [arn["Fn::GetAtt"][0] for arn in key["detail"]["resources"]["ARN"]]
    assert sorted(named) == sorted(of_type(template, "AWS::KMS::Key"))
    secret = found["SecretChanged"]["EventPattern"]["detail"]
    assert {"DeleteSecret", "PutSecretValue", "RotateSecret"} <= set(secret["eventName"])
    patterns = [each["wildcard"] for each in secret["requestParameters"]["secretId"]]
    assert len(patterns) == len(of_type(template, "AWS::SecretsManager::Secret"))


@pytest.mark.parametrize(
    "said",
    [
        "arn:aws:secretsmanager:eu-west-1:1:secret:IdentitySecret-Ab1cDe2fGh3i-Kl4mNo",
        "arn:aws:secretsmanager:eu-west-1:1:secret:IdentitySecret-Ab1cDe2fGh3i",
        "IdentitySecret-Ab1cDe2fGh3i",
    ],
)
def test_a_secret_is_known_however_it_was_named(template: dict[str, Any], said: str) -> None:
    """CloudTrail has what the caller said: the whole ARN, one without its ending, or the name."""
    detail = rules(template)["SecretChanged"]["EventPattern"]["detail"]
    arn = "arn:aws:secretsmanager:eu-west-1:1:secret:IdentitySecret-Ab1cDe2fGh3i-Kl4mNo"
    first = detail["requestParameters"]["secretId"][0]["wildcard"]
    assert fnmatch.fnmatchcase(said, _worked_out(first, arn))
    assert not fnmatch.fnmatchcase("IdentitySecret-Of4anOther5", _worked_out(first, arn))


def _worked_out(value: Any, secret: str) -> Any:
    """Do what CloudFormation does with a value of these functions, `secret` for a reference."""
    match value:
        case {"Fn::Join": [between, parts]}:
            return between.join(_worked_out(part, secret) for part in parts)
        case {"Fn::Select": [number, of]}:
            return _worked_out(of, secret)[int(number)]
        case {"Fn::Split": [between, text]}:
            return _worked_out(text, secret).split(between)
        case {"Ref": _}:
            return secret
        case _:
            return value


def test_what_aws_does_itself_is_told_of_without_a_trail(template: dict[str, Any]) -> None:
    pattern = rules(template)["SendingPaused"]["EventPattern"]
    assert pattern == {"source": ["aws.ses"], "detail-type": ["Sending Status Disabled"]}


def test_the_end_of_our_certificate_is_told_and_of_nobody_elses(template: dict[str, Any]) -> None:
    """Only a host name of one's own has a certificate."""
    assert "CertificateAtRiskRule" not in of_type(template, "AWS::Events::Rule")
    arn = "arn:aws:acm:eu-west-1:123456789012:certificate/a-b"
    made = synth.template({"domain": "privacy.example.com", "certificate": arn})
    rule = of_type(made, "AWS::Events::Rule")["CertificateAtRiskRule"]["Properties"]
    assert rule["EventPattern"]["resources"] == [arn]
    assert "ACM Certificate Expired" in rule["EventPattern"]["detail-type"]
    (target,) = rule["Targets"]
    assert "runbooks/certificate-at-risk.md" in shown(target["InputTransformer"]["InputTemplate"])


def test_every_rule_tells_the_topic_which_lets_it_and_says_what_to_do(
    template: dict[str, Any],
) -> None:
    (topic,) = of_type(template, "AWS::SNS::Topic")
    for name, rule in rules(template).items():
        (target,) = rule["Targets"]
        assert target["Arn"] == {"Ref": topic}, name
        said = shown(target["InputTransformer"]["InputTemplate"])
        assert said.startswith('"<AWS::StackName>-')
        (page,) = re.findall(r"docs/operations/runbooks/[a-z-]+\.md", said)
        assert (ROOT / page).exists()
        assert "userIdentity" not in json.dumps(rule), "who it was is in the trail, not in a mail"
    statements = only(template, "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    service = {"Service": "events.amazonaws.com"}
    (may,) = [each for each in statements if each["Principal"] == service]
    assert (may["Effect"], may["Action"], may.get("Condition")) == ("Allow", "sns:Publish", None)


def test_every_runbook_is_of_something_that_rings(template: dict[str, Any]) -> None:
    said = [alarm["AlarmDescription"] for alarm in alarms(template).values()]
    said += [
        shown(rule["Targets"][0]["InputTransformer"]["InputTemplate"])
        for rule in rules(template).values()
    ]
    named = {page for each in said for page in re.findall(r"runbooks/([a-z-]+)\.md", each)}
    assert {page.stem for page in PAGES} == named | BESIDE


# What AWS Budgets says (infra/account.yaml), what dead letters say of a schedule, and what rings
# only where there is a host name of one's own.
BESIDE = {"over-budget", "schedules-failed", "certificate-at-risk"}
PAGES = sorted((ROOT / "docs" / "operations" / "runbooks").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_runbook_says_what_it_means_where_to_look_what_to_do_and_whom_to_wake(
    page: Path,
) -> None:
    sections = re.findall(r"^## (.+)$", page.read_text("utf-8"), re.MULTILINE)
    assert sections == ["Look", "Mend", "Whom to wake", "Over"]
