"""The pages behind a socket of their own, and a browser; what they ask the API, a test answers."""

from collections.abc import Iterator

import pytest

from tests.pages.serving import Served, serve


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The pages as the default context has them, in every language that has a catalogue."""
    with serve(tmp_path_factory.mktemp("served")) as running:
        yield running
