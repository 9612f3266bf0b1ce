"""Page visits: only with consent, cut down before they are kept, each part once (S6, S7, S32)."""

import json
import secrets as randomness
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.timestamps import format_timestamp
from shared.storage import ledger, records
from shared.storage.records import Record
from tests.support import AGENT, NOW, Answer, call, source

pytestmark = pytest.mark.usefixtures("cloud")

SITE = "https://www.khoocommerce.example"
CAPTURE = {"policy_version": "2023-06", "notice_id": "cookie_banner", "method": "choose"}
HOUR = timedelta(hours=1)


def browser(**choices: bool) -> str:
    """Name a browser that made these choices."""
    answer = call("consent", "POST", "/v1/consents", CAPTURE | {"choices": choices})
    assert answer.status == 201, answer.text
    return str(answer.json["consent_id"])


@pytest.fixture
def agreed() -> str:
    return browser(analytics=True)


def page(path: str = "/pricing", **more: Any) -> dict[str, Any]:
    return {"url": SITE + path, "at": format_timestamp(NOW), "engaged_ms": 1200} | more


def body(consent_id: str, **more: Any) -> dict[str, Any]:
    """Tell of a visit of its own."""
    return {
        "consent_id": consent_id,
        "visit_id": randomness.token_urlsafe(18),
        "device_type": "desktop",
        "entry": f"{SITE}/",
        "pages": [page()],
    } | more


def visit(told: Any, **more: Any) -> Answer:
    return call("visits", "POST", "/v1/visits", told, **more)


def held(consent_id: str) -> list[Record]:
    return list(records.for_person(consent_id))


def test_a_visit_is_kept_cut_down_under_the_browser_and_without_a_person(agreed: str) -> None:
    """S6, S7, S30, S38, S39."""
    told = body(
        agreed,
        entry=f"{SITE}/?utm_source=mail#top",
        exit=f"{SITE}/people/sam@example.com?who=sam@example.com",
        pages=[page("/a?gclid=1", content="write to sam@example.com 4111 1111 1111 1111")],
    )
    answer = visit(told)
    assert answer.status == 202, answer.text
    assert answer.json == {"visit_id": told["visit_id"], "received_at": format_timestamp(NOW)}
    (record,) = held(agreed)
    assert record.key == f"visit#{told['visit_id']}"
    assert record.fields == {
        "device_type": "desktop",
        "entry": f"{SITE}/",
        "exit": f"{SITE}/people/[email]",
        "pages": [
            {
                "url": f"{SITE}/a",
                "at": format_timestamp(NOW),
                "engaged_ms": 1200,
                "content": "write to [email] [card number removed]",
            }
        ],
    }
    assert record.provenance["ip"] == source.ip.rpartition(".")[0] + ".0/24"
    assert record.provenance["notice"]["id"] == "cookie_banner"
    assert record.provenance["property"] == "www.khoocommerce.example"
    kept = json.dumps(record.provenance) + json.dumps(record.fields)
    assert [word for word in (source.ip, AGENT, "Firefox", "p_", "gclid") if word in kept] == []


def test_named_parameters_stay(agreed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """S39: only what the deployment says tells pages apart."""
    monkeypatch.setenv("VISIT_PARAMETERS", "tab product")
    assert visit(body(agreed, pages=[page("/a?tab=2&gclid=1&product=x")])).status == 202
    (record,) = held(agreed)
    assert record.fields["pages"][0]["url"] == f"{SITE}/a?tab=2&product=x"


def test_a_beacon_is_read_as_json(agreed: str) -> None:
    beacon = {"Content-Type": "text/plain;charset=UTF-8"}
    assert visit(body(agreed), headers=beacon).status == 202
    assert len(held(agreed)) == 1
    assert visit("not json", headers=beacon).status == 400
    assert visit(body(agreed), headers={"Content-Type": "text/html"}).status == 415
    plain = call("consent", "POST", "/v1/consents", CAPTURE, headers=beacon)
    assert plain.status == 415, "other routes do not read it"


def test_without_consent_nothing_is_kept() -> None:
    """S32, S34: never asked, refused, for another purpose only, or not known at all."""
    unknown = "c_" + "a" * 26
    refused = browser(analytics=False)
    other = browser(personalisation=True)
    answers = [visit(body(name)) for name in (unknown, refused, other)]
    for answer in answers:
        assert answer.status == 403
        assert answer.json["type"].endswith(":consent-required")
    assert len({answer.json["detail"] for answer in answers}) == 1, "nobody learns which"
    assert not any(held(name) for name in (unknown, refused, other))


def test_a_withdrawal_stops_visits_at_once(agreed: str) -> None:
    """S32, S48: also a visit that has begun, and the same part sent again."""
    told = body(agreed)
    assert visit(told).status == 202
    named = {"path": {"consent_id": agreed}}
    path = "/v1/consents/{consent_id}/withdrawal"
    assert call("consent", "POST", path, {"purposes": ["analytics"]}, **named).status == 201
    for later in (told, told | {"pages": [page("/more")]}, body(agreed)):
        assert visit(later).status == 403
    assert len(held(agreed)) == 1


def test_consent_runs_out(agreed: str) -> None:
    """S32: after the purpose's lifetime it has to be given again."""
    late = NOW + timedelta(days=182)
    told = body(agreed, pages=[page(at=format_timestamp(late))])
    assert visit(told, now=late).status == 403
    told = body(agreed, pages=[page(at=format_timestamp(late - HOUR))])
    assert visit(told, now=late - HOUR).status == 202


def test_the_same_part_again_gets_the_first_answer_and_another_is_kept_beside_it(
    agreed: str,
) -> None:
    told = body(agreed)
    further = told | {"exit": f"{SITE}/end", "pages": [page("/end")]}
    first = visit(told)
    assert visit(further, now=NOW + HOUR).json["received_at"] == format_timestamp(NOW + HOUR)
    for again, answered in ((told, NOW), (further, NOW + HOUR)):
        answer = visit(again, now=NOW + 2 * HOUR)
        assert (answer.status, answer.json["received_at"]) == (202, format_timestamp(answered))
    assert first.json["visit_id"] == told["visit_id"]
    ids = [record.id for record in held(agreed)]
    assert len(ids) == 2
    assert ids[0] == told["visit_id"]
    assert ids[1].startswith(f"{told['visit_id']}.")


@pytest.mark.parametrize("begun", [False, True])
def test_an_idempotency_key_stands_for_one_part(agreed: str, *, begun: bool) -> None:
    told = body(agreed)
    if begun:
        assert visit(told).status == 202
        told |= {"pages": [page("/second")]}
    key = {"headers": {"Idempotency-Key": "part-one-of-this-visit"}}
    assert visit(told, **key).status == 202
    assert visit(told, now=NOW + HOUR, **key).json["received_at"] == format_timestamp(NOW)
    other = visit(told | {"device_type": "tablet"}, **key)
    assert (other.status, other.json["type"].rpartition(":")[2]) == (422, "idempotency-conflict")
    assert len(held(agreed)) == 1 + begun


def test_each_browser_has_its_own_visits(agreed: str) -> None:
    told = body(agreed)
    other = told | {"consent_id": browser(analytics=True), "device_type": "tablet"}
    assert [visit(told).status, visit(other).status] == [202, 202]
    assert held(str(other["consent_id"]))[0].fields["device_type"] == "tablet"


WRONG: dict[str, tuple[Any, str]] = {
    "a consent_id of another form": ({"consent_id": "p_" + "a" * 26}, "/consent_id"),
    "a short visit_id": ({"visit_id": "a" * 15}, "/visit_id"),
    "a long visit_id": ({"visit_id": "a" * 65}, "/visit_id"),
    "a visit_id with a dot": ({"visit_id": "a" * 16 + ".b"}, "/visit_id"),
    "a card as visit_id": ({"visit_id": "4111111111111111"}, "/visit_id"),
    "a card in the visit_id": ({"visit_id": "x-4111-1111-1111-1111"}, "/visit_id"),
    "an unknown device": ({"device_type": "Desktop"}, "/device_type"),
    "no page": ({"pages": []}, "/pages"),
    "too many pages": ({"pages": [page()] * 51}, "/pages"),
    "a referrer": ({"referrer": SITE}, "/referrer"),
    "a user agent": ({"user_agent": AGENT}, "/user_agent"),
    "a page that is none": ({"pages": [page(), {"url": "x"}]}, "/pages/1/at"),
    "an address that is none": ({"pages": [page(url="javascript:x")]}, "/pages/0/url"),
    "a long address": ({"pages": [page("/" + "a" * 1025)]}, "/pages/0/url"),
    "negative engagement": ({"pages": [page(engaged_ms=-1)]}, "/pages/0/engaged_ms"),
    "engagement for over a day": (
        {"pages": [page(engaged_ms=86_400_001)]},
        "/pages/0/engaged_ms",
    ),
    "engagement as text": ({"pages": [page(engaged_ms="1")]}, "/pages/0/engaged_ms"),
    "a fraction": ({"pages": [page(engaged_ms=1.5)]}, "/pages/0/engaged_ms"),
    "a long label": ({"pages": [page(content="a" * 101)]}, "/pages/0/content"),
    "a number for a time": ({"pages": [page(at=1769936400)]}, "/pages/0/at"),
    "a number's text for a time": ({"pages": [page(at="1769936400")]}, "/pages/0/at"),
    "a time without zone": ({"pages": [page(at="2026-02-01T09:00:00")]}, "/pages/0/at"),
    "a day that is none": ({"pages": [page(at="2026-02-30T09:00:00Z")]}, "/pages/0/at"),
}


@pytest.mark.parametrize(("wrong", "pointer"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_named_and_nothing_is_kept(
    agreed: str, wrong: dict[str, Any], pointer: str
) -> None:
    answer = visit(body(agreed) | wrong)
    assert answer.status == 422, answer.text
    assert pointer in answer.pointers
    assert held(agreed) == []


def test_a_visit_costs_one_read_and_one_write(agreed: str, database_calls: list[str]) -> None:
    assert visit(body(agreed)).status == 202
    assert database_calls == ["query", "put_item"]


def test_a_visit_tells_under_which_decision_it_was_taken(agreed: str) -> None:
    """S51."""
    assert visit(body(agreed)).status == 202
    head = ledger.head(agreed)
    assert head is not None
    (record,) = held(agreed)
    assert record.provenance["notice"] == head.event["notice"]
    assert record.provenance["policy_version"] == head.event["policy_version"]
    assert record.consent_id is None
