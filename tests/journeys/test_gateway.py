"""What the gateway does by itself, the same here as in AWS."""

import json

import httpx
import pytest

ORIGIN = "https://www.khoocommerce.example"


def is_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "detail", "request_id"} <= set(problem)
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    "path", ["/v1/nothing", "/v2/consents", "/v1/consents/a/b/c", "/favicon.ico"]
)
def test_an_unknown_route_is_404(web: httpx.Client, path: str) -> None:
    is_problem(web.get(path), 404)


@pytest.mark.parametrize("path", ["/nope", "/requests", "/requests/x/y/", "/requests//", "/a%2Fb"])
def test_a_browser_that_is_nowhere_sees_a_page_and_a_program_a_problem(
    web: httpx.Client, path: str
) -> None:
    opened = web.get(path, headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": "de"})
    assert (opened.status_code, opened.headers["Cache-Control"]) == (404, "no-store")
    assert "Diese Seite gibt es nicht" in opened.text
    assert f'href="{str(web.base_url).rstrip("/")}/assets/' in opened.text
    for accept in (
        "application/json",
        "application/problem+json",
        "*/*",
        "text/html;q=0",
        "font/*",
    ):
        is_problem(web.get(path, headers={"Accept": accept}), 404)
    is_problem(web.post(path, headers={"Accept": "text/html"}, json={}), 404)


@pytest.mark.parametrize("path", ["/v1", "/v1/nothing", "/v1/desk/x/y/z", "/.well-known/x"])
def test_what_programs_call_is_a_problem_to_everybody(web: httpx.Client, path: str) -> None:
    is_problem(web.get(path, headers={"Accept": "text/html"}), 404)


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/v1/consents"), ("HEAD", "/v1/policy")])
def test_a_wrong_method_is_405_and_says_which_are_right(
    web: httpx.Client, method: str, path: str
) -> None:
    answer = web.request(method, path)
    assert answer.status_code == 405
    assert "OPTIONS" in answer.headers["Allow"]
    if method != "HEAD":
        is_problem(answer, 405)


def test_a_preflight_lets_configured_origins_in_and_no_other(web: httpx.Client) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Origin": ORIGIN}
    yes = web.options("/v1/consents", headers=asked)
    assert yes.status_code == 204
    assert yes.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "POST" in yes.headers["Access-Control-Allow-Methods"]
    assert "Idempotency-Key" in yes.headers["Access-Control-Allow-Headers"]
    no = web.options("/v1/consents", headers=asked | {"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in no.headers


def test_every_answer_has_an_id_of_its_own(web: httpx.Client) -> None:
    ids = {web.get(path).headers["X-Request-Id"] for path in ("/v1/policy", "/v1/policy", "/v1/x")}
    assert len(ids) == 3


def test_too_large_is_413_at_the_function_and_at_the_gateway(web: httpx.Client) -> None:
    typed = {"Content-Type": "application/json"}
    is_problem(web.post("/v1/consents", content=b" " * 65_537, headers=typed), 413)
    for most in (10 * 1024 * 1024 + 1, 12_000_000):
        is_problem(web.post("/v1/consents", content=b" " * most, headers=typed), 413)


def test_a_body_that_is_no_text_is_malformed_not_a_crash(web: httpx.Client) -> None:
    typed = {"Content-Type": "application/json"}
    is_problem(web.post("/v1/consents", content=b"\xff\xfe{}", headers=typed), 400)


def test_a_body_in_chunks_is_read(web: httpx.Client) -> None:
    typed = {"Content-Type": "application/json"}
    is_problem(web.post("/v1/consents", content=iter([b'{"page', b'": 1}']), headers=typed), 422)


def test_the_access_log_has_no_word_of_the_caller(
    web: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    """Promise 5 of the design: no personal data in logs, by whatever way it is sent."""
    web.request("SAM.EXAMPLE", "/v1/policy")
    web.get("/v1/policy/sam@example.com?email=sam@example.com")
    said = capsys.readouterr().out
    assert "/v1/policy/{version}" in said
    assert "sam" not in said.lower()


def test_path_parameters_are_decoded(web: httpx.Client) -> None:
    assert web.get("/v1/policy/2023%2D06").status_code == 200


def test_a_caching_browser_gets_304(web: httpx.Client) -> None:
    etag = web.get("/v1/policy").headers["ETag"]
    again = web.get("/v1/policy", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_other_back_ends_sign_in(web: httpx.Client) -> None:
    question = {"purpose": "direct_marketing", "emails": ["nobody@example.com"]}
    is_problem(web.post("/v1/permissions", json=question), 401)
    wrong = {"Authorization": "Bearer local-support"}
    is_problem(web.post("/v1/permissions", json=question, headers=wrong), 403)
    right = {"Authorization": "Bearer local-service"}
    assert web.post("/v1/permissions", json=question, headers=right).status_code == 200


class TestOnlyHere:
    def test_a_page_says_what_runs_here(self, web: httpx.Client) -> None:
        page = web.get("/_local/")
        assert page.headers["Content-Type"].startswith("text/html")
        assert "/v1/consents/{consent_id}" in page.text

    def test_the_documentation_needs_no_other_host(self, web: httpx.Client) -> None:
        page = web.get("/docs").text
        assert "swagger" in page
        assert 'src="http' not in page
        assert 'href="http' not in page

    def test_the_document_describes_every_route_with_examples(self, web: httpx.Client) -> None:
        document = web.get("/openapi.json").json()
        capture = document["paths"]["/v1/consents"]["post"]
        assert capture["requestBody"]["content"]["application/json"]["example"]
        assert "application/problem+json" in capture["responses"]["422"]["content"]
        names = [parameter["name"] for parameter in capture["parameters"]]
        assert {"Idempotency-Key", "Sec-GPC"} <= set(names)

    def test_the_page_names_the_address_that_it_is_at(self, web: httpx.Client) -> None:
        assert f"curl -s {str(web.base_url).rstrip('/')}/v1/consents" in web.get("/_local/").text

    def test_a_wrong_method_is_405_here_too(self, web: httpx.Client) -> None:
        answer = web.patch("/_local/clock")
        assert answer.status_code == 405
        assert {"GET", "PUT"} <= set(answer.headers["Allow"].split(", "))

    @pytest.mark.parametrize(
        "now",
        [
            "yesterday",
            "2026-02-01T09:00:00",
            "2026-W05-1T09:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-01:00",
            5,
        ],
    )
    def test_the_clock_refuses_what_is_no_moment(self, web: httpx.Client, now: object) -> None:
        assert web.put("/_local/clock", json={"now": now}).status_code == 422

    def test_the_clock_stands_where_it_is_put(self, web: httpx.Client) -> None:
        set_to = {"now": "2030-05-06T07:08:09Z"}
        assert web.put("/_local/clock", json=set_to).json() == {"now": "2030-05-06T07:08:09.000Z"}
        assert web.get("/_local/clock").json()["now"] == "2030-05-06T07:08:09.000Z"

    def test_a_function_runs_by_hand(self, web: httpx.Client) -> None:
        answer = web.post("/_local/run/notifications", content=json.dumps({"Records": []}))
        assert answer.status_code in (200, 500)
        assert web.post("/_local/run/nobody").status_code == 404

    def test_no_page_from_elsewhere_and_no_other_name_gets_in(self, web: httpx.Client) -> None:
        """A page can make a browser ask, and its name point here; it cannot hide either."""
        path = "/_local/run/desk"
        event: dict[str, object] = {"requestContext": {}}
        elsewhere = {"Origin": "http://evil.example"}
        assert web.post(path, json=event, headers=elsewhere).status_code == 403
        assert web.get("/_local/mail", headers={"Origin": "null"}).status_code == 403
        plain = {"Content-Type": "text/plain"}
        assert web.post(path, content="{}", headers=plain).status_code == 415
        for asked in ("/_local/mail", "/v1/policy", "/docs"):
            for host in ("evil.example", "127.0.0.1.evil.example", "localhost@evil.example", ""):
                assert web.get(asked, headers={"Host": host}).status_code in {400, 421}, host
            assert web.get(asked, headers={"Host": "localhost:8000"}).status_code == 200

    def test_json_of_any_depth_is_no_fault(self, web: httpx.Client) -> None:
        deep, json_type = "[" * 40_000, {"Content-Type": "application/json"}
        answer = web.put("/_local/clock", content=deep, headers=json_type)
        assert answer.status_code == 422
        answer = web.post("/_local/run/desk", content=deep, headers=json_type)
        assert answer.status_code == 400
