"""Somebody who makes requests, and the staff who act on them, through the functions' own doors."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import boto3
import pytest

from local.functions import Functions
from ops.redrive import as_lambda_gives_it
from shared.domain.data_subject_request import DataSubjectRequest
from shared.storage.aws_clients import client
from shared.storage.requests import request_store
from tests.functions.people import TOKEN, Person, text
from tests.support import NOW, Answer, call

PATH = "/v1/requests/{request_id}"


def tags_of_mails(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, list[str]]]:
    """Return the tags of each mail from now on, as the mail service tells them in its events."""
    left: list[dict[str, list[str]]] = []
    plain = client("sesv2").send_email

    def send(**parameters: Any) -> Any:
        left.append({tag["Name"]: [tag["Value"]] for tag in parameters["EmailTags"]})
        return plain(**parameters)

    monkeypatch.setattr(client("sesv2"), "send_email", send)
    return left


@dataclass
class Asker:
    """One person with one request."""

    person: Person
    functions: Functions
    id: str = ""
    session: str = ""

    def ask(self, kind: str, now: datetime = NOW, headers: Any = None, **more: Any) -> Answer:
        body = {"type": kind, "email": self.person.email, "name": "Sam Example", **more}
        answer = call("access", "POST", "/v1/requests", body, now=now, headers=headers)
        if answer.status == 202:
            self.id = answer.json["request_id"]
        return answer

    def write_a_letter(
        self, staff: str | None = "support", now: datetime = NOW, **more: Any
    ) -> Answer:
        """Have staff enter what came by post two days ago, from somebody whom nobody doubts."""
        body = {
            "type": "access",
            "email": self.person.email,
            "name": "Sam Example",
            "channel": "post",
            "received_on": "2026-01-31",
            "identity_shown": True,
            **more,
        }
        answer = call("desk", "POST", "/v1/desk/requests", body, staff=staff, now=now)
        if answer.status == 201:
            self.id = answer.json["request_id"]
        return answer

    @property
    def case(self) -> DataSubjectRequest:
        found = request_store.get(self.id)
        assert found is not None
        return found

    def at_the_desk(self) -> dict[str, Any]:
        """Read it as staff see it."""
        names, where = {"request_id": self.id}, "/v1/desk/requests/{request_id}"
        found: dict[str, Any] = call("desk", "GET", where, path=names, staff="support").json
        return found

    def timeline(self) -> list[str]:
        return [event.action for event in request_store.timeline(self.id)]

    def ask_for_link(self, now: datetime = NOW, headers: Any = None) -> Answer:
        """Ask for a fresh link, and let the worker that follows the table see that."""
        answer = call(
            "access",
            "POST",
            f"{PATH}/link",
            path={"request_id": self.id},
            now=now,
            headers=headers,
        )
        self.deliver(entry="link#")
        return answer

    def deliver(self, *workers: str, only: str | None = None, entry: str = "event#") -> None:
        """Hand the timeline to the workers as the stream would, and all of it is done."""
        batch = self.streamed(only, entry)
        for worker in workers or ("notifications",):
            answer = self.functions.invoke(worker, {"Records": batch})
            assert answer == {"batchItemFailures": []}

    def streamed(self, only: str | None = None, entry: str = "event#") -> list[dict[str, Any]]:
        """Return the timeline as the stream would: each event is new to the workers.

        `only` is the action of the events that arrive, if the others are lost; `entry` is what
        arrives in place of events.
        """
        table = boto3.client("dynamodb").query(
            TableName="RequestsTable",
            KeyConditionExpression="#r = :r AND begins_with(entry, :e)",
            ExpressionAttributeNames={"#r": "request"},
            ExpressionAttributeValues={":r": {"S": self.id}, ":e": {"S": entry}},
        )
        return [
            _inserted(item)
            for item in table["Items"]
            if only is None or item["action"]["S"] == only
        ]

    def mailed(self) -> list[str]:
        """Return the subjects of all mails so far, after delivering what is due."""
        self.deliver()
        return [str(mail["Subject"]) for mail in self.person.mails()]

    def token(self) -> str:
        self.deliver()
        texts = "".join(map(text, self.person.mails()))
        found = re.findall(rf"/requests/{self.id}#token=({TOKEN})", texts)
        return str(found[-1])

    def verify(
        self, now: datetime = NOW, token: str | None = None, headers: Any = None, **more: Any
    ) -> Answer:
        body = {"token": token or self.token(), **more}
        answer = self.send("POST", "/verification", body, now=now, headers=headers or {})
        if answer.status == 200:
            self.session = answer.json["session"]
        return answer

    def send(self, method: str, path: str = "", body: Any = None, **more: Any) -> Answer:
        if self.session:
            more["headers"] = {"Authorization": f"Bearer {self.session}", **more.get("headers", {})}
        return call("access", method, PATH + path, body, path={"request_id": self.id}, **more)

    def staff(
        self,
        action: str,
        group: str = "privacy_officer",
        now: datetime = NOW,
        /,
        headers: Any = None,
        **body: Any,
    ) -> Answer:
        path = {"request_id": self.id, **({"action": action} if action != "review" else {})}
        place = "review" if action == "review" else "{action}"
        return call(
            "desk",
            "POST",
            f"/v1/desk/requests/{{request_id}}/{place}",
            body,
            path=path,
            staff=group,
            now=now,
            headers=headers,
        )


def _inserted(item: dict[str, Any]) -> dict[str, Any]:
    record = {
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "NewImage": item,
            "SequenceNumber": f"{item['request']['S']}-{item['entry']['S']}",
            "ApproximateCreationDateTime": NOW,
        },
    }
    arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/RequestsTable/stream/x"
    return as_lambda_gives_it(record, arn)
