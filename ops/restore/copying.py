"""Comparing a restored table with the deployed one, and putting back what that one lacks."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from infra.declarations import Table

# Most that one call reads by key, how many calls are made at once, and how many items a page has: a
# whole one of 1 MB may take longer than a call waits.
_TOGETHER, _AT_ONCE, _PAGE = 100, 16, 500
# Markers of holds are made anew from the register: a lifted hold's would come back otherwise.
_MADE_ANEW = ("held", "hold_epoch")

Item = dict[str, Any]
# Items by the values of their keys.
Batch = dict[tuple[str, ...], Item]


@dataclass
class Copying:
    """The copy of one table, and how far it has come."""

    dynamodb: Any
    row: Table
    place: str
    copy: str
    missing: int = field(default=0, init=False)
    same: int = field(default=0, init=False)
    other: int = field(default=0, init=False)

    def compare(self) -> str:
        """Compare, and say how many items are missing."""
        self._each(put=False)
        return f"{self.missing} are missing, {self._rest()}"

    def put_back(self) -> str:
        """Put back what is missing, and say how much that was."""
        self._each(put=True)
        return f"{self.missing} put back, {self._rest()}"

    def _rest(self) -> str:
        return f"{self.same} the same, {self.other} newer or other and left as they are"

    def _each(self, *, put: bool) -> None:
        """Go through the copy, a page's batches at once; `put` back what is lacking of each."""
        self.missing = self.same = self.other = 0
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            for batches in self._pages():
                for then, now in zip(batches, threads.map(self._now, batches), strict=True):
                    lacking = [item for key, item in then.items() if key not in now]
                    same = sum(now.get(key) == item for key, item in then.items())
                    self.missing += len(lacking)
                    self.same += same
                    self.other += len(then) - len(lacking) - same
                    if put:
                        list(threads.map(self._put, lacking))

    def _pages(self) -> Iterator[list[Batch]]:
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.copy, ConsistentRead=True, PaginationConfig={"PageSize": _PAGE}
        )
        for page in pages:
            items = [each for each in page["Items"] if not self._made_anew(each)]
            batches = (items[at : at + _TOGETHER] for at in range(0, len(items), _TOGETHER))
            yield [{self._name(item): item for item in batch} for batch in batches]

    def _now(self, then: Batch) -> Batch:
        """Read what the deployed table has under the same keys."""
        keys = [{name: item[name] for name in self._keys()} for item in then.values()]
        asked = {self.place: {"Keys": keys, "ConsistentRead": True}}
        found: list[Item] = []
        while asked.get(self.place, {}).get("Keys"):
            answer = self.dynamodb.batch_get_item(RequestItems=asked)
            found += answer["Responses"].get(self.place, [])
            asked = answer.get("UnprocessedKeys", {})
        return {self._name(item): item for item in found}

    def _put(self, item: Item) -> None:
        """Put an item that was not there a moment ago; if it is now, that one stays."""
        try:
            self.dynamodb.put_item(
                TableName=self.place,
                Item=item,
                ConditionExpression="attribute_not_exists(#key)",
                ExpressionAttributeNames={"#key": self.row.partition},
            )
        except self.dynamodb.exceptions.ConditionalCheckFailedException:
            return

    def _made_anew(self, item: Item) -> bool:
        return self.row.name == "operations" and item["kind"]["S"] in _MADE_ANEW

    def _keys(self) -> list[str]:
        return [name for name in (self.row.partition, self.row.sort) if name is not None]

    def _name(self, item: Item) -> tuple[str, ...]:
        return tuple(next(iter(item[name].values())) for name in self._keys())
