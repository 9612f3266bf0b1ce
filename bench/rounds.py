"""Fresh processes in turn, so that a machine that slows down slows all of them."""

import json
import os
import statistics
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHILD = Path(__file__).parent / "child.py"
SECONDS = 600

ENVIRONMENT = {
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_LAMBDA_FUNCTION_NAME": "measured",
    "ORIGINS": "https://www.khoocommerce.example",
    "STAGE": "prod",
    "REGIME": "uk_gdpr",
    "TABLE_LEDGER": "ledger",
    "TABLE_RECORDS": "records",
    "TABLE_CONSENT_STATES": "consent_states",
    "TABLE_TOKENS": "tokens",
    "TABLE_STATISTICS": "statistics",
    "TABLE_OPERATIONS": "operations",
    "SECRET_IDENTITY": "identity",
    "KEY_RECEIPTS": "receipts",
    "BUS_DOMAIN": "domain",
    "SENDER": "privacy@khoocommerce.example",
    "SITE": "https://www.khoocommerce.example",
    "API": "https://api.khoocommerce.example",
}


@dataclass(frozen=True, slots=True)
class Participant:
    """A handler and the event it is given; `warm` is how many more times after the first.

    `environment` is what it is told beside, or in place of, what all are told.
    """

    title: str
    handler: str
    imports: tuple[Path, ...]
    event: Path
    warm: int = 300
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians over the rounds: CPU seconds of a cold start and of a warm request, bytes."""

    cold: float
    warm: float
    rss: float


def run(
    python: str,
    participants: Iterable[Participant],
    url: str,
    rounds: int,
    say: Callable[[str], None],
) -> dict[str, Measured]:
    """Measure each participant `rounds` times, in turn, each in a process of its own.

    Raises:
        RuntimeError: a handler did not do its work; the message has what it said.
    """
    entrants = list(participants)
    seen: dict[str, list[Mapping[str, float]]] = {entrant.title: [] for entrant in entrants}
    for number in range(1, rounds + 1):
        say(f"round {number} of {rounds}")
        for entrant in entrants:
            seen[entrant.title].append(once(python, entrant, url))
    return {
        title: Measured(*(statistics.median(r[name] for r in results) for name in _FIELDS))
        for title, results in seen.items()
    }


_FIELDS = ("cold", "warm", "rss")


def once(python: str, entrant: Participant, url: str) -> dict[str, Any]:
    """Run one process; return what it measured of itself.

    Raises:
        RuntimeError: its handler did not do its work.
    """
    measured: dict[str, Any] = json.loads(ran((python,), entrant, url, {}).stdout.splitlines()[-1])
    return measured


def environment(entrant: Participant, url: str) -> dict[str, str]:
    """Return what a process is told; AWS answers at `url`."""
    return {
        **ENVIRONMENT,
        **entrant.environment,
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": ":".join(map(str, entrant.imports)),
        "AWS_ENDPOINT_URL_DYNAMODB": url,
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": url,
    }


def ran(
    command: tuple[str, ...], entrant: Participant, url: str, more: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run one process, by `command` and with `more` in its environment.

    Raises:
        RuntimeError: its handler did not do its work.
    """
    module, _, attribute = entrant.handler.rpartition(".")
    done = subprocess.run(
        [*command, "-P", str(CHILD), module, attribute, str(entrant.event), str(entrant.warm)],
        env={**environment(entrant, url), **more},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{entrant.title}: {done.stderr.strip()}")
    return done
