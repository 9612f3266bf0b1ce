"""The staff's command line against the running product."""

import json
import re
import secrets
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from ops.__main__ import main
from ops.desk import sign_in

Desk = Callable[..., tuple[int, str, str]]


@pytest.fixture
def desk(base_url: str, web: httpx.Client, capsys: pytest.CaptureFixture[str]) -> Desk:
    """Run `python -m ops desk …` as a group; return exit code, output and complaint."""

    def run(
        *words: str, group: str = "privacy_officer", as_json: bool = False
    ) -> tuple[int, str, str]:
        options = ["desk", "--url", base_url, "--as", group, *(["--json"] if as_json else [])]
        capsys.readouterr()
        code = main([*options, *words])
        said = capsys.readouterr()
        # The server of the same process prints its access log between the lines.
        own = [line for line in said.out.splitlines() if not re.match(r"  [A-Z]+ +/v1/", line)]
        return code, "\n".join(own), said.err

    return run


def take_in(desk: Desk) -> str:
    email = f"{secrets.token_hex(5)}@example.com"
    words = ("--email", email, "--name", "Kim Example", "--channel", "post")
    code, out, _ = desk(
        "take-in",
        "complaint",
        *words,
        "--received-on",
        "2026-01-30",
        "--identity-shown",
        as_json=True,
    )
    assert code == 0
    return str(json.loads(out)["request_id"])


def test_a_letter_is_entered_listed_and_answered(desk: Desk) -> None:
    request = take_in(desk)
    code, out, _ = desk("due", group="auditor")
    assert code == 0
    assert request in out
    assert "2026-03-02" in out
    code, out, _ = desk("act", request, "note", "--reason", "Called back.")
    assert (code, out.split()[1:3]) == (0, ["is", "in_progress,"])
    code, out, _ = desk(
        "act", request, "completion", "--reason", "We are sorry.", "--outcome", "upheld"
    )
    assert "completed" in out
    _, out, _ = desk("request", request)
    assert f"request id: {request}" in out
    assert re.search(r"^timeline:$", out, re.MULTILINE)
    assert "{" not in out
    _, out, _ = desk("request", request, as_json=True)
    assert json.loads(out)["timeline"][-1]["action"] == "completion"


def test_a_refusal_is_one_line_and_exit_code_1(desk: Desk) -> None:
    request = take_in(desk)
    code, out, err = desk("act", request, "completion")
    assert (code, out) == (1, "")
    assert err == "Invalid request (422): /reason is required: the person or the file is told why\n"
    code, _, err = desk("act", request, "completion", "--reason", "x", group="support")
    assert (code, err.split(" (")[0]) == (1, "Not allowed")


def test_misuse_is_exit_code_2(desk: Desk) -> None:
    with pytest.raises(SystemExit) as ended:
        desk("act", "r_x", "sing")
    assert ended.value.code == 2


def test_nobody_is_signed_in(
    base_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("PRIVACY_DESK_TOKEN", raising=False)
    assert main(["desk", "--url", base_url, "due"]) == 1
    assert "Nobody is signed in" in capsys.readouterr().err


def test_a_sign_in_is_kept_for_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    asked = sign_in.Client("https://pool.example", "client")
    place = sign_in.keep({"access_token": "a-token", "expires_in": 300}, asked)
    assert place.stat().st_mode & 0o777 == 0o600
    assert sign_in.token(None) == "a-token"


def test_a_token_is_never_sent_over_an_open_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["desk", "--url", "http://privacy.example.com", "--as", "support", "due"]) == 1
    assert "https" in capsys.readouterr().err


def test_holds_breaches_and_disclosures_are_worked_on_as_in_the_console(
    desk: Desk, tmp_path: Path
) -> None:
    email = f"{secrets.token_hex(5)}@example.com"
    code, out, _ = desk("do", "place-hold", "--email", email, "--reason", "Claim 17.", as_json=True)
    assert code == 0
    hold = json.loads(out)["hold_id"]
    code, out, _ = desk("do", "lift-hold", hold, "--reason", "Settled.", as_json=True)
    assert (code, json.loads(out)["status"]) == (0, "lifted")
    breach = {
        "title": "Laptop lost",
        "facts": "On a train.",
        "severity": "low",
        "discovered_at": "2026-02-01T08:00:00Z",
        "classes": ["enquiry"],
        "from": "2026-01-01T00:00:00Z",
        "to": "2026-02-01T00:00:00Z",
    }
    body = tmp_path / "breach.json"
    body.write_text(json.dumps(breach), encoding="utf-8")
    code, out, _ = desk(
        "do", "record-breach", "--body", str(body), "--severity", "high", as_json=True
    )
    told = json.loads(out)
    assert (code, told["severity"]) == (0, "high")
    for words in (
        (
            "decide-breach",
            told["breach_id"],
            "--no-notify-authority",
            "--no-notify-people",
            "--ground",
            "unintelligible_to_others",
            "--reason",
            "It is encrypted.",
        ),
        ("close-breach", told["breach_id"], "--reason", "Nothing is left to do."),
    ):
        code, out, _ = desk("do", *words)
        assert code == 0, out
    code, out, _ = desk("do", "list-breaches", group="auditor")
    assert (code, "Laptop lost" in out) == (0, True)
    passed = ("--recipient", "carriers", "--purpose", "service", "--data", "name", "phone number")
    options = ("--email", email, *passed, "--ground.contract")
    code, out, _ = desk("do", "record-disclosure", *options, group="support")
    assert code == 0, out
    code, out, err = desk("do", "lift-hold", hold, "--reason", "Again.", group="support")
    assert (code, out) == (1, "")
    assert "Not allowed (403)" in err


def test_what_is_misused_says_how_it_is_used_and_exits_with_two(desk: Desk) -> None:
    with pytest.raises(SystemExit) as misused:
        desk("do", "lift-hold")
    assert misused.value.code == 2
    with pytest.raises(SystemExit) as asked:
        desk("do", "--help")
    assert asked.value.code == 0


def test_a_letter_is_printed_and_noted_as_posted(desk: Desk, web: httpx.Client) -> None:
    address = ("--postal-address.lines", "7 Station Road", "--postal-address.country", "FR")
    came = ("--name", "Kim Example", "--channel", "post", "--received-on", "2026-01-30")
    code, out, err = desk("take-in", "complaint", *address, *came, as_json=True)
    assert code == 0, err
    request = json.loads(out)["request_id"]
    web.get("/_local/mail")  # answers when the workers are done
    _, out, _ = desk("do", "list-letters", request, as_json=True)
    letter = json.loads(out)["items"][0]["letter_id"]
    code, out, _ = desk("do", "print-letter", request, letter)
    assert (code, out.startswith("<!doctype html>"), "7 Station Road" in out) == (0, True, True)
    assert "FR" in out
    assert desk("do", "note-posted", request, letter)[0] == 0
    _, out, _ = desk("do", "list-letters", request, as_json=True)
    assert json.loads(out)["items"][0]["posted_on"]
