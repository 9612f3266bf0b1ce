"""HTTP on loopback: the gateway's routes, and under /_local/ what only exists here."""

import json
import re
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from local import clock, loopback, mail, pages
from local.example_source import PATH, Refused, Source
from local.functions import Functions
from local.gateway import MAX_BYTES, Gateway
from local.objects import Links
from local.proxy import Answer, Call
from local.streams import StreamStopped
from shared.domain.timestamps import format_timestamp

HOST = "127.0.0.1"

_CHUNK = 64 * 1024
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

Page = Callable[..., Response]


class Handler(WSGIRequestHandler):
    """Keeps the headers as they came, repeated ones too, and logs nothing by itself."""

    def make_environ(self) -> Any:
        """Add the raw header list, which WSGI joins."""
        environ = super().make_environ()
        environ["local.headers"] = list(self.headers.items())
        return environ

    def log_request(self, *_: Any) -> None:
        """Leave it to the application, which knows the route."""


@dataclass
class Application:
    """The WSGI application."""

    gateway: Gateway
    functions: Functions
    document: dict[str, Any]
    drain: Callable[[], None]
    links: Links = field(default_factory=Links)
    source: Source = field(default_factory=Source)

    def __post_init__(self) -> None:
        """Route what only exists locally."""
        self._local = Map(
            [
                Rule("/_local/", methods=["GET"], endpoint=self._index),
                Rule("/docs", methods=["GET"], endpoint=self._docs),
                Rule("/openapi.json", methods=["GET"], endpoint=self._openapi),
                Rule("/_local/mail", methods=["GET"], endpoint=self._mails),
                Rule("/_local/mail/<int:number>", methods=["GET"], endpoint=self._mail),
                Rule("/_local/mail/<int:number>/raw", methods=["GET"], endpoint=self._raw),
                Rule("/_local/clock", methods=["GET", "PUT"], endpoint=self._clock),
                Rule("/_local/objects/<name>", methods=["GET"], endpoint=self._object),
                Rule("/_local/run/<name>", methods=["POST"], endpoint=self._run),
                Rule(PATH, methods=["POST"], endpoint=self._source),
            ]
        )

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Serve one request."""
        request = Request(environ)
        local = request.path in ("/docs", "/openapi.json")
        serve = self._serve_gateway
        if local or request.path.startswith("/_local/"):
            serve = self._serve_local
        if not loopback.is_host(request.headers.get("Host")):
            detail = "Ask for localhost or 127.0.0.1: this server answers under no other name."
            return _problem(421, "Misdirected request", detail)(environ, start_response)
        try:
            response = serve(request, environ)
        except HTTPException as fault:
            allowed = ", ".join(getattr(fault, "valid_methods", None) or ())
            response = _problem(fault.code or 500, fault.name, fault.description or "")
            if allowed:
                response.headers["Allow"] = allowed
        except StreamStopped as fault:
            response = _problem(503, "A stream stopped", str(fault))
        except OSError:
            response = _problem(400, "Bad request", "The body could not be read.")
        return response(environ, start_response)

    def _serve_gateway(self, request: Request, environ: dict[str, Any]) -> Response:
        started = time.perf_counter()
        path = environ.get("REQUEST_URI", request.path).partition("?")[0]
        call = Call(
            method=request.method,
            path=path,
            query=request.query_string.decode("latin-1"),
            headers=environ["local.headers"],
            body=_body(request),
            source_ip=request.remote_addr or HOST,
        )
        answer, route = self.gateway.answer(call, clock.now())
        answer = self.links.rewritten(answer, request.host_url, clock.now())
        took = (time.perf_counter() - started) * 1000
        # A method is free text of the caller's: only those that are words of HTTP are printed.
        method = request.method if request.method in _METHODS else "-"
        print(f"  {method:7} {route:45} {answer.status} {took:6.0f} ms", flush=True)
        return _response(answer, request.method)

    def _serve_local(self, request: Request, environ: dict[str, Any]) -> Response:
        refused = loopback.refusal(request.headers.get)
        if refused is not None:
            return _problem(refused[0], HTTPStatus(refused[0]).phrase, refused[1])
        endpoint, arguments = self._local.bind_to_environ(environ).match()
        return endpoint(request, **arguments)  # type: ignore[no-any-return]

    def _index(self, request: Request) -> Response:
        page = pages.index(self.gateway.routes, request.host_url.rstrip("/"))
        return Response(page, mimetype="text/html")

    def _docs(self, _request: Request) -> Response:
        return Response(pages.documentation(self.document), mimetype="text/html")

    def _openapi(self, _request: Request) -> Response:
        return _json(self.document)

    def _mails(self, request: Request) -> Response:
        self.drain()
        if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
            return Response(pages.mails(mail.everything()), mimetype="text/html")
        return _json(mail.everything())

    def _mail(self, _request: Request, number: int) -> Response:
        found = [item for item in mail.everything() if item["id"] == str(number)]
        if not found:
            return _problem(404, "Not found", "There is no mail of that number.")
        return Response(pages.mail(found[0]), mimetype="text/html")

    def _raw(self, _request: Request, number: int) -> Response:
        text = mail.raw(number)
        if text is None:
            return _problem(404, "Not found", "There is no mail of that number.")
        return Response(text, mimetype="text/plain")

    def _clock(self, request: Request) -> Response:
        if request.method == "PUT":
            try:
                clock.put(_moment(json.loads(_body(request))))
            except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
                return _problem(
                    422, "Invalid request", 'Send {"now": "2026-02-01T09:00:00Z"} or {"now": null}.'
                )
        return _json({"now": format_timestamp(clock.now())})

    def _object(self, _request: Request, name: str) -> Response:
        found = self.links.fetch(name, clock.now())
        if found is None:
            return _problem(403, "Forbidden", "The link is unknown or its time is over.")
        content, media_type, disposition = found
        headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
        return Response(content, content_type=media_type, headers=headers)

    def _source(self, request: Request) -> Response:
        try:
            return _json(self.source.answer(dict(request.headers), _body(request), clock.now()))
        except Refused as fault:
            return _problem(fault.status, "Refused", fault.detail)

    def _run(self, request: Request, name: str) -> Response:
        if name not in self.functions.handlers:
            return _problem(404, "Not found", f"There is no function {name}.")
        try:
            event = json.loads(_body(request) or b"{}")
        except (ValueError, RecursionError):
            return _problem(400, "Malformed JSON", "The event is not JSON.")
        self.drain()  # what a schedule calls comes long after what was sent just now
        try:
            return _json(self.functions.invoke(name, event))
        except Exception as fault:  # noqa: BLE001 - the function's own fault, told to who ran it
            return _problem(500, "The function failed", f"{type(fault).__name__}: {fault}")


def listen(application: Callable[..., Iterable[bytes]], port: int) -> BaseWSGIServer:
    """Bind to loopback; port 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """
    with socket.socket() as probe:
        # werkzeug would print its own advice and exit where the port is taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, port))
    return make_server(HOST, port, application, threaded=True, request_handler=Handler)


def _body(request: Request) -> bytes:
    """Read one byte more than the gateway takes at most, and pass over the rest.

    Were the rest left unread, the client would see a broken connection, not the refusal.
    """
    body = request.stream.read(MAX_BYTES + 1)
    while request.stream.read(_CHUNK):
        pass
    return body


def _moment(document: Any) -> datetime | None:
    text = document["now"]
    if text is None:
        return None
    if not _RFC_3339.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text).astimezone(UTC)


def _response(answer: Answer, method: str) -> Response:
    response = Response(answer.body if method != "HEAD" else b"", status=answer.status)
    response.headers.clear()
    for name, value in answer.headers:
        response.headers.add(name, value)
    return response


def _json(document: Any) -> Response:
    return Response(json.dumps(document, ensure_ascii=False, indent=1), mimetype="application/json")


def _problem(status: int, title: str, detail: str) -> Response:
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return Response(json.dumps(document), status=status, mimetype="application/problem+json")
