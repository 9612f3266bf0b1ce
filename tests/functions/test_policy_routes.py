"""The policy as published (S57, S58), cacheable and for ever."""

from datetime import UTC, datetime

import pytest

from shared.storage import policies
from tests.support import call

pytestmark = pytest.mark.usefixtures("cloud")


def test_the_current_policy_says_all_that_the_contract_names() -> None:
    answer = call("consent", "GET", "/v1/policy")
    assert answer.status == 200
    assert answer.headers["Cache-Control"].startswith("public")
    policy = answer.json
    assert policy["version"] == "2023-06"
    wanted = {"version", "controller", "purposes", "notices", "rights", "recipients", "retention"}
    assert wanted <= set(policy)
    assert all({"id", "sha256", "text"} <= set(notice) for notice in policy["notices"])


def test_an_etag_saves_the_transfer() -> None:
    etag = call("consent", "GET", "/v1/policy").headers["ETag"]
    for value in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = call("consent", "GET", "/v1/policy", headers={"If-None-Match": value})
        assert (again.status, again.text) == (304, "")
    assert call("consent", "GET", "/v1/policy", headers={"If-None-Match": '"x"'}).status == 200


def test_a_version_is_served_by_its_name() -> None:
    resource = "/v1/policy/{version}"
    current = call("consent", "GET", "/v1/policy")
    assert call("consent", "GET", resource, path={"version": "2023-06"}).text == current.text
    assert call("consent", "GET", resource, path={"version": "1999-01"}).status == 404


def test_a_version_that_has_not_begun_is_not_public() -> None:
    early = datetime(2020, 1, 1, tzinfo=UTC)
    resource = "/v1/policy/{version}"
    assert call("consent", "GET", resource, path={"version": "2023-06"}, now=early).status == 404


@pytest.mark.parametrize(
    ("version", "revised", "last"),
    [("2023-06", "2023-06-01", "2026-09-30T23:59:59"), ("2026-10", "2026-10-01", None)],
)
def test_each_version_says_since_when_it_is_in_force_and_is_so_from_that_day_s58(
    version: str, revised: str, last: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = policies.load(policies.FOLDER)
    monkeypatch.setattr(policies, "published", lambda: known)
    ends = datetime.fromisoformat(f"{last or '2027-12-31T00:00:00'}+00:00")
    resource = "/v1/policy/{version}"
    told = call("consent", "GET", resource, path={"version": version}, now=ends).json
    assert (told["effective"], told["revised"]) == ("2016-09-01", revised)
    for moment in (datetime.fromisoformat(f"{revised}T00:00:00+00:00"), ends):
        assert call("consent", "GET", "/v1/policy", now=moment).json["version"] == version


def test_browsers_learn_that_gpc_is_honoured() -> None:
    answer = call("consent", "GET", "/.well-known/gpc.json").json
    assert answer["gpc"] is True
    datetime.fromisoformat(answer["lastUpdate"])
