"""A flow of one step for each sample event of a route: sent as it stands, and delivered.

What an event names (a browser, a token, a request, a breach) is made first. Written flows are worth
more; a sample is tried where none comes to its route.
"""

from collections.abc import Collection, Iterator
from pathlib import Path

from infra import routes
from shared.edge.idempotency import METHODS
from tests import support
from tests.faults.flows import Flow, Step, deliver, key
from tests.faults.life import Life
from tests.sample_events import EVENTS, prepared

# Their answers are signed as of a moment, or count the audit, too: that they answer is compared.
OF_A_MOMENT = frozenset(
    {"access/export", "consent/receipt", "desk/read_draft", "desk/record_of_processing"}
)


def flows() -> Iterator[tuple[str, Flow]]:
    """Yield the flow of every route's sample, with the name of the route."""
    for function, route in routes.declared():
        name = f"{function}/{route.handler.__name__}"
        path = EVENTS / f"{name}.json"
        yield (
            f"route {name}",
            Flow(f"sample {name}", (_send(path, route.status), deliver), (_make(path),)),
        )


def beyond(reached: Collection[str]) -> list[Flow]:
    """Return the flows of the samples to whose routes nothing else comes."""
    return [flow for route, flow in flows() if route not in reached]


def _make(path: Path) -> Step:
    def make(life: Life) -> None:
        support.source.ip = support.Source().ip
        life.known["sample"] = prepared(life.functions, path)
        life.deliver()
        # What is made bare may call for a mail that it cannot fill.
        life.dead.letters.clear()
        life.known["made"] = dict(life.read)
        if life.known["sample"]["httpMethod"] in METHODS:  # whoever tries again has a key
            life.known["sample"]["multiValueHeaders"].setdefault(
                "Idempotency-Key", list(key(f"sample {path.stem}").values())
            )

    return make


def _send(path: Path, status: int) -> Step:
    name = f"{path.parent.name}/{path.stem}"

    def send(life: Life) -> None:
        answer = life.replay(path.parent.name, life.known["sample"], status)
        if name in OF_A_MOMENT:
            life.answers[-1] = f"answer: {name} {answer.status}"

    return send
