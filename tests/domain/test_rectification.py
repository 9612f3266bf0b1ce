"""Which fields a correction concerns, before and after (S55, S56, Art. 16)."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.domain import rectification
from shared.domain.person_fields import CORRECTABLE as FIELDS
from shared.domain.record_classes import CORRECTABLE
from shared.domain.rectification import HeldField

OLD, NEW = "+441233000001", "+441233000002"


def held(key: str, **fields: Any) -> HeldField:
    return HeldField(key, key.partition("#")[0], fields)


def correction(field: str, value: str) -> dict[str, str]:
    return {"field": field, "value": value}


def test_every_record_that_says_otherwise_is_put_right() -> None:
    records = [held("enquiry#1", phone=OLD), held("account#1", phone=NEW), held("import#1")]
    found = rectification.changes(records, [correction("phone", NEW)], [])
    assert found == [{"field": "phone", "before": OLD, "after": NEW, "record": "enquiry#1"}]


def test_what_is_missing_everywhere_is_filled_in_the_newest_account() -> None:
    """Art. 16: incomplete data is completed."""
    records = [held("account#1"), held("account#2"), held("enquiry#3"), held("visit#4")]
    (change,) = rectification.changes(records, [correction("organisation", "Example Ltd")], [])
    assert (change["record"], change["before"]) == ("account#2", None)
    (change,) = rectification.changes(records[2:], [correction("name", "Sam")], [])
    assert change["record"] == "enquiry#3"
    assert rectification.changes(records[3:], [correction("name", "Sam")], []) == []


def test_a_refused_correction_changes_nothing() -> None:
    said = [{"field": "phone", "accepted": False, "reason": "It is the right one."}]
    asked = [correction("phone", NEW)]
    assert rectification.changes([held("account#1", phone=OLD)], asked, said) == []
    assert rectification.settled(asked, said) == said


def test_an_address_is_refused_because_it_is_the_identity() -> None:
    asked = [correction("email", "new@example.com"), correction("shoe_size", "43")]
    accepted = [{"field": "email", "accepted": True}]
    address, unknown = rectification.settled(asked, accepted)
    assert (address["accepted"], unknown["accepted"]) == (False, False)
    assert "mail to the new one" in address["reason"]
    assert rectification.changes([held("account#1", email="a@example.com")], asked, []) == []


values = st.sampled_from(["", "a", "b", "c"])
some = st.dictionaries(st.sampled_from(FIELDS), st.one_of(st.none(), values))
keys = st.sampled_from(["enquiry", "account", "import", "subscription", "visit", "disclosure"])


@given(
    st.lists(st.tuples(keys, some), max_size=5), st.dictionaries(st.sampled_from(FIELDS), values)
)
def test_applied_once_there_is_nothing_left_to_change(
    told: list[tuple[str, dict[str, Any]]], wanted: dict[str, str]
) -> None:
    asked = [correction(field, value) for field, value in wanted.items() if value]
    records = [held(f"{kind}#{number}", **fields) for number, (kind, fields) in enumerate(told)]
    found = rectification.changes(records, asked, [])
    made: dict[str, dict[str, str]] = {}
    for change in found:
        assert change["record"].partition("#")[0] in CORRECTABLE
        assert change["before"] != change["after"]
        made.setdefault(change["record"], {})[change["field"]] = change["after"]
    after = [
        HeldField(record.key, record.kind, {**record.fields, **made.get(record.key, {})})
        for record in records
    ]
    assert rectification.changes(after, asked, []) == []
