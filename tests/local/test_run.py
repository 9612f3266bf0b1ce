"""`make run` and `make invoke`, as somebody at a terminal sees them."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 90


def start(port: int, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "local", "run"],
        cwd=ROOT,
        env={**os.environ, "PORT": str(port), "ENGINE": "moto", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port() -> int:
    """Find a port that is free, and whose next one is: there the shop is looked for."""
    while True:
        with socket.socket() as probe, socket.socket() as beside:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
            try:
                beside.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


@pytest.fixture(scope="module")
def running() -> Iterator[tuple["subprocess.Popen[str]", int]]:
    port = free_port()
    process = start(port)
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/_local/clock")
            break
        except httpx.TransportError:
            time.sleep(0.2)
    with process:
        yield process, port
        process.kill()


def test_every_link_of_its_mails_leads_to_what_it_serves(
    running: tuple["subprocess.Popen[str]", int],
) -> None:
    """K12.2."""
    base = f"http://127.0.0.1:{running[1]}"
    with httpx.Client(base_url=base, timeout=PATIENCE) as web:
        version = web.get("/v1/policy").json()["version"]
        sam = {"policy_version": version, "name": "Sam", "email": "sam@example.com"}
        web.post("/v1/contact", json={**sam, "message": "Hello", "marketing_opt_out": True})
        web.post("/v1/newsletter", json={**sam, "email": "ada@example.com"})
        web.post("/v1/accounts", json={**sam, "organisation": "Example"})
        web.post("/v1/preferences/link", json={"email": sam["email"]})
        web.post("/v1/requests", json={"type": "access", "email": sam["email"], "name": "Sam"})
        mails = web.get("/_local/mail").json()
        links = {
            link.rstrip(".")
            for mail in mails
            for text in (mail["text"], mail["html"], *mail["headers"].values())
            for link in re.findall(r"https?://[^\s\"'<>)]+", text)
        }
        ours = {link for link in links if link.startswith(f"{base}/")}
        assert {link.removeprefix("https://").partition("/")[0] for link in links - ours} <= {
            "www.khoocommerce.example",
            "ico.org.uk",
        }
        assert [link for link in ours if web.get(link).status_code != 200] == []
    pages = {link.removeprefix(base).partition("#")[0] for link in ours if "#token=" in link}
    assert {re.sub("r_[a-z2-7]+", "{}", page) for page in pages} >= {
        "/newsletter/confirmation",
        "/account/confirmation",
        "/preferences",
        "/requests/{}",
    }


def test_it_serves_tells_where_and_ends_cleanly_on_ctrl_c(
    running: tuple["subprocess.Popen[str]", int],
) -> None:
    process, port = running
    policy = httpx.get(f"http://127.0.0.1:{port}/v1/policy")
    assert policy.json()["version"] == "2026-10"

    shop = httpx.get(f"http://127.0.0.1:{port + 1}/")
    assert f'src="http://127.0.0.1:{port}/privacy.js"' in shop.text
    assert httpx.get(f"http://127.0.0.1:{port}/privacy.js").status_code == 200

    with start(port) as taken:
        _, said = taken.communicate(timeout=PATIENCE)
    assert taken.returncode == 1
    assert said == f"Port {port} is taken: choose another with PORT=…\n"

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert f"Serving on http://127.0.0.1:{port}" in out
    assert f"A shop that uses it: http://127.0.0.1:{port + 1}" in out
    assert "synthesising the template" in out
    assert out.rstrip().endswith("stopped")
    assert "Traceback" not in err


def test_it_ends_cleanly_on_sigterm_while_it_prepares() -> None:
    with start(0) as process:
        assert process.stdout is not None
        first = process.stdout.read(8)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=PATIENCE)
    assert first == "checking"
    assert (process.returncode, err) == (0, "")
    assert out.endswith("\nstopped\n")


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"ENGINE": "dynamo"}, "ENGINE must be one of moto, dynamodb-local, not 'dynamo'."),
        ({"PORT": "http"}, "PORT must be a number from 0 to 65535, not 'http'."),
    ],
)
def test_a_wrong_setting_is_one_line(environment: dict[str, str], sentence: str) -> None:
    with start(0, **environment) as process:
        _, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said) == (1, sentence + "\n")


def python(*code: str) -> subprocess.CompletedProcess[str]:
    """Run lines of Python at the project's root."""
    return subprocess.run(
        [sys.executable, "-c", *code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def test_words_that_differ_from_the_published_ones_stop_it(tmp_path: Path) -> None:
    """In a copy of the policies, so that nobody else's run meets the edit."""
    process = python(EDITED, str(tmp_path))
    assert process.returncode == 1
    assert process.stderr.count("\n") == 1
    assert "cookie_banner" in process.stderr
    assert "Traceback" not in process.stderr


EDITED = """
import pathlib, shutil, sys
sys.path[:0] = ["functions", "."]
from ops import policy
copy = pathlib.Path(sys.argv[1]) / "policies"
shutil.copytree(policy.POLICIES, copy)
words = copy / "2023-06" / "notices" / "cookie_banner.md"
words.write_text(words.read_text() + "One more line.\\n")
policy.require_unchanged.__defaults__ = (copy,)
sys.argv = ["local", "run"]
from local.__main__ import main
sys.exit(main())
"""


def test_a_missing_module_is_one_line() -> None:
    blocked = "import sys; sys.modules['moto'] = None; sys.path[:0] = ['functions', '.'];"
    run = "sys.argv = ['local', 'run']; from local.__main__ import main; sys.exit(main())"
    process = python(f"{blocked} {run}")
    assert process.returncode == 1
    assert process.stderr == (
        "The Python module moto is missing: run `make clean`, then make again.\n"
    )


def invoke(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "local", "invoke", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def test_one_function_runs_on_one_event() -> None:
    done = invoke("consent", "events/consent/capture.json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["statusCode"] == 201


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nobody", "events/consent/capture.json"), "There is no function nobody"),
        (("consent", "events/none.json"), "No such file"),
        (("consent", "pyproject.toml"), "not JSON"),
    ],
)
def test_a_wrong_invocation_is_one_line(arguments: tuple[str, str], words: str) -> None:
    done = invoke(*arguments)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
