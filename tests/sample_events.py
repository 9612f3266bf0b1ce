"""Sample events of events/, with what they stand for by example made first."""

import json
import os
import re
import uuid
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL

import boto3

from local.functions import Functions
from shared.domain import unsubscribe_links
from shared.domain.identifiers import person_id
from shared.domain.token_scopes import TokenScope
from shared.storage import secrets, tokens
from tests import event_breaches, event_holds, event_people, event_requests
from tests.support import NOW, source

EVENTS = Path(__file__).parent.parent / "events"
EXAMPLE_TOKEN = "AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB"
EXAMPLE_CONSENT = "c_k3v7q2m5x4n6p2r7s5t3w4y6za"
EXAMPLE_ASSET = "site.000000000000.css"
EXAMPLE_KEY = "0b8f1c1e-52a6-4f0e-8a35-6f1d7e6f2f10"

# Whose token an example's stands for.
POWERS = {
    "session": TokenScope.OPEN_PREFERENCES,
    "read": TokenScope.PREFERENCES,
    "read_history": TokenScope.PREFERENCES,
    "change": TokenScope.PREFERENCES,
    "change_account": TokenScope.PREFERENCES,
    "close_account": TokenScope.PREFERENCES,
}


def replayed(functions: Functions, path: Path, accept: str = "*/*") -> Any:
    """Replay an event after making what it names."""
    return functions.invoke(path.parent.name, prepared(functions, path, accept))


def prepared(functions: Functions, path: Path, accept: str = "*/*") -> Any:
    """Read an event and make what it names: a browser, a token, a session, a sign-up."""
    name, text = path.parent.name, path.read_text(encoding="utf-8")
    text = re.sub(r'("Accept": (?:\[\s*)?)"[^"]*"', rf'\1"{accept}"', text)
    text = text.replace("203.0.113.57", source.ip)
    if EXAMPLE_ASSET in text:
        (sheet,) = (Path(os.environ["PAGES_FOLDER"]) / "assets").glob("site.*.css")
        text = text.replace(EXAMPLE_ASSET, sheet.name)
    if EXAMPLE_CONSENT in text:
        captured = (EVENTS / "consent" / "capture.json").read_text(encoding="utf-8")
        fresh = json.loads(captured.replace(EXAMPLE_KEY, str(uuid.uuid5(NAMESPACE_URL, path.stem))))
        answer = functions.invoke("consent", fresh)
        text = text.replace(EXAMPLE_CONSENT, json.loads(answer["body"])["consent_id"])
    if event_requests.EXAMPLE in text:
        text = event_requests.filled_in(functions, path.stem, text)
    if name == "desk" and event_people.EXAMPLE in text:
        text = event_people.filled_in(text)
    if name == "desk" and event_breaches.wanted(text):
        text = event_breaches.filled_in(path.stem, text)
    if event_holds.EXAMPLE in text:
        text = event_holds.filled_in(text)
    if EXAMPLE_TOKEN in text:
        text = text.replace(EXAMPLE_TOKEN, _token(functions, path.stem))
    event = json.loads(text)
    if path.parent.name == "notifications" and path.stem == "records":
        for record in event["Records"]:  # a worker acts on what is stored when it comes
            item = record["dynamodb"]["NewImage"]
            boto3.client("dynamodb").put_item(TableName="RecordsTable", Item=item)
    return event


def _token(functions: Functions, operation: str) -> str:
    person = person_id(secrets.identity(), "sam@example.com")
    if operation == "confirm_address":
        return event_requests.token_of_new_address()
    if operation in ("one_click", "unsubscribe_page"):
        return unsubscribe_links.token(secrets.identity(), person)
    if operation.endswith("_account") and operation in POWERS:
        replayed(functions, EVENTS / "contact" / "confirm_account.json")
    if operation in POWERS:
        return tokens.issue(POWERS[operation], person, str(uuid.uuid4()), {}, NOW)
    form = operation.removeprefix("confirm_").replace("preview_confirmation", "newsletter")
    scope, kind = {
        "newsletter": (TokenScope.CONFIRM_NEWSLETTER, "subscription_pending"),
        "account": (TokenScope.CONFIRM_ACCOUNT, "account_pending"),
    }[form]
    sent = (EVENTS / "contact" / f"{form}.json").read_text(encoding="utf-8")
    # A form of its own each time: an older one's link is void after the objections of others.
    earlier = _records(person, kind)
    answer = functions.invoke("contact", json.loads(sent.replace(EXAMPLE_KEY, str(uuid.uuid4()))))
    assert answer["statusCode"] == 202
    (record,) = _records(person, kind) - earlier
    return tokens.issue(scope, person, record, {"record": record}, NOW)


def _records(person: str, kind: str) -> set[str]:
    found = boto3.client("dynamodb").query(
        TableName="RecordsTable",
        KeyConditionExpression="person = :person AND begins_with(#record, :kind)",
        ExpressionAttributeNames={"#record": "record"},
        ExpressionAttributeValues={":person": {"S": person}, ":kind": {"S": kind}},
    )
    return {item["record"]["S"] for item in found["Items"]}
