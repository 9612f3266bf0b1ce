"""The pages of the local server: what runs here, the documentation, the mail."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler.openapi import swagger_ui
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from local.gateway import Route, allowed
from local.mail import Mail


def index(routes: Iterable[Route]) -> str:
    """Say what runs here and how to try it."""
    shown = [
        (route.path, [method for method in allowed(route) if method != "OPTIONS"])
        for route in sorted(routes, key=lambda route: route.path)
    ]
    return _template("index.html").render(routes=shown)


def mails(everything: list[Mail]) -> str:
    """List the mails, newest first."""
    return _template("mails.html").render(mails=list(reversed(everything)))


def mail(item: Mail) -> str:
    """Show one mail: its headers, text and HTML."""
    return _template("mail.html").render(mail=item)


def documentation(document: Mapping[str, Any]) -> str:
    """Show the OpenAPI document with the browser code that Powertools ships: no other host."""
    import json  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    folder = Path(swagger_ui.__file__).parent
    return swagger_ui.generate_swagger_html(
        spec=json.dumps(document).replace("</", "<\\/"),
        swagger_js=(folder / "swagger-ui-bundle.min.js").read_text(encoding="utf-8"),
        swagger_css=(folder / "swagger-ui.min.css").read_text(encoding="utf-8"),
        swagger_base_url="",
        oauth2_config=None,
        persist_authorization=False,
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader("local/pages"), autoescape=True, undefined=StrictUndefined
    )


def _template(name: str) -> Any:
    return _environment().get_template(name)
