"""What schemathesis asks of every answer beside its own checks."""

from collections.abc import Iterator
from typing import Any

import schemathesis

MEDIA_TYPE = "application/problem+json"
# Refusals for the request as a whole, which name no field.
WHOLE = {"urn:problem-type:privacy:idempotency-conflict"}
Sent = schemathesis.Case[Any]
PARTS = ("/headers/", "/query/")


@schemathesis.check
def refusals_are_problems_that_name_the_field(
    _context: schemathesis.CheckContext,
    response: schemathesis.Response,
    case: schemathesis.Case[Any],
) -> None:
    """RFC 9457 with the request's id; of 422 each error points at something that was sent."""
    media_type = (response.headers.get("content-type") or [""])[0].partition(";")[0]
    if response.status_code < 400 or case.method == "HEAD" or media_type == "text/html":
        return
    assert media_type == MEDIA_TYPE, f"a refusal as {media_type}"
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["request_id"] == response.headers["x-request-id"][0]
    if response.status_code != 422 or problem["type"] in WHOLE:
        return
    assert problem["errors"], "which field?"
    for error in problem["errors"]:
        assert error["detail"].strip(), "why?"
        assert error["pointer"] == "" or error["pointer"].startswith("/"), "no JSON pointer"


@schemathesis.check
def answers_are_kept_by_nobody_else(
    _context: schemathesis.CheckContext,
    response: schemathesis.Response,
    _case: schemathesis.Case[Any],
) -> None:
    """Only what is the same for everybody may be kept on the way (S11)."""
    (kept,) = response.headers.get("cache-control") or ["no-store"]
    public = ("/v1/policy", "/v1/notices", "/.well-known")
    path = next(_paths(response))
    assert kept == "no-store" or path.startswith(public), f"{path} may be kept: {kept}"


def _paths(response: schemathesis.Response) -> Iterator[str]:
    yield "/" + str(response.request.url).split("/", 3)[-1]
