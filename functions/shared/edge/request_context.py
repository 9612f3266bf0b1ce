"""What a request tells of where it came from, cut down to what may be kept (S1, S6, S39)."""

import os
from collections.abc import Iterable
from functools import cache

from typing_extensions import TypedDict

from shared.domain import evidence
from shared.domain.consent import Evidence, SignUp
from shared.domain.evidence import RequestContext
from shared.edge.body import Body
from shared.edge.field_types import optional_evidence
from shared.edge.http import Request


class Gpc(TypedDict):
    """Global Privacy Control: whether it was sent, and what would have been on without it."""

    signal: bool
    turned_off: list[str]


def from_request(request: Request, body: Body | None = None) -> RequestContext:
    """Take from a request, and from its body's optional evidence, what is kept as evidence.

    Nothing of it can be wrong: what cannot be read is left out, and `left_out` names it.
    """
    told = optional_evidence(body) if body is not None else {}
    origin, page = request.header("origin"), told.get("page")
    missing = [name for name, kept in told.items() if kept is None]
    if origin and evidence.host_of(origin) is None and origin != "null":
        missing.append("origin")
    context = RequestContext(
        page=page,
        property=property_of(request, page),
        ip=evidence.truncated_ip(request.source_ip),
        browser=evidence.browser_family(request.header("user-agent")),
    )
    if shown := told.get("shown"):
        context["shown"] = shown
    if missing:
        context["left_out"] = missing
    return context


def property_of(request: Request, page: str | None) -> str:
    """Name the website or platform that a request comes from, or what else it is (S1)."""
    hosts, own = _hosts(os.environ["ORIGINS"]), evidence.host_of(request.api_url) or ""
    return evidence.property_name(request.header("origin"), page, hosts, own)


@cache
def _hosts(origins: str) -> frozenset[str]:
    return frozenset(filter(None, map(evidence.host_of, origins.split())))


def evidence_of(
    request: Request,
    method: str,
    body: Body | None = None,
    *,
    language: str | None = None,
    override: bool = False,
    sign_up: SignUp | None = None,
) -> Evidence:
    """Take from a request what is kept with a decision; Global Privacy Control is heard here.

    `override`: shown that the browser opts out, whoever decides chose otherwise; without the
    signal there is nothing to override.
    """
    gpc = signal(request)
    return Evidence(
        method=method,
        gpc=gpc,
        gpc_override=gpc and override,
        sign_up=sign_up,
        language=language,
        **from_request(request, body),
    )


def signal(request: Request) -> bool:
    """Tell whether the browser sends Global Privacy Control."""
    return evidence.gpc_signal(request.headers.get("sec-gpc", ()))


def heard(request: Request, turned_off: Iterable[str] = ()) -> Gpc:
    """Answer whether the signal was heard, and what it turned off."""
    return Gpc(signal=signal(request), turned_off=sorted(turned_off))
