"""Each function runs with exactly what its row of the catalogue grants (S11, S51).

While a function works, every AWS call it makes is looked up in its role's policy in the
synthesised template (exact action, exact resource) and in the table's own refusals; and its
environment holds its own row's names and no others. tests/granted.py is the evaluator.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.core.authorization import enable_iam_authentication
from moto.iam.access_control import IAMPolicy, PermissionResult

from infra.catalogue import FUNCTIONS
from local import aws_calls
from local.cloud import ACCOUNT, REGION, STACK, Cloud
from local.functions import Functions, Handler
from shared.edge import current_time
from shared.storage import secrets, signing_keys
from tests import used_grants
from tests.conditions import Conditions
from tests.conftest import ENGINE
from tests.granted import allowed, refused
from tests.infra.reading import granted_to, resources
from tests.support import NOW
from tests.walk import Walk, somebody

ROW_NAMES = re.compile("(TABLE|SECRET|KEY|BUS|BUCKET)_|API_URL$|MAIL_|SOURCES$|VISIT_PARAMETERS$")

# What the journeys must have been seen to do, so that a blind watch cannot pass.
SEEN = {
    ("consent", "dynamodb:GetItem", "LedgerTable"),
    ("consent", "dynamodb:PutItem", "LedgerTable"),
    ("consent", "dynamodb:Query", "LedgerTable"),
    ("consent", "kms:Sign", "ReceiptsSigningKey"),
    ("consent", "secretsmanager:GetSecretValue", "IdentitySecret"),
    ("contact", "dynamodb:UpdateItem", "TokensTable"),
    ("contact", "dynamodb:PutItem", "LedgerTable"),
    ("contact", "dynamodb:PutItem", "RecordsTable"),
    ("contact", "dynamodb:PutItem", "ConsentStatesTable"),
    ("preferences", "dynamodb:BatchGetItem", "ConsentStatesTable"),
    ("preferences", "dynamodb:UpdateItem", "TokensTable"),
    ("preferences", "dynamodb:PutItem", "LedgerTable"),
    ("preferences", "dynamodb:PutItem", "TokensTable"),
    ("preferences", "dynamodb:Query", "RecordsTable"),
    ("notifications", "dynamodb:PutItem", "TokensTable"),
    ("notifications", "dynamodb:UpdateItem", "TokensTable"),
    ("notifications", "events:PutEvents", "DomainBus"),
    ("notifications", "ses:SendRawEmail", "MailIdentity"),
}


class Watch(used_grants.Watch):
    """Also gives each function the environment of its own row, and nothing that others read.

    One function runs at a time, so that calls from its own threads are known to be its.
    """

    def __init__(self, functions: Functions) -> None:
        super().__init__(functions)
        self.functions = functions
        self.conditions = Conditions(functions.cloud)
        self.unmet: set[str] = set()

    def note(self, service: str, operation: str, params: Mapping[str, Any]) -> None:
        """Also ask whether the conditions of the grants hold, of the stores' key as well."""
        super().note(service, operation, params)
        if (name := used_grants.running()) is not None:
            found = self.conditions.unmet(name, service, operation, params, self.names)
            self.unmet.update(found)

    def around(self, name: str, handler: Handler) -> Handler:
        """Run a handler under watch, with the environment of its own row alone."""
        plain = super().around(name, handler)

        def watched(event: Any, context: Any) -> Any:
            with pytest.MonkeyPatch.context() as patch:
                for variable in [known for known in os.environ if ROW_NAMES.match(known)]:
                    patch.delenv(variable)
                for variable, value in self.functions.cloud.environment(name).items():
                    patch.setenv(variable, value)
                # Lambda's processes share nothing: what another function read is not here.
                signing_keys.public_keys.cache_clear()
                for known in vars(secrets).values():
                    if getattr(known, "__module__", None) == secrets.__name__:
                        known.cache_clear()
                return plain(event, context)

        return watched


@pytest.fixture
def watch(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    seen = Watch(functions)
    watched = {name: seen.around(name, run) for name, run in functions.handlers.items()}
    monkeypatch.setattr(functions, "handlers", watched)
    monkeypatch.setattr(functions, "serial", True)
    with aws_calls.seen(used_grants.SERVICES, seen.note):
        yield seen


@pytest.mark.usefixtures("cloud")
def test_every_journey_stays_within_its_functions_role_and_environment(
    functions: Functions, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S11, S51."""
    monkeypatch.setattr(current_time, "now", lambda: NOW)
    Walk(functions, somebody("198.51.100.201")).everywhere()
    beyond = [call for call in sorted(watch.calls) if not allowed(functions.cloud.template, *call)]
    assert not beyond
    assert not watch.unmet
    assert watch.calls >= SEEN
    with_stores = {row.name for row in FUNCTIONS if row.tables}
    assert {function for function, _, _ in watch.calls} == with_stores
    _as_motos_evaluator_says(functions.cloud, watch.calls)


def _as_motos_evaluator_says(cloud: Cloud, calls: set[used_grants.Call]) -> None:
    """Ask for a second opinion, on whole ARNs with their wildcards; it knows no conditions."""
    policies = {row.name: deployed_policy(cloud, row.name) for row in FUNCTIONS}

    def permitted(function: str, action: str, to: str) -> bool:
        said = policies[function].is_action_permitted(action, arn(cloud, to))
        return said == PermissionResult.PERMITTED

    assert not [call for call in sorted(calls) if not permitted(*call)]
    for call in {(name, action, to) for _, action, to in SEEN for name in policies} - calls:
        assert permitted(*call) == allowed(cloud.template, *call), call


def test_motos_own_enforcement_refuses_a_role_that_names_its_resources(
    functions: Functions,
) -> None:
    """Why functions do not run under it: it asks for `*` of every action, and of no resource."""
    if ENGINE != "moto":
        pytest.skip("the embedded engine's")
    iam = boto3.client("iam")
    trusts = '{"Version": "2012-10-17", "Statement": []}'
    role = iam.create_role(RoleName="consent", AssumeRolePolicyDocument=trusts)["Role"]["Arn"]
    policy = json.dumps(deployed_policy(functions.cloud, "consent")._policy_json)
    iam.put_role_policy(RoleName="consent", PolicyName="own", PolicyDocument=policy)
    taken = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="consent")["Credentials"]
    as_consent = boto3.Session(
        taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"]
    ).client("dynamodb")
    asked = {
        "TableName": functions.cloud.table("LedgerTable"),
        "Key": {"subject": {"S": "c_"}, "sequence": {"N": "1"}},
    }
    assert "Item" not in as_consent.get_item(**asked)
    with enable_iam_authentication(), pytest.raises(ClientError, match="AccessDenied"):
        as_consent.get_item(**asked)
    iam.delete_role_policy(RoleName="consent", PolicyName="own")
    iam.delete_role(RoleName="consent")


def deployed_policy(cloud: Cloud, function: str) -> IAMPolicy:
    """Return a role's policy as it is deployed, ARNs and all, but without its conditions."""
    statements = [
        {
            "Effect": each["Effect"],
            "Action": each["Action"],
            "Resource": [cloud.resolve(resource) for resource in resources(each)],
        }
        for each in granted_to(cloud.template, function)
    ]
    return IAMPolicy(json.dumps({"Version": "2012-10-17", "Statement": statements}))


def arn(cloud: Cloud, named: str) -> str:
    """Return the ARN of what a call is about: a resource, an index of it, an object in it."""
    place, between, part = named.partition("/")
    match place:
        case "MailIdentity":
            return f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{cloud.resources[place]['Ref']}"
        case "MailEvents":
            return (
                f"arn:aws:ses:{REGION}:{ACCOUNT}:configuration-set/{cloud.resolve({'Ref': place})}"
            )
        case "Alarms":
            return f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{STACK}-{place}"
    known = cloud.resources[place]
    return known.get("Arn", known["Ref"]) + between + part.replace("*", "an/object")


@pytest.mark.skipif("RECORD_GRANTS" in os.environ, reason="they are being named")
def test_every_grant_is_needed_by_a_test_that_is_named(
    functions: Functions, request: pytest.FixtureRequest
) -> None:
    """S11: `make grants` names one for each; tests/conftest.py sees that it makes the call."""
    granted = {
        grant
        for row in FUNCTIONS
        for grant in used_grants.grants(functions.cloud.template, row.name)
        if used_grants.ours(grant)
    }
    named = {call for calls in used_grants.needed_by().values() for call in calls}
    assert sorted(granted - named) == [], "granted, and needed by nothing"
    assert sorted(named - granted) == [], "no longer granted"
    collected = {item.nodeid for item in request.session.items}
    whole = {test.partition("::")[0] for test in collected} if _whole_files(request) else set()
    for test in used_grants.needed_by():
        assert used_grants.stands(test), test
        assert test in collected or test.partition("::")[0] not in whole, f"no such case: {test}"


def _whole_files(request: pytest.FixtureRequest) -> bool:
    """Tell whether no test of a file that runs was left out."""
    named = any("::" in word for word in request.config.args)
    return not (named or request.config.option.keyword)


def test_a_grant_keeps_its_test_until_that_is_gone_or_runs_without_the_call() -> None:
    """So that recording a few tests leaves alone what others are named for."""
    named, other, gone = (
        f"tests/test_least_privilege.py::{name}"
        for name in (used_grants.WALK, "test_what_must_not_be_is_not_granted[1]", "test_of_before")
    )
    first, second = ("consent", "dynamodb:GetItem", "T"), ("consent", "dynamodb:PutItem", "T")
    before = {named: {first}, gone: {second}}
    record = used_grants.Record()

    def chosen() -> list[str]:
        return list(used_grants.choose(record, {first, second}, before)["consent"].values())

    assert chosen() == [named], "and what nobody needs is left out"
    record.add(other, {first, second})
    assert chosen() == [named, other]
    record.add(named, set())
    assert chosen() == [other, other]


def test_what_aws_does_itself_is_granted_where_it_does_it(functions: Functions) -> None:
    """Streams are read and failures set aside for workers alone; each function logs."""
    for row in FUNCTIONS:
        kinds = {
            action.partition(":")[0] + ("" if "Stream" not in action else ":Stream")
            for _, action, _ in used_grants.grants(functions.cloud.template, row.name)
            if used_grants.AWS_DOES.match(action)
        }
        assert "logs:Stream" in kinds or "logs" in kinds
        assert ("sqs" in kinds) == bool(row.streams), row.name
        assert ("dynamodb:Stream" in kinds) == bool(row.streams), row.name
        assert ("kms" in kinds) == bool(row.tables), row.name


def test_the_evaluator_itself_refuses_what_is_not_granted_or_is_of_another_resource(
    functions: Functions,
) -> None:
    template = functions.cloud.template
    assert allowed(template, "consent", "dynamodb:PutItem", "LedgerTable")
    assert not allowed(template, "consent", "dynamodb:PutItem", "RecordsTable")
    assert not allowed(template, "notifications", "dynamodb:GetRecords", "LedgerTable"), (
        "its stream is"
    )
    assert not allowed(template, "consent", "dynamodb:Put", "LedgerTable")
    assert allowed(template, "desk", "dynamodb:Query", "RequestsTable/index/work")
    assert not allowed(template, "access", "dynamodb:Query", "RequestsTable/index/work")
    assert allowed(template, "fulfilment", "s3:ListBucket", "ExportsBucket")
    assert not allowed(template, "fulfilment", "s3:ListBucket", "ExportsBucket/*")
    assert allowed(template, "retention", "dynamodb:DeleteItem", "LedgerTable"), "spared"


@pytest.mark.parametrize(
    ("function", "service", "operation", "told", "unmet"),
    [
        ("visits", "dynamodb", "PutItem", {"Item": {"person": "c_a"}}, []),
        ("visits", "dynamodb", "PutItem", {"Item": {"person": "p_a"}}, ["dynamodb:PutItem"]),
        ("notifications", "sesv2", "SendEmail", {"FromEmailAddress": "A <a@b.example>"}, ["ses:"]),
        ("deadlines", "dynamodb", "Query", {}, ["dynamodb:Query", "kms:Decrypt"]),
    ],
)
def test_the_conditions_of_a_grant_refuse_what_is_not_as_they_say(
    functions: Functions, function: str, service: str, operation: str, told: Any, unmet: list[str]
) -> None:
    names = {functions.cloud.table("RecordsTable"): "RecordsTable"}
    params = {"TableName": functions.cloud.table("RecordsTable"), **told}
    found = Conditions(functions.cloud).unmet(function, service, operation, params, names)
    said = [line.partition(": ")[2] for line in found]
    assert all(any(line.startswith(part) for line in said) for part in unmet)
    assert bool(said) == bool(unmet)


# The one function that removes what is due.
RETENTION = "retention"
APPEND_ONLY = ("AuditTable", "LedgerTable")
FORBIDDEN = [
    ("consent", "dynamodb:Query", "RecordsTable"),
    ("consent", "dynamodb:GetItem", "TokensTable"),
    ("consent", "events:PutEvents", "DomainBus"),
    ("contact", "dynamodb:DeleteItem", "RecordsTable"),
    ("contact", "dynamodb:UpdateItem", "RecordsTable"),
    ("contact", "dynamodb:PutItem", "TokensTable"),
    ("contact", "ses:SendEmail", "MailIdentity"),
    ("preferences", "dynamodb:DeleteItem", "RecordsTable"),
    ("preferences", "dynamodb:DeleteItem", "ConsentStatesTable"),
    ("preferences", "ses:SendRawEmail", "MailIdentity"),
    ("notifications", "dynamodb:PutItem", "LedgerTable"),
    ("notifications", "dynamodb:Query", "LedgerTable"),
    ("notifications", "dynamodb:PutItem", "RecordsTable"),
    ("notifications", "dynamodb:DeleteItem", "RecordsTable"),
    *(
        (name, "kms:Sign", "ReceiptsSigningKey")
        for name in ("contact", "preferences", "notifications")
    ),
    ("access", "dynamodb:Query", "RecordsTable"),
    ("access", "s3:PutObject", "ExportsBucket/*"),
    ("visits", "dynamodb:Query", "RecordsTable"),
    ("visits", "dynamodb:GetItem", "RecordsTable"),
    ("visits", "dynamodb:PutItem", "LedgerTable"),
    ("desk", "dynamodb:DeleteItem", "RecordsTable"),
    ("desk", "dynamodb:DeleteItem", "ConsentStatesTable"),
    ("desk", "s3:DeleteObject", "ExportsBucket/*"),
    ("desk", "ses:SendEmail", "MailIdentity"),
    ("aggregation", "dynamodb:PutItem", "RecordsTable"),
    # An erasure appends a withdrawal in each browser that was the person's; it changes none.
    ("fulfilment", "dynamodb:UpdateItem", "LedgerTable"),
    ("fulfilment", "dynamodb:PutItem", "AuditTable"),
    ("deadlines", "dynamodb:Query", "RecordsTable"),
    ("retention", "dynamodb:Query", "RecordsTable"),
    ("retention", "dynamodb:PutItem", "LedgerTable"),
    ("retention", "s3:GetObject", "ExportsBucket/*"),
    *((row.name, "dynamodb:UpdateItem", "LedgerTable") for row in FUNCTIONS),
    *((row.name, "dynamodb:UpdateItem", "AuditTable") for row in FUNCTIONS),
    *(
        (row.name, "dynamodb:DeleteItem", "LedgerTable")
        for row in FUNCTIONS
        if row.name != RETENTION
    ),
    *(
        (row.name, "dynamodb:DeleteItem", "AuditTable")
        for row in FUNCTIONS
        if row.name != RETENTION
    ),
    *((row.name, "dynamodb:Scan", table) for row in FUNCTIONS for table in APPEND_ONLY),
]


@pytest.mark.parametrize(("function", "action", "resource"), FORBIDDEN)
def test_what_must_not_be_is_not_granted(
    functions: Functions, function: str, action: str, resource: str
) -> None:
    """S11, S51."""
    assert resource.partition("/")[0] in functions.cloud.template["Resources"]
    assert not allowed(functions.cloud.template, function, action, resource)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_evidence_itself_refuses_changes_and_removals_from_everybody(
    functions: Functions, table: str
) -> None:
    """S51: administrators of the account too; only retention is spared, and only for removals.

    The policy itself is changed by deployments alone.
    """
    template = functions.cloud.template
    changes = {f"dynamodb:{name}" for name in ("UpdateItem", "BatchWriteItem", "PartiQLUpdate")}
    removals = {"dynamodb:DeleteItem", "dynamodb:PartiQLDelete"}
    policy = {"dynamodb:PutResourcePolicy", "dynamodb:DeleteResourcePolicy"}
    assert refused(template, table) == changes | removals | policy
    for row in FUNCTIONS:
        spared = removals if row.name == RETENTION else set()
        assert refused(template, table, row.name) == (changes | removals | policy) - spared
