"""The whole OpenAPI document against the running server: everybody who may call, all checks.

It takes minutes, so that it runs by `make fuzz`: with the seed `SEED` and `FUZZ_EXAMPLES` examples
of each operation.
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from infra import routes
from tests.journeys.test_person_journey import mails, session, subscribe, token
from tests.journeys.test_request_journey import OFFICER, ask, send_forms, verify

ROOT = Path(__file__).parent.parent.parent
SEED = os.environ.get("SEED", "")
pytestmark = pytest.mark.skipif(not SEED, reason="it takes minutes: make fuzz")
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "3")
EVERYWHERE, SHORTLY = "examples,coverage,fuzzing", "examples,fuzzing"
# What each caller is tried with, and how; what is open to anybody is tried by nobody in particular.
CALLERS = {
    "nobody": ("^/(v1/(?!desk/)|[.])", EVERYWHERE),
    "person": ("^/v1/preferences(/(history|account))?$", EVERYWHERE),
    "requester": ("^/v1/requests/{request_id}", EVERYWHERE),
    "service": ("^/v1/(permissions|activity)", EVERYWHERE),
    "privacy_officer": ("^/v1/desk/", EVERYWHERE),
    "support": ("^/v1/desk/", SHORTLY),
    "auditor": ("^/v1/desk/", SHORTLY),
}


class World(NamedTuple):
    """Things that are there, by the names that operations have for them, and two sessions."""

    names: Mapping[str, list[str]]
    sessions: Mapping[str, str]

    def configuration(self) -> str:
        """Write what is tried instead of a made-up name, half of the time."""
        lines = [(ROOT / "schemathesis.toml").read_text("utf-8")]
        for name, values in self.names.items():
            quoted = ", ".join(f'"{value}"' for value in values)
            lines += [f"[dictionaries.{name}]", f"values = [{quoted}]"]
            lines += [f'[parameters."path.{name}"]', f'dictionary = "{name}"', "probability = 0.6"]
        return "\n".join(lines)


def made(answer: httpx.Response, name: str) -> str:
    assert answer.is_success, answer.text
    return str(answer.json()[name])


@pytest.fixture(scope="module")
def world(base_url: str) -> World:
    """One of everything that a path can name."""
    email = f"{secrets.token_hex(6)}@example.com"
    with httpx.Client(base_url=base_url, timeout=60) as web:
        web.put("/_local/clock", json={"now": "2026-02-01T09:00:00Z"})  # of the first policy
        subscribe(web, email)
        browser = send_forms(web, email)
        asked = ask(web, email, "access", details="Everything, please.")
        requester = verify(web, email, asked)
        hold = {"email": email, "reason": "A claim is before the court.", "until": "2030-02-01"}
        breach = {
            "title": "Mails to a wrong address",
            "facts": "A list was attached.",
            "severity": "medium",
            "discovered_at": "2026-02-01T08:00:00Z",
            "classes": ["enquiry"],
            "from": "2025-06-01T00:00:00Z",
            "to": "2026-01-31T16:00:00Z",
        }
        rows = {
            "source": "public_resources",
            "obtained_on": "2026-01-20",
            "lawful_basis": "legitimate_interests",
            "purpose": "improvement",
            "rows": [{"email": "alex@example.com"}],
        }
        desk: Any = {"headers": OFFICER}
        person = web.post("/v1/desk/people/search", json={"email": email}, **desk).json()
        web.post("/v1/preferences/link", json={"email": email})
        names = {
            "action": ["identity", "note", "clarification", "extension", "refusal"],
            "breach_id": [made(web.post("/v1/desk/breaches", json=breach, **desk), "breach_id")],
            "consent_id": [browser],
            "hold_id": [made(web.post("/v1/desk/holds", json=hold, **desk), "hold_id")],
            "import_id": [made(web.post("/v1/desk/imports", json=rows, **desk), "import_id")],
            "letter_id": ["l_none"],  # one comes with a letter's answer
            "month": ["2026-01"],
            "notice_id": ["cookie_banner", "contact_form"],
            "person_id": [person["person_id"]],
            "record_id": [record["record_id"] for record in person["records"]],
            "request_id": [asked],
            "source": ["orders"],
            "token": [token(mails(web, email)[-1])],
            "version": ["2023-06"],
        }
        sessions = {"person": session(web, email), "requester": requester}
    return World(names, {name: held["Authorization"] for name, held in sessions.items()})


def test_the_world_has_one_of_everything_that_a_path_can_name(world: World) -> None:
    parts = {
        part[1:-1]
        for _, route in routes.declared()
        if not route.is_page
        for part in route.path.split("/")
        if part.startswith("{")
    }
    assert parts <= set(world.names)


@pytest.mark.parametrize("caller", CALLERS)
def test_the_document_is_true_for(caller: str, base_url: str, world: World, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(world.configuration(), encoding="utf-8")
    options: list[Any] = ["--seed", SEED, "--max-examples", EXAMPLES, "--no-color"]
    paths, phases = CALLERS[caller]
    options += ["--include-path-regex", paths, "--phases", phases]
    options += ["--generation-database", "none"]
    if caller != "nobody":
        bearer = world.sessions.get(caller, f"Bearer local-{caller}")
        options += ["--header", f"Authorization: {bearer}"]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli"),
            *("--config-file", str(tmp_path / "schemathesis.toml")),
            *("run", f"{base_url}/openapi.json", *options),
        ],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        pytest.fail(done.stdout + done.stderr, pytrace=False)
