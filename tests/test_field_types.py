"""Every text that anybody can send says by its type what it may hold: no list can forget one."""

import enum
from collections.abc import Iterator, Mapping
from datetime import date
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import pytest
from pydantic import AfterValidator, BaseModel, TypeAdapter, ValidationError

from contact.schemas import Account, ConfirmationPreview, Contact, Form, Newsletter, Offers
from desk.imports.schemas import ImportRow
from infra import routes
from shared.domain import person_fields
from shared.domain.person_fields import PERSONAL
from shared.domain.record_classes import RecordClass
from shared.domain.redaction import MARKER
from shared.edge import field_types
from shared.edge.field_types import Address, FreeText, Identifier, OptionalEvidence
from shared.edge.submission import Correction

CARD = "4111 1111 1111 1111"
FACTS = (FreeText, Identifier, Address, OptionalEvidence)
# Objects of other systems, cleaned or read by the types of their columns.
OBJECTS = {field_types.FreeTree, field_types.Cells}
OPAQUE = {
    fact.func
    for known in OBJECTS
    for fact in get_args(known)[1:]
    if isinstance(fact, AfterValidator)
}
PLAIN = (enum.Enum, bool, int, float, date, NoneType)


class Leaf(NamedTuple):
    """One place of a body that holds one value: where, of which type, with which facts."""

    path: str
    type: Any
    facts: tuple[Any, ...]


def leaves(path: str, kind: Any, facts: tuple[Any, ...] = ()) -> Iterator[Leaf]:
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *more = get_args(kind)
        yield from leaves(path, inner, (*facts, *more))
    elif any(isinstance(fact, AfterValidator) and fact.func in OPAQUE for fact in facts):
        return
    elif origin in (Union, UnionType):
        for member in get_args(kind):
            yield from leaves(path, member, facts)
    elif origin is Literal or (isinstance(kind, type) and issubclass(kind, PLAIN)):
        return
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            yield from leaves(f"{path}.{name}", field.annotation, tuple(field.metadata))
    elif origin in (list, tuple, frozenset, set):
        yield from leaves(f"{path}[]", get_args(kind)[0])
    elif origin in (dict, Mapping):
        names, values = get_args(kind)
        yield from leaves(f"{path}{{name}}", names)
        yield from leaves(f"{path}{{}}", values)
    else:
        yield Leaf(path, kind, facts)


BODIES = {route.body.__qualname__: route.body for _, route in routes.declared() if route.body}
BODIES["ImportRow"] = ImportRow
LEAVES = [leaf for name, body in sorted(BODIES.items()) for leaf in leaves(name, body)]


def fact_of(leaf: Leaf) -> Any:
    return next((fact for fact in leaf.facts if isinstance(fact, FACTS)), None)


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.path)
def test_every_text_has_a_type_of_its_own(leaf: Leaf) -> None:
    assert leaf.type is str, "what it may hold cannot be told"
    assert fact_of(leaf), "a plain text: say what it may hold"


@pytest.mark.parametrize(
    "leaf",
    [leaf for leaf in LEAVES if "email" in leaf.path.rpartition(".")[2]],
    ids=lambda leaf: leaf.path,
)
def test_an_address_enters_by_the_one_normaliser(leaf: Leaf) -> None:
    assert isinstance(fact_of(leaf), Address)


@pytest.mark.parametrize(
    "leaf",
    [leaf for leaf in LEAVES if isinstance(fact_of(leaf), FreeText)],
    ids=lambda leaf: leaf.path,
)
@pytest.mark.parametrize(
    "text", [CARD, CARD.replace(" ", "\u200b"), f"a/{CARD}/", "%34" + CARD[1:]]
)
def test_no_free_text_keeps_a_card_number(leaf: Leaf, text: str) -> None:
    if len(text) > fact_of(leaf).most:
        text = CARD.replace(" ", "")
    kind: Any = Annotated[leaf.type, *leaf.facts]
    assert MARKER in TypeAdapter(kind).validate_python(text)


@pytest.mark.parametrize(
    "leaf",
    [leaf for leaf in LEAVES if isinstance(fact_of(leaf), FreeText)],
    ids=lambda leaf: leaf.path,
)
def test_a_text_is_as_long_as_the_document_says_whatever_is_in_it(leaf: Leaf) -> None:
    """What cannot be seen counts: else the document would refuse what the API takes."""
    kind: Any = Annotated[leaf.type, *leaf.facts]
    reader = TypeAdapter(kind)
    most = reader.json_schema()["maxLength"]
    assert reader.validate_python("n" * most)
    for long in ("n" * (most + 1), "n" + "\u200b" * most):
        with pytest.raises(ValidationError):
            reader.validate_python(long)


TOLD = [
    leaf.path.rpartition(".")[2]
    for name in ("Contact", "Newsletter", "Account", "NewRequest", "ImportRow")
    for leaf in leaves(name, BODIES[name])
    if isinstance(fact_of(leaf), FreeText | Address)
    or fact_of(leaf) == Identifier("a phone number")
]


@pytest.mark.parametrize("name", sorted(set(TOLD)))
def test_what_people_tell_of_themselves_goes_with_them(name: str) -> None:
    assert name in PERSONAL, "it needs its row in functions/shared/domain/person_fields.py"


FORMS: dict[str, type[BaseModel]] = {
    RecordClass.ENQUIRY: Contact,
    RecordClass.SUBSCRIPTION: Newsletter,
    RecordClass.ACCOUNT: Account,
    RecordClass.IMPORT: ImportRow,
}


@pytest.mark.parametrize("name", person_fields.ROWS)
def test_a_field_of_somebody_is_of_its_rows_kind_wherever_it_is(name: str) -> None:
    """Models have what the rows say: the type, what is required, what lists may have."""
    row = person_fields.ROWS[name]
    told = {kind: form.model_fields.get(name) for kind, form in FORMS.items()}
    assert any(told.values())
    assert (told[RecordClass.IMPORT] is not None) is bool(row.headings)
    for kind, field in told.items():
        if field is None or name == "language":  # which is taken there, and never demanded
            continue
        meant = _kind(row.kind)
        (given,) = leaves("", field.annotation, tuple(field.metadata))
        assert fact_of(given) == fact_of(meant), f"{name} of {kind}"
        needed = field.is_required() and row.correctable
        assert needed == (kind in row.needed_by), f"{name} of {kind}"


def _kind(name: str) -> Leaf:
    """Return the type that a kind of field has."""
    field = field_types.Kinds.model_fields[name]
    (leaf,) = leaves("", field.annotation, tuple(field.metadata))
    return leaf


def test_a_form_keeps_what_has_a_row_and_nothing_else_of_somebody() -> None:
    about_the_form = {"website", *set(Form.model_fields) - {"email", "language"}}
    for form in FORMS.values():
        told = set(form.model_fields) - about_the_form - set(Offers.model_fields)
        assert sorted(told - set(person_fields.ROWS)) == [], "fields without a row, so not kept"
    shown = set(ConfirmationPreview.__annotations__)
    assert shown >= set(Account.model_fields) & set(person_fields.ROWS), "shown to be confirmed"


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("phone", "01233 555555", "+441233555555"),
        ("phone", "ask at the desk", "ask at the desk"),
        ("organisation", f" K {CARD}", f"K {MARKER}"),
        ("shoe_size", "7", "7"),
    ],
)
def test_a_correction_is_written_as_a_form_would_and_never_refused_for_it(
    field: str, value: str, kept: str
) -> None:
    assert Correction(field=field, value=value).value == kept


def test_the_walk_finds_what_it_is_for() -> None:
    paths = {leaf.path for leaf in LEAVES}
    assert {"Contact.message", "NewRequest.corrections[].value", "ImportRow.email"} <= paths
    assert len(paths) > len(BODIES)
