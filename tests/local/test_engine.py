"""Nothing of this machine's own AWS set-up can be reached, and an engine ends with its block."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local import engine

ROOT = Path(__file__).parent.parent.parent


def run(program: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = ['functions', '.']\n{program}"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_no_setting_of_this_machine_survives(tmp_path: Path) -> None:
    """S11: whoever runs the tests cannot touch a real account by accident."""
    settings = tmp_path / "config"
    settings.write_text("[profile real]\nregion = us-east-1\n[default]\nregion = us-east-1\n")
    keys = tmp_path / "credentials"
    keys.write_text("[default]\naws_access_key_id = REAL\naws_secret_access_key = REAL\n")
    done = run(
        "from local import engine\n"
        "engine.isolate()\n"
        "import boto3\n"
        "session = boto3.Session()\n"
        "keys = session.get_credentials()\n"
        "print(session.region_name, keys.access_key, keys.token, session.available_profiles)\n",
        AWS_PROFILE="real",
        AWS_CONFIG_FILE=str(settings),
        AWS_SHARED_CREDENTIALS_FILE=str(keys),
        AWS_ACCESS_KEY_ID="REAL",
        AWS_SECRET_ACCESS_KEY="REAL",
        AWS_SESSION_TOKEN="REAL",
        AWS_ROLE_ARN="arn:aws:iam::210987654321:role/real",
        AWS_ENDPOINT_URL="https://real.example.com",
    )
    assert done.stdout == "eu-west-1 local None []\n", done.stderr


def test_an_unknown_engine_is_refused_in_a_sentence() -> None:
    with pytest.raises(engine.EngineError, match="must be one of moto, dynamodb-local"):
        engine.known("dynamo")


@pytest.mark.parametrize(("missing", "words"), [("java", "JDK"), ("mvn", "Maven")])
def test_a_missing_tool_is_a_sentence(
    missing: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda tool: None if tool == missing else f"/bin/{tool}")
    with pytest.raises(engine.EngineError, match=words), engine.started("dynamodb-local"):
        pass


def test_a_fetch_that_fails_is_a_sentence_and_leaves_nothing_that_looks_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def maven(*_: object, **__: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.CompletedProcess([], 1, stdout="[ERROR] no network\nmore", stderr="")

    monkeypatch.setattr(engine, "_CACHE", tmp_path)
    monkeypatch.setattr(subprocess, "run", maven)
    with pytest.raises(engine.EngineError, match=r"^Maven could not .*: \[ERROR\] no network$"):
        engine._fetched()
    assert list(tmp_path.iterdir()) == []


def test_whoever_is_still_at_work_when_the_engine_ends_finds_it_out_of_reach() -> None:
    """A request that a browser left behind finds no store, and asks no AWS."""
    done = run(
        "from local import engine\n"
        "with engine.started('moto'):\n"
        "    from shared.storage.aws_clients import client\n"
        "    stores = client('dynamodb'), client('s3')\n"
        "calls = lambda: stores[0].query(TableName='t'), stores[1].list_buckets\n"
        "for call in calls:\n"
        "    try:\n"
        "        call()\n"
        "    except Exception as fault:\n"
        "        print(type(fault).__name__)\n"
    )
    assert done.stdout.split() == ["EndpointConnectionError"] * 2, done.stderr


needs_java = pytest.mark.skipif(
    os.environ.get("ENGINE") != "dynamodb-local", reason="only with ENGINE=dynamodb-local"
)


@needs_java
def test_dynamodb_local_listens_on_loopback_only_and_dies_with_us() -> None:
    """S11: not even dummy data is served to the network."""
    done = run(
        "import os, signal\n"
        "from local import engine\n"
        "with engine.started('dynamodb-local'):\n"
        "    print(os.environ['AWS_ENDPOINT_URL_DYNAMODB'].rpartition(':')[2], flush=True)\n"
        "    import pathlib\n"
        "    port = int(os.environ['AWS_ENDPOINT_URL_DYNAMODB'].rpartition(':')[2])\n"
        "    for name in ('tcp', 'tcp6'):\n"
        "        for line in pathlib.Path('/proc/net', name).read_text().splitlines()[1:]:\n"
        "            address, _, at = line.split()[1].partition(':')\n"
        "            if int(at, 16) == port and line.split()[3] == '0A':\n"
        "                print(address, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    port, *addresses = done.stdout.split()
    assert addresses
    assert all(address.endswith("0100007F") for address in addresses)
    assert closes(int(port))


def closes(port: int) -> bool:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return True
        time.sleep(0.1)
    return False
