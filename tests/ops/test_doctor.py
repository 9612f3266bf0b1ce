"""The doctor finds each thing that is wrong, says its mend, and what it could not see."""

import copy
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.model import ListShape, ServiceModel, Shape, StructureShape
from botocore.session import get_session
from botocore.validate import ParamValidator

from infra import synth
from infra.backups import BACKED_UP
from infra.catalogue import TABLES
from infra.cognito import POOL_ID
from infra.declarations import title
from local.cloud import of_type
from ops import doctor, staff
from ops.__main__ import main
from ops.doctor import account, checks, dns
from ops.doctor.deployment import Deployment
from ops.doctor.findings import BAD, GOOD, UNSEEN, Finding
from ops.stores import Resource
from tests.aws_commands import check, of_shell

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
STACK = "privacy-prod"
HOST = "privacy.example.org"
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/0f0f0f0f-1111-2222-3333-444444444444"
# What a type's own name looks like, where a call takes no other.
PHYSICAL = {
    "AWS::Lambda::EventSourceMapping": "0f0f0f0f-1111-2222-3333-444444444444",
    "AWS::Cognito::UserPool": "eu-west-1_AbCdEfGhI",
}
WEB_ACL = {"WebACL": {"Name": STACK}}


class NotThere(Exception):
    """AWS knows no such thing."""


# What AWS answers of a deployment where all is well, by service and operation: as its API
# reference has the answers, with no more in them than what is read.
WELL: dict[str, dict[str, Any]] = {
    "cloudformation": {
        "describe_stacks": {
            "Stacks": [
                {
                    "StackStatus": "UPDATE_COMPLETE",
                    "EnableTerminationProtection": True,
                    "DriftInformation": {"StackDriftStatus": "IN_SYNC"},
                    "Outputs": [
                        {
                            "OutputKey": "MailDkim1",
                            "OutputValue": "a._domainkey.example.org CNAME a.dkim.amazonses.com",
                        }
                    ],
                }
            ]
        },
        "describe_stack_resource_drifts": {"StackResourceDrifts": []},
    },
    "dynamodb": {
        "describe_table": {
            "Table": {
                "TableStatus": "ACTIVE",
                "TableArn": "arn:aws:dynamodb:eu-west-1:1:table/ledger",
                "DeletionProtectionEnabled": True,
                "StreamSpecification": {"StreamEnabled": True},
                "SSEDescription": {"SSEType": "KMS"},
            }
        },
        "describe_continuous_backups": {
            "ContinuousBackupsDescription": {
                "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"}
            }
        },
        "describe_time_to_live": {
            "TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
        },
        "get_resource_policy": {},
    },
    "kms": {
        "describe_key": {"KeyMetadata": {"KeyState": "Enabled", "KeyUsage": "ENCRYPT_DECRYPT"}},
        "get_key_rotation_status": {"KeyRotationEnabled": True},
    },
    "lambda": {
        "get_event_source_mapping": {"State": "Enabled", "LastProcessingResult": "OK"},
        "get_function_configuration": {
            "Environment": {
                "Variables": {
                    "MAIL_SENDER": "privacy@example.org",
                    "MAIL_INBOX": "staff@example.com",
                }
            }
        },
        "get_account_settings": {"AccountLimit": {"ConcurrentExecutions": 1000}},
    },
    "sqs": {"get_queue_attributes": {"Attributes": {"ApproximateNumberOfMessages": "0"}}},
    "iam": {
        "list_roles": {
            "Roles": [
                {
                    "RoleName": "DeployRole",
                    "AssumeRolePolicyDocument": {
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": {"Federated": f"arn:oidc-provider/{account.GITHUB}"},
                                "Condition": {
                                    "StringEquals": {
                                        f"{account.GITHUB}:aud": "sts.amazonaws.com",
                                        f"{account.GITHUB}:sub": (
                                            "repo:acme@12/privacy@345:environment:production"
                                        ),
                                    }
                                },
                            }
                        ]
                    },
                },
                {
                    "RoleName": "Other",
                    "AssumeRolePolicyDocument": {
                        "Statement": {"Effect": "Allow", "Principal": {"Service": "x"}}
                    },
                },
            ]
        }
    },
    "scheduler": {"get_schedule": {"State": "ENABLED"}},
    "sesv2": {
        "get_account": {
            "SendingEnabled": True,
            "ProductionAccessEnabled": True,
            "SendQuota": {"Max24HourSend": 50_000.0, "SentLast24Hours": 12.0},
        },
        "get_suppressed_destination": NotThere(),
        "get_email_identity": {
            "DkimAttributes": {"Status": "SUCCESS"},
            "MailFromAttributes": {
                "MailFromDomainStatus": "SUCCESS",
                "MailFromDomain": "bounce.example.org",
            },
        },
    },
    "sns": {
        "list_subscriptions_by_topic": {"Subscriptions": [{"SubscriptionArn": "arn:aws:sns:x"}]}
    },
    "cloudtrail": {
        "describe_trails": {"trailList": [{"Name": "calls", "TrailARN": "arn"}]},
        "get_trail_status": {"IsLogging": True},
    },
    "sts": {"get_caller_identity": {"Account": "123456789012"}},
    "budgets": {
        "describe_budgets": {
            "Budgets": [
                {
                    "BudgetLimit": {"Amount": "60", "Unit": "USD"},
                    "CalculatedSpend": {"ActualSpend": {"Amount": "14.5", "Unit": "USD"}},
                }
            ]
        }
    },
    "cloudwatch": {
        "get_metric_statistics": {"Datapoints": [{"Maximum": 900.0, "Sum": 1.0}]},
        "describe_alarm_history": {
            "AlarmHistoryItems": [
                {
                    "AlarmName": "privacy-prod-MailsFailed",
                    "HistorySummary": "Successfully executed action arn",
                }
            ]
        },
        "describe_alarms": {
            "MetricAlarms": [
                {
                    "AlarmName": "privacy-prod-ApiFaults",
                    "AlarmDescription": "Do so.",
                    "StateValue": "OK",
                    "ActionsEnabled": True,
                }
            ]
        },
    },
    "backup": {
        "describe_region_settings": {
            "ResourceTypeOptInPreference": {"DynamoDB": True},
            "ResourceTypeManagementPreference": {"DynamoDB": True},
        },
        "list_backup_jobs": {
            "BackupJobs": [
                {"ResourceArn": f"arn:aws:dynamodb:eu-west-1:1:table/{name}"} for name in BACKED_UP
            ]
        },
    },
    "apigateway": {
        "get_stage": {"tracingEnabled": False, "accessLogSettings": {"format": "{}"}},
        "get_domain_name": {
            "regionalCertificateArn": CERTIFICATE,
            "regionalDomainName": "d-1.execute-api.eu-west-1.amazonaws.com",
        },
    },
    "acm": {"describe_certificate": {"Certificate": {"NotAfter": NOW + timedelta(days=200)}}},
    "wafv2": {"get_web_acl_for_resource": WEB_ACL},
    "cognito-idp": {
        "describe_user_pool": {
            "UserPool": {
                "Arn": "arn:aws:cognito-idp:eu-west-1:1:userpool/eu-west-1_AbCdEfGhI",
                "MfaConfiguration": "ON",
                "DeletionProtection": "ACTIVE",
            }
        }
    },
}


@cache
def model(service: str) -> ServiceModel:
    """Return what a service takes and answers, as botocore has it."""
    return get_session().get_service_model(service)


class Answers:
    """A service's client that gives what it was told to; a list has its answers in their order.

    What is asked, and what is answered, fits the service's own model.
    """

    def __init__(self, service: str, answers: dict[str, Any]) -> None:
        self._answers = answers
        self._model = model(service)
        self.meta = type("Meta", (), {"region_name": "eu-west-1"})
        self.exceptions = type(
            "Exceptions", (), {"PolicyNotFoundException": NotThere, "NotFoundException": NotThere}
        )

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        answer = self._answers[operation]
        (asks,) = (
            self._model.operation_model(name)
            for name in self._model.operation_names
            if xform_name(name) == operation
        )

        def call(**asked: Any) -> Any:
            assert not ParamValidator().validate(asked, asks.input_shape).has_errors()
            if isinstance(answer, Exception):
                raise answer
            told = answer.pop(0) if isinstance(answer, list) else answer
            known(told, asks.output_shape)
            return told

        return call

    def get_paginator(self, operation: str) -> Any:
        return type(
            "Pages", (), {"paginate": lambda _, **more: [getattr(self, operation)(**more)]}
        )()


def known(told: Any, shape: Shape | None) -> None:
    """See that an answer has nothing that the service's model has not."""
    if isinstance(shape, StructureShape) and not shape.is_document_type:
        assert set(told) <= set(shape.members)
        for name, value in told.items():
            known(value, shape.members[name])
    elif isinstance(shape, ListShape):
        for value in told:
            known(value, shape.member)


@pytest.fixture(scope="module")
def resources() -> dict[str, Resource]:
    """What both stacks are made of; tables are called as in the catalogue."""
    context = {"domain": HOST, "certificate": CERTIFICATE}
    found = {
        name: Resource(each["Type"], PHYSICAL.get(each["Type"], name))
        for name, each in synth.template(context)["Resources"].items()
    }
    for row in TABLES:
        logical_id = f"{title(row.name)}Table"
        found[logical_id] = Resource("AWS::DynamoDB::Table", row.name)
    (host,) = (name for name, each in found.items() if each.kind == "AWS::ApiGateway::DomainName")
    found[host] = Resource(found[host].kind, HOST)
    return found


# What the DNS says where all is well, by name and kind.
RECORDS = {
    (HOST, dns.CNAME): ["d-1.execute-api.eu-west-1.amazonaws.com"],
    ("a._domainkey.example.org", dns.CNAME): ["a.dkim.amazonses.com"],
    ("_dmarc.example.org", dns.TXT): ["v=DMARC1; p=none"],
    ("example.com", dns.MX): ["mx.example.com"],
    ("bounce.example.org", dns.MX): ["feedback-smtp.eu-west-1.amazonses.com"],
    ("bounce.example.org", dns.TXT): ["something else", "v=spf1 include:amazonses.com ~all"],
}


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, int], list[str]]:
    """What the DNS says; tests change it."""
    told = dict(RECORDS)
    monkeypatch.setattr(dns, "ask", lambda name, kind: told.get((name, kind), []))
    monkeypatch.setattr(dns, "addresses", lambda _: set())
    return told


@pytest.fixture
def answers(
    monkeypatch: pytest.MonkeyPatch, records: dict[tuple[str, int], list[str]]
) -> dict[str, dict[str, Any]]:
    """What AWS answers; tests change it."""
    told = copy.deepcopy(WELL)
    stores = next(iter(synth.templates().values()))
    told["cloudformation"]["get_template"] = {"TemplateBody": copy.deepcopy(stores)}
    tables = of_type(stores, "AWS::DynamoDB::Table")
    told["dynamodb"]["get_resource_policy"]["Policy"] = json.dumps(
        tables["LedgerTable"]["Properties"]["ResourcePolicy"]["PolicyDocument"]
    )
    monkeypatch.setattr(Deployment, "client", lambda _, service: Answers(service, told[service]))
    officer = {"email": "a@example.org", "groups": ["privacy_officer"], "state": "active"}
    monkeypatch.setattr(staff, "members", lambda _: iter([officer]))
    return told


def found(resources: dict[str, Resource]) -> list[Finding]:
    return list(doctor.examined(Deployment(STACK, resources), NOW))


def test_the_doctor_knows_the_names_that_the_templates_have() -> None:
    """It cannot load the CDK, which takes a second, only to know two names."""
    assert checks.STAFF_POOL == POOL_ID
    assert tuple(BACKED_UP) == checks.BACKED_UP
    assert of_type(synth.template(), "AWS::SNS::Topic").keys().__len__() == 1


def test_where_all_is_well_each_area_says_so(
    resources: dict[str, Resource], answers: dict[str, Any]
) -> None:
    lines = found(resources)
    assert [line for line in lines if line.state != GOOD] == []
    assert [line.area for line in lines] == list(checks.ALL)


def refused(code: str, message: str = "no") -> ClientError:
    """Return what botocore raises for an answer that is none."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "DescribeKey")


TRUST = "Roles.0.AssumeRolePolicyDocument.Statement.0"
FOR_AWS = {f"{account.GITHUB}:aud": "sts.amazonaws.com"}
LIKE = {"StringEquals": FOR_AWS, "StringLike": {f"{account.GITHUB}:sub": "repo:acme/*"}}
ANY_BRANCH = FOR_AWS | {f"{account.GITHUB}:sub": "repo:acme@12/privacy@345:*"}
WRONG: list[tuple[str, str, str, Any, str]] = [
    ("cloudformation", "describe_stacks", "Stacks.0.StackStatus", "UPDATE_ROLLBACK_COMPLETE", "is"),
    ("cloudformation", "describe_stacks", "Stacks.0.EnableTerminationProtection", False, "may be"),
    ("dynamodb", "describe_table", "Table.TableStatus", "ARCHIVED", "is ARCHIVED"),
    ("dynamodb", "describe_table", "Table.DeletionProtectionEnabled", False, "may be deleted"),
    ("dynamodb", "describe_table", "Table.StreamSpecification.StreamEnabled", False, "no stream"),
    ("dynamodb", "describe_table", "Table.SSEDescription.SSEType", "AES256", "our key"),
    (
        "dynamodb",
        "describe_continuous_backups",
        "ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus",
        "DISABLED",
        "cannot be recovered",
    ),
    (
        "dynamodb",
        "describe_time_to_live",
        "TimeToLiveDescription.TimeToLiveStatus",
        "DISABLED",
        "let go",
    ),
    ("dynamodb", "get_resource_policy", "", NotThere(), "no longer refuses"),
    ("dynamodb", "get_resource_policy", "Policy", '{"Statement": []}', "no longer refuses"),
    ("iam", "list_roles", f"{TRUST}.Condition.StringEquals", {}, "tokens that are for"),
    ("iam", "list_roles", f"{TRUST}.Condition", LIKE, "names are alike"),
    ("iam", "list_roles", f"{TRUST}.Condition.StringEquals", ANY_BRANCH, "more than one"),
    ("kms", "describe_key", "KeyMetadata.KeyState", "PendingDeletion", "about to be deleted"),
    ("kms", "describe_key", "KeyMetadata.KeyState", "Disabled", "is Disabled"),
    ("kms", "get_key_rotation_status", "KeyRotationEnabled", False, "never rotated"),
    ("lambda", "get_event_source_mapping", "State", "Disabled", "hears nothing"),
    (
        "lambda",
        "get_event_source_mapping",
        "LastProcessingResult",
        "PROBLEM: Function call failed",
        "PROBLEM",
    ),
    ("lambda", "get_account_settings", "AccountLimit.ConcurrentExecutions", 10, "10 functions"),
    ("sqs", "get_queue_attributes", "Attributes.ApproximateNumberOfMessages", "3", "3 wait"),
    ("scheduler", "get_schedule", "State", "DISABLED", "is DISABLED"),
    ("sesv2", "get_account", "SendingEnabled", False, "paused"),
    ("sesv2", "get_account", "ProductionAccessEnabled", False, "sandbox"),
    ("sesv2", "get_account", "SendQuota.SentLast24Hours", 49_000.0, "49,000 of 50,000"),
    ("sesv2", "get_email_identity", "DkimAttributes.Status", "PENDING", "not proved"),
    (
        "sesv2",
        "get_email_identity",
        "MailFromAttributes.MailFromDomainStatus",
        "FAILED",
        "lost its records",
    ),
    ("sesv2", "get_email_identity", "", NotThere(), "not known"),
    (
        "sesv2",
        "get_suppressed_destination",
        "",
        {"SuppressedDestination": {"EmailAddress": "staff@example.com", "Reason": "BOUNCE"}},
        "SES sends nothing there",
    ),
    (
        "dynamodb",
        "describe_continuous_backups",
        "",
        refused("TableNotFoundException", "Table not found: ledger"),
        "it is not there: Table not found: ledger",
    ),
    (
        "cloudformation",
        "describe_stacks",
        "",
        refused("ValidationError", "Stack with id privacy-prod does not exist"),
        "is not there",
    ),
    (
        "sns",
        "list_subscriptions_by_topic",
        "Subscriptions.0.SubscriptionArn",
        "PendingConfirmation",
        "nobody",
    ),
    ("cloudwatch", "describe_alarms", "MetricAlarms.0.StateValue", "ALARM", "rings"),
    ("cloudwatch", "describe_alarms", "MetricAlarms.0.ActionsEnabled", False, "muted"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", [], "no alarms"),
    (
        "cloudwatch",
        "describe_alarm_history",
        "AlarmHistoryItems.0.HistorySummary",
        "Failed to execute action arn",
        "did not take it",
    ),
    (
        "cloudwatch",
        "get_metric_statistics",
        "Datapoints",
        [{"Maximum": 3_600_000.0, "Sum": 1.0}],
        "60 minutes behind",
    ),
    ("cloudwatch", "get_metric_statistics", "Datapoints", [], "did not run in 26 hours"),
    ("cloudtrail", "describe_trails", "trailList", [], "no trail"),
    ("cloudtrail", "get_trail_status", "IsLogging", False, "no trail"),
    ("budgets", "describe_budgets", "Budgets", [], "no budget"),
    (
        "budgets",
        "describe_budgets",
        "Budgets.0.CalculatedSpend.ActualSpend.Amount",
        "75",
        "75.00 of 60.00",
    ),
    (
        "backup",
        "describe_region_settings",
        "ResourceTypeOptInPreference.DynamoDB",
        False,
        "leaves DynamoDB out",
    ),
    ("backup", "list_backup_jobs", "BackupJobs", [], "no backup of the last two days"),
    ("apigateway", "get_stage", "tracingEnabled", True, "X-Ray"),
    ("apigateway", "get_stage", "accessLogSettings", {}, "not logged"),
    ("wafv2", "get_web_acl_for_resource", "", [{}, WEB_ACL], "no firewall stands before it"),
    ("wafv2", "get_web_acl_for_resource", "", [WEB_ACL, {}], "before the sign-in"),
    (
        "acm",
        "describe_certificate",
        "Certificate.NotAfter",
        NOW + timedelta(days=20),
        "ends on 22 March 2026",
    ),
    (
        "cognito-idp",
        "describe_user_pool",
        "UserPool.MfaConfiguration",
        "OPTIONAL",
        "password alone",
    ),
    ("cognito-idp", "describe_user_pool", "UserPool.DeletionProtection", "INACTIVE", "may be"),
]


@pytest.mark.parametrize(
    ("service", "operation", "place", "value", "said"),
    WRONG,
    ids=lambda part: str(part)[:40] if isinstance(part, str) else "",
)
def test_each_thing_that_is_wrong_is_found_with_its_mend(
    resources: dict[str, Resource],
    answers: dict[str, Any],
    service: str,
    operation: str,
    place: str,
    value: Any,
    said: str,
) -> None:
    if place:
        *way, last = place.split(".")
        inner = answers[service][operation]
        for step in way:
            inner = inner[int(step)] if step.isdigit() else inner[step]
        inner[last] = value
    else:
        answers[service][operation] = value
    wrong = [line for line in found(resources) if line.state != GOOD]
    assert wrong
    assert {line.state for line in wrong} == {BAD}
    assert len({line.area for line in wrong}) == 1, "and nothing else"
    assert all(said in line.what or len(wrong) > 1 for line in wrong)
    assert any(said in line.what for line in wrong)
    assert all(line.mend for line in wrong)
    for line in wrong:
        for words in of_shell(line.mend):
            check(words)


MISSING = {
    (HOST, dns.CNAME): "does not lead to the API",
    ("a._domainkey.example.org", dns.CNAME): "is not what proves our mail",
    ("_dmarc.example.org", dns.TXT): "(DMARC)",
    ("example.com", dns.MX): "takes none (MX)",
    ("bounce.example.org", dns.MX): "are lost",
    ("bounce.example.org", dns.TXT): "(SPF)",
}


@pytest.mark.parametrize("missing", RECORDS)
@pytest.mark.parametrize("instead", [[], ["v=of something else"]], ids=["none", "another"])
def test_a_record_that_the_dns_lacks_or_has_otherwise_is_told(
    resources: dict[str, Resource],
    answers: dict[str, Any],
    records: dict[tuple[str, int], list[str]],
    missing: tuple[str, int],
    instead: list[str],
) -> None:
    """The mend is the record itself, as it has to stand there, but for what is ours to choose."""
    records[missing] = instead
    wrong = [line for line in found(resources) if line.state != GOOD]
    if missing == ("example.com", dns.MX) and instead:
        assert wrong == [], "any server that takes mail will do"
        return
    (line,) = wrong
    assert (line.area, line.state) == ("names", BAD)
    assert MISSING[missing] in line.what
    assert line.mend


def test_a_name_with_the_apis_own_addresses_leads_there_as_an_alias_does(
    resources: dict[str, Resource],
    answers: dict[str, Any],
    records: dict[tuple[str, int], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records[HOST, dns.CNAME] = []
    monkeypatch.setattr(dns, "addresses", lambda _: {"192.0.2.1"})
    assert [line for line in found(resources) if line.state != GOOD] == []


def drifted(answers: dict[str, Any], status: str = "DRIFTED") -> None:
    """Let the deployed stack say whether it is as it was deployed."""
    stack = answers["cloudformation"]["describe_stacks"]["Stacks"][0]
    stack["DriftInformation"]["StackDriftStatus"] = status


def test_what_was_changed_by_hand_is_named_but_not_what_aws_writes_otherwise(
    resources: dict[str, Resource], answers: dict[str, Any]
) -> None:
    drifted(answers)
    as_aws_writes = {
        "PropertyPath": "/AccessLogSetting/DestinationArn",
        "ExpectedValue": "arn:aws:logs:eu-west-1:1:log-group:a:*",
        "ActualValue": "arn:aws:logs:eu-west-1:1:log-group:a",
    }
    by_hand = {"PropertyPath": "/TracingEnabled", "ExpectedValue": "false", "ActualValue": "true"}
    drift = {
        "LogicalResourceId": "Stage",
        "StackResourceDriftStatus": "MODIFIED",
        "PropertyDifferences": [as_aws_writes],
    }
    gone = {"LogicalResourceId": "Rule", "StackResourceDriftStatus": "DELETED"}
    drifts = answers["cloudformation"]["describe_stack_resource_drifts"]
    drifts["StackResourceDrifts"] = [drift]
    assert [line for line in found(resources) if line.state != GOOD] == []
    drifts["StackResourceDrifts"] = [drift, gone]
    drift["PropertyDifferences"] = [as_aws_writes, by_hand]
    assert [line.what for line in found(resources) if line.state != GOOD] == [
        "Stage was changed by hand: /TracingEnabled",
        "Rule was deleted by hand",
    ]


def test_what_was_changed_by_hand_is_read_page_by_page(
    resources: dict[str, Resource], answers: dict[str, Any]
) -> None:
    drifted(answers)
    pages = [
        {
            "StackResourceDrifts": [
                {"LogicalResourceId": name, "StackResourceDriftStatus": "DELETED"}
            ],
            "NextToken": "more",
        }
        for name in ("First", "Second")
    ]
    del pages[1]["NextToken"]
    # Each of both stacks has two pages.
    answers["cloudformation"]["describe_stack_resource_drifts"] = pages * 2
    assert [line.what for line in found(resources) if line.state != GOOD] == [
        "First was deleted by hand",
        "Second was deleted by hand",
    ]


def test_that_nobody_looked_for_changes_by_hand_is_said_with_how_to(
    resources: dict[str, Resource], answers: dict[str, Any]
) -> None:
    drifted(answers, "NOT_CHECKED")
    (line,) = (line for line in found(resources) if line.area == "stacks")
    assert line.state == GOOD
    assert "nobody looked" in line.what
    for words in of_shell(line.mend):
        check(words)


def test_a_refusal_that_lets_one_more_off_is_told(
    resources: dict[str, Resource], answers: dict[str, Any]
) -> None:
    """Whoever was added to those who may remove is not in the template."""
    told = answers["dynamodb"]["get_resource_policy"]
    policy = json.loads(told["Policy"])
    spared = policy["Statement"][1]["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    spared.append("arn:aws:iam::123456789012:role/another")
    told["Policy"] = json.dumps(policy)
    wrong = [line.what for line in found(resources) if line.state != GOOD]
    assert any("ledger no longer refuses dynamodb:DeleteItem" in what for what in wrong)


def test_no_answer_of_the_dns_is_not_taken_for_a_record_that_is_missing(
    resources: dict[str, Resource], answers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(name: str, _: int) -> list[str]:
        raise dns.Unanswered(f"the DNS gave no answer about {name}")

    monkeypatch.setattr(dns, "ask", silent)
    (line,) = (line for line in found(resources) if line.state != GOOD)
    assert (line.area, line.state) == ("names", UNSEEN)
    assert line.mend


def test_a_staff_without_an_officer_is_told(
    resources: dict[str, Resource], answers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    invited = {"email": "a@example.org", "groups": ["privacy_officer"], "state": "invited"}
    monkeypatch.setattr(staff, "members", lambda _: iter([invited]))
    (wrong,) = (line for line in found(resources) if line.state != GOOD)
    assert "no privacy officer" in wrong.what
    assert wrong.mend == "python -m ops staff --stack privacy-prod add EMAIL privacy_officer"


@pytest.mark.parametrize(
    "fault",
    [
        refused("AccessDenied"),
        EndpointConnectionError(endpoint_url="https://kms"),
        KeyError("KeyMetadata"),
    ],
    ids=["refused", "unreachable", "answered otherwise"],
)
def test_what_cannot_be_seen_is_said_and_stops_no_other_check(
    resources: dict[str, Resource], answers: dict[str, Any], fault: Exception
) -> None:
    answers["kms"]["describe_key"] = fault
    lines = found(resources)
    assert [line.area for line in lines if line.state == UNSEEN] == ["keys"]
    assert [line.area for line in lines] == list(checks.ALL)


def test_a_deployment_that_stands_by_half_is_told_so(
    resources: dict[str, Resource], answers: dict[str, Any]
) -> None:
    """The stores stand and the service does not: what it lacks is said area by area."""
    names = next(iter(synth.templates().values()))["Resources"]
    lines = found({name: one for name, one in resources.items() if name in names})
    assert {line.area for line in lines} == set(checks.ALL)
    wrong = {line.area: line for line in lines if line.state == BAD}
    assert {"mail", "alarms", "api", "streams", "dead letters", "schedules"} <= set(wrong)
    assert wrong["api"].what == "neither stack has AWS::ApiGateway::RestApi"
    assert all(line.mend for line in wrong.values())


def test_a_trial_need_not_be_protected(
    resources: dict[str, Resource], answers: dict[str, Any]
) -> None:
    answers["cloudformation"]["describe_stacks"]["Stacks"][0]["EnableTerminationProtection"] = False
    answers["dynamodb"]["describe_table"]["Table"]["DeletionProtectionEnabled"] = False
    lines = doctor.examined(Deployment("privacy-test", resources), NOW)
    assert [line for line in lines if line.state != GOOD] == []


def test_the_command_prints_a_line_each_or_json_and_says_by_its_code_whether_all_is_well(
    resources: dict[str, Resource],
    answers: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answers["acm"]["describe_certificate"]["Certificate"]["NotAfter"] = datetime.now(
        UTC
    ) + timedelta(days=99)
    monkeypatch.setattr(Deployment, "of", lambda stack: Deployment(stack, resources))
    assert main(["doctor", "--stack", STACK]) == 0
    assert "ok       keys: 3 enabled" in capsys.readouterr().out
    answers["sesv2"]["get_account"]["SendingEnabled"] = False
    assert main(["doctor", "--stack", STACK]) == 1
    said = capsys.readouterr().out
    assert "BAD      mail: sending is paused" in said
    assert "         -> docs/operations/runbooks/mails-paused.md" in said
    assert main(["doctor", "--stack", STACK, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert {"area", "state", "what", "mend"} == set(told[0])


def test_every_page_that_it_sends_to_is_there() -> None:
    folder = Path(checks.__file__).parent
    written = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    pages = set(re.findall(r"docs/[\w/-]+\.md", written))
    assert pages
    root = Path(__file__).parent.parent.parent
    assert [page for page in pages if not (root / page).exists()] == []
