"""One engine and one laid template for the whole session; each test brings its own people."""

import itertools
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import settings

from infra import synth
from infra.catalogue import TABLES
from infra.context import read
from infra.pages import build
from local import cloud as clouds
from local import engine
from local.cloud import Cloud
from local.functions import Functions
from shared.edge import current_time, log
from tests import support, used_grants
from tests.browser import chromium as chromium  # noqa: PLC0414 - a fixture, one for all
from tests.browser import context as context  # noqa: PLC0414 - a fixture
from tests.browser import page as page  # noqa: PLC0414 - a fixture

ENGINE = os.environ.get("ENGINE", "moto")

# No test is timed: the machine may be busy.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

engine.isolate()
_hosts = itertools.count(1)
_running: list[Functions] = []
_watches: list[used_grants.Watch] = []
_NEEDED = used_grants.needed_by()
_record = used_grants.Record()


@pytest.fixture(scope="session")
def pages_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as a deployment with the default context has them, for the function to serve."""
    folder = tmp_path_factory.mktemp("pages") / "built"
    build.for_deployment(folder, read(synth.defaults()))
    os.environ["PAGES_FOLDER"] = str(folder)
    return folder


@pytest.fixture(scope="session")
def functions(pages_folder: Path) -> Iterator[Functions]:
    """Every function of the synthesised template, on the engine that ENGINE names."""
    template = synth.template()
    with engine.started(ENGINE):
        laid = clouds.lay(template)
        running = Functions(laid, serial=ENGINE == "moto")
        running.prepare()
        _running.append(running)
        with used_grants.watching(running) as watch:
            _watches.append(watch)
            yield running
            _watches.clear()
        _running.clear()
    _record.write()


@pytest.fixture(autouse=True)
def _calls_what_it_stands_for(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that tests/grants.json names has functions make the calls that it is named for."""
    for watch in _watches:
        watch.clear()
    yield
    test = request.node.nodeid
    for watch in _watches:
        _record.add(test, watch.calls)
        missing = set() if _record.folder else _NEEDED.get(test, set()) - watch.calls
        assert not missing, f"no longer calls {sorted(missing)}: see tests/grants.json"
        beyond = watch.calls - watch.granted
        assert not beyond, f"no role allows {sorted(beyond)}"


@pytest.fixture
def standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers' clock stands at NOW."""
    monkeypatch.setattr(current_time, "now", lambda: support.NOW)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What is logged, through the filter that every handler has."""
    caplog.set_level(logging.INFO)
    redaction = log.Redaction()
    caplog.handler.addFilter(redaction)
    yield caplog
    caplog.handler.removeFilter(redaction)


@pytest.fixture(scope="module", autouse=True)
def _swept() -> Iterator[None]:
    """Empty tables and bucket after each module: moto gets slower the fuller they are."""
    yield
    if _running:
        empty()


def empty() -> None:
    """Remove all that is in tables and bucket."""
    for row in TABLES:
        table = boto3.resource("dynamodb").Table(os.environ[f"TABLE_{row.name.upper()}"])
        keys = [key for key in (row.partition, row.sort) if key]
        pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=table.name)
        found = [item for page in pages for item in page["Items"]]
        with table.batch_writer() as batch:
            for item in found:
                batch.delete_item(Key={key: _plain(item[key]) for key in keys})
    for bucket in ("BUCKET_EXPORTS", "BUCKET_HEADS"):
        boto3.resource("s3").Bucket(os.environ[bucket]).objects.all().delete()
    _trim()


def _trim() -> None:
    """Take from moto what went through its streams, as after a day, and what was mailed."""
    from moto.backends import get_backend  # noqa: PLC0415 - only once the engine has started

    get_backend("ses")[clouds.ACCOUNT][clouds.REGION].sent_messages.clear()
    if ENGINE != "moto":
        return
    backend: Any = get_backend("dynamodb")[clouds.ACCOUNT][clouds.REGION]
    for table in backend.tables.values():
        if (shard := table.stream_shard) is not None:
            shard.starting_sequence_number += len(shard.items)
            shard.items = []


def _plain(value: dict[str, str]) -> str | int:
    ((kind, text),) = value.items()
    return int(text) if kind == "N" else text


@pytest.fixture
def cloud(functions: Functions) -> Cloud:
    """The laid template, for a test whose calls come from an address of their own."""
    number = next(_hosts)
    support.source.ip = f"198.18.{number // 250}.{number % 250 + 1}"
    return functions.cloud


@pytest.fixture
def ledger_size(cloud: Cloud) -> Callable[[], int]:
    """Counts the events written to the ledger since the test began."""
    client = boto3.client("dynamodb")

    def count() -> int:
        pages = client.get_paginator("scan").paginate(
            TableName=os.environ["TABLE_LEDGER"], Select="COUNT"
        )
        return sum(page["Count"] for page in pages)

    before = count()
    return lambda: count() - before
