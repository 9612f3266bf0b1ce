"""What holds for every route: who may call, its address, its forms, its body, its key."""

import importlib
import json
import re
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from infra import routes
from shared.edge.http import PUBLIC, STAFF, SUBJECT, Route
from shared.storage import audit
from tests import support
from tests.functions.test_capture import body as capture_body
from tests.functions.test_capture import capture, history
from tests.support import NOW, Answer, call

pytestmark = pytest.mark.usefixtures("cloud")

FORM = "application/x-www-form-urlencoded"
HOSTILE = {
    "an integer of thousands of digits": '{"x": 1' + "0" * 5000 + "}",
    "an integer of 41 digits": '{"x": ' + "1" * 41 + "}",
    "a number that overflows": '{"x": 1e999}',
    "no number": '{"x": NaN}',
    "an infinity": '{"x": -Infinity}',
    "half a surrogate": '{"x": "\\ud800"}',
    "half a surrogate as a name": '{"\\ud800": 1}',
    "half a surrogate as a name, twice": '{"\\ud800": 1, "\\ud800": 2}',
    "too deep": "[" * 40_000,
    "deep and closed": '{"x": ' + "[" * 5000 + "]" * 5000 + "}",
    "half of it": '{"x": ',
    "nothing but blanks": "  ",
}


def declared(*, with_body: bool = False, pages: bool = False) -> Iterator[tuple[str, Route]]:
    for function, route in routes.declared():
        if (route.body is not None or not with_body) and (route.query is not None or pages):
            yield function, route


def asked(function: str, route: Route, body: Any = None, **more: Any) -> Answer:
    """Call a route with parts that name nothing, as somebody who may."""
    path = dict.fromkeys(re.findall(r"{(\w+)}", route.path), "x")
    staff = "privacy_officer" if route.audience == STAFF else None
    return call(function, route.method, route.path, body, path=path or None, staff=staff, **more)


@pytest.mark.parametrize("told", HOSTILE)
def test_no_json_of_any_kind_is_a_fault_of_ours(told: str) -> None:
    """A9, A11: also where no handler would look at it."""
    for function, route in declared(with_body=True):
        answer = asked(function, route, HOSTILE[told])
        assert answer.status in {400, 401}, (route.path, answer.status, answer.text[:200])
        json.loads(answer.text.encode("utf-8"))


def test_a_parameter_that_no_route_has_is_named_and_so_is_one_that_is_there_twice() -> None:
    for function, route in declared():
        answer = asked(function, route, query={"nothing/like~it": "1"})
        assert answer.status == 422, route.path
        assert "/query/nothing~1like~0it" in answer.pointers, route.path
        answer = asked(function, route, query={"limit": ["1", "2"]})
        assert (answer.status, answer.pointers) == (422, ["/query/limit"]), route.path


@pytest.mark.parametrize(
    "text", ["0", "101", "-1", "1" * 5000, "²", "1e3", "\u0661", "1.0", " 1", "", "0x1"]
)
def test_a_limit_is_a_number_of_items(text: str) -> None:
    for function, route in declared():
        if "limit" in getattr(route.query, "model_fields", {}) and "audit" not in route.path:
            answer = asked(function, route, query={"limit": text})
            assert (answer.status, answer.pointers) == (422, ["/query/limit"]), route.path


@pytest.mark.parametrize("text", ["²", "1" * 5000, "a b", "%00", "é", "=", "x" * 701])
def test_a_cursor_that_nobody_gave_out_is_refused(text: str) -> None:
    for function, route in declared():
        if "cursor" in getattr(route.query, "model_fields", {}):
            answer = asked(function, route, query={"cursor": text})
            assert (answer.status, answer.pointers) == (422, ["/query/cursor"]), route.path


@pytest.mark.parametrize("part", ["", "é", "a b", "x" * 513, "\x00", "\ud800"])
def test_a_part_of_a_path_that_can_name_nothing_is_not_found(part: str) -> None:
    for function, route in declared(pages=True):
        parts = dict.fromkeys(re.findall(r"{(\w+)}", route.path), part)
        if parts:
            staff = "privacy_officer" if route.audience == STAFF else None
            answer = call(function, route.method, route.path, path=parts, staff=staff)
            allowed = {401, 404} if route.audience == SUBJECT else {404}
            assert answer.status in allowed or route.query is None, route.path
            assert answer.status < 500


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/jose", 200),
        ("application/jose;q=0, application/json", 200),
        ("application/jose;q=0", 406),
        ("text/html", 406),
        ("*/*;q=0", 406),
        ("*/*, application/json;q=0, application/jose;q=0", 406),
        ("application/*", 200),
        ("", 200),
        ("nonsense", 406),
        ("application/json;q=nonsense", 406),
    ],
)
def test_a_receipt_comes_in_the_form_that_is_asked_for(accept: str, status: int) -> None:
    """A22: what has the weight 0 is not wanted."""
    path = {"consent_id": capture().json["consent_id"]}
    route = "/v1/consents/{consent_id}/receipt"
    answer = call("consent", "GET", route, path=path, headers={"Accept": accept})
    assert answer.status == status
    if status == 200:
        signed = accept == "application/jose"
        assert answer.headers["Content-Type"].endswith("jose" if signed else "json")
    else:
        assert "application/json or application/jose" in answer.json["detail"]


def test_who_may_not_do_it_is_turned_away_before_the_body_is_read() -> None:
    """A21: and the audit has it."""
    for function, route in declared():
        if route.audience != STAFF:
            continue
        path = dict.fromkeys(re.findall(r"{(\w+)}", route.path), "x")
        answer = call(function, route.method, route.path, "{", path=path or None, staff="gardener")
        assert answer.status == 403, route.path
        refused = {
            entry.action
            for entry in audit.of_day(str(NOW.date()))
            if entry.actor == "staff-gardener" and entry.facts.get("refused")
        }
        assert route.handler.__name__ in refused


def send(route: str, encoded: str, **headers: str) -> Answer:
    return call("contact", "POST", route, encoded, headers={"Content-Type": FORM, **headers})


def fields(**more: str) -> dict[str, str]:
    known = {"policy_version": "2023-06", "name": "Sam Example", "email": "sam@example.com"}
    return {**known, "message": "When?", **more}


def test_a_page_without_scripts_sends_its_form() -> None:
    answer = send("/v1/contact", urlencode(fields(phone="", marketing_opt_out="on")))
    assert (answer.status, answer.headers["Location"], answer.text) == (303, "../contact?sent", "")


@pytest.mark.parametrize(
    ("encoded", "said"),
    [
        (urlencode(fields(email="nobody")), "<li>E-mail address <"),
        (urlencode(fields(marketing_opt_out="perhaps")), "<li>The box against advertising <"),
        (urlencode(fields()) + "&email=x@example.com", "stands there twice"),
        (urlencode(fields(what="<b>")), "is not a field"),
        ("%ff=%ff", "in a way that we cannot read"),
        ("&".join(f"a{n}=1" for n in range(101)), "in a way that we cannot read"),
        (urlencode(fields(message="m" * 70_000)), "It is too long for us."),
    ],
)
def test_what_is_wrong_with_a_form_is_told_as_a_page(encoded: str, said: str) -> None:
    answer = send("/v1/contact", encoded)
    assert answer.status in {400, 413, 422}
    assert answer.headers["Content-Type"].startswith("text/html")
    assert said in answer.text
    assert "<b>" not in answer.text


# The language of the form that was sent counts before the browser's, as on the page itself.
IN_GERMAN = [({"language": "de"}, {"Accept-Language": "en"}), ({}, {"Accept-Language": "de-AT"})]


@pytest.mark.parametrize(("sent", "told"), IN_GERMAN)
def test_a_refused_form_is_answered_in_its_language(
    sent: dict[str, str], told: dict[str, str]
) -> None:
    wrong = {"email": "nobody", "phone": "12", "name": "n" * 201}
    answer = send("/v1/contact", urlencode(fields(**wrong, **sent)), **told)
    assert answer.headers["Content-Language"] == "de"
    assert "<h1>Bitte sehen Sie das noch einmal an</h1>" in answer.text
    assert "<li>E-Mail-Adresse ist keine E-Mail-Adresse</li>" in answer.text
    assert "<li>Name hat mehr als 200 Zeichen</li>" in answer.text
    assert 'lang="en"' not in answer.text


def test_the_page_after_a_form_is_in_its_language() -> None:
    answer = send("/v1/contact", urlencode(fields(language="de")))
    assert answer.headers["Location"] == "../contact?sent&lang=de"


def test_a_form_is_taken_where_pages_have_one_and_nowhere_else() -> None:
    taking = {route.path for _, route in routes.declared() if FORM in route.media_types}
    assert {"/v1/contact", "/v1/newsletter", "/v1/accounts"} <= taking
    other = {"Content-Type": FORM}
    answer = call("consent", "POST", "/v1/consents", "choices=all", headers=other)
    assert answer.status == 415
    assert answer.json["detail"] == "Send the body as application/json."
    other = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = call("contact", "POST", "/v1/contact", "--x--", headers=other)
    assert answer.status == 415
    assert answer.json["detail"].endswith("application/json or application/x-www-form-urlencoded.")


def test_a_key_is_read_on_every_post_and_patch() -> None:
    """A8, K8: and refused where it is none."""
    for function, route in declared(with_body=True):
        if route.method in {"POST", "PATCH"} and route.audience == PUBLIC:
            answer = asked(function, route, {}, headers={"Idempotency-Key": "short"})
            assert answer.status == 422, route.path


def test_two_visitors_with_one_thought_of_key_are_told() -> None:
    """A8."""
    answer = capture(headers={"Idempotency-Key": "consent-banner-1"})
    assert (answer.status, answer.pointers) == (422, ["/headers/Idempotency-Key"])
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = capture(capture_body(), headers=key)
    assert len(history(first.json["consent_id"])) == 1


@pytest.mark.parametrize(
    ("resource", "path", "status"),
    [
        ("/desk", "/desk", 200),
        ("/desk", "/desk/", 200),
        ("/desk/{view}/{item}", "/desk/requests/r_a/", 200),
        ("/{proxy+}", "/nope", 404),
        ("/{proxy+}", "/nope/~sign_in~/~root~/%3Cb%3E/", 404),
        ("/{proxy+}", "/desk/a/desk/b", 404),
    ],
)
@pytest.mark.parametrize("below", ["", "/prod"])
def test_a_page_of_any_depth_links_to_the_apis_own_address(
    resource: str, path: str, status: int, below: str
) -> None:
    """API Gateway hands the path over as it was asked for; nothing of it comes back in a page."""
    names = re.findall(r"{(\w+)", resource)
    event = support.proxy_event("GET", resource, path=dict.fromkeys(names, path[1:]))
    event["path"] = path
    event["multiValueHeaders"] = {"Accept": ["text/html"]}
    event["requestContext"] |= {"path": f"{below}{path}", "domainName": "api.example.org"}
    answer = importlib.import_module("pages.handler").api(event, None)
    assert answer["statusCode"] == status
    links = re.findall(r' href="([^"?]+)', answer["body"])
    own = [link for link in links if "//api.example.org" in link]
    assert own
    assert all(re.match(rf"https://api\.example\.org{below}/(\w|$)", link) for link in own)
    assert not re.search("nope|desk/(a|requests/r_a)|~", answer["body"].partition("<script")[0])
