"""Running flows with faults, one after the other, and telling what ended otherwise.

A flow runs undisturbed once, and a snapshot is kept before each of its steps with how many calls
had been made. A fault at a call then begins at the snapshot before it.
"""

import contextlib
import dataclasses
import io
import json
import logging
import os
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from unittest import mock

from fulfilment.sources import source_client
from infra import synth
from local import cloud as clouds
from local import engine
from local.functions import Functions
from tests.faults import coverage
from tests.faults.flows import Flow
from tests.faults.life import Delivery, Life, Stopped, Taken, begin, determined, forget_process
from tests.faults.wire import Call, Fault, Wire, faults_of, laid
from tests.faults.world import World, _masked

End = Counter[str]
# How records may come, if a flow has any: to all workers, and to one of them alone.
TO_ALL = ("twice", "reversed", "again")
TO_ONE = ("late", "poison")
# What is told meanwhile is how things stand, and they stand otherwise.
MEANWHILE = ("reversed", *TO_ONE)


@dataclass(frozen=True, slots=True)
class Injection:
    """One fault in one flow, and perhaps a `second` after it.

    `delivery` disturbs how records come instead of a call.
    """

    flow: str
    fault: Fault | None
    call: Call | None
    delivery: str = ""
    second: Fault | None = None

    @property
    def kind(self) -> str:
        """Name what is done."""
        if self.fault is None:
            return self.delivery.partition(" ")[0]
        return "pair" if self.second else self.fault.kind

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return what is broken, in its order."""
        return tuple(fault for fault in (self.fault, self.second) if fault)

    def __str__(self) -> str:
        if self.fault is None or self.call is None:
            return f"{self.flow}: {self.delivery}"
        then = f", then {self.second.choice} at call {self.second.at}" if self.second else ""
        return f"{self.flow}: {self.fault.kind} at call {self.fault.at}, {self.call}{then}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an injection led to: things that are missing, and things that are too many.

    `broken` tells each fault that struck as its kind and call.
    """

    injection: Injection
    broken: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Tell whether it ended as the undisturbed flow did."""
        return not self.missing and not self.extra


@dataclass(frozen=True, slots=True)
class _Place:
    calls: int
    taken: Taken


@dataclass
class Rehearsed:
    """A flow that ran undisturbed: how it ended, and where it stood before each step.

    `heard` are the streams of workers that had something, `ran` the schedules; `reached` is all
    that the flow comes to.
    """

    flow: Flow
    places: list[_Place]
    calls: list[Call]
    end: End
    heard: tuple[str, ...] = ()
    ran: tuple[str, ...] = ()
    reached: frozenset[str] = frozenset()

    def injections(self) -> Iterator[Injection]:
        """Yield every fault of every call, and every disturbed delivery."""
        for number, call in enumerate(self.calls, 1):
            for fault in faults_of(number, call):
                yield Injection(self.flow.name, fault, call)
        deliveries = [*TO_ALL, *(f"{how} {name}" for how in TO_ONE for name in self.heard)]
        for delivery in deliveries if self.heard else ():
            yield Injection(self.flow.name, None, None, delivery)
        for function in self.ran:
            yield Injection(self.flow.name, None, None, f"poison {function}")

    def pairs(self, count: int, seed: str) -> Iterator[Injection]:
        """Draw faults after each of which comes another, most often soon."""
        chance = random.Random(f"{seed} {self.flow.name}")
        singles = [each for each in self.injections() if each.fault]
        for first in chance.sample(singles, min(count, len(singles))):
            assert first.fault is not None
            after = first.fault.at + min(chance.randint(1, 12), chance.randint(1, 12))
            second = Fault("any", after, chance.randrange(2**16))
            yield dataclasses.replace(first, second=second)


@dataclass
class Campaign:
    """The laid template with a wire below it."""

    life: Life
    empty: Taken

    def rehearse(self, flow: Flow) -> Rehearsed:
        """Run a flow undisturbed.

        Raises:
            AssertionError: it does not work even so.
        """
        life, wire = self.life, self.life.world.wire
        life.put_back(self.empty)
        for number, step in enumerate(flow.before):
            _stepped(life, flow, -number - 1, step)
        wire.calls.clear()
        life.answers.clear()
        for seen in (life.called, life.heard, life.ran):
            seen.clear()
        places, before = [], coverage.marks(life.world)
        for number, step in enumerate(flow.steps):
            places.append(_Place(len(wire.calls), life.take()))
            _stepped(life, flow, number, step)
        assert life.oddities == [], (flow.name, life.oddities)
        assert life.dead.letters == [], (flow.name, "sets something aside by itself")
        return Rehearsed(
            flow,
            places,
            list(wire.calls),
            self._end(),
            tuple(sorted(life.heard)),
            tuple(sorted(life.ran)),
            coverage.reached(life, before),
        )

    def inject(self, rehearsed: Rehearsed, injection: Injection) -> Outcome:
        """Run a flow with one fault and compare how it ends."""
        life, wire, fault = self.life, self.life.world.wire, injection.fault
        flow = rehearsed.flow
        at = _begin(rehearsed, fault)
        life.put_back(rehearsed.places[at].taken)
        life.delivery = _delivery(injection.delivery)
        wire.begin(rehearsed.calls[: rehearsed.places[at].calls], injection.faults)
        with contextlib.suppress(Stopped):
            for number in range(at, len(flow.steps)):
                _patiently(life, flow, number)
            _stepped(life, flow, _WAITING, Life.release)
        broken = tuple(f"{fault.kind} {call} in {call.function}" for fault, call in wire.struck)
        wire.begin((), ())
        if injection.delivery == "again":
            _stepped(life, flow, _WAITING - 1, Life.again)
        _stepped(life, flow, _WAITING - 2, Life.redrive)
        assert fault is None or broken, f"{injection} was not reached"
        if injection.kind == "poison":
            _set_aside(life, injection)
        before, end = rehearsed.end, self._end()
        if injection.kind in MEANWHILE:
            before, end = _without_answers(before), _without_answers(end)
        missing, extra = before - end, end - before
        return Outcome(
            injection,
            broken or (injection.delivery,),
            tuple(missing.elements()),
            tuple(extra.elements()),
        )

    def _end(self) -> End:
        life = self.life
        told = [_masked(line) for line in (*life.answers, *life.oddities)]
        return life.world.end() + Counter(told)


# Numbers of what is no step of a flow, so that its ids are others.
_WAITING = 1000


def _caught_up(life: Life) -> None:
    """Hand over what is late, or drive again what was set aside."""
    if not life.release():
        life.redrive()


def _delivery(asked: str) -> Delivery:
    how, _, of = asked.partition(" ")
    if of:
        return Delivery(late=of) if how == "late" else Delivery(poison=of)
    return Delivery(twice=how == "twice", reversed=how == "reversed")


def _patiently(life: Life, flow: Flow, number: int) -> None:
    """Take a step; whoever cannot go on for want of what is late, or set aside, waits for it."""
    answers, oddities = len(life.answers), len(life.oddities)
    try:
        _stepped(life, flow, number, flow.steps[number])
    except Stopped:
        if not (life.delivery.late or life.delivery.poison):
            raise
        del life.answers[answers:], life.oddities[oddities:]
        _stepped(life, flow, _WAITING + number, _caught_up)
        _stepped(life, flow, number, flow.steps[number])


def _without_answers(end: End) -> End:
    return Counter({line: n for line, n in end.items() if not line.startswith("answer:")})


def _set_aside(life: Life, injection: Injection) -> None:
    """Take away that the poison is a dead letter, which it must be."""
    told = f"dead letter: {injection.delivery.split()[1]}"
    if told in life.oddities:
        life.oddities.remove(told)
    else:
        life.oddities.append(f"not among the dead letters: {injection.delivery}")


def _begin(rehearsed: Rehearsed, fault: Fault | None) -> int:
    """Find the step in which a call is made."""
    if fault is None:
        return 0
    return max(n for n, place in enumerate(rehearsed.places) if place.calls < fault.at)


def _stepped(life: Life, flow: Flow, number: int, step: object) -> None:
    """Take a step in new processes, so that its calls are the same ones each time."""
    forget_process()
    sources = mock.patch.dict(os.environ, SOURCES=json.dumps(dict(flow.sources)))
    answered = life.known.get("sources answer")
    with (
        sources,
        mock.patch.object(source_client, "post", return_value=answered)
        if answered
        else contextlib.nullcontext(),
        determined(f"{flow.name}/{number}"),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        step(life)  # type: ignore[operator]


@contextlib.contextmanager
def opened() -> Iterator[Campaign]:
    """Lay the template in an engine of its own, with the wire below every client."""
    from infra.context import read  # noqa: PLC0415
    from infra.pages import build  # noqa: PLC0415

    template = synth.template()
    pages = Path(mkdtemp()) / "built"
    build.for_deployment(pages, read(synth.defaults()))
    with engine.started("moto"):
        os.environ["PAGES_FOLDER"] = str(pages)
        cloud = clouds.lay(template)
        functions = Functions(cloud, serial=False)
        functions.prepare()
        with campaign(functions) as made:
            yield made


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


@contextlib.contextmanager
def campaign(functions: Functions) -> Iterator[Campaign]:
    """Lay the wire below the functions' clients."""
    wire = Wire()
    with laid(wire), _quiet():
        life = begin(functions, World(wire))
        yield Campaign(life, life.take())


def shuffled(every: Sequence[Injection], seed: str) -> list[Injection]:
    """Order injections so that any beginning has of each flow, then kind of fault, alike."""
    chance = random.Random(seed)
    groups: dict[tuple[str, str], list[Injection]] = {}
    for each in chance.sample(every, len(every)):
        groups.setdefault((each.flow, each.kind), []).append(each)
    ranked = [
        ((rank + chance.random()) / len(group), each)
        for group in groups.values()
        for rank, each in enumerate(group)
    ]
    # One of every flow comes first, then one of every group.
    one = {each.flow: id(each) for _, each in ranked}
    first = {id(group[0]) for group in groups.values()}
    return [
        each
        for _, each in sorted(
            ranked,
            key=lambda pair: (
                id(pair[1]) != one[pair[1].flow],
                id(pair[1]) not in first,
                pair[0],
            ),
        )
    ]
