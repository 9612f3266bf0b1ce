"""The functions as Lambda will run them."""

import json
from typing import Any

import pytest

from infra import synth
from infra.catalogue import FUNCTIONS
from infra.declarations import Function, environment_name
from local.cloud import of_type
from tests.infra.reading import function_properties

BY_FUNCTION = pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.name)


def test_there_are_exactly_the_functions_of_the_catalogue(template: dict[str, Any]) -> None:
    handlers = {
        f["Properties"]["Handler"] for f in of_type(template, "AWS::Lambda::Function").values()
    }
    assert {handler.split(".")[0] for handler in handlers} == {row.name for row in FUNCTIONS}


@BY_FUNCTION
def test_a_function_runs_as_its_row_says(template: dict[str, Any], row: Function) -> None:
    properties = function_properties(template, row.name)
    assert properties["Runtime"] == "python3.13"
    assert properties["Architectures"] == ["arm64"]
    assert properties["MemorySize"] == row.memory
    assert properties["Timeout"] == row.timeout
    assert properties["EphemeralStorage"] == {"Size": row.disk}
    assert "TracingConfig" not in properties, "PassThrough: no trace of its own"
    logging = properties["LoggingConfig"]
    assert (logging["LogFormat"], logging["SystemLogLevel"]) == ("JSON", "WARN")
    assert logging["ApplicationLogLevel"] == "INFO", "figures are lines of that level"
    assert len(properties["Layers"]) == 1


@BY_FUNCTION
def test_the_environment_is_what_the_row_names(template: dict[str, Any], row: Function) -> None:
    variables = function_properties(template, row.name)["Environment"]["Variables"]
    named = {
        *(environment_name("TABLE", name) for name in (*row.tables, *row.streams)),
        *(environment_name("SECRET", name) for name in row.secrets),
        *(environment_name("KEY", name) for name in row.keys),
        *(environment_name("BUS", name) for name in row.buses),
        *(environment_name("BUCKET", name) for name in row.buckets),
    }
    told = {setting.upper() for setting in row.settings}
    told |= {"API_URL", "MAIL_EVENTS", "MAIL_INBOX", "MAIL_SENDER"} if row.mails else set()
    told |= {"ALARMS"} if row.alarms else set()
    always = {"ORIGINS", "REGIME", "STAGE"}
    assert set(variables) == named | told | always
    assert variables["STAGE"] == "prod"
    assert variables["REGIME"] == "uk_gdpr"


def test_every_log_group_expires(template: dict[str, Any]) -> None:
    """S13: logs are kept no longer than they are of use."""
    groups = of_type(template, "AWS::Logs::LogGroup")
    assert len(groups) > len(FUNCTIONS)
    assert {group["Properties"]["RetentionInDays"] for group in groups.values()} == {30}


def test_nothing_is_traced(template: dict[str, Any]) -> None:
    """S6: a trace holds the caller's address and the whole path, for whoever may read traces."""
    (stage,) = of_type(template, "AWS::ApiGateway::Stage").values()
    assert stage["Properties"]["TracingEnabled"] is False
    assert "xray" not in str(template["Resources"])


def test_settings_come_from_the_context() -> None:
    """S7: the query parameters that stay; S5: the systems that are asked; where links lead."""
    other = synth.template(
        {
            "visit_parameters": "q,page",
            "sources": {"shop": "https://shop.example.com/privacy"},
            "site": "https://www.example.com/privacy",
        }
    )
    mailing = function_properties(other, "notifications")["Environment"]["Variables"]
    assert mailing["SITE_URL"] == "https://www.example.com/privacy"
    visits = function_properties(other, "visits")["Environment"]["Variables"]
    assert visits["VISIT_PARAMETERS"] == "q page"
    asking = function_properties(other, "fulfilment")["Environment"]["Variables"]
    assert json.loads(asking["SOURCES"]) == {"shop": "https://shop.example.com/privacy"}


def test_origins_and_regime_come_from_the_context() -> None:
    """S53: the notice's own fee regime can be chosen."""
    other = synth.template(
        {
            "stage": "trial",
            "origins": "https://a.example.com,http://localhost:5173",
            "regime": "dpa_1998",
            "log_days": "7",
        }
    )
    variables = function_properties(other, "consent")["Environment"]["Variables"]
    assert variables["ORIGINS"] == "https://a.example.com http://localhost:5173"
    assert (variables["STAGE"], variables["REGIME"]) == ("trial", "dpa_1998")
    groups = of_type(other, "AWS::Logs::LogGroup").values()
    assert {group["Properties"]["RetentionInDays"] for group in groups} == {7}
