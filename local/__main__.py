"""`python -m local run` serves everything; `python -m local invoke` runs one function once."""

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer

ROOT = Path(__file__).parent.parent
LAST_PORT = 65_535
CACHE = ROOT / ".cache" / "templates"

# What the template and the OpenAPI document are made from.
SOURCES = ("infra", "functions", "web", "events", "cdk.json", "locks/layer.lock")


def main() -> int:
    """Run the command; every expected failure is one line and exit code 1."""
    sys.path[:0] = [str(ROOT / "functions"), str(ROOT)]
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run", help="serve on http://127.0.0.1:PORT; PORT and ENGINE are variables"
    )
    run.set_defaults(action=lambda _: _run())
    invoke = commands.add_parser("invoke", help="run one function on one event")
    invoke.add_argument("function", help="a function's folder, e.g. consent")
    invoke.add_argument("event", type=Path, help="a JSON file, e.g. events/consent/capture.json")
    invoke.set_defaults(action=_invoke)
    prepare = commands.add_parser("prepare", help="synthesise what `run` starts with")
    prepare.add_argument("name", help="of the state of the sources that was found")
    prepare.set_defaults(action=_prepare)
    arguments = parser.parse_args()
    for ending in (signal.SIGINT, signal.SIGTERM):  # a shell's background job ignores SIGINT
        signal.signal(ending, signal.default_int_handler)
    try:
        return int(arguments.action(arguments))
    except KeyboardInterrupt:
        print("\nstopped", flush=True)
        return 0
    except ModuleNotFoundError as error:
        return _fail(
            f"The Python module {error.name} is missing: run `make clean`, then make again."
        )


def _run() -> int:
    from local import engine  # noqa: PLC0415 - a missing module shall be one line

    port, name = os.environ.get("PORT", "8000"), os.environ.get("ENGINE", "moto")
    if not port.isascii() or not port.isdigit() or int(port) > LAST_PORT:
        return _fail(f"PORT must be a number from 0 to {LAST_PORT}, not {port!r}.")
    try:
        engine.known(name)
        with _step("checking the policy's words"):
            _check_policy()
        with _step("synthesising the template"):
            template, document = _synthesised()
        with engine.started(name):
            return _serve(template, document, name, int(port))
    except _expected() as error:
        return _fail(str(error))


def _serve(template: dict[str, Any], document: dict[str, Any], name: str, port: int) -> int:
    from local import clock, cloud, example_source, server  # noqa: PLC0415
    from local.functions import Functions  # noqa: PLC0415
    from local.gateway import Gateway  # noqa: PLC0415
    from local.streams import Streams  # noqa: PLC0415

    with _step("laying the template, importing the functions"):
        clock.install()
        functions = Functions(cloud.lay(template), serial=name == "moto")
        functions.prepare()
        streams = Streams(functions)
        gateway = Gateway(template, functions, os.environ["ORIGINS"].split())
    application = server.Application(gateway, functions, document, streams.drain)
    try:
        listening = server.listen(application, port)
    except PermissionError:
        return _fail(f"Port {port} is not for everybody: choose one above 1023 with PORT=…")
    except OSError:
        return _fail(f"Port {port} is taken: choose another with PORT=…")
    base = f"http://{server.HOST}:{listening.server_port}"
    os.environ["API_URL"] = base  # the template's own name leads to no host here
    os.environ.pop("SITE_URL", None)
    example_source.configure(base)
    streams.start()
    demo = _shop(base, listening.server_port + 1)
    os.environ["ORIGINS"] += f" http://{server.HOST}:{demo.server_port}"
    print(
        f"\nServing on {base}  (documentation {base}/docs, mail {base}/_local/mail)\n"
        f"The privacy desk: {base}/desk/\n"
        f"A shop that uses it: http://{server.HOST}:{demo.server_port}\n",
        flush=True,
    )
    try:
        listening.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        streams.stop()
        demo.shutdown()
        demo.server_close()
        listening.server_close()
    print("stopped", flush=True)
    return 0


def _shop(api: str, port: int) -> "BaseWSGIServer":
    """Serve the demo shop on another origin: the next port, or any if that one is taken."""
    from local import server  # noqa: PLC0415
    from local.shop import shop  # noqa: PLC0415

    application = shop(api)
    try:
        demo = server.listen(application, port)
    except (OSError, OverflowError):
        demo = server.listen(application, 0)
    threading.Thread(target=demo.serve_forever, daemon=True).start()
    return demo


def _invoke(arguments: argparse.Namespace) -> int:
    from local import cloud, engine  # noqa: PLC0415
    from local.functions import Functions  # noqa: PLC0415

    try:
        event = json.loads(arguments.event.read_text(encoding="utf-8"))
    except OSError as error:
        return _fail(f"{arguments.event}: {error.strerror}")
    except ValueError as error:
        return _fail(f"{arguments.event}: not JSON: {error}")
    try:
        template, _ = _synthesised()
        with engine.started("moto"):
            functions = Functions(cloud.lay(template), serial=True)
            functions.prepare()
            if arguments.function not in functions.handlers:
                known = ", ".join(sorted(functions.handlers))
                return _fail(f"There is no function {arguments.function}; there are {known}.")
            result = functions.invoke(arguments.function, event)
    except _expected() as error:
        return _fail(str(error))
    print(json.dumps(result, indent=2, ensure_ascii=False))
    return 0


def _check_policy() -> None:
    from ops.policy import require_unchanged  # noqa: PLC0415

    require_unchanged()


def _synthesised() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the template and the OpenAPI document, kept by the content of what they come from.

    They are made in a process of their own: CDK's node would otherwise stay for as long as
    the server runs, and complain when Ctrl-C ends it first.
    """
    name = _fingerprint()
    kept = CACHE / f"{name}.json"
    if not kept.exists():
        command = [sys.executable, "-m", "local", "prepare", name]
        made = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603 - our own
        if made.returncode != 0:
            raise SystemExit(made.returncode)
    os.environ["PAGES_FOLDER"] = str(_pages_folder(name))
    template, document = json.loads(kept.read_text(encoding="utf-8"))
    return template, document


def _prepare(arguments: argparse.Namespace) -> int:
    from infra import openapi, synth  # noqa: PLC0415 - CDK takes seconds to load
    from infra.context import read  # noqa: PLC0415
    from infra.pages import build  # noqa: PLC0415

    try:
        made = synth.template(), openapi.document()
        build.for_deployment(_pages_folder(arguments.name), read(synth.defaults()))
    except _expected() as error:
        return _fail(str(error))
    CACHE.mkdir(parents=True, exist_ok=True)
    draft = CACHE / f"{os.getpid()}.draft"
    draft.write_text(json.dumps(made), encoding="utf-8")
    draft.replace(CACHE / f"{arguments.name}.json")
    return 0


def _pages_folder(name: str) -> Path:
    """Say where the pages of a state of the sources are built."""
    return CACHE.parent / "pages" / name


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for source in SOURCES:
        root = ROOT / source
        files = [root] if root.is_file() else sorted(root.rglob("*"))
        for path in files:
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{path.relative_to(ROOT)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def _expected() -> tuple[type[Exception], ...]:
    from infra.context import InvalidConfiguration  # noqa: PLC0415
    from local.engine import EngineError  # noqa: PLC0415
    from ops import CommandError  # noqa: PLC0415

    return (InvalidConfiguration, EngineError, CommandError)


@contextmanager
def _step(words: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    started = time.perf_counter()
    print(f"{words} … ", end="", flush=True)
    yield
    print(f"{time.perf_counter() - started:.1f} s", flush=True)


def _fail(sentence: str) -> int:
    sys.stdout.write("\n" if sys.stdout.isatty() else "")
    sys.stdout.flush()
    sys.stderr.write(f"{sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
