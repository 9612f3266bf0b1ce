"""A second policy version beside the first: current by its dates, renewing consent (S29, S57)."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops.__main__ import main as ops
from ops.policy import POLICIES
from shared.storage import policies
from tests.functions.test_capture import body, capture, on
from tests.support import call

pytestmark = pytest.mark.usefixtures("cloud")
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
REPLAYS = "Clarity also replays visits"


@pytest.fixture
def second_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Publishes 2026-03, in which the words of analytics differ, in a copy of the folder."""
    folder = tmp_path / "policies"
    shutil.copytree(POLICIES, folder)
    shutil.copytree(folder / "2023-06", folder / "2026-03")
    (folder / "2026-03" / "published.json").unlink()
    source = folder / "2026-03" / "policy.toml"
    words = source.read_text(encoding="utf-8")
    assert REPLAYS in words
    changed = words.replace('version = "2023-06"', 'version = "2026-03"')
    changed = changed.replace("revised = 2023-06-01", "revised = 2026-03-01")
    changed = changed.replace(REPLAYS, "Clarity no longer replays visits")
    source.write_text(changed, encoding="utf-8")
    assert ops(["policy", "publish", "2026-03", "--folder", str(folder)]) == 0
    known = policies.load(folder)
    monkeypatch.setattr(policies, "published", lambda: known)
    return folder


def test_it_is_current_from_its_first_day_and_the_old_one_stays(second_version: Path) -> None:
    assert call("consent", "GET", "/v1/policy").json["version"] == "2023-06"
    assert call("consent", "GET", "/v1/policy", now=MARCH).json["version"] == "2026-03"
    for version in ("2023-06", "2026-03"):
        answer = call(
            "consent", "GET", "/v1/policy/{version}", path={"version": version}, now=MARCH
        )
        assert answer.json["version"] == version


def test_a_future_version_cannot_be_consented_to_yet(second_version: Path) -> None:
    assert capture(body(policy_version="2026-03")).pointers == ["/policy_version"]
    assert capture(body(policy_version="2026-03"), now=MARCH).status == 201


def test_consent_is_asked_again_where_the_purpose_changed_and_only_there(
    second_version: Path,
) -> None:
    name = capture(body(choices={"analytics": True, "personalisation": True})).json["consent_id"]
    before = on("", name).json
    assert before["renewal"] == {"needed": False, "reason": None}
    after = on("", name, now=MARCH).json
    assert after["renewal"] == {"needed": True, "reason": "policy_changed"}
    assert after["choices"]["analytics"] is False
    assert after["choices"]["personalisation"] is True

    again = body(consent_id=name, policy_version="2026-03", choices={"analytics": True})
    assert capture(again, now=MARCH).json["choices"]["personalisation"] is True
    assert on("", name, now=MARCH).json["renewal"] == {"needed": False, "reason": None}
