"""Somebody's records by the page: a person may have a hundred thousand of them."""

from shared.storage import records
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode
from shared.storage.records import Record


def page(
    person: str, after: str | None, limit: int, kind: str | None = None
) -> tuple[list[Record], str | None]:
    """Return up to `limit` records (or 1 MB) behind the key `after`; and where the next starts.

    `kind` narrows it to one record class.
    """
    query = {**records.query_of(person, kind), "Limit": limit + 1}
    if after is not None:
        query["ExclusiveStartKey"] = encode({"person": person, "record": after})
    answer = database.call("query", **query)
    found = [records.read(item) for item in answer["Items"]]
    if len(found) > limit:
        return found[:limit], found[limit - 1].key
    last = answer.get("LastEvaluatedKey")
    return found, decode(last)["record"] if last else None
