"""The pages behind a socket of their own, and a browser; what they ask the API, a test answers."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import PATIENCE
from tests.pages.page_states import Tab
from tests.pages.serving import Served, serve


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The pages as the default context has them, in every language that has a catalogue."""
    with serve(tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture(scope="module")
def tab(chromium: Browser) -> Iterator[Tab]:
    """A tab in which a module shows one state after the other."""
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE)
    yield Tab(context.new_page())
    context.close()
