"""Who takes part: the floor, the least that is possible, ours and the usual ways."""

import json
from pathlib import Path
from typing import Any

from bench import decisions, folders
from bench.folders import Folders
from bench.rounds import Participant

EVENTS = folders.ROOT / "events"
KEYED_EVENT = EVENTS / "consent" / "capture.json"
FLOOR, OURS, USUAL = "floor: json, boto3", "ours", "FastAPI + Mangum"
POWERTOOLS = "Powertools as usual"
LEAST = "the least: the standard library alone"
COOKBOOK = "AWS Lambda Handler Cookbook"
KEYED = "ours, with an Idempotency-Key"
COUNTING = "counting a thousand decisions"
DECISIONS = 1000


def participants(built: Folders) -> tuple[Participant, ...]:
    """Name them, the floor first and what counts decisions last."""
    event = capture_event()
    return (
        Participant(FLOOR, "floor.handler", (built.plain,), event),
        Participant(OURS, "consent.handler.api", built.ours("consent"), event),
        # As every browser sends it: a new process reads the secret that names it repeatably.
        Participant(KEYED, "consent.handler.api", built.ours("consent"), KEYED_EVENT),
        Participant(LEAST, "least.handler", (built.plain,), event),
        Participant(POWERTOOLS, "powertools.handler", (built.plain,), event),
        Participant(COOKBOOK, "cookbook.handler", (built.plain,), event),
        Participant(USUAL, "usual.handler", (built.plain,), event),
        Participant(
            COUNTING, "aggregation.handler.handle", built.ours("aggregation"), _decisions(), warm=10
        ),
    )


def capture_event() -> Path:
    """Take the sample capture without its Idempotency-Key: the others know none."""
    event: dict[str, Any] = json.loads(KEYED_EVENT.read_text("utf-8"))
    for headers in (event["headers"], event["multiValueHeaders"]):
        headers.pop("Idempotency-Key")
    path = folders.CACHE / "capture.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(event), encoding="utf-8")
    return path


def _decisions() -> Path:
    """Write a batch of decisions, each of a browser of its own."""
    path = folders.CACHE / "decisions.json"
    path.write_text(json.dumps({"Records": [*decisions.records(DECISIONS)]}), encoding="utf-8")
    return path
