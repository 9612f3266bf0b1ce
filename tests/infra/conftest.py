"""The template is synthesised once: no test here changes it."""

from typing import Any

import pytest

from infra import synth


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    return synth.template()
