"""From a request to a downloaded copy, with the sample source answering over HTTP (S5, S52)."""

import io
import json
import re
import secrets as randomness
import zipfile

import httpx
import pytest

from local import example_source


@pytest.fixture
def orders(base_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the functions know the sample source, as `make run` does."""
    monkeypatch.setenv("SOURCES", "{}")
    example_source.configure(base_url)


@pytest.mark.usefixtures("orders")
def test_a_copy_holds_what_the_sample_source_holds(web: httpx.Client) -> None:
    email = f"{randomness.token_hex(6)}@example.com"
    body = {"type": "access", "email": email, "name": "Sam Example"}
    asked = web.post("/v1/requests", json=body)
    assert asked.status_code == 202, asked.text
    name = asked.json()["request_id"]
    mails = web.get("/_local/mail").json()
    texts = "".join(mail["text"] for mail in mails if mail["to"] == email)
    (token,) = re.findall(rf"/requests/{name}#token=([\w.-]+)", texts)
    shown = web.post(f"/v1/requests/{name}/verification", json={"token": token}).json()
    bearer = {"Authorization": f"Bearer {shown['session']}"}
    web.get("/_local/mail")  # waits until the workers are done
    assert web.get(f"/v1/requests/{name}", headers=bearer).json()["status"] == "completed"
    moved = web.get(f"/v1/requests/{name}/export", headers=bearer)
    assert moved.status_code == 303, moved.text
    copy = web.get(moved.headers["Location"])
    with zipfile.ZipFile(io.BytesIO(copy.content)) as archive:
        told = json.loads(archive.read("export.json"))
    assert told["other_systems"] == [{"name": "orders", "status": "collected", "reason": None}]
    assert {entry["title"] for entry in told["data"]["statutory_record"]} == {"Order", "Invoice"}


def test_the_sample_source_answers_nobody_else(web: httpx.Client) -> None:
    answer = web.post("/_local/source", json={"type": "collect", "email": "sam@example.com"})
    assert answer.status_code == 401
