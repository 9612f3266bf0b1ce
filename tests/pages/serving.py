"""Serving the pages function alone: no store, no API; its files built for a test."""

import os
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from infra.pages import build
from infra.pages.build import LOCALES, Looks
from infra.routes import declared
from local import proxy, server
from local.functions import Context
from local.serving import serving
from pages import files, handler
from shared.domain.policy import Policies
from shared.storage import policies

COLOUR = "#0f5c5c"
LANGUAGES = ("en", *sorted(path.stem for path in LOCALES.glob("*.po")))
LOOKS = Looks(COLOUR, None, LANGUAGES)
_RULE = str.maketrans("{}", "<>")
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Served:
    """Pages that answer at `url`, from the files in `folder`."""

    url: str
    folder: Path


@contextmanager
def serve(
    folder: Path,
    looks: Looks = LOOKS,
    published: Policies | None = None,
    catalogues: Path = LOCALES,
) -> Iterator[Served]:
    """Build pages to `folder` and serve them on a free port of loopback."""
    known = published or policies.load(policies.FOLDER)
    build.build(folder, looks, known, catalogues)
    listening = server.listen(_application(folder, known), 0)
    with serving(listening):
        yield Served(f"http://{server.HOST}:{listening.server_port}", folder)


def _application(folder: Path, known: Policies) -> Callable[..., Any]:
    paths = {route.path for function, route in declared() if function == "pages"}
    places = Map(
        [
            Rule(re.sub(r"{(\w+)\+}", r"<path:\1>", path).translate(_RULE), endpoint=path)
            for path in paths
        ],
        strict_slashes=False,
    )

    def answer(request: Request) -> Response:
        resource, parameters = places.bind_to_environ(request.environ).match()
        call = proxy.Call(
            method=request.method,
            path=request.path,
            query=request.query_string.decode("latin-1"),
            headers=request.environ["local.headers"],
            body=b"",
            source_ip=server.HOST,
        )
        place = proxy.RequestPlace(
            resource, parameters, "prod", str(uuid.uuid4()), datetime.now(UTC)
        )
        with _one_at_a_time, _reading(folder, known):
            made = proxy.answer(handler.api(proxy.event(call, place, {}), Context("pages")))
        response = Response(made.body, status=made.status)
        response.headers.clear()
        for name, value in made.headers:
            response.headers.add(name, value)
        return response

    return lambda environ, start: answer(Request(environ))(environ, start)


@contextmanager
def _reading(folder: Path, known: Policies) -> Iterator[None]:
    """Let the function, which keeps what it has read, read what a test built."""
    before = os.environ.get("PAGES_FOLDER"), os.environ.get("ORIGINS"), policies.published
    os.environ |= {"PAGES_FOLDER": str(folder), "ORIGINS": ""}
    policies.published = lambda: known  # type: ignore[assignment]
    for kept in (files.languages, files.page, files.asset):
        kept.cache_clear()
    try:
        yield
    finally:
        for name, value in zip(("PAGES_FOLDER", "ORIGINS"), before[:2], strict=True):
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        policies.published = before[2]
        for kept in (files.languages, files.page, files.asset):
            kept.cache_clear()
