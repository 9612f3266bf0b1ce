"""Bad weather for a long run: any call to AWS may break; and a clock that leaps."""

import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from local.functions import Functions
from local.streams import Streams, _Shard
from ops.redrive import as_lambda_gives_it
from tests.faults.wire import FOR_READS, FOR_WRITES, Attempt, Call, Killed, Send, Wire
from tests.support import NOW

# A permission that is missing, or a credential that is over, is no weather.
_NO_WEATHER = frozenset({"refused"})
_MORE = {
    "BatchGetItem": ("partly",),
    "PutEvents": ("partly",),
    "TransactWriteItems": ("in_conflict",),
}


class Clock:
    """The time of everybody: it runs as ours does, and leaps when it is told to."""

    def __init__(self) -> None:
        self._begun, self._ahead = time.monotonic(), timedelta()

    def now(self) -> datetime:
        return NOW + self._ahead + timedelta(seconds=time.monotonic() - self._begun)

    def leap(self, much: timedelta) -> None:
        self._ahead += much


class Weather(Wire):
    """Breaks a share of all calls, each in a way of its kind; in fair weather none.

    What breaks is a whole call with all its tries, as a service that is in trouble stays so for
    longer than a client tries. Threads that only wait for functions are in the dry.
    """

    def __init__(self, chance: random.Random, share: float) -> None:
        super().__init__()
        self.fair = False
        self.number = 0
        self.broken: Counter[str] = Counter()
        self._share, self._chance = share, chance
        self._mine = threading.local()

    def attempt(self, call: Call, invocation: str, body: bytes, send: Send) -> Attempt:
        mine = self._mine
        if getattr(mine, "killed", False):
            raise Killed
        if self.fair or getattr(mine, "dry", False):
            return send()
        if getattr(mine, "invocation", None) != invocation:
            self.number += 1
            mine.invocation, mine.fault = invocation, self._drawn(call)
        if mine.fault is None:
            return send()
        kind, wire = mine.fault
        wire._attempts += 1
        try:
            done: Attempt = wire._broken(kind, call, body, send)
        except Killed:
            mine.killed = True
            raise
        return done

    def stay_dry(self, *, dry: bool) -> None:
        """Tell whether this thread's calls are a function's; a process that was killed is over."""
        self._mine.dry, self._mine.killed = dry, False

    def _drawn(self, call: Call) -> tuple[str, Wire] | None:
        if self._chance.random() >= self._share:
            return None
        kinds = (*(FOR_WRITES if call.writes else FOR_READS), *_MORE.get(call.operation, ()))
        kind = self._chance.choice([each for each in kinds if each not in _NO_WEATHER])
        self.broken[kind] += 1
        return kind, Wire()


class Sheltered(Functions):
    """The functions: what is killed leaves whoever called it alive, as if Lambda stood between."""

    weather: Weather

    def invoke(self, name: str, event: Mapping[str, Any]) -> Any:
        self.weather.stay_dry(dry=False)
        try:
            return super().invoke(name, event)
        except Killed:
            raise RuntimeError("the process is gone") from None
        finally:
            self.weather.stay_dry(dry=True)


class Workers(Streams):
    """The streams' workers, in the dry themselves, remembering whose what they set aside is."""

    def __init__(self, functions: Sheltered) -> None:
        super().__init__(functions)
        self.aside: list[tuple[str, dict[str, Any]]] = []

    def _run(self) -> None:
        self.functions.weather.stay_dry(dry=True)  # type: ignore[attr-defined]
        super()._run()

    def _deliver(self, shard: _Shard, records: list[dict[str, Any]]) -> None:
        before = len(self.dead)
        super()._deliver(shard, records)
        self.aside += [
            (shard.function, as_lambda_gives_it(dict(record), shard.arn))
            for record in self.dead[before:]
        ]
        del self.dead[before:]
