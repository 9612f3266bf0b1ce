"""Copies for access requests: all that is held, told in three forms (S52, UK GDPR Art. 15)."""

import base64
import csv
import html
import io
import json
import os
import re
import tempfile
import zipfile
import zlib
from datetime import UTC, datetime, time, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import boto3
import jsonschema
import pytest

from fulfilment.access_copy import (
    access_export,
    collection,
    copy_html,
    copy_json,
    formatting,
    scratch_files,
)
from local.functions import Functions
from shared import languages
from shared.domain.errors import Conflict
from shared.domain.timestamps import format_timestamp
from shared.storage import audit, objects, policies, records
from shared.storage.audit import AuditRecord
from shared.storage.aws_clients import client
from shared.storage.records import Record
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction
from tests import factories, names_of_data
from tests.functions.asking import Asker
from tests.functions.people import Person, somebody
from tests.functions.visiting import browser, visit
from tests.support import NOW, source

ROOT = Path(__file__).parent.parent.parent
SCHEMA = json.loads((ROOT / "events/schemas/export.schema.json").read_text(encoding="utf-8"))
LATER = NOW + timedelta(hours=1)
STAFF = "staff-7f3a"
NASTY = '=HYPERLINK("https://attack.example")'
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def asker(cloud: object, functions: Functions, sam: Person) -> Asker:
    """Somebody with a little of everything, whose request is not made yet."""
    linked = browser(NOW)
    visit(linked, NOW, "/pricing")
    sam.subscribe()
    sam.open_link_in(linked)
    fields: dict[str, Any] = {"name": SCRIPT, "message": NASTY, "phone": "+442079460018"}
    sam.send("/v1/contact", **fields, consent_id=linked)
    records.add(record(sam.id, "disclosure", recipient="carriers", data=["name"]))
    brought = record(sam.id, "import", name="Sam", organisation="Example Ltd")
    records.add(brought)
    audit.add(
        AuditRecord(format_timestamp(NOW), STAFF, "read_person", "b-1", sam.id, {"by": STAFF})
    )
    earlier = Asker(sam, functions)
    earlier.ask("objection", details="No more calls")
    earlier.verify()
    request_store.advance(earlier.case, RequestAction("note", STAFF, NOW, reason="Called back"))
    return Asker(sam, functions)


def record(person: str, kind: str, **fields: Any) -> Record:
    return factories.record(
        person,
        kind,
        f"{kind}1",
        fields=fields,
        provenance=factories.provenance("desk"),
        facts={
            "by": STAFF,
            "source": "public_resources",
            "changes": [{"by": STAFF, "at": format_timestamp(NOW)}],
            "tell": False,
        },
    )


def prepared(asker: Asker, kind: str = "access", **more: Any) -> dict[str, Any]:
    """Ask, show who asks, let the worker do it; return the entry that names the files."""
    assert asker.ask(kind, **more).status == 202
    assert asker.verify().status == 200
    access_export.carry_out(asker.case, LATER)
    if asker.case.status == "awaiting_review":
        assert asker.staff("review", release=True).status == 200
        access_export.carry_out(asker.case, LATER)
    assert asker.case.status == "completed"
    entry = request_store.entry(asker.id, "export")
    assert entry is not None
    return entry


def fetched(entry: dict[str, Any], form: str) -> bytes:
    found = boto3.client("s3").get_object(Bucket=objects.bucket(), Key=entry["files"][form]["key"])
    return bytes(found["Body"].read())


def unpacked(entry: dict[str, Any], form: str = "zip") -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(fetched(entry, form))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def document(entry: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(fetched(entry, "json"))
    jsonschema.Draft202012Validator(SCHEMA).validate(told)
    return told


def test_the_document_holds_everything_about_the_person(asker: Asker) -> None:
    """S52, S31, S7, S51: records, ledger, visits of linked browsers, requests, disclosures."""
    told = document(prepared(asker))
    data = told["data"]
    assert set(data) == {
        "consent_evidence",
        "enquiry",
        "subscription",
        "subscription_pending",
        "suppression",
        "linked_browser",
        "visit",
        "import",
        "disclosure",
        "case",
        "desk_audit",
    }
    (asked,) = data["enquiry"]
    assert asked["data"]["fields"]["message"] == NASTY
    (link,) = data["linked_browser"]
    linked = link["data"]["browser"]
    assert [entry["data"]["browser"] for entry in data["visit"]] == [linked]
    evidence = [entry["data"] for entry in data["consent_evidence"]]
    assert {entry["subject"] for entry in evidence} == {asker.person.id, linked}
    assert {entry["data"]["type"] for entry in data["case"]} == {"access", "objection"}
    (other,) = (entry["data"] for entry in data["case"] if entry["data"]["type"] == "objection")
    assert (other["details"], other["timeline"][-1]["reason"]) == ("No more calls", "Called back")
    assert data["import"][0]["data"]["facts"]["source"] == "public_resources"
    seen = [entry["data"] for entry in data["desk_audit"]]
    assert {(each["by"], each["action"]) for each in seen} == {
        ("staff", "read_person"),
        ("staff", "review_copy"),
    }
    assert data["suppression"][0]["data"]["suppressed_since"]


def test_the_document_never_names_staff(asker: Asker) -> None:
    entry = prepared(asker)
    for content in unpacked(entry).values():
        assert STAFF.encode() not in content


def test_it_tells_what_the_law_asks_for(asker: Asker) -> None:
    """Art. 15(1)(a) to (h) and 15(2): each part comes from the policy in force."""
    told = document(prepared(asker))
    policy = policies.published().current(NOW).document
    ids = [sorted(item["id"] for item in each["purposes"]) for each in (told, policy)]
    assert ids[0] == ids[1]
    assert all(item["lawful_basis"] and item["data"] for item in told["purposes"])
    abroad = [item for item in told["recipients"] if item["location"] == "US"]
    assert abroad
    assert all(item["safeguard"] for item in abroad)
    assert {item["id"]: item["keep"] for item in told["classes"]} == {
        item["id"]: item["keep"] for item in policy["retention"] if item["personal"]
    }
    assert {"rectification", "erasure", "restriction", "objection"} <= {
        item["id"] for item in told["rights"]
    }
    assert told["complaint"]["url"] == "https://ico.org.uk/make-a-complaint/"
    assert told["sources"]
    assert told["automated_decisions"]["exist"] is False


def test_what_concerns_the_person_comes_first(asker: Asker) -> None:
    """Art. 15(1)(a) and (c): this person's purposes and recipients, then the company's others."""
    asker.person.subscribe()
    entry = prepared(asker)
    told = document(entry)
    for part in ("purposes", "recipients"):
        yours = [item["yours"] for item in told[part]]
        assert yours == sorted(yours, reverse=True)
        assert {True, False} == set(yours)
    own = {item["id"] for item in told["purposes"] if item["yours"]}
    assert {"direct_marketing", "service"} <= own
    assert own.isdisjoint({"third_party_sharing", "third_party_promotions", "advertising"})
    page = fetched(entry, "html").decode()
    assert page.index("These concern you") < page.index("These do not concern you")
    assert "You have the right to complain to us" in page
    assert "None" not in page.partition('id="complaint"')[2]


def test_what_is_allowed_in_a_browser_of_theirs_concerns_them(asker: Asker) -> None:
    theirs = browser(NOW, choices={"advertising": True})
    asker.person.subscribe()
    asker.person.open_link_in(theirs)
    told = document(prepared(asker))
    own = {item["id"] for item in told["purposes"] if item["yours"]}
    assert "advertising" in own
    assert "personalisation" not in own, "was not chosen in that browser"
    assert {each["id"] for each in told["recipients"] if each["yours"]} >= {"microsoft_advertising"}


def test_what_something_is_kept_for_concerns_them_and_no_browser_that_is_not_theirs(
    cloud: object, functions: Functions
) -> None:
    """A sign-up that nobody confirmed allows nothing and is kept for the newsletter."""
    asker = Asker(somebody(), functions)
    asker.person.send("/v1/newsletter")
    told = document(prepared(asker))
    own = {item["id"] for item in told["purposes"] if item["yours"]}
    known = policies.published().current(NOW).purposes
    assert asker.person.allowed() == (False, "never_asked")
    assert "direct_marketing" in own
    assert not {name for name in own if known[name].of_a_browser}


@pytest.mark.parametrize("code", languages.codes())
def test_what_is_told_under_each_version_is_as_the_schema_and_the_page_say(
    asker: Asker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """Every basis has words, and an authority whose address is not known has none shown."""
    known = policies.load(policies.FOLDER)
    monkeypatch.setattr(policies, "published", lambda: known)
    asker.ask("access")
    language = languages.read(code)
    for version in known.versions.values():
        now = datetime.combine(version.since, time(12), UTC)
        scratch = scratch_files.ScratchFiles(tmp_path)
        told = {**copy_json.head(asker.case, version, scratch, language, now), "withheld": []}
        jsonschema.validate({**told, "data": {}}, SCHEMA)
        assert {item["lawful_basis"] for item in told["purposes"]} <= set(formatting.BASES)
        copy_html.write(tmp_path / "page.html", told, scratch, language)
        page = (tmp_path / "page.html").read_text("utf-8")
        assert ", None" not in page
        assert f'<html lang="{code}">' in page
        assert f">{language.say('Your rights')}</h2>" in page


def test_the_zip_has_the_page_the_document_and_a_table_per_class(asker: Asker) -> None:
    entry = prepared(asker)
    inside = unpacked(entry)
    told = document(entry)
    assert inside["export.json"] == fetched(entry, "json")
    assert inside["index.html"] == fetched(entry, "html")
    tables = {name for name in inside if name.startswith("csv/")}
    assert tables == {f"csv/{kind}.csv" for kind in told["data"]}
    assert {f"csv/{name}" for name in unpacked(entry, "csv")} == tables
    for form in entry["files"].values():
        assert form["key"].startswith(f"exports/{asker.id}/")


def test_the_page_says_it_in_words_and_runs_nothing(asker: Asker) -> None:
    page = fetched(prepared(asker), "html").decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    for words in (
        "Messages through the contact form",
        "Kept for 2 years, counted from the last activity",
        "You have the right to complain to us: write to ",
        "Information Commissioner&#39;s Office",
        "UK Addendum",
        "1 February 2026, 09:00",
        "@media print",
    ):
        assert words in page
    contents = set(re.findall(r'href="#([\w-]+)"', page))
    assert contents == set(re.findall(r'<h2 id="([\w-]+)"', page)) - {"contents"}


def test_a_table_never_holds_a_formula(asker: Asker) -> None:
    text = unpacked(prepared(asker))["csv/enquiry.csv"].decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["fields.message"] == f"'{NASTY}"
    assert row["fields.phone"] == "'+442079460018"
    for line in csv.reader(io.StringIO(text)):
        assert not [cell for cell in line if cell.startswith(("=", "+", "-", "@"))]


def test_portability_carries_what_was_provided_or_observed_and_no_more(asker: Asker) -> None:
    """UK GDPR Art. 20: machine-readable forms of what rests on consent or contract."""
    entry = prepared(asker, "portability")
    assert set(entry["files"]) == {"zip", "json", "csv"}
    data = document(entry)["data"]
    assert {"enquiry", "subscription", "visit", "consent_evidence"} <= set(data)
    assert not {"import", "disclosure", "case", "desk_audit", "suppression"} & set(data)
    (asked,) = data["enquiry"]
    assert set(asked["data"]) == {"id", "fields", "browser"}
    assert all("digest" not in event["data"] for event in data["consent_evidence"])


def test_only_what_rests_on_consent_or_a_contract_is_taken_along() -> None:
    """UK GDPR Art. 20(1)(a): how somebody likes pages displayed rests on an exemption."""
    policy = policies.load(policies.FOLDER).versions["2026-10"]
    told = {kind: factories.record("p_x", kind, "x") for kind in policy.classes}
    taken = {kind for kind, one in told.items() if list(collection._provided(one, policy))}
    forms = {"enquiry", "subscription", "subscription_pending", "account", "account_pending"}
    assert taken == {*forms, "visit"}
    assert policy.classes["display_settings"].provided_for == "appearance"


def test_what_strangers_typed_with_an_address_is_not_told_as_its_owners(
    cloud: object, functions: Functions, sam: Person
) -> None:
    """A form that nobody showed to be the person's is told of, without who may have sent it."""
    stranger: dict[str, Any] = {
        "name": "Eve Stranger",
        "phone": "+442079460999",
        "organisation": "Eve Ltd",
    }
    sam.subscribe()
    before = NOW - timedelta(hours=1)
    sam.send("/v1/contact", now=before, **stranger, message="Written in your name", page="/strange")
    sam.send("/v1/newsletter", now=before, name="Eve Stranger")
    sam.send("/v1/accounts", now=before, **stranger)
    typed = Asker(sam, functions)
    agent = {"name": "Eve Stranger", "email": "a@example.com", "authority": "I am Eve."}
    wrong = [{"field": "name", "value": "Eve Stranger"}]
    typed.ask("rectification", corrections=wrong, agent=agent)
    entry = prepared(Asker(sam, functions))
    for text in (fetched(entry, "json"), fetched(entry, "html"), *unpacked(entry).values()):
        for words in (b"Stranger", b"strange", b"0999", b"Eve Ltd"):
            assert words not in text, text[max(0, text.find(words) - 600) : text.find(words) + 50]
    told = document(entry)
    (form,) = told["data"]["enquiry"]
    assert form["data"]["fields"] == {"email": sam.email, "message": "Written in your name"}
    assert form["data"]["typed_unverified"] is True
    assert {"page", "ip", "browser"}.isdisjoint(form["data"]["provenance"])
    assert {"ground": "unproven", "places": 4}.items() <= told["withheld"][0].items()
    own, strange = sorted(
        told["data"]["subscription_pending"], key=lambda each: each["data"]["typed_unverified"]
    )
    assert (own["data"]["typed_unverified"], strange["data"]["typed_unverified"]) == (False, True)


def test_somebody_unknown_gets_a_copy_that_says_so(cloud: object, functions: Functions) -> None:
    entry = prepared(Asker(somebody(), functions))
    assert set(document(entry)["data"]) <= {"case", "consent_evidence"}


def test_a_large_copy_goes_up_in_parts(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "PART", 5 * 1024 * 1024)
    whole = bytes(range(256)) * 50_000
    with objects.Upload("exports/r_x/big", "application/octet-stream") as upload:
        for start in range(0, len(whole), 100_000):
            upload.write(whole[start : start + 100_000])
    found = boto3.client("s3").get_object(Bucket=objects.bucket(), Key="exports/r_x/big")
    assert found["Body"].read() == whole
    assert upload.bytes == len(whole)
    assert found["ETag"].strip('"').endswith("-3")


def test_each_part_carries_a_checksum_that_was_declared_and_is_said_again(
    asker: Asker,
) -> None:
    """S3 refuses parts with a checksum of which the upload said nothing; no emulator does."""
    calls: dict[str, list[dict[str, Any]]] = {}

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        calls.setdefault(model.name, []).append(params)

    events = client("s3").meta.events
    events.register("provide-client-params.s3", note)
    try:
        with objects.Upload("exports/r_x/summed", "application/octet-stream") as upload:
            upload.write(bytes(objects.PART + 1))
    finally:
        events.unregister("provide-client-params.s3", note)
    (begun,) = calls["CreateMultipartUpload"]
    assert begun["ChecksumAlgorithm"] == "CRC32"
    assert [part["ChecksumAlgorithm"] for part in calls["UploadPart"]] == ["CRC32", "CRC32"]
    (done,) = calls["CompleteMultipartUpload"]
    sums = [part["ChecksumCRC32"] for part in done["MultipartUpload"]["Parts"]]
    wanted = [zlib.crc32(bytes(size)).to_bytes(4) for size in (objects.PART, 1)]
    assert [base64.b64decode(each) for each in sums] == wanted


def test_what_fails_on_the_way_up_leaves_no_parts(asker: Asker) -> None:
    def cut_off() -> None:
        with objects.Upload("exports/r_x/half", "application/octet-stream") as upload:
            upload.write(bytes(objects.PART + 1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        cut_off()
    s3 = boto3.client("s3")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=objects.bucket())
    assert "Contents" not in s3.list_objects_v2(Bucket=objects.bucket(), Prefix="exports/r_x/half")


def test_a_link_is_signed_by_version_4_for_the_regions_own_host(cloud: object) -> None:
    """What is encrypted under a KMS key is given to no other signature."""
    link = objects.link("exports/r_x/export.zip", 300, "copy.zip")
    assert link.startswith(f"https://{objects.bucket()}.s3.eu-west-1.amazonaws.com/exports/")
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in link
    assert "X-Amz-Expires=300" in link
    assert "attachment" in link


def test_a_case_that_moved_on_is_left_alone(asker: Asker) -> None:
    asker.ask("access")
    asker.verify()
    asker.send("POST", "/cancellation", {})
    access_export.carry_out(asker.case, LATER)
    assert asker.case.status == "cancelled"
    assert request_store.entry(asker.id, "export") is None


def test_who_acts_meanwhile_is_not_overruled(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """K10.4."""
    asker.ask("access")
    asker.verify()
    before = asker.case
    asker.send("POST", "/cancellation", {})
    with pytest.raises(Conflict):
        access_export.carry_out(before, LATER)
    assert request_store.entry(asker.id, "export") is None
    assert list(objects.keys(f"exports/{asker.id}/")) == [], "nothing that nobody names"


def test_scratch_space_is_empty_afterwards_and_after_a_cut(
    asker: Asker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / f"{scratch_files.PREFIX}cut-off"
    left.mkdir()
    prepared(asker)
    assert list(tmp_path.iterdir()) == [left], "only Lambda's own space may be swept"
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "fulfilment")
    with scratch_files.opened():
        assert not left.exists()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["access", "portability", "erasure"])
def test_the_stream_drives_a_request_to_its_end(asker: Asker, kind: str) -> None:
    asker.ask(kind)
    asker.verify()
    asker.deliver("fulfilment")
    # What staff noted about the person is theirs to look at first.
    assert asker.case.status == ("awaiting_review" if kind == "access" else "completed")
    version = asker.case.version
    asker.deliver("fulfilment")
    assert asker.case.version == version, "each step's work is done once"


def test_the_sample_event_names_a_step_that_is_worked_on(functions: Functions) -> None:
    batch = json.loads((ROOT / "events/fulfilment/requests.json").read_text(encoding="utf-8"))
    (event,) = batch["Records"]
    assert event["dynamodb"]["NewImage"]["after"] == {"S": "in_progress"}
    assert functions.invoke("fulfilment", batch) == {"batchItemFailures": []}


def test_a_copy_is_in_the_language_of_the_request(asker: Asker) -> None:
    """Art. 12(1): whoever asked in German reads the page in German; the data stays as it is."""
    page = fetched(prepared(asker, language="de"), "html").decode()
    assert '<html lang="de">' in page
    assert "1. Februar 2026, 09:00" in page
    assert ">Wofür wir Ihre Daten nutzen</h2>" in page
    network = ip_network(f"{source.ip}/24", strict=False)
    assert f"<dt>Herkunft: Netz</dt><dd>{network}</dd>" in page


def test_a_copy_holds_no_name_that_a_language_has_no_words_for(asker: Asker) -> None:
    """What is new in a record, a decision or a request gets words in every language."""
    told = document(prepared(asker))
    known = names_of_data.NAMES | {each["id"] for each in (*told["purposes"], *told["classes"])}
    paths = {
        name
        for entries in told["data"].values()
        for entry in entries
        for path, _ in scratch_files.flatten(entry["data"])
        for name in path.split(".")
    }
    assert paths - formatting._PARTS - known == set()


def test_what_a_copy_tells_is_what_was_read_before_it_was_kept(
    asker: Asker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest version, told in German: no rights, sources or data in English."""
    known = policies.load(policies.FOLDER)
    monkeypatch.setattr(policies, "published", lambda: known)
    asker.ask("access", language="de")
    now = datetime(2026, 12, 1, 12, tzinfo=UTC)
    scratch, language = scratch_files.ScratchFiles(tmp_path), languages.read("de")
    scratch.add(
        "case", {"at": None, "title": None, "system": None, "data": {"status": "in_progress"}}
    )
    scratch.close()
    head = copy_json.head(asker.case, known.current(now), scratch, language, now)
    copy_html.write(tmp_path / "page.html", {**head, "withheld": []}, scratch, language)
    page = re.sub(r"(?s)<style>.*?</style>", "", (tmp_path / "page.html").read_text("utf-8"))
    page = page.replace(asker.id, "r_1").replace(asker.person.email, "sam@example.com")
    lines = (html.unescape(re.sub(r"<[^>]+>", " ", line)) for line in page.splitlines())
    text = "\n".join(line for line in (" ".join(line.split()) for line in lines) if line) + "\n"
    kept = ROOT / "tests/mails/copy.de.txt"
    if "RECORD_MAILS" in os.environ:
        kept.write_text(text, "utf-8")
    assert text == kept.read_text("utf-8")
