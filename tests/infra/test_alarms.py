"""Alarms: what is watched and who is told."""

from typing import Any

import pytest

from infra import synth
from infra.catalogue import FUNCTIONS, Function
from local.cloud import of_type
from tests.infra.reading import only


@pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.name)
def test_every_functions_errors_and_throttles_are_watched(
    template: dict[str, Any], row: Function
) -> None:
    (function,) = (
        name
        for name, resource in of_type(template, "AWS::Lambda::Function").items()
        if resource["Properties"]["Handler"].startswith(f"{row.name}.")
    )
    watched = {
        alarm["Properties"]["MetricName"]
        for alarm in of_type(template, "AWS::CloudWatch::Alarm").values()
        if alarm["Properties"].get("Dimensions", [{}])[0].get("Value") == {"Ref": function}
    }
    assert {"Errors", "Throttles"} <= watched


def test_the_apis_faults_and_latency_are_watched(template: dict[str, Any]) -> None:
    alarms = of_type(template, "AWS::CloudWatch::Alarm")
    assert {"5XXError", "Latency"} <= {a["Properties"].get("MetricName") for a in alarms.values()}


def test_every_alarm_tells_the_topic(template: dict[str, Any]) -> None:
    (topic,) = of_type(template, "AWS::SNS::Topic")
    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items():
        assert alarm["Properties"]["AlarmActions"] == [{"Ref": topic}], name


def test_the_topic_is_encrypted_and_cloudwatch_may_write_to_it(template: dict[str, Any]) -> None:
    """S11: an encrypted topic whose key CloudWatch may not use would swallow every alarm."""
    assert only(template, "AWS::SNS::Topic")["KmsMasterKeyId"]
    key = template["Resources"]["AlarmsKey"]["Properties"]["KeyPolicy"]["Statement"]
    topic = only(template, "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    service = {"Service": "cloudwatch.amazonaws.com"}
    assert {"kms:Decrypt", "kms:GenerateDataKey"} in [
        set(statement["Action"]) for statement in key if statement["Principal"] == service
    ]
    assert "sns:Publish" in [s["Action"] for s in topic if s["Principal"] == service]


def test_an_address_is_told_only_if_it_is_set(template: dict[str, Any]) -> None:
    assert not of_type(template, "AWS::SNS::Subscription")
    told = only(synth.template({"alarm_address": "ops@example.com"}), "AWS::SNS::Subscription")
    assert (told["Protocol"], told["Endpoint"]) == ("email", "ops@example.com")
