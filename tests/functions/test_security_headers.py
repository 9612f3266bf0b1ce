"""What every answer says to browsers about itself (S11, S41)."""

import pytest

from tests.functions.people import Person
from tests.support import Answer, call

pytestmark = pytest.mark.usefixtures("cloud")


def well(answer: Answer) -> bool:
    """Tell whether an answer is shown in no frame, over TLS, as what it is, and names nobody."""
    headers = answer.headers
    return (
        "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        and "default-src 'none'" in headers["Content-Security-Policy"]
        and headers["Referrer-Policy"] == "no-referrer"
        and int(headers["Strict-Transport-Security"].removeprefix("max-age=")) >= 31_536_000
        and headers["X-Content-Type-Options"] == "nosniff"
    )


def test_json_and_problems_carry_the_security_headers() -> None:
    assert well(call("consent", "GET", "/v1/policy"))
    refused = call("contact", "POST", "/v1/contact", {})
    assert refused.status == 422
    assert well(refused)


def test_a_page_carries_them_with_its_own_content_policy(sam: Person) -> None:
    sam.subscribe()
    path = {"token": sam.unsubscribe_token()}
    page = call("preferences", "GET", "/v1/unsubscribe/{token}", path=path)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert well(page)
