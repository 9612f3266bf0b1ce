"""One command says whether it works for visitors, and leaves no person behind."""

import json
from datetime import UTC, datetime

import boto3
import httpx
import pytest

from local.cloud import Cloud
from ops import CommandError, smoke
from ops.__main__ import main
from tests.support import NOW, call

# What tells of an item of which kind it is: an attribute, up to a sign.
KINDS = {
    "AuditTable": ("action", "#"),
    "ConsentStatesTable": ("person", "_"),
    "LedgerTable": ("kind", "#"),
    "OperationsTable": ("kind", "#"),
    "RecordsTable": ("record", "#"),
    "RequestsTable": ("entry", "#"),
    "StatisticsTable": ("day", "#"),
    "TokensTable": ("token", "#"),
}
# What ops/smoke.py says that it leaves: retention takes it, each kind in its time.
LEFT = {
    "AuditTable read_request",
    "AuditTable take_in_request",
    "ExportsBucket copy",
    "LedgerTable decision",
    "LedgerTable withdrawal",
    "OperationsTable erasure",
    "OperationsTable follow_up",
    "RequestsTable case",
    "RequestsTable certificate",
    "RequestsTable event",
    "RequestsTable export",
    "RequestsTable mail",
    "RequestsTable plan",
    "StatisticsTable consents",
    "TokensTable counted",
    "TokensTable effect",
    "TokensTable mails_of_forms",
    "TokensTable source",
    "TokensTable verify_request",
}


def everything(cloud: Cloud) -> set[tuple[str, str]]:
    """Return what every table and bucket holds, each with what kind of thing it is there."""
    found = set()
    for name, (key, between) in KINDS.items():
        pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=cloud.table(name))
        found |= {
            (f"{name} {item[key]['S'].partition(between)[0]}", json.dumps(item, default=str))
            for page in pages
            for item in page["Items"]
        }
    bucket = cloud.resources["ExportsBucket"]["Ref"]
    listed = boto3.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    return found | {("ExportsBucket copy", each["Key"]) for each in listed}


@pytest.mark.usefixtures("web")
def test_every_step_is_taken_and_the_test_person_is_gone(
    base_url: str, web: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["smoke", "--url", base_url, "--as", "privacy_officer"]) == 0
    said = capsys.readouterr().out
    for step in ("policy", "capture", "evidence", "withdrawal", "contact form", "copy", "erasure"):
        assert f" ms  {step}: " in said
    assert said.rstrip().endswith("It works.")


@pytest.mark.usefixtures("web")
def test_what_it_leaves_goes_by_itself_and_names_nobody_who_is(
    base_url: str, cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    """Proof of what was done: a refusal, two completed requests; marks and counts beside."""
    before = everything(cloud)
    assert main(["smoke", "--url", base_url, "--as", "privacy_officer"]) == 0
    left = everything(cloud) - before
    assert {kind for kind, _ in left} <= LEFT
    named = {kind for kind, item in left if smoke.NAME in item or smoke.SIMULATOR in item}
    assert named == {"RequestsTable case"}, "as what was asked of us is kept of anybody"
    assert not [item for _, item in left if smoke.MESSAGE in item]


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("now", [NOW, datetime.now(UTC)], ids=["the tests' day", "today"])
def test_its_refusal_is_taken_under_the_version_in_force(now: datetime) -> None:
    """What a browser consents to differs: some purposes of a newer one are objected to instead."""
    policy = call("consent", "GET", "/v1/policy", now=now).json
    taken, choices = smoke._refusal(policy)
    answer = call("consent", "POST", "/v1/consents", taken, now=now)
    assert answer.status == 201, answer.text
    assert not any(answer.json["choices"][name] for name in choices)


@pytest.mark.usefixtures("web")
def test_a_website_that_is_not_let_in_is_told(
    base_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["smoke", "--url", base_url, "--visitors-only", "--origin"]
    assert main([*words, "https://www.khoocommerce.example"]) == 0
    assert "preflight: lets https://www.khoocommerce.example in" in capsys.readouterr().out
    assert main([*words, "https://www.other.example"]) == 1
    assert "scripts of https://www.other.example may not read it" in capsys.readouterr().err


def test_what_cannot_be_reached_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["smoke", "--url", "http://127.0.0.1:9", "--visitors-only"]) == 1
    assert capsys.readouterr().err == "GET /v1/policy: NewConnectionError\n"


def test_a_worker_that_does_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    class Waiting:
        def get(self, path: str) -> dict[str, str]:
            return {"status": "in_progress"}

    monkeypatch.setattr(smoke, "WAIT_SECONDS", 0.05)
    monkeypatch.setattr(smoke, "PAUSE_SECONDS", 0.01)
    with pytest.raises(CommandError, match="is not done after"):
        smoke._settled(Waiting(), "r_x")  # type: ignore[arg-type]
