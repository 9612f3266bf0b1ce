"""Hostile requests: sample events in which something is not as any honest program would send it.

Each is made from the seed and its number alone, so that one can be had again. What is put into it
carries a mark, by which it is found wherever it should not be.
"""

import base64
import copy
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

Event = dict[str, Any]
Path = list[str | int]

_LETTERS = "bcdfghjkmnpqrstvwxz"
# Texts that mean something to a parser, a store, a log, a mail, a table or a page; {} is the mark.
_TEXTS = (
    "{}",
    "",
    " ",
    "{}@example.com",
    "=?utf-8?q?=0d=0aBcc=3a{}?=@example.com",
    "{}@exa\u2024mple.com",
    "a@{}.\u212aom",
    '"{}\\"@example.com',
    "{}@[127.0.0.1]",
    "http://[{}",
    "////{}/x",
    "http://[::1]@[{}/",
    "https://a:{}@b/4111111111111111",
    "javascript:alert('{}')",
    "<script>{}</script>",
    "{{{{ {} }}}}",
    "%00{}%0d%0a",
    "\x00{}\x1b[31m",
    "\r\nX-Evil: {}",
    "../../{}",
    "=cmd|'{}'!A1",
    "' OR '{}'='{}",
    "{}\u202e\u200b\ufeff",
    "\ud800{}",
    "{}\U000e0041\U0001f469\u200d\U0001f4bb",
    "\u0301" * 3000 + "{}",
    "{}" + "a" * 70_000,
    "9" * 5000,
    "-1",
    "1e999",
    "\u00b2",
    "NaN",
    "true",
    "null",
    "0001-01-01",
    "9999-12-31",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00Z",
    "2026-02-30",
    "2027-W01-1",
    "2026-02-01T09:00:60Z",
    "c_" + "a" * 26,
    "p_" + "a" * 26,
    "r_" + "a" * 26,
    "A" * 22 + "." + "B" * 22,
    "1-{}.{}",
    "2023-06",
    "4111 1111 1111 1111 {}",
    "\u56db\u4e00\u4e00\u4e00 {}",
)
_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    1e308,
    [],
    {},
    [[]],
    [None],
    {"": ""},
    {"__proto__": {"x": 1}},
)
_RAW = (
    b"",
    b"null",
    b"[]",
    b'""',
    b"{",
    b'{"a":1,"a":2}',
    b'{"\\ud800":1,"\\ud800":2}',
    b'{"a":NaN}',
    b'{"a":-Infinity}',
    b'{"a":1e999}',
    b'{"a":' + b"9" * 5000 + b"}",
    b"[" * 40_000,
    b'{"a":' * 20_000,
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}",
    b"\x80\x81",
    b'{"a":"\x00"}',
    b"{}" + b" " * 70_000,
)
_TYPES = (
    "application/json",
    "application/json; charset=utf-16",
    "application/json;",
    "APPLICATION/JSON",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/csv; charset={}",
    "text/csv",
    "text/plain",
    "{}",
    "",
    "application/json, text/csv",
    ";" * 5000,
)
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_ACCEPTS = (
    "{}",
    "application/jose;q=0",
    "text/html;q=1e999",
    "*/*;q={}",
    ",,,;;;",
    "text/*",
    "a/b," * 3000,
    "application/json;q=\u00b2",
)
_HEADERS = (
    "Accept",
    "Accept-Language",
    "Authorization",
    "Content-Type",
    "Cookie",
    "Host",
    "Idempotency-Key",
    "If-None-Match",
    "Origin",
    "Referer",
    "Sec-GPC",
    "User-Agent",
    "X-Forwarded-For",
    "X-Request-Id",
)


@dataclass
class Hostile:
    """One hostile request: the event, the mark in it, and what was done to it."""

    event: Event
    mark: str
    done: list[str] = field(default_factory=list)


def made(event: Event, seed: str, number: int) -> Hostile:
    """Make hostile request `number` of a seed from a sample event, which stays as it is."""
    chance = random.Random(f"{seed}/{number}")
    mark = "zq" + "".join(chance.choices(_LETTERS, k=10))
    found = Hostile(copy.deepcopy(event), mark)
    address = ".".join(str(chance.randrange(1, 255)) for _ in range(4))
    found.event["requestContext"]["identity"]["sourceIp"] = address
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        _Maker(found, chance).something()
    return found


@dataclass
class _Maker:
    found: Hostile
    chance: random.Random

    def something(self) -> None:
        ways: list[Callable[[], None]] = [self.header, self.query, self.path, self.caller]
        if self.found.event["body"]:
            ways += [self.member, self.member, self.member, self.raw, self.form]
        way = self.chance.choice(ways)
        way()
        self.found.done.append(way.__name__)

    def text(self) -> str:
        return self.chance.choice(_TEXTS).replace("{}", self.found.mark)

    def value(self) -> Any:
        kind = self.chance.randrange(4)
        if kind == 0:
            return self.chance.choice(_VALUES)
        if kind == 1:
            return [self.text() for _ in range(self.chance.choice((1, 3, 2000)))]
        if kind == 2:
            return {self.text(): self.text()}
        return self.text()

    def header(self) -> None:
        name = self.chance.choice(_HEADERS)
        texts = {"Content-Type": _TYPES, "Accept": _ACCEPTS}.get(name, _TEXTS)
        given = [
            self.chance.choice(texts).replace("{}", self.found.mark)
            for _ in range(self.chance.choice((1, 1, 2)))
        ]
        if name == "Authorization" and self.chance.random() < 0.5:
            given = [f"Bearer {text}" for text in given]
        self.found.event["multiValueHeaders"][name] = given
        self.found.event["headers"][name] = given[-1]

    def query(self) -> None:
        known = list(self.found.event["multiValueQueryStringParameters"] or {})
        names = [*known, "limit", "cursor", "from", "to", "format", self.text()]
        name = self.chance.choice(names)
        given = [self.text() for _ in range(self.chance.choice((1, 1, 2)))]
        values = {**(self.found.event["multiValueQueryStringParameters"] or {}), name: given}
        self.found.event["multiValueQueryStringParameters"] = values
        plain = {key: each[-1] for key, each in values.items()}
        self.found.event["queryStringParameters"] = plain

    def path(self) -> None:
        parameters = self.found.event["pathParameters"]
        if parameters:
            name = self.chance.choice(sorted(parameters))
            self.found.event["pathParameters"] = {**parameters, name: self.text() or "x"}
            self.found.event["path"] += f"/{self.found.mark}"

    def caller(self) -> None:
        """Claim to be staff of some group or none, as the gateway would tell it."""
        group = self.chance.choice(("privacy_officer", "support", "auditor", "[a b]", "", "x,y"))
        claims = {"sub": self.chance.choice(("staff-1", self.found.mark)), "cognito:groups": group}
        if "authorizer" in self.found.event["requestContext"]:
            self.found.event["requestContext"]["authorizer"] = {"claims": claims}

    def member(self) -> None:
        """Change one value of the body, its name, or add one that is not known."""
        body = self._json()
        paths = list(_paths(body))
        if not isinstance(body, dict) or not paths:
            return
        *way, last = self.chance.choice(paths)
        place: Any = body
        for step in way:
            place = place[step]
        kind = self.chance.randrange(4)
        if kind == 0 and isinstance(place, dict):
            place[self.text()] = self.value()
        elif kind == 1 and isinstance(place, dict):
            place[self.text()] = place.pop(last)
        elif kind == 2 and isinstance(place, dict):
            del place[last]
        else:
            place[last] = self.value()
        self._send(json.dumps(body).encode())

    def raw(self) -> None:
        whole = (self.found.event["body"] or "").encode("utf-8", "replace")
        cut = whole[: self.chance.randrange(len(whole) + 1)] + self.found.mark.encode()
        self._send(self.chance.choice((*_RAW, cut, cut)))

    def form(self) -> None:
        """Send the body as a page's form, with hostile fields."""
        body = self._json()
        plain = body if isinstance(body, dict) else {}
        fields = [(name, str(value)) for name, value in plain.items()]
        fields.append((self.chance.choice((*plain, "x")), self.text()))
        written = urlencode(fields, errors="surrogatepass").encode()
        media_type = self.chance.choice(
            ("application/x-www-form-urlencoded", "multipart/form-data")
        )
        self.found.event["multiValueHeaders"]["Content-Type"] = [media_type]
        self._send(written)

    def _json(self) -> Any:
        if self.found.event["isBase64Encoded"]:
            return None
        try:
            return json.loads(self.found.event["body"])
        except (ValueError, RecursionError):
            return None

    def _send(self, raw: bytes) -> None:
        try:
            self.found.event["body"] = raw.decode()
        except UnicodeDecodeError:
            self.found.event["body"] = base64.b64encode(raw).decode()
            self.found.event["isBase64Encoded"] = True
        else:
            self.found.event["isBase64Encoded"] = False


def _paths(node: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Name every place of a body by the steps that lead there."""
    if isinstance(node, dict | list):
        for step, child in node.items() if isinstance(node, dict) else enumerate(node):
            yield (*way, step)
            yield from _paths(child, (*way, step))
