"""Calling a function as API Gateway does, without a network."""

import importlib
import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from tests import used_grants

NOW = datetime(2026, 2, 1, 9, tzinfo=UTC)
ORIGIN = "https://www.khoocommerce.example"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass
class Source:
    """The address that a test's calls come from; each test has its own."""

    ip: str = "203.0.113.57"


source = Source()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def pointers(self) -> list[str]:
        return [error["pointer"] for error in self.json.get("errors", [])]


def proxy_event(
    method: str,
    resource: str,
    body: Any = None,
    *,
    path: dict[str, str] | None = None,
    query: dict[str, str | list[str]] | None = None,
    headers: dict[str, str | list[str]] | None = None,
    now: datetime = NOW,
    ip: str | None = None,
    staff: str | None = None,
) -> dict[str, Any]:
    """Write a proxy event; `staff` names the group that the sign-in is in."""
    queries = {k: v if isinstance(v, list) else [v] for k, v in (query or {}).items()}
    raw = body if isinstance(body, str) or body is None else json.dumps(body)
    multi: dict[str, list[str]] = {"Origin": [ORIGIN], "User-Agent": [AGENT]}
    if raw is not None:
        multi["Content-Type"] = ["application/json"]
    for name, value in (headers or {}).items():
        multi[name] = value if isinstance(value, list) else [value]
    filled = re.sub(r"{(\w+)}", lambda match: (path or {})[match[1]], resource)
    return {
        "resource": resource,
        "path": filled,
        "httpMethod": method,
        "headers": {name: values[-1] for name, values in multi.items()},
        "multiValueHeaders": multi,
        "queryStringParameters": {k: v[-1] for k, v in queries.items()} or None,
        "multiValueQueryStringParameters": queries or None,
        "pathParameters": path,
        "stageVariables": None,
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "stage": "prod",
            "path": f"/prod{filled}",
            "resourcePath": resource,
            "httpMethod": method,
            "requestTimeEpoch": int(now.timestamp() * 1000),
            "identity": {"sourceIp": ip or source.ip, "userAgent": AGENT},
            **({"authorizer": {"claims": claims(staff)}} if staff else {}),
        },
        "body": raw,
        "isBase64Encoded": False,
    }


def pages(ask: Callable[..., Answer], limit: str = "2", **query: str) -> Iterator[dict[str, Any]]:
    """Yield a list page by page, to its end; `ask` takes the query's parameters by name."""
    cursor: dict[str, str] = {}
    while page := ask(limit=limit, **query, **cursor).json:
        assert len(page["items"]) <= int(limit)
        yield page
        if page["next"] is None:
            return
        cursor["cursor"] = page["next"]


def refused(name: str, wrong: Mapping[str, Sequence[Any]]) -> pytest.MarkDecorator:
    """Try each `wrong` input as the argument `name`, with the `pointer` that must be named."""
    cases = [(one, pointer) for pointer, ones in wrong.items() for one in ones]
    return pytest.mark.parametrize((name, "pointer"), cases)


def claims(group: str) -> dict[str, str]:
    """Return what Cognito's token says of somebody in one group."""
    return {"sub": f"staff-{group}", "cognito:groups": group}


def call(function: str, method: str, resource: str, body: Any = None, **more: Any) -> Answer:
    api = importlib.import_module(f"{function}.handler").api
    with used_grants.at_work(function):
        answer = api(proxy_event(method, resource, body, **more), None)
    return Answer(answer["statusCode"], answer["headers"], answer["body"])
