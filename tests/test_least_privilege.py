"""Each function runs with exactly what its row of the catalogue grants (S11, S51).

While a function works, every AWS call it makes is looked up in its role's policy in the
synthesised template: exact action, exact resource. This evaluator is our own; it does not see
conditions (`kms:ViaService`), key policies, or what the account adds above the stack.
"""

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.catalogue import FUNCTIONS
from local.functions import Functions
from local.streams import Streams
from shared.storage.aws import client
from tests import support, test_privacy_of_logs
from tests.infra.reading import actions, granted_to, resources

EVENTS = Path(__file__).parent.parent / "events"
SERVICES = ("dynamodb", "secretsmanager", "kms", "sesv2", "events")
MEMBERS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
IAM_NAMES = {"sesv2": "ses"}


class Watch:
    """Records (function, action, resource) of every call while it is on."""

    def __init__(self, functions: Functions) -> None:
        self.here = threading.local()  # the courier runs in the streams' own thread
        self.calls: set[tuple[str, str, str]] = set()
        self._names = {
            attributes.get("Arn") or attributes["Ref"]: name
            for name, attributes in functions.cloud.resources.items()
        }
        self._names |= {a["Ref"]: name for name, a in functions.cloud.resources.items()}

    def note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        """See one call as botocore is about to send it."""
        service = IAM_NAMES.get(model.service_model.service_name, model.service_model.service_name)
        for action, resource in self._targets(model.name, params):
            self.calls.add((self.here.running, f"{service}:{action}", resource))

    def _targets(self, operation: str, params: dict[str, Any]) -> Iterator[tuple[str, str]]:
        if operation == "TransactWriteItems":
            for member in params["TransactItems"]:
                ((kind, write),) = member.items()
                yield MEMBERS[kind], self._names[write["TableName"]]
        elif operation == "BatchGetItem":
            for table in params["RequestItems"]:
                yield operation, self._names[table]
        elif operation == "SendEmail":
            yield from (("SendEmail", "MailIdentity"), ("SendRawEmail", "MailIdentity"))
        elif operation == "PutEvents":
            yield operation, self._names[params["Entries"][0]["EventBusName"]]
        else:
            place = params.get("TableName") or params.get("SecretId") or params["KeyId"]
            yield operation, self._names[place]


@pytest.fixture
def watch(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    seen = Watch(functions)
    plain = functions.invoke

    def invoke(name: str, event: Any) -> Any:
        seen.here.running = name
        return plain(name, event)

    def called(function: str, *arguments: Any, **more: Any) -> Any:
        event = support.proxy_event(*arguments, **more)
        answer = invoke(function, event)
        return support.Answer(answer["statusCode"], answer["headers"], answer["body"])

    monkeypatch.setattr(functions, "invoke", invoke)
    monkeypatch.setattr(test_privacy_of_logs, "call", called)
    for service in SERVICES:
        client(service).meta.events.register("provide-client-params", seen.note)
    yield seen
    for service in SERVICES:
        client(service).meta.events.unregister("provide-client-params", seen.note)


def allowed(template: Any, function: str, action: str, resource: str) -> bool:
    return any(
        action in actions(statement) and f"'{resource}'" in str(resources(statement))
        for statement in granted_to(template, function)
        if statement["Effect"] == "Allow"
    )


@pytest.mark.usefixtures("cloud")
def test_every_journey_stays_within_its_functions_role(
    functions: Functions, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = Streams(functions)
    monkeypatch.setattr(test_privacy_of_logs, "EMAIL", f"{os.urandom(6).hex()}@example.com")
    monkeypatch.setattr(test_privacy_of_logs, "run_badly", lambda _: None)
    streams.start()
    try:
        test_privacy_of_logs.run_every_flow(monkeypatch, streams)
    finally:
        streams.stop()
    for path in sorted((EVENTS / "consent").glob("*.json")):
        functions.invoke("consent", json.loads(path.read_text(encoding="utf-8")))
    assert {function for function, _, _ in watch.calls} == {row.name for row in FUNCTIONS}
    template = functions.cloud.template
    beyond = [call for call in sorted(watch.calls) if not allowed(template, *call)]
    assert not beyond


FORBIDDEN = [
    ("consent", "dynamodb:DeleteItem", "LedgerTable"),
    ("consent", "dynamodb:UpdateItem", "LedgerTable"),
    ("consent", "dynamodb:Query", "RecordsTable"),
    ("contact", "dynamodb:DeleteItem", "RecordsTable"),
    ("contact", "dynamodb:UpdateItem", "LedgerTable"),
    ("contact", "ses:SendEmail", "MailIdentity"),
    ("preferences", "dynamodb:DeleteItem", "LedgerTable"),
    ("preferences", "kms:Sign", "ReceiptsSigningKey"),
    ("courier", "dynamodb:PutItem", "LedgerTable"),
    ("courier", "dynamodb:PutItem", "RecordsTable"),
    ("courier", "dynamodb:DeleteItem", "RecordsTable"),
    ("courier", "kms:Sign", "ReceiptsSigningKey"),
]


@pytest.mark.parametrize(("function", "action", "resource"), FORBIDDEN)
def test_what_must_not_be_is_not_granted(
    functions: Functions, function: str, action: str, resource: str
) -> None:
    assert resource in functions.cloud.template["Resources"]
    assert not allowed(functions.cloud.template, function, action, resource)


def test_the_ledger_itself_refuses_changes_and_removals_from_everybody(
    functions: Functions,
) -> None:
    table = functions.cloud.template["Resources"]["LedgerTable"]["Properties"]
    denied = {
        action
        for statement in table["ResourcePolicy"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny" and statement["Principal"] == "*"
        for action in statement["Action"]
    }
    assert {"dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:PartiQLUpdate"} <= denied
