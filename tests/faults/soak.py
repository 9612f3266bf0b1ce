"""`python -m tests.faults.soak`: mixed load on a real engine in bad weather, and what is left.

Several clients do what people, staff and other systems do, through the functions' own doors, while
the streams' workers run and one call to AWS in a hundred breaks: throttled, unanswered, its answer
lost, its process gone. Between the rounds weeks pass and the night's runs come, in the same
weather. At the end it is fair: what was set aside is driven once more, and what must be true of
everything that is stored is looked at (`proofs.py`). On loopback alone; it stops by itself.
"""

import argparse
import contextlib
import logging
import os
import random
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp

from infra import synth
from infra.context import read as read_context
from infra.pages import build
from local import cloud as clouds
from local import engine
from shared.edge import current_time, log
from tests.faults import proofs
from tests.faults.crowd import Crowd, Mailboxes
from tests.faults.held import FIRST, Held, bounds, grown, held
from tests.faults.life import few_shards
from tests.faults.weather import Clock, Sheltered, Weather, Workers
from tests.faults.wire import laid

ROUND = 20.0
CLIENTS = 4
# All weeks together are less than what counts are kept for, so that they can be counted again.
ALL_DAYS = 600
# A process may grow by so much between the middle and the end, by code that is loaded late.
MAX_GROWTH = 1.15


@dataclass
class Soak:
    """What runs, and what came of it."""

    functions: Sheltered
    streams: Workers
    weather: Weather
    clock: Clock
    crowd: Crowd
    memory: list[tuple[int, int]] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    given_up: Counter[str] = field(default_factory=Counter)
    why: deque[str] = field(default_factory=lambda: deque(maxlen=100))

    def note(self, error: BaseException, request_id: str) -> None:
        """Note where something went wrong, in place of the log."""
        del request_id
        self.why.append(log.frames(error))

    def run(self, minutes: float) -> None:
        """Go round by round until the time is over."""
        ends = time.monotonic() + 60 * minutes
        rounds = max(1, int(60 * minutes / (ROUND + 5)))
        while (left := ends - time.monotonic()) > 0:
            self._load(min(ROUND, left))
            self._settled()
            self.clock.leap(timedelta(days=ALL_DAYS / rounds))
            self._night()
            self._settled()
            self.memory.append(_resident())
            self.held.append(held())
            self._told(left)

    def end(self) -> list[str]:
        """Let everything become still in fair weather; return what is not as it must be."""
        self.weather.fair = True
        self._redrive()
        for days in (1, 120, 1):
            self.clock.leap(timedelta(days=days))
            self._night()
            self._settled()
        self._redrive()
        found = [*proofs.faults(self.clock.now(), logged=True), *self.crowd.faults()]
        return proofs.in_short(iter([*found, *self._swollen()]))

    def _load(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        with ThreadPoolExecutor(CLIENTS) as pool:
            for done in [pool.submit(self.crowd.act, until) for _ in range(CLIENTS)]:
                done.result()

    def _night(self) -> None:
        """Run what schedules run, three times at most, as Lambda does."""
        for function in ("deadlines", "retention", "transparency"):
            for _ in range(3):
                try:
                    self.functions.invoke(function, {})
                except Exception as fault:  # noqa: BLE001 - as Lambda: it is tried again
                    self.given_up[f"{function} raised {type(fault).__name__}"] += 1
                else:
                    break

    def _settled(self) -> None:
        """Wait for the workers; but for a worker that dies again and again, not for ever."""
        with contextlib.suppress(Exception):
            self.streams.drain(60)
        self.crowd.mailboxes.collect()

    def _redrive(self) -> None:
        """Do once more what was set aside, as `ops redrive` does."""
        dead, self.streams.aside = self.streams.aside, []
        for function, record in dead:
            self.why.clear()
            answer = self.functions.invoke(function, {"Records": [record]})
            self.given_up[f"dead letter of {function}"] += 1
            if answer["batchItemFailures"]:
                self.given_up[f"cannot be redriven: {function}, {'; '.join(self.why)}"] += 1
        self._settled()

    def _swollen(self) -> Iterator[str]:
        yield from grown(self.held, bounds())
        for name, sizes in zip(
            ("functions", "engine"), zip(*self.memory, strict=True), strict=True
        ):
            if len(sizes) >= 6:
                middle, last = max(sizes[len(sizes) // 3 : len(sizes) // 2]), max(sizes[-3:])
                if name == "functions" and last > MAX_GROWTH * middle:
                    yield f"memory of {name}: {middle} MB at the middle, {last} MB at the end"

    def _told(self, left: float) -> None:
        ours, engines = self.memory[-1]
        print(
            f"  {left:4.0f} s left: {sum(self.crowd.done.values())} done,"
            f" {self.weather.broken.total()} of {self.weather.number} calls broken,"
            f" {ours} MB and {engines} MB",
            file=sys.stderr,
            flush=True,
        )


def _resident() -> tuple[int, int]:
    """Return the megabytes that our process and the engine's have in memory."""
    return _megabytes("self"), sum(map(_megabytes, _children()))


def _children() -> list[str]:
    task = Path(f"/proc/self/task/{os.getpid()}/children")
    return task.read_text().split() if task.exists() else []


def _megabytes(process: str) -> int:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except FileNotFoundError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


@contextlib.contextmanager
def opened(name: str, seed: str, share: float) -> Iterator[Soak]:
    """Lay the template in an engine of its own, with the weather below every client."""
    template = synth.template()
    pages = Path(mkdtemp()) / "built"
    build.for_deployment(pages, read_context(synth.defaults()))
    os.environ["PAGES_FOLDER"] = str(pages)
    with engine.started(name):
        laid_out = clouds.lay(template)
        functions = Sheltered(laid_out, serial=name == "moto")
        functions.prepare()
        few_shards()
        clock, weather = Clock(), Weather(random.Random(seed), share)
        functions.weather = weather
        current_time.now = clock.now
        mailboxes = Mailboxes()
        crowd = Crowd(functions, clock, mailboxes, random.Random(f"{seed} crowd"))
        streams = Workers(functions)
        weather.stay_dry(dry=True)
        with laid(weather), _quiet():
            streams.start()
            try:
                soak = Soak(functions, streams, weather, clock, crowd)
                log.fault = soak.note
                yield soak
            finally:
                streams.stop()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    try:
        with (
            Path(os.devnull).open("w", encoding="utf-8") as nowhere,
            contextlib.redirect_stdout(nowhere),
        ):
            yield
    finally:
        logging.disable(logging.NOTSET)


def main() -> int:
    """Run as asked; 0 if everything that is stored is as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--faults", type=float, default=1, help="per hundred calls")
    parser.add_argument("--seed", default=time.strftime("%Y-%m-%d"))
    parser.add_argument("--engine", default="dynamodb-local", choices=engine.NAMES)
    chosen = parser.parse_args()
    begun = time.monotonic()
    with opened(chosen.engine, chosen.seed, chosen.faults / 100) as soak:
        soak.run(chosen.minutes)
        found = soak.end()
    _report(soak, chosen.seed, time.monotonic() - begun)
    for line in found:
        print(f"WRONG: {line}")
    print("nothing is wrong" if not found else f"{len(found)} kinds of faults")
    return 1 if found else 0


def _report(soak: Soak, seed: str, seconds: float) -> None:
    weather, crowd = soak.weather, soak.crowd
    print(f"Soak by seed {seed}: {seconds:.0f} s, {len(soak.memory)} rounds, {CLIENTS} clients")
    print(
        f"  {weather.number} calls to AWS, {weather.broken.total()} broken: "
        f"{', '.join(f'{n} {kind}' for kind, n in sorted(weather.broken.items()))}"
    )
    print(f"  done: {', '.join(f'{n} {what}' for what, n in sorted(crowd.done.items()))}")
    print(f"  tried again: {crowd.again}, never answered: {crowd.unanswered}")
    print(f"  workers: {dict(soak.given_up) or 'nothing given up'}")
    print(
        f"  memory, MB (functions, engine), first, middle, last: "
        f"{soak.memory[0]}, {soak.memory[len(soak.memory) // 2]}, {soak.memory[-1]}"
    )
    print(f"  held by our own code, round by round: {', '.join(map(str, _ours(soak.held)))}")
    more = Counter(soak.held[-1]) - Counter(soak.held[min(FIRST, len(soak.held) - 1)])
    print(f"  more of it at the end than after {FIRST} rounds: {dict(more) or 'nothing'}")


def _ours(rounds: Sequence[Held]) -> list[int]:
    """Add up objects of our own classes, and what is remembered."""
    return [sum(n for name, n in each.items() if "." in name or " by " in name) for each in rounds]


if __name__ == "__main__":
    sys.exit(main())
