"""One person's whole way through the product, each answer checked: other tests watch it."""

import re
import secrets as randomness
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3

from local import mail
from local.cloud import of_type
from local.functions import Functions
from local.streams import _function
from ops.redrive import as_lambda_gives_it
from shared.domain.identifiers import person_id
from shared.storage import secrets
from tests import walk_people, walk_requests
from tests.support import Answer, proxy_event

VERSION = {"policy_version": "2023-06"}
_TOKEN = r"[\w-]{22}\.[\w-]{22}"


@dataclass(frozen=True)
class Person:
    """Somebody of whom every trace can be told: the canary is in all they write."""

    canary: str
    ip: str
    phone: str = "+442079460018"
    card: str = "4111 1111 1111 1111"

    @property
    def email(self) -> str:
        return f"canary.{self.canary}@example.com"

    @property
    def name(self) -> str:
        return f"Canary{self.canary}"

    @property
    def words(self) -> str:
        return f"private words {self.canary}"

    @property
    def id(self) -> str:
        return person_id(secrets.identity(), self.email)

    @property
    def capture(self) -> dict[str, Any]:
        return VERSION | {
            "notice_id": "cookie_banner",
            "choices": {"analytics": True},
            "method": "choose",
            "page": f"https://www.example.com/shop?who={self.email}",
        }

    @property
    def message(self) -> dict[str, Any]:
        return VERSION | {
            "email": self.email,
            "name": self.name,
            "phone": self.phone,
            "message": f"{self.words} {self.card}",
        }


def somebody(ip: str) -> Person:
    """Return a new person behind an address."""
    return Person(randomness.token_hex(5), ip)


class Notifications:
    """Hands the workers what is stored from now on, in this thread and at once."""

    def __init__(self, functions: Functions) -> None:
        self.functions = functions
        self.streams = boto3.client("dynamodbstreams")
        self.workers = self._workers()
        self.iterators = {arn: self._newest(arn) for arn in self.workers}

    def deliver(self) -> None:
        """Deliver all that is there, and what that in turn stores."""
        while any(self._deliver(arn) for arn in self.iterators):
            pass

    def _workers(self) -> dict[str, list[str]]:
        """Return the functions that each stream feeds."""
        cloud = self.functions.cloud
        fed: dict[str, list[str]] = {}
        for item in of_type(cloud.template, "AWS::Lambda::EventSourceMapping").values():
            arn = cloud.resolve(item["Properties"]["EventSourceArn"])
            name = _function(cloud.template, item["Properties"]["FunctionName"])
            fed.setdefault(arn, []).append(name)
        return fed

    def _newest(self, arn: str) -> str:
        (shard,) = self.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        place = {"ShardId": shard["ShardId"], "ShardIteratorType": "LATEST"}
        return str(self.streams.get_shard_iterator(StreamArn=arn, **place)["ShardIterator"])

    def _deliver(self, arn: str) -> bool:
        answer = self.streams.get_records(ShardIterator=self.iterators[arn])
        self.iterators[arn] = answer["NextShardIterator"]
        if not answer["Records"]:
            return False
        batch = [as_lambda_gives_it(record, arn) for record in answer["Records"]]
        for name in self.workers[arn]:
            answer = self.functions.invoke(name, {"Records": batch})
            assert answer == {"batchItemFailures": []}, (name, answer)
        return True


@dataclass
class Walk:
    """Walks the whole way; `seen` are the capabilities and tokens that came up."""

    functions: Functions
    person: Person
    seen: list[str] = field(default_factory=list)
    notifications: Notifications = field(init=False)

    def __post_init__(self) -> None:
        self.notifications = Notifications(self.functions)

    def call(
        self, function: str, method: str, resource: str, body: Any = None, **more: Any
    ) -> Answer:
        event = proxy_event(method, resource, body, ip=self.person.ip, **more)
        answer = self.functions.invoke(function, event)
        return Answer(answer["statusCode"], answer["headers"], answer["body"])

    def done(self, *arguments: Any, **more: Any) -> Answer:
        """Call, and insist that it worked: a fault here would leave the rest unseen."""
        answer = self.call(*arguments, **more)
        assert answer.status < 300, (arguments, answer.text)
        return answer

    def everywhere(self) -> None:
        """Take every route of every function, and let the notifications worker follow."""
        self.consents()
        self.visit()
        self.forms()
        bearer = self.session()
        self.preferences(bearer)
        walk_people.desked(self)
        self.unsubscribe()
        objection = self.person.message | {"marketing_opt_out": True}
        self.done("contact", "POST", "/v1/contact", objection)
        self.notifications.deliver()
        walk_requests.asked(self)
        walk_requests.staffed(self)
        walk_requests.erased(self)
        for name in ("deadlines", "retention", "transparency"):
            self.functions.invoke(name, {})
        self.notifications.deliver()

    def consents(self) -> None:
        for path in ("/v1/policy", "/.well-known/gpc.json", "/.well-known/jwks.json"):
            self.done("consent", "GET", path)
        self.done("consent", "GET", "/v1/policy/{version}", path={"version": "2023-06"})
        self.done("consent", "GET", "/v1/policy/changes", query={"since": "2023-06"})
        banner = {"path": {"notice_id": "cookie_banner"}}
        self.done("consent", "GET", "/v1/notices/{notice_id}", **banner)
        key = {"headers": {"Idempotency-Key": f"again-{self.person.canary}"}}
        new = {"headers": {"Idempotency-Key": str(uuid.uuid4())}}
        state = self.done("consent", "POST", "/v1/consents", self.person.capture, **new).json
        self.seen += [state["consent_id"], state["digest"]]
        again = self.person.capture | {"consent_id": state["consent_id"]}
        first = self.done("consent", "POST", "/v1/consents", again, **key)
        self.done("consent", "POST", "/v1/consents", again)
        repeated = self.done("consent", "POST", "/v1/consents", again, **key)
        assert repeated.json == first.json
        named = {"path": {"consent_id": state["consent_id"]}}
        for path in ("", "/history", "/receipt", "/proofs"):
            self.done("consent", "GET", "/v1/consents/{consent_id}" + path, **named)
        signed = {"headers": {"Accept": "application/jose"}} | named
        self.done("consent", "GET", "/v1/consents/{consent_id}/receipt", **signed)
        for no in ("objection", "withdrawal"):
            self.done("consent", "POST", f"/v1/consents/{{consent_id}}/{no}", {}, **named)

    def visit(self) -> None:
        """Visit as a browser that allows it, with personal data wherever there is room for it."""
        browser = self.done("consent", "POST", "/v1/consents", self.person.capture).json
        self.seen.append(browser["consent_id"])
        page = f"https://www.example.com/shop/{self.person.email}?who={self.person.email}"
        seen = {"url": page, "at": browser["decided_at"], "engaged_ms": 900}
        part = {
            "consent_id": browser["consent_id"],
            "visit_id": randomness.token_urlsafe(18),
            "device_type": "mobile",
            "entry": page,
            "pages": [seen | {"content": f"{self.person.email} {self.person.card}"}],
        }
        beacon = {"headers": {"Content-Type": "text/plain;charset=UTF-8"}}
        self.done("visits", "POST", "/v1/visits", part, **beacon)
        self.done("visits", "POST", "/v1/visits", part | {"exit": page, "pages": [seen]}, **beacon)
        self.notifications.deliver()

    def forms(self) -> None:
        """Send all forms; confirm what they ask to be confirmed."""
        message = self.person.message | {"consent_id": self.seen[0], "marketing_opt_in": True}
        taken = self.done("contact", "POST", "/v1/contact", message).json
        assert taken["redacted"] == ["message"]
        sign_up = VERSION | {"email": self.person.email, "name": self.person.name}
        self.done("contact", "POST", "/v1/newsletter", sign_up)
        account = sign_up | {"organisation": self.person.name, "marketing_opt_in": True}
        self.done("contact", "POST", "/v1/accounts", account)
        self.notifications.deliver()
        for page, path in (("newsletter", "/v1/newsletter"), ("account", "/v1/accounts")):
            token = self.mailed(rf"/{page}/confirmation#token=({_TOKEN})")
            self.done("contact", "POST", f"{path}/confirmation", {"token": token})
        self.notifications.deliver()

    def session(self) -> Mapping[str, Any]:
        """Ask for a link and follow it; return the header that the session is sent in."""
        self.done("preferences", "POST", "/v1/preferences/link", {"email": self.person.email})
        self.notifications.deliver()
        token = self.mailed(rf"/preferences#token=({_TOKEN})")
        browser = self.done("consent", "POST", "/v1/consents", self.person.capture).json
        self.seen.append(browser["consent_id"])
        link = {"token": token, "consent_id": browser["consent_id"]}
        opened = self.done("preferences", "POST", "/v1/preferences/session", link)
        self.done("consent", "GET", "/v1/consents/{consent_id}", path={"consent_id": self.seen[-1]})
        self.seen.append(opened.json["session"])
        return {"headers": {"Authorization": f"Bearer {opened.json['session']}"}}

    def preferences(self, bearer: Mapping[str, Any]) -> None:
        self.done("preferences", "GET", "/v1/preferences", **bearer)
        choices = {"publicity": True, "analytics": False}
        change = {"choices": choices, "display": {"theme": "dark"}}
        self.done("preferences", "PATCH", "/v1/preferences", change, **bearer)
        asked = {"purpose": "direct_marketing", "emails": [self.person.email]}
        answer = self.done("preferences", "POST", "/v1/permissions", asked).json
        assert answer["results"][0]["allowed"] is True
        asked = {"purpose": "analytics", "emails": [self.person.email]}
        answer = self.done("preferences", "POST", "/v1/permissions", asked).json
        assert answer["results"][0]["reason"] == "withdrawn"
        key = {"Idempotency-Key": f"refused-{self.person.canary}"}
        both = {"headers": {**bearer["headers"], **key}}
        unknown = {"choices": {"nothing_such": True}}
        refused = self.call("preferences", "PATCH", "/v1/preferences", unknown, **both)
        assert refused.status == 422, refused.text

    def unsubscribe(self) -> None:
        link = {"path": {"token": self.mailed(rf"/unsubscribe/([0-9]-{_TOKEN})")}}
        self.done("preferences", "GET", "/v1/unsubscribe/{token}", **link)
        for _ in range(2):
            self.done("preferences", "POST", "/v1/unsubscribe/{token}", "", **link)
        self.notifications.deliver()

    def mailed(self, pattern: str) -> str:
        """Return the newest token that was mailed to the person in a link of that form."""
        mine = [item for item in mail.everything() if item["to"] == self.person.email]
        *_, token = (found for item in mine for found in re.findall(pattern, item["text"]))
        self.seen.append(str(token))
        return str(token)
