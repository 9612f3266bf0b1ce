"""Daily runs: when, by whose power, and what happens to those that fail."""

from typing import Any

import pytest

from infra import synth
from infra.catalogue import FUNCTIONS
from infra.declarations import Function, title
from local.cloud import of_type
from tests.infra.reading import actions, function_properties, resources

DAILY = [row for row in FUNCTIONS if row.daily]
BY_ROW = pytest.mark.parametrize("row", DAILY, ids=lambda row: row.name)
DEFAULT = {
    "log_time": "cron(30 5 * * ? *)",
    "reminder_time": "cron(0 7 * * ? *)",
    "retention_time": "cron(30 3 * * ? *)",
}


def schedule(template: dict[str, Any], row: Function) -> dict[str, Any]:
    found: dict[str, Any] = template["Resources"][f"{title(row.name)}Schedule"]["Properties"]
    return found


def function_id(template: dict[str, Any], row: Function) -> str:
    own = function_properties(template, row.name)
    (found,) = (
        name
        for name, resource in of_type(template, "AWS::Lambda::Function").items()
        if resource["Properties"] is own
    )
    return found


def test_there_is_a_schedule_for_each_row_that_is_daily(template: dict[str, Any]) -> None:
    """S13: retention runs; S52: staff are reminded."""
    assert set(of_type(template, "AWS::Scheduler::Schedule")) == {
        f"{title(row.name)}Schedule" for row in DAILY
    }
    assert {"deadlines", "retention", "transparency"} == {row.name for row in DAILY}


@BY_ROW
def test_it_runs_at_its_time_in_london(template: dict[str, Any], row: Function) -> None:
    properties = schedule(template, row)
    assert row.daily is not None
    assert properties["ScheduleExpression"] == DEFAULT[row.daily]
    assert properties["ScheduleExpressionTimezone"] == "Europe/London"
    assert properties["FlexibleTimeWindow"] == {"Mode": "OFF"}


def test_the_times_come_from_the_context() -> None:
    other = synth.template({"retention_time": "23:05"})
    properties = other["Resources"]["RetentionSchedule"]["Properties"]
    assert properties["ScheduleExpression"] == "cron(5 23 * * ? *)"


@BY_ROW
def test_its_role_may_run_that_function_and_set_failures_aside(
    template: dict[str, Any], row: Function
) -> None:
    """S11."""
    target = schedule(template, row)["Target"]
    function = {"Fn::GetAtt": [function_id(template, row), "Arn"]}
    assert target["Arn"] == function
    role = target["RoleArn"]["Fn::GetAtt"][0]
    dead = target["DeadLetterConfig"]["Arn"]
    allowed = [
        statement
        for policy in of_type(template, "AWS::IAM::Policy").values()
        if {"Ref": role} in policy["Properties"]["Roles"]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    assert [(actions(s), resources(s)) for s in allowed] == [
        ({"lambda:InvokeFunction"}, [function]),
        ({"sqs:SendMessage"}, [dead]),
    ]
    (trust,) = template["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


@BY_ROW
def test_a_run_that_started_and_failed_is_tried_again_and_set_aside(
    template: dict[str, Any], row: Function
) -> None:
    """S13: the schedule hears only whether a run could be started."""
    (found,) = (
        resource["Properties"]
        for resource in of_type(template, "AWS::Lambda::EventInvokeConfig").values()
        if resource["Properties"]["FunctionName"] == {"Ref": function_id(template, row)}
    )
    assert found["MaximumRetryAttempts"] == 2
    dead = schedule(template, row)["Target"]["DeadLetterConfig"]["Arn"]
    assert found["DestinationConfig"]["OnFailure"]["Destination"] == dead


@BY_ROW
def test_its_group_is_its_own_and_its_figures_are_watched(
    template: dict[str, Any], row: Function
) -> None:
    """S13: AWS counts by group, so that one schedule's silence is not drowned by another."""
    group = schedule(template, row)["GroupName"]["Ref"]
    name = template["Resources"][group]["Properties"]["Name"]
    watched = {
        alarm["Properties"]["MetricName"]
        for alarm in of_type(template, "AWS::CloudWatch::Alarm").values()
        if alarm["Properties"].get("Namespace") == "AWS/Scheduler"
        and alarm["Properties"]["Dimensions"] == [{"Name": "ScheduleGroup", "Value": name}]
    }
    expected = set() if row.patient else {"InvocationAttemptCount"}
    assert watched == expected, "what could not be started is a dead letter"
    assert len(of_type(template, "AWS::Scheduler::ScheduleGroup")) == len(DAILY)
