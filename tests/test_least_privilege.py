"""Each function runs with exactly what its row of the catalogue grants (S11, S51).

While a function works, every AWS call it makes is looked up in its role's policy in the
synthesised template (exact action, exact resource) and in the table's own refusals; and its
environment holds its own row's names and no others. This evaluator is our own; it does not
see conditions (`kms:ViaService`), key policies, or what the account adds above the stack.
"""

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from infra.catalogue import FUNCTIONS
from local.functions import Functions, Handler
from shared.edge import clock
from shared.storage import secrets
from shared.storage.aws import client
from tests.infra.reading import actions, granted_to, resources
from tests.support import NOW
from tests.walk import Walk, somebody

SERVICES = ("dynamodb", "secretsmanager", "kms", "sesv2", "events")
MEMBERS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
IAM_NAMES = {"sesv2": "ses"}
ROW_NAMES = re.compile("(TABLE|SECRET|KEY|BUS)_|API_URL$|MAIL_")

Call = tuple[str, str, str]

# What the journeys must have been seen to do, so that a blind watch cannot pass.
SEEN = {
    ("consent", "dynamodb:GetItem", "LedgerTable"),
    ("consent", "dynamodb:PutItem", "LedgerTable"),
    ("consent", "dynamodb:Query", "LedgerTable"),
    ("consent", "kms:Sign", "ReceiptsSigningKey"),
    ("consent", "secretsmanager:GetSecretValue", "IdentitySecret"),
    ("contact", "dynamodb:DeleteItem", "TokensTable"),
    ("contact", "dynamodb:PutItem", "LedgerTable"),
    ("contact", "dynamodb:PutItem", "RecordsTable"),
    ("contact", "dynamodb:PutItem", "StandingsTable"),
    ("preferences", "dynamodb:BatchGetItem", "StandingsTable"),
    ("preferences", "dynamodb:DeleteItem", "TokensTable"),
    ("preferences", "dynamodb:PutItem", "LedgerTable"),
    ("preferences", "dynamodb:PutItem", "TokensTable"),
    ("preferences", "dynamodb:Query", "RecordsTable"),
    ("courier", "dynamodb:PutItem", "TokensTable"),
    ("courier", "dynamodb:UpdateItem", "TokensTable"),
    ("courier", "events:PutEvents", "DomainBus"),
    ("courier", "ses:SendRawEmail", "MailIdentity"),
}


class Watch:
    """Records (function, action, resource) of every call while a function runs.

    One function runs at a time, so that calls from its own threads are known to be its.
    """

    def __init__(self, functions: Functions) -> None:
        self.functions = functions
        self.running: str | None = None
        self.calls: set[Call] = set()
        self._names = {
            name: logical_id
            for logical_id, attributes in functions.cloud.resources.items()
            for name in (attributes["Ref"], attributes.get("Arn", attributes["Ref"]))
        }

    def around(self, name: str, handler: Handler) -> Handler:
        """Run a handler under watch, with the environment of its own row alone."""

        def watched(event: Any, context: Any) -> Any:
            with pytest.MonkeyPatch.context() as patch:
                for variable in [known for known in os.environ if ROW_NAMES.match(known)]:
                    patch.delenv(variable)
                for variable, value in self.functions.cloud.environment(name).items():
                    patch.setenv(variable, value)
                # Lambda's processes share nothing: what another function read is not here.
                secrets.identity.cache_clear()
                self.running = name
                try:
                    return handler(event, context)
                finally:
                    self.running = None

        return watched

    def note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        """See one call as botocore is about to send it."""
        if self.running is None:  # the test's own
            return
        service = model.service_model.service_name
        for action, resource in self._targets(model.name, params):
            called = f"{IAM_NAMES.get(service, service)}:{action}"
            self.calls.add((self.running, called, resource))

    def _targets(self, operation: str, params: dict[str, Any]) -> Iterator[tuple[str, str]]:
        match operation:
            case "TransactWriteItems":
                for member in params["TransactItems"]:
                    ((kind, write),) = member.items()
                    yield MEMBERS[kind], self._names[write["TableName"]]
            case "BatchGetItem":
                for table in params["RequestItems"]:
                    yield operation, self._names[table]
            case "SendEmail":
                yield from (("SendEmail", "MailIdentity"), ("SendRawEmail", "MailIdentity"))
            case "PutEvents":
                for entry in params["Entries"]:
                    yield operation, self._names[entry["EventBusName"]]
            case _:
                place = params.get("TableName") or params.get("SecretId") or params["KeyId"]
                suffix = "/index/" + params["IndexName"] if "IndexName" in params else ""
                yield operation, self._names[place] + suffix


@pytest.fixture
def watch(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    seen = Watch(functions)
    watched = {name: seen.around(name, run) for name, run in functions.handlers.items()}
    monkeypatch.setattr(functions, "handlers", watched)
    monkeypatch.setattr(functions, "serial", True)
    for service in SERVICES:
        client(service).meta.events.register("provide-client-params", seen.note)
    yield seen
    for service in SERVICES:
        client(service).meta.events.unregister("provide-client-params", seen.note)


def allowed(template: Mapping[str, Any], function: str, action: str, resource: str) -> bool:
    granted = any(
        action in actions(statement) and resource in map(_name, resources(statement))
        for statement in granted_to(template, function)
        if statement["Effect"] == "Allow"
    )
    return granted and action not in refused(template, resource)


def _name(resource: Any) -> str:
    """Name what a statement's resource is; something of a resource, like its stream, is not it."""
    match resource:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), "Arn"]}:
            return name
        case {"Fn::Join": ["", [*_, str(before), {"Ref": str(name)}]]} if before.endswith(
            ":identity/"
        ):
            return name
        case _:
            return ""


def refused(template: Mapping[str, Any], resource: str) -> set[str]:
    """Give the actions that a resource's own policy refuses to everybody."""
    properties = template["Resources"][resource]["Properties"]
    policy = properties.get("ResourcePolicy", {}).get("PolicyDocument", {"Statement": []})
    return {
        action
        for statement in policy["Statement"]
        if statement["Effect"] == "Deny"
        and statement["Principal"] == "*"
        and "Condition" not in statement
        for action in actions(statement)
    }


@pytest.mark.usefixtures("cloud")
def test_every_journey_stays_within_its_functions_role_and_environment(
    functions: Functions, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S11, S51."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    Walk(functions, somebody("198.51.100.201")).everywhere()
    assert {function for function, _, _ in watch.calls} == {row.name for row in FUNCTIONS}
    assert watch.calls >= SEEN
    beyond = [call for call in sorted(watch.calls) if not allowed(functions.cloud.template, *call)]
    assert not beyond


def test_the_evaluator_itself_refuses_what_is_not_granted_or_is_of_another_resource(
    functions: Functions,
) -> None:
    template = functions.cloud.template
    assert allowed(template, "consent", "dynamodb:PutItem", "LedgerTable")
    assert not allowed(template, "consent", "dynamodb:PutItem", "RecordsTable")
    assert not allowed(template, "courier", "dynamodb:GetRecords", "LedgerTable"), "its stream is"
    assert not allowed(template, "consent", "dynamodb:Put", "LedgerTable")


FORBIDDEN = [
    ("consent", "dynamodb:Query", "RecordsTable"),
    ("consent", "dynamodb:GetItem", "TokensTable"),
    ("consent", "events:PutEvents", "DomainBus"),
    ("contact", "dynamodb:DeleteItem", "RecordsTable"),
    ("contact", "dynamodb:UpdateItem", "RecordsTable"),
    ("contact", "dynamodb:PutItem", "TokensTable"),
    ("contact", "ses:SendEmail", "MailIdentity"),
    ("preferences", "dynamodb:DeleteItem", "RecordsTable"),
    ("preferences", "dynamodb:DeleteItem", "StandingsTable"),
    ("preferences", "ses:SendRawEmail", "MailIdentity"),
    ("courier", "dynamodb:PutItem", "LedgerTable"),
    ("courier", "dynamodb:Query", "LedgerTable"),
    ("courier", "dynamodb:PutItem", "RecordsTable"),
    ("courier", "dynamodb:DeleteItem", "RecordsTable"),
    *((name, "kms:Sign", "ReceiptsSigningKey") for name in ("contact", "preferences", "courier")),
    *((row.name, "dynamodb:UpdateItem", "LedgerTable") for row in FUNCTIONS),
    *((row.name, "dynamodb:DeleteItem", "LedgerTable") for row in FUNCTIONS),
    *((row.name, "dynamodb:Scan", "LedgerTable") for row in FUNCTIONS),
]


@pytest.mark.parametrize(("function", "action", "resource"), FORBIDDEN)
def test_what_must_not_be_is_not_granted(
    functions: Functions, function: str, action: str, resource: str
) -> None:
    """S11, S51."""
    assert resource in functions.cloud.template["Resources"]
    assert not allowed(functions.cloud.template, function, action, resource)


def test_the_ledger_itself_refuses_changes_and_removals_from_everybody(
    functions: Functions,
) -> None:
    """S51: administrators of the account too; a condition would be an exception."""
    denied = refused(functions.cloud.template, "LedgerTable")
    changes = {"UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLUpdate", "PartiQLDelete"}
    assert {f"dynamodb:{change}" for change in changes} <= denied
