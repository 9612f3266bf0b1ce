"""The pages of the local server: what runs here, the documentation, the mail."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler.openapi import swagger_ui
from aws_lambda_powertools.event_handler.openapi.swagger_ui import generate_swagger_html
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from local.gateway import Route, allowed
from local.mail import Mail

FOLDER = Path(__file__).parent / "html"


def index(routes: Iterable[Route], base: str) -> str:
    """Say what runs here and how to try it at `base`, the address that the browser came to."""
    shown = [(route.path, allowed(route)) for route in sorted(routes, key=lambda route: route.path)]
    return _render("index.html", routes=shown, base=base)


def mails(everything: list[Mail]) -> str:
    """List the mails, newest first."""
    return _render("mails.html", mails=list(reversed(everything)))


def mail(item: Mail) -> str:
    """Show one mail: its headers, text and HTML."""
    return _render("mail.html", mail=item)


def documentation(document: Mapping[str, Any]) -> str:
    """Show the OpenAPI document with the browser code that Powertools ships: no other host."""
    folder = Path(swagger_ui.__file__).parent
    return generate_swagger_html(
        spec=json.dumps(document).replace("</", "<\\/"),
        swagger_js=(folder / "swagger-ui-bundle.min.js").read_text(encoding="utf-8"),
        swagger_css=(folder / "swagger-ui.min.css").read_text(encoding="utf-8"),
        swagger_base_url="",
        oauth2_config=None,
        persist_authorization=False,
    )


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined)


def _render(name: str, **values: Any) -> str:
    return _environment().get_template(name).render(values)
