"""Tables as people have them: separators, encodings and headers of every office."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain import import_table
from shared.domain.errors import Invalid

WORDS = st.text(st.characters(codec="cp1252", exclude_categories=["C"]), max_size=20).map(str.strip)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")


def written(separator: str, rows: list[list[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ENCODINGS)
@given(names=st.lists(WORDS.filter(lambda word: word and word[0] not in "='"), max_size=5))
def test_a_table_is_read_whatever_program_wrote_it(
    separator: str, encoding: str, names: list[str]
) -> None:
    rows = [["E-Mail", "Full name", "Phone"]]
    rows += [[f"a{number}@example.com", name, ""] for number, name in enumerate(names)]
    read = import_table.decoded(written(separator, rows).encode(encoding))
    table = import_table.read(read.text)
    assert table.separator == separator
    assert [row["email"] for row in table.rows] == [row[0] for row in rows[1:]]
    accents = not "".join(names).isascii()
    if encoding != "cp1252" or not accents or read.doubt:
        assert [row.get("name") for row in table.rows] == names
    assert bool(read.doubt) <= (encoding == "cp1252" and accents)


@pytest.mark.parametrize(
    ("first", "separator"),
    [("sep=;", ";"), ("SEP=,", ","), ('"sep=;"', ";"), ("sep=\t", "\t"), ("sep=;;;", ";")],
)
def test_the_line_that_tells_excel_the_separator_is_obeyed(first: str, separator: str) -> None:
    body = written(separator, [["email", "name"], ["a@example.com", "Ann, B; C"]])
    table = import_table.read(f"{first}\r\n{body}")
    assert table.separator == separator
    assert table.rows == [{"email": "a@example.com", "name": "Ann, B; C"}]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("EMAIL", "email"),
        (" E-Mail-Adresse ", "email"),
        ("Email address", "email"),
        ("e_mail", "email"),
        ("Job Title", "job_title"),
        ("Company", "organisation"),
        ("FIRMA", "organisation"),
        ("Telefon-Nr", ""),
        ("Telefon", "phone"),
        ("organisation_details", "organisation_details"),
        ("Organization", "organisation"),
        ("Shoe size", ""),
    ],
)
def test_usual_headers_are_known_and_others_are_named(header: str, field: str) -> None:
    rest = ["email"] if field != "email" else ["name"]
    text = written(",", [[header, *rest], ["a@example.com", "b@example.com"]])
    if field:
        assert import_table.read(text).columns[header.strip()] == field
        return
    with pytest.raises(Invalid) as fault:
        import_table.read(text)
    (error,) = fault.value.errors
    assert error.pointer == "/header/0"
    assert header in error.detail


def test_first_and_last_names_become_a_name() -> None:
    text = (
        "Vorname;Nachname;E-Mail\nZoë;Ärmel;z@example.com\n;Solo;s@example.com\n;;n@example.com\n"
    )
    assert import_table.read(text).rows == [
        {"email": "z@example.com", "name": "Zoë Ärmel"},
        {"email": "s@example.com", "name": "Solo"},
        {"email": "n@example.com"},
    ]


@pytest.mark.parametrize(
    ("cell", "read"), [('="0123"', "0123"), ("'+44 1", "+44 1"), ("'tis", "'tis"), (" a ", "a")]
)
def test_a_cell_is_read_as_its_owner_saw_it(cell: str, read: str) -> None:
    table = import_table.read(written(",", [["email", "name"], ["a@example.com", cell]]))
    assert table.rows[0]["name"].strip() == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "name,phone\nAnn,1\n",
        "email,Email\na,b\n",
        "email,name,Vorname\na,b,c\n",
        "email\na,b\n",
        'email,name\n"a\n',
        "email\n\ufffd\n",
        "email\n" + "x" * 30_000,
    ],
)
def test_what_is_no_table_of_people_is_refused_in_words(text: str) -> None:
    with pytest.raises(Invalid):
        import_table.read(text)


@pytest.mark.parametrize(
    ("raw", "charset", "read"),
    [
        ("é".encode("cp1252"), "ISO-8859-1", "é"),
        ("é".encode(), "utf-8", "é"),
        ("é".encode("utf-16-be"), "utf-16be", "é"),
        (b"\xff\xfe" + "é".encode("utf-16-le"), "utf-8", "é"),
    ],
)
def test_a_charset_that_is_told_is_believed_unless_a_mark_says_otherwise(
    raw: bytes, charset: str, read: str
) -> None:
    assert import_table.decoded(raw, charset).text == read


@pytest.mark.parametrize(("raw", "charset"), [(b"\xe9", "utf-8"), (b"a", "ebcdic")])
def test_a_charset_that_is_wrong_or_unknown_is_refused(raw: bytes, charset: str) -> None:
    with pytest.raises(Invalid):
        import_table.decoded(raw, charset)


@example(b"\xff\xfe\x00")
@example(b"\x81\x8d")
@example(b"\x00")
@example(b'email\n"')
@given(
    st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))
)
def test_no_bytes_make_it_fail_in_another_way(raw: bytes) -> None:
    try:
        import_table.read(import_table.decoded(raw).text)
    except Invalid:
        return
