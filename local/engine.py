"""The AWS that everything here talks to: moto in this process, or with a real DynamoDB.

Nothing of this machine's own AWS set-up is ever used: its variables are cleared and its
files out of sight before any client exists.
"""

import hashlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

REGION = "eu-west-1"
NAMES = ("moto", "dynamodb-local")

_ROOT = Path(__file__).parent.parent
_POM = Path(__file__).parent / "dynamodb" / "pom.xml"
_LAUNCHER = _POM.with_name("Loopback.java")
_CACHE = _ROOT / ".cache" / "dynamodb-local"
_ENDPOINTS = ("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS")
_FETCH_SECONDS = 300
_START_SECONDS = 120


class EngineError(Exception):
    """The engine cannot start; the message is one sentence for the person at the terminal."""


def isolate() -> None:
    """Replace all of this machine's AWS settings by dummies that reach nothing."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "AMAZON_"))]:
        del os.environ[name]
    os.environ.update(
        AWS_ACCESS_KEY_ID="local",
        AWS_SECRET_ACCESS_KEY="local",  # noqa: S106 - a dummy
        AWS_REGION=REGION,
        AWS_DEFAULT_REGION=REGION,
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
        # moto's in-process addresses have no account in them.
        AWS_ACCOUNT_ID_ENDPOINT_MODE="disabled",
    )


def known(name: str) -> None:
    """Check an engine's name before anything slow is done.

    Raises:
        EngineError: there is none of that name.
    """
    if name not in NAMES:
        raise EngineError(f"ENGINE must be one of {', '.join(NAMES)}, not {name!r}.")


@contextmanager
def started(name: str) -> Iterator[None]:
    """Run the engine for as long as the block runs.

    Raises:
        EngineError: there is no such engine, or what it needs is not on this machine.
    """
    known(name)
    isolate()
    from moto import mock_aws  # noqa: PLC0415 - heavy, and only after the isolation

    from local import moto_patches  # noqa: PLC0415

    moto_patches.fill()
    with ExitStack() as stack:
        if name == "dynamodb-local":
            port = stack.enter_context(_dynamodb_local())
            for variable in _ENDPOINTS:
                os.environ[variable] = f"http://127.0.0.1:{port}"
                stack.callback(os.environ.pop, variable, None)
        stack.enter_context(mock_aws())
        yield


@contextmanager
def _dynamodb_local() -> Iterator[int]:
    """Start Amazon's DynamoDB Local, in memory, on a free port of loopback; end it after."""
    for tool, package in (("java", "a JDK, 17 or later"), ("mvn", "Maven")):
        if shutil.which(tool) is None:
            raise EngineError(f"ENGINE=dynamodb-local needs {package}, which is not here.")
    jars = _fetched()
    port = _free_port()
    command = ["java", f"-Djava.library.path={jars}", "-cp", f"{jars}/*", str(_LAUNCHER)]
    options = ["-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, *options],
        stdin=subprocess.PIPE,  # it ends with us, also if we are killed
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us, who then end it in order
    )
    try:
        _wait(process, port)
        yield port
    finally:
        process.terminate()
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _fetched() -> Path:
    """Return the folder of DynamoDB Local's jars, filled by Maven the first time.

    It is named for what the pom asks for, and gets its name only once it is whole.
    """
    jars = _CACHE / hashlib.sha256(_POM.read_bytes()).hexdigest()[:12]
    if jars.is_dir():
        return jars
    draft = jars.with_name(f"{jars.name}.{os.getpid()}")
    copy = ["dependency:copy-dependencies", f"-DoutputDirectory={draft}"]
    try:
        fetched = subprocess.run(  # noqa: S603 - our own command
            [shutil.which("mvn") or "mvn", "-q", "-B", "-f", str(_POM), *copy],
            capture_output=True,
            text=True,
            timeout=_FETCH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise EngineError(
            f"Maven could not fetch DynamoDB Local within {_FETCH_SECONDS} seconds."
        ) from None
    if fetched.returncode != 0:
        first = (fetched.stdout.strip().splitlines() or ["no output"])[0]
        raise EngineError(f"Maven could not fetch DynamoDB Local: {first}")
    if not jars.is_dir():
        draft.rename(jars)
    return jars


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    limit = time.monotonic() + _START_SECONDS
    while time.monotonic() < limit:
        if process.poll() is not None:
            raise EngineError("DynamoDB Local ended at once: is this Java a JDK, 17 or later?")
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise EngineError(f"DynamoDB Local did not answer within {_START_SECONDS} seconds.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
