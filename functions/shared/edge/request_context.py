"""What a request tells of where it came from, cut down to what may be kept (S1, S6, S39)."""

from shared.domain import evidence
from shared.domain.consent import Evidence, SignUp
from shared.domain.evidence import RequestContext
from shared.edge.http import Request


def from_request(request: Request, page: str | None = None) -> RequestContext:
    """Take from a request what is kept as evidence.

    Raises:
        Invalid: `page`, as the website gave it, is no page's address.
    """
    kept_page = evidence.page(page) if page is not None else None
    return RequestContext(
        page=kept_page,
        property=evidence.property_name(request.header("origin"), kept_page),
        ip=evidence.truncated_ip(request.source_ip),
        browser=evidence.browser_family(request.header("user-agent")),
    )


def evidence_of(
    request: Request,
    method: str,
    *,
    page: str | None = None,
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
        **from_request(request, page),
    )


def signal(request: Request) -> bool:
    """Tell whether the browser sends Global Privacy Control."""
    return evidence.gpc_signal(request.headers.get("sec-gpc", ()))
