"""Data from elsewhere: row by row, beside what is known, never against a wish (S9, S10)."""

import itertools
from types import SimpleNamespace
from typing import Any

import pytest

from desk.imports import routes as desk_imports
from shared.storage import audit, imports, records
from tests.functions.people import Person, somebody, text
from tests.support import NOW, Answer, call, refused

pytestmark = pytest.mark.usefixtures("cloud")

PATH = "/v1/desk/imports"
ABOUT = {
    "source": "public_resources",
    "obtained_on": "2026-01-20",
    "lawful_basis": "legitimate_interests",
}


def send(
    *rows: dict[str, Any], key: str | None = None, staff: str = "support", **about: Any
) -> Answer:
    headers: Any = {"Idempotency-Key": key} if key else None
    body = {**ABOUT, **about, "rows": list(rows)}
    return call("desk", "POST", PATH, body, headers=headers, staff=staff)


def outcomes(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.text
    return [row["outcome"] for row in answer.json["rows"]]


def enquire(sam: Person, **more: Any) -> None:
    assert sam.send("/v1/contact", name="Sam Example", message="Hello", **more).status == 202


def test_somebody_new_is_kept_with_the_source_and_told_of_it(sam: Person) -> None:
    """S9: Art. 14 says what, from where, since when, what for and which rights."""
    answer = send({"email": sam.email, "name": "Sam", "job_title": "Buyer"}, purpose="improvement")
    assert outcomes(answer) == ["accepted"]
    assert (answer.json["accepted"], answer.json["complete"]) == (1, True)
    assert (answer.json["tell_by"], answer.json["late"]) == ("2026-02-20", False)
    (record,) = sam.held("import")
    assert record.facts["source"] == "public_resources"
    assert record.facts["sources"] == dict.fromkeys(("job_title", "name"), "public_resources")
    assert record.provenance["notice"]["id"] == "privacy_notice"
    sam.deliver()
    sam.deliver()
    (mail,) = sam.mails()
    told = text(mail)
    for words in (
        "Public resources",
        "20 January 2026",
        "job title",
        "Making our products",
        "erased",
    ):
        assert words in told
    assert "Information Commissioner" in told
    assert mail["List-Unsubscribe"] is None, "no marketing"
    assert sam.allowed() == (False, "never_asked"), "an import is no consent"


def test_what_is_missing_is_noted_and_what_differs_is_left_to_staff(sam: Person) -> None:
    """S10: never a silent overwrite."""
    enquire(sam, phone="020 7946 0018")
    row = {"email": sam.email.upper(), "name": "sam  example", "organisation": "Example Ltd"}
    assert outcomes(send(row)) == ["merged"]
    (record,) = sam.held("import")
    assert record.facts["sources"] == {"organisation": "public_resources"}
    assert record.facts["confirmed"] == ["name"]
    other = {"email": sam.email, "name": "Samuel", "phone": "+442079460019"}
    answer = send(other)
    assert outcomes(answer) == ["conflicting"]
    assert answer.json["rows"][0]["pointer"] == "/name"
    assert "Samuel" not in answer.text, "the names of fields are enough"
    (enquiry,) = sam.held("enquiry")
    assert (enquiry.fields["name"], enquiry.fields["phone"]) == ("Sam Example", "+442079460018")
    path = {"import_id": answer.json["import_id"]}
    seen = call("desk", "GET", PATH + "/{import_id}", path=path, staff="auditor").json
    (item,) = seen["items"]
    assert (item["person_id"], item["fields"]) == (sam.id, ["name", "phone"])
    aside = records.get(sam.id, item["record_id"])
    assert aside is not None
    assert aside.fields["name"] == "Samuel"
    assert outcomes(send({"email": sam.email, "name": "Samuel"})) == ["conflicting"]
    assert outcomes(send({"email": sam.email, "name": "Sam Example"})) == ["merged"]


def test_who_objected_is_skipped_and_gets_no_mail(sam: Person) -> None:
    """S9, S26: a suppression outlives every list."""
    enquire(sam, marketing_opt_out=True)
    sam.deliver()
    mails = len(sam.mails())
    answer = send({"email": sam.email, "organisation": "Example Ltd"})
    assert outcomes(answer) == ["suppressed"]
    assert "skipped" in answer.json["rows"][0]["detail"]
    assert sam.held("import") == []
    sam.deliver()
    assert len(sam.mails()) == mails


def test_who_objects_before_the_mail_leaves_gets_none(sam: Person) -> None:
    assert outcomes(send({"email": sam.email})) == ["accepted"]
    enquire(sam, marketing_opt_out=True)
    sam.deliver()
    assert [mail["Subject"] for mail in sam.mails() if "from" in mail["Subject"]] == []


@refused(
    "row",
    {
        "/email": [{"email": "not an address"}, {"name": "Nobody"}],
        "/phone": [{"email": "x@example.com", "phone": "12"}],
        "/fax": [{"email": "x@example.com", "fax": "1"}],
        "/name": [
            {"email": "x@example.com", "name": 7},
            {"email": "x@example.com", "name": "a" * 201},
        ],
    },
)
def test_a_row_that_is_wrong_names_the_field_and_stops_no_other(
    sam: Person, row: dict[str, Any], pointer: str
) -> None:
    answer = send(row, {"email": sam.email})
    assert outcomes(answer) == ["invalid", "accepted"]
    assert answer.json["rows"][0]["pointer"] == pointer
    assert "not an address" not in answer.text


def test_the_same_again_gives_the_same_report_and_writes_nothing(sam: Person) -> None:
    rows = [{"email": sam.email, "name": "Sam"}, {"email": sam.email, "name": "Other"}]
    first = send(*rows)
    assert outcomes(first) == ["accepted", "conflicting"]
    assert send(*rows).json == first.json
    assert len(sam.held("import")) == 2
    keyed = send(*rows, key=sam.id)
    assert keyed.json["import_id"] != first.json["import_id"], "another import, told anew"
    assert send(*rows, key=sam.id).json == keyed.json
    assert send(rows[0], key=sam.id).json["type"].endswith("idempotency-conflict")
    sam.deliver()
    assert len(sam.mails()) == 2, "once per person and import"


def test_an_import_that_is_broken_off_goes_on(sam: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """S9: by time, or by a crash between a record and its report."""
    monkeypatch.setattr(desk_imports, "PART", 2)
    monkeypatch.setattr(desk_imports, "SECONDS", -1.0)
    people = [somebody() for _ in range(5)]
    rows = [{"email": person.email, "name": "Sam"} for person in people]
    answer = send(*rows)
    assert (answer.json["complete"], len(answer.json["rows"])) == (False, 2)
    assert "same request again" in answer.json["next_step"]
    with monkeypatch.context() as crash:
        crash.setattr(imports, "add_part", lambda *_: 1 / 0)
        assert send(*rows).status == 500
    assert len(people[3].held("import")) == 1
    assert len(send(*rows).json["rows"]) == 4
    last = send(*rows).json
    assert (last["complete"], last["accepted"], last["total"]) == (True, 5, 5)
    assert [len(person.held("import")) for person in people] == [1] * 5
    assert send(*rows).json == last


def test_no_part_is_begun_that_would_outlast_the_gateway(
    sam: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is taken to last as long as the longest before it: what is cut off is done again."""
    monkeypatch.setattr(desk_imports, "PART", 1)
    rows = [{"email": somebody().email, "name": "Sam"} for _ in range(3)]
    for seconds, done in ((15.0, 1), (15.0, 2), (0.0, 3)):
        moments = itertools.count(0.0, seconds)
        monkeypatch.setattr(desk_imports, "time", SimpleNamespace(monotonic=moments.__next__))
        assert len(send(*rows).json["rows"]) == done


def test_a_csv_file_is_read_by_its_header(sam: Person) -> None:
    file = f'\ufeffemail,name,organisation\r\n{sam.email},"Example, Sam",\r\n\r\nnobody,x,y\r\n'
    answer = call(
        "desk",
        "POST",
        PATH,
        file,
        query=ABOUT,
        headers={"Content-Type": "text/csv; charset=utf-8"},
        staff="privacy_officer",
    )
    assert outcomes(answer) == ["accepted", "invalid"]
    (record,) = sam.held("import")
    assert record.fields == {"email": sam.email, "name": "Example, Sam"}


@refused(
    "file",
    {
        "": ["", "email,email\na@example.com,b@example.com", 'email\n"a@example.com'],
        "/rows/0": ["email\na@example.com,too many"],
        "/rows": ["email\n"],
    },
)
def test_what_is_no_csv_is_refused_whole(file: str, pointer: str) -> None:
    media = {"Content-Type": "text/csv"}
    answer = call("desk", "POST", PATH, file, query=ABOUT, headers=media, staff="support")
    assert (answer.status, answer.pointers) == (422, [pointer])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("source", "person"),
        ("source", "hearsay"),
        ("source", None),
        ("obtained_on", "2026-02-02"),
        ("obtained_on", None),
        ("lawful_basis", "because"),
        ("purpose", "world_domination"),
    ],
)
def test_what_is_said_of_all_rows_is_checked_first(sam: Person, field: str, value: Any) -> None:
    """S9: no import without source, date and lawful basis."""
    answer = send({"email": sam.email}, **{field: value})
    assert (answer.status, answer.pointers) == (422, [f"/{field}"])
    media = {"Content-Type": "text/csv"}
    query = {name: text for name, text in {**ABOUT, field: value}.items() if text}
    file = f"email\n{sam.email}\n"
    of_csv = call("desk", "POST", PATH, file, query=query, headers=media, staff="support")
    assert of_csv.pointers == [f"/query/{field}"]
    assert sam.held() == []


@pytest.mark.parametrize(
    "about",
    [
        {"purpose": "direct_marketing"},
        {"purpose": "service"},
        {"lawful_basis": "vital_interests"},
        {"lawful_basis": "public_task"},
    ],
)
def test_a_basis_is_the_purposes_own_and_one_that_a_company_can_have(
    sam: Person, about: dict[str, str]
) -> None:
    """Art. 6(1): what is said to rest on something else is a slip, or no basis at all."""
    answer = send({"email": sam.email}, **about)
    assert (answer.status, answer.pointers) == (422, ["/lawful_basis"])
    assert sam.held() == []


def test_card_numbers_do_not_come_in_by_import(sam: Person) -> None:
    """S30."""
    send({"email": sam.email, "organisation": "Example 4111 1111 1111 1111"})
    (record,) = sam.held("import")
    assert "4111" not in record.fields["organisation"]
    assert record.facts["redacted"] == ["organisation"]


def test_limits_groups_and_trail(sam: Person) -> None:
    """S11."""
    assert send({"email": sam.email}, staff="auditor").status == 403
    assert call("desk", "POST", PATH, {**ABOUT, "rows": []}, staff="support").pointers == ["/rows"]
    rows = [{"email": "x"}] * 10_001
    assert send(*rows).pointers == ["/rows"]
    too_big = call("desk", "POST", PATH, " " * (5 * 1024 * 1024 + 1), staff="support")
    assert too_big.status == 413
    done = send({"email": sam.email})
    trail = [entry for entry in audit.of_day(str(NOW.date())) if entry.action == "import_people"]
    assert any(entry.facts.get("import") == done.json["import_id"] for entry in trail)
    assert not any(sam.email in str(entry.facts) for entry in trail)
    missing = {"import_id": "i_none"}
    assert call("desk", "GET", PATH + "/{import_id}", path=missing, staff="support").status == 404


def test_wishes_are_read_a_hundred_people_to_a_call(database_calls: list[str]) -> None:
    """Three calls per row and one per hundred: what ten thousand rows in a call rest on."""
    made = database_calls
    rows = [{"email": somebody().email} for _ in range(110)]
    assert send(*rows).json["accepted"] == 110
    assert made.count("batch_get_item") == 2
    assert made.count("query") == 2 * 110 + 1, "what is held, and whether they were erased"
    assert made.count("put_item") == 110 + 3, "the audit, the head and one part"
