"""A capture as Lambda runs it: its own client fetches the event, and DynamoDB is asked over TLS.

`python -m bench.runtime` counts instructions with valgrind, `--rounds 15` measures processor time.
Whole processes are compared, Python's start and the client's with them. The server's root is one
more among those that each brings: five in our layer, botocore's 126 for the others.
"""

import argparse
import json
import os
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "functions"), str(ROOT)]

from bench import figures, folders, instructions, pythons, rounds  # noqa: E402 - after the path
from bench.loopback import listening  # noqa: E402
from bench.participants import COUNTING, FLOOR, LEAST, participants  # noqa: E402
from bench.rounds import Participant  # noqa: E402
from local.serving import serving  # noqa: E402
from tests.certificates import certificate, chain  # noqa: E402
from tests.infra.fake_runtime import Runtime  # noqa: E402

HOST, ISSUER = "127.0.0.1", "The bench's own root"
# Where a folder of packages keeps the roots that it trusts.
ROOTS = ("botocore/cacert.pem", "botocore/amazon_roots.pem")
# Its connection is plain, and trusts nobody.
NOT_HERE = {COUNTING, LEAST}
WARM = 60

# What a process took that answered so many times; and how that is told.
Took = Callable[[Participant, int], float]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.runtime", description=__doc__)
    parser.add_argument("--rounds", type=int, help="measure processor time, so many times each")
    parser.add_argument("--write", action="store_true", help="keep them in bench/figures.json")
    chosen = parser.parse_args()
    python, version = pythons.chosen()
    built = folders.prepare(version, ("consent", "aggregation"), _say)
    client = folders.lambda_client(version, _say)
    entrants = [one for one in participants(built) if one.title not in NOT_HERE]
    with tempfile.TemporaryDirectory() as made:
        trusting = [_trusting(Path(made), one, client) for one in entrants]
        with listening(_tls(Path(made))) as aws:
            if chosen.rounds:
                took = _each(trusting, partial(_seconds, python, aws.url), chosen.rounds)
            else:
                took = _each(trusting, partial(_instructions, python, aws.url), 1)
    if chosen.write:
        figures.keep(**{"runtime_time" if chosen.rounds else "runtime": took})
    _print(took, "ms" if chosen.rounds else "million", 1e3 if chosen.rounds else 1e-6)
    return 0


def _each(entrants: list[Participant], took: Took, times: int) -> dict[str, dict[str, float]]:
    """Measure each in turn: a start with its first answer, and a further answer."""
    seen: dict[str, list[dict[str, float]]] = {one.title: [] for one in entrants}
    for number in range(1, times + 1):
        for one in entrants:
            cold = took(one, 1)
            warm = (took(one, 1 + WARM) - cold) / WARM
            seen[one.title].append({"cold": cold, "warm": warm})
            _say(f"round {number} of {times}: {one.title} took {cold:,} and {warm:,}")
    return {
        title: {name: statistics.median(row[name] for row in rows) for name in ("cold", "warm")}
        for title, rows in seen.items()
    }


def _instructions(python: str, url: str, entrant: Participant, times: int) -> float:
    said, _ = _ran((*instructions.VALGRIND, python), entrant, url, times)
    return instructions.told(said)


def _seconds(python: str, url: str, entrant: Participant, times: int) -> float:
    return _ran((python,), entrant, url, times)[1]


def _ran(command: tuple[str, ...], entrant: Participant, url: str, times: int) -> tuple[str, float]:
    """Have one process answer so many events; return what it said and its processor time.

    Raises:
        RuntimeError: its handler did not do its work.
    """
    event = json.loads(entrant.event.read_text("utf-8"))
    runtime = Runtime(rounds.SECONDS)
    with tempfile.TemporaryFile("w+") as said, serving(runtime):
        child = subprocess.Popen(
            [*command, "-P", "-m", "awslambdaric", entrant.handler],
            env={
                **rounds.environment(entrant, url),
                "PYTHONHASHSEED": "0",
                "AWS_LAMBDA_RUNTIME_API": runtime.address,
                "AWS_LAMBDA_LOG_FORMAT": "JSON",
            },
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        try:
            for _ in range(times):
                kind, answer = runtime.invoke(event)
                if kind != "response" or answer["statusCode"] // 100 != 2:  # noqa: PLR2004
                    raise RuntimeError(f"{entrant.title}: {answer}")
        finally:
            child.terminate()
            _, child.returncode, usage = os.wait4(child.pid, 0)
            runtime.events.put(None)
        said.seek(0)
        return said.read(), usage.ru_utime + usage.ru_stime


def _tls(made: Path) -> ssl.SSLContext:
    """Return what a server needs whom the bench's own root certifies."""
    (made / "chain.pem").write_bytes(chain(HOST, ISSUER, HOST))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made / "chain.pem")
    return context


def _trusting(made: Path, entrant: Participant, client: Path) -> Participant:
    """Return the participant with folders that trust our root, too, and Lambda's client behind."""
    imports = []
    for folder in entrant.imports:
        copied = made / str(folder.relative_to(folders.CACHE)).replace("/", "-")
        if not copied.exists():
            shutil.copytree(folder, copied)
            for name in ROOTS:
                if (copied / name).exists():
                    with (copied / name).open("ab") as file:
                        file.write(certificate(ISSUER, ISSUER))
        imports.append(copied)
    return replace(entrant, imports=(*imports, client))


def _print(took: Mapping[str, Mapping[str, float]], unit: str, factor: float) -> None:
    floor = took[FLOOR]
    print("| handler, as Lambda runs it | cold start | warm request |\n|---|---|---|")
    for title, one in took.items():
        cells = (
            f"{one[name] * factor:,.2f} {unit}, {one[name] / floor[name]:.2f}x"
            for name in ("cold", "warm")
        )
        print(f"| {title} | {' | '.join(cells)} |")


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    sys.exit(main())
