"""What a request tells of where it came from, cut down to what may be kept (S1, S6, S39)."""

from shared.domain import evidence
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
