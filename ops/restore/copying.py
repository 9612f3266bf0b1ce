"""Comparing a restored table with the deployed one, and putting back what that one lacks.

How far it came is noted nowhere: what a run that broke off has put back is the same in both tables
for the next, which reads it once more and writes it no second time.
"""

import itertools
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from infra.declarations import Table
from shared.domain.errors import Busy

# Most that one call reads by key; how many batches are worked on at once, each by a connection of
# its own, and how many wait beside; how many items a page has: a whole one of 1 MB may take
# longer than a call waits.
_TOGETHER, _AT_ONCE, _WAITING, _PAGE = 100, 8, 8, 500
# Seconds between tries while a table takes no more, for one that is new to this much grows slowly.
PAUSES = (1, 2, 4, 8, 16, 32, 32, 32)
# After so many items it says how far it is.
PROGRESS = 10_000
# Markers of holds are made anew from the register: a lifted hold's would come back otherwise.
_MADE_ANEW = ("held", "hold_epoch")

Answer = TypeVar("Answer")
Item = dict[str, Any]
# Items by the values of their keys.
Batch = dict[tuple[str, ...], Item]


@dataclass
class Copying:
    """The copy of one table, and how far it has come."""

    row: Table
    place: str
    copy: str
    seen: Counter[str] = field(default_factory=Counter, init=False)

    def compare(self) -> str:
        """Compare, and say how many items are missing."""
        self._each(put=False)
        return f"{self.seen['missing']} are missing, {self._rest()}"

    def put_back(self) -> str:
        """Put back what is missing, and say how much that was."""
        self._each(put=True)
        return f"{self.seen['missing']} put back, {self._rest()}"

    def _rest(self) -> str:
        same, other = self.seen["same"], self.seen["other"]
        return f"{same} the same, {other} newer or other and left as they are"

    def _each(self, *, put: bool) -> None:
        """Go through the copy, several batches at once; `put` back what is lacking of each."""
        self.seen.clear()
        at_work: deque[Future[Counter[str]]] = deque()
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            for batch in self._batches():
                at_work.append(threads.submit(self._done, batch, put=put))
                if len(at_work) == _AT_ONCE + _WAITING:
                    self._count(at_work.popleft().result())
            for each in at_work:
                self._count(each.result())

    def _count(self, done: Counter[str]) -> None:
        before = self.seen.total() // PROGRESS
        self.seen += done
        if self.seen.total() // PROGRESS > before:
            print(f"{self.seen.total()} compared, {self.seen['missing']} were missing", flush=True)

    def _batches(self) -> Iterator[Batch]:
        items = (item for item in self._scanned() if not self._made_anew(item))
        while batch := list(itertools.islice(items, _TOGETHER)):
            yield {self._name(item): item for item in batch}

    def _scanned(self) -> Iterator[Item]:
        from shared.storage.dynamodb import database  # noqa: PLC0415 - needs botocore

        asked = {"TableName": self.copy, "ConsistentRead": True, "Limit": _PAGE}
        return database.pages("scan", _call, **asked)

    def _done(self, then: Batch, *, put: bool) -> Counter[str]:
        """Compare one batch, and `put` back what is lacking of it; count both."""
        now = self._now(then)
        lacking = [item for key, item in then.items() if key not in now]
        for item in lacking if put else ():
            self._put(item)
        same = sum(now.get(key) == item for key, item in then.items())
        other = len(then) - len(lacking) - same
        return Counter(missing=len(lacking), same=same, other=other)

    def _now(self, then: Batch) -> Batch:
        """Read what the deployed table has under the same keys."""
        from shared.storage.dynamodb import database  # noqa: PLC0415 - needs botocore

        keys = [{name: item[name] for name in self._keys()} for item in then.values()]
        found = _patiently(lambda: list(database.batch_get(self.place, keys)))
        return {self._name(item): item for item in found}

    def _put(self, item: Item) -> None:
        """Put an item that was not there a moment ago; if it is now, that one stays."""
        from shared.storage.dynamodb.database import ConditionFailed  # noqa: PLC0415

        try:
            _call(
                "put_item",
                TableName=self.place,
                Item=item,
                ConditionExpression="attribute_not_exists(#key)",
                ExpressionAttributeNames={"#key": self.row.partition},
            )
        except ConditionFailed:
            return

    def _made_anew(self, item: Item) -> bool:
        return self.row.name == "operations" and item["kind"]["S"] in _MADE_ANEW

    def _keys(self) -> list[str]:
        return [name for name in (self.row.partition, self.row.sort) if name is not None]

    def _name(self, item: Item) -> tuple[str, ...]:
        return tuple(next(iter(item[name].values())) for name in self._keys())


def _call(operation: str, **parameters: Any) -> dict[str, Any]:
    """Call DynamoDB, and wait where it is busy: what is half done would have to be read again."""
    from shared.storage.dynamodb import database  # noqa: PLC0415 - needs botocore

    return _patiently(lambda: database.call(operation, **parameters))


def _patiently(ask: Callable[[], Answer]) -> Answer:
    """Ask, and wait where DynamoDB is busy.

    Raises:
        Busy: it still is after two minutes.
    """
    for pause in PAUSES:
        try:
            return ask()
        except Busy:
            time.sleep(pause)
    return ask()
