"""Putting one record right, if it still says what was read; before and after are kept (S56)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import encode
from shared.storage.records import Record, unchanged_facts

# An item holds 400 KB. Of more than these, the oldest keep who changed what and when, and lose the
# words of before and after; and of very many the oldest go.
MAX_BYTES, MAX_CHANGES = 100_000, 200


@dataclass(frozen=True, slots=True)
class RecordChange:
    """One field, before and after; None is absence."""

    field: str
    before: str | None
    after: str | None


def write(
    record: Record, changes: Sequence[RecordChange], told: Mapping[str, str]
) -> dict[str, Any]:
    """Return the write, a member of a transaction, that fails if the record was changed meanwhile.

    `told` says who corrects it, when and why. It goes with each change into `facts.changes`; and
    `facts.sources` names the person, or else the desk, as the field's source from then on (S10).
    """
    names = {"#fields": "fields", "#facts": "facts"}
    values: dict[str, Any] = {":facts": dict(_facts(record, changes, told))}
    conditions = ["attribute_exists(person)", unchanged_facts(record, values)]
    sets, removals = ["#facts = :facts"], []
    for number, change in enumerate(changes):
        place, before, after = f"#fields.#f{number}", f":b{number}", f":a{number}"
        names[f"#f{number}"] = change.field
        if change.after is None:
            removals.append(place)
        else:
            sets.append(f"{place} = {after}")
            values[after] = change.after
        if change.before is None:
            conditions.append(f"attribute_not_exists({place})")
        else:
            conditions.append(f"{place} = {before}")
            values[before] = change.before
    removing = f" REMOVE {', '.join(removals)}" if removals else ""
    return {
        "Update": {
            "TableName": database.table("records"),
            "Key": encode({"person": record.person, "record": record.key}),
            "UpdateExpression": f"SET {', '.join(sets)}{removing}",
            "ConditionExpression": " AND ".join(conditions),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": encode(values),
        }
    }


def _facts(
    record: Record, changes: Sequence[RecordChange], told: Mapping[str, str]
) -> Mapping[str, Any]:
    made = [
        {**told, "field": change.field, "before": change.before, "after": change.after}
        for change in changes
    ]
    who = "person" if told["by"] == "person" else "desk"
    source = {"source": who, "at": told["at"], "by": told["by"]}
    return {
        **record.facts,
        **_settled(record, {change.field for change in changes}),
        "changes": _within_an_item([*record.facts.get("changes", ()), *made]),
        "sources": {**record.facts.get("sources", {}), **{c.field: source for c in changes}},
    }


def _within_an_item(changes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the newest changes whole, older ones without their words; the last always whole."""
    left, kept = MAX_BYTES, list[Mapping[str, Any]]()
    for change in reversed(changes[-MAX_CHANGES:]):
        left -= len(str(change).encode())
        whole = left >= 0 or not kept
        kept.append(change if whole else {**change, "before": None, "after": None})
    return kept[::-1]


def _settled(record: Record, corrected: set[str]) -> Mapping[str, Any]:
    """Decide what an import said against others: what staff put right is no conflict any more."""
    if "conflicts" not in record.facts:
        return {}
    left = [name for name in record.facts["conflicts"] if name not in corrected]
    return {"conflicts": left, "outcome": "conflicting" if left else "merged"}
