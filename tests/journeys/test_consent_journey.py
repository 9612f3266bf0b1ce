"""A visitor's way through consent, over HTTP (S32, S40, S48, S51, S57)."""

import uuid
from typing import Any

import httpx
from joserfc import jws
from joserfc.jwk import ECKey

from ops.__main__ import main as ops
from shared.domain.hash_chain import first_break

CAPTURE = {
    "policy_version": "2023-06",
    "notice_id": "cookie_banner",
    "choices": {"analytics": True, "advertising": True, "personalisation": True},
    "method": "accept_all",
    "language": "en-GB",
    "page": "https://www.khoocommerce.example/?utm_source=x",
}


def capture(web: httpx.Client, headers: dict[str, str] | None = None, **changes: Any) -> Any:
    answer = web.post("/v1/consents", json=CAPTURE | changes, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_from_the_banner_to_the_receipt_and_out_again(web: httpx.Client) -> None:
    policy = web.get("/v1/policy").json()
    banner = next(item for item in policy["notices"] if item["id"] == "cookie_banner")
    assert banner["text"]

    state = capture(web)
    name = state["consent_id"]
    assert state["decided_at"] == "2026-02-01T09:00:00.000Z"

    receipt = web.get(f"/v1/consents/{name}/receipt", headers={"Accept": "application/jose"})
    (key,) = web.get("/.well-known/jwks.json").json()["keys"]
    jws.deserialize_compact(receipt.text, ECKey.import_key(key))

    gone = web.post(f"/v1/consents/{name}/withdrawal")
    assert gone.status_code == 201
    now = web.get(f"/v1/consents/{name}").json()
    assert not any(now["choices"].values())

    history = web.get(f"/v1/consents/{name}/history").json()
    assert [event["kind"] for event in history["events"]] == ["decision", "withdrawal"]
    assert history["events"][0]["notice"]["sha256"] == banner["sha256"]
    assert first_break(name, history["events"]) is None


def test_half_a_year_later_the_visitor_is_asked_again(web: httpx.Client) -> None:
    name = capture(web)["consent_id"]
    web.put("/_local/clock", json={"now": "2026-08-02T09:00:00Z"})
    state = web.get(f"/v1/consents/{name}").json()
    assert state["renewal"] == {"needed": True, "reason": "expired"}
    assert not any(state["choices"].values())


def test_a_lost_answer_is_had_again_with_the_same_key(web: httpx.Client) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = capture(web, headers=key)
    web.put("/_local/clock", json={"now": "2026-02-01T09:05:00Z"})
    assert capture(web, headers=key) == first


def test_the_browsers_signal_travels_as_a_header(web: httpx.Client) -> None:
    twice = [("Sec-GPC", "0"), ("Sec-GPC", "1")]
    answer = web.post("/v1/consents", json=CAPTURE | {"method": "choose"}, headers=twice).json()
    assert answer["gpc"] == {"signal": True, "turned_off": ["advertising"]}
    assert answer["choices"]["advertising"] is False
    assert answer["choices"]["analytics"] is True


def test_the_documented_command_verifies_a_chain_over_http(
    web: httpx.Client, base_url: str, capsys: Any
) -> None:
    state = capture(web)
    command = ["ledger", "verify", "--api", base_url, state["consent_id"]]
    assert ops([*command, f"--digest={state['digest']}"]) == 0
    assert "1 chains with 1 events verified, 0 broken" in capsys.readouterr().out
    for other in ("x" * 43, "-" + "x" * 42):  # one digest in 64 begins with a dash
        assert ops([*command, f"--digest={other}"]) == 1
    assert ops(["ledger", "verify", "--api", base_url, "c_" + "a" * 26]) == 1
    assert "404" in capsys.readouterr().err
