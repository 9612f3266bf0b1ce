"""Staff get in: an account, a first password, an app, a token that renews itself; and out again."""

import getpass
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra import synth
from local.cloud import of_type
from ops import CommandError, stores
from ops.__main__ import main
from ops.desk import sign_in
from tests.conftest import ENGINE

pytestmark = [
    pytest.mark.usefixtures("cloud"),
    pytest.mark.skipif(ENGINE != "moto", reason="the user pool is moto's"),
]
STACK = "privacy-staffed"
EMAIL = "olu@example.org"
CHOSEN = "Correct-Horse-7-Battery"


@dataclass
class Pool:
    """A user pool with the template's own settings, and the tools' client of it."""

    id: str
    client: str


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Pool]:
    """Lay the template's pool, groups and client; the stack names the pool."""
    template, cognito = synth.template(), boto3.client("cognito-idp")
    (wanted,) = of_type(template, "AWS::Cognito::UserPool").values()
    policies = wanted["Properties"]["Policies"]
    made = cognito.create_user_pool(
        PoolName="staff",
        Policies=policies,
        UsernameAttributes=["email"],
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": True},
    )
    pool_id = made["UserPool"]["Id"]
    cognito.set_user_pool_mfa_config(
        UserPoolId=pool_id,
        MfaConfiguration="ON",
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    for group in of_type(template, "AWS::Cognito::UserPoolGroup").values():
        cognito.create_group(UserPoolId=pool_id, GroupName=group["Properties"]["GroupName"])
    (client,) = of_type(template, "AWS::Cognito::UserPoolClient").values()
    flows = client["Properties"]["ExplicitAuthFlows"]
    made = cognito.create_user_pool_client(
        UserPoolId=pool_id, ClientName="tools", ExplicitAuthFlows=flows
    )
    monkeypatch.setattr(
        stores, "resources", lambda stack: {"StaffPool": pool_id} if stack == STACK else {}
    )
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("PRIVACY_DESK_TOKEN", raising=False)
    yield Pool(pool_id, made["UserPoolClient"]["ClientId"])
    cognito.delete_user_pool(UserPoolId=pool_id)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Answer each prompt by what it asks for; keep what was asked."""
    answers = {"New": CHOSEN, "Code": "123 456", "Pass": "first"}
    prompts: list[str] = []

    def answer(prompt: str) -> str:
        prompts.append(prompt)
        return answers[next(each for each in answers if prompt.startswith(each))]

    monkeypatch.setattr(getpass, "getpass", answer)
    return prompts


def ops_staff(*words: str) -> int:
    return main(["staff", "--stack", STACK, *words])


def listed(capsys: pytest.CaptureFixture[str]) -> Any:
    capsys.readouterr()
    assert ops_staff("list", "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_somebody_is_made_once_and_is_in_one_group(
    pool: Pool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ops_staff("add", EMAIL, "support") == 0
    assert "first password" in capsys.readouterr().out
    assert ops_staff("add", EMAIL, "privacy_officer") == 0
    assert "has an account already" in capsys.readouterr().out
    (one,) = listed(capsys)
    assert (one["email"], one["groups"], one["state"]) == (EMAIL, ["privacy_officer"], "invited")


def test_a_first_sign_in_ends_with_a_password_and_an_app_of_ones_own(
    pool: Pool, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    ops_staff("add", EMAIL, "privacy_officer")
    place = sign_in.sign_in(pool.id, pool.client, EMAIL)
    said = capsys.readouterr().err
    assert [prompt.split(":")[0] for prompt in asked] == [
        "Password",
        "New password",
        "New password again",
        "Code that the app shows",
    ]
    assert "otpauth://totp/Privacy%20desk%3Aolu%40example.org?secret=" in said
    assert sign_in.token(None) == json.loads(place.read_text("utf-8"))["token"]
    assert place.stat().st_mode & 0o777 == 0o600
    assert [one["state"] for one in listed(capsys)] == ["active"]
    asked.clear()
    sign_in.sign_in(pool.id, pool.client, EMAIL)
    assert asked == ["Password: ", "Code of your authenticator app: "]


def test_a_token_is_renewed_without_a_code_until_somebody_signs_out(
    pool: Pool, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ops_staff("add", EMAIL, "auditor")
    place = sign_in.sign_in(pool.id, pool.client, EMAIL)
    asked.clear()
    later = time.time() + sign_in.LIVES_SECONDS
    monkeypatch.setattr(time, "time", lambda: later)
    assert sign_in.token(None)
    assert json.loads(place.read_text("utf-8"))["until"] == later + sign_in.LIVES_SECONDS
    assert asked == []
    revoked: list[dict[str, str]] = []

    class Told:
        def revoke_token(self, **what: str) -> None:
            revoked.append(what)

    monkeypatch.setattr(sign_in, "_cognito", lambda _: Told())
    refresh = json.loads(place.read_text("utf-8"))["refresh"]
    sign_in.sign_out()
    assert revoked == [{"Token": refresh, "ClientId": pool.client}]
    assert not place.exists()
    with pytest.raises(CommandError, match="Nobody is signed in"):
        sign_in.token(None)


def test_a_sign_in_that_is_over_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("PRIVACY_DESK_TOKEN", raising=False)
    until = time.time() + sign_in.LIVES_SECONDS
    sign_in.keep("old", "revoked", "eu-west-1_gone", "nobody")
    monkeypatch.setattr(time, "time", lambda: until + 1)
    with pytest.raises(CommandError, match="Nobody is signed in"):
        sign_in.token(None)


def test_what_cognito_asks_beyond_this_is_one_sentence(
    pool: Pool, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Odd:
        def initiate_auth(self, **_: Any) -> dict[str, Any]:
            return {"ChallengeName": "SELECT_CHALLENGE", "ChallengeParameters": {}}

    monkeypatch.setattr(sign_in, "_cognito", lambda _: Odd())
    with pytest.raises(CommandError, match="asks for SELECT_CHALLENGE"):
        sign_in.sign_in(pool.id, pool.client, EMAIL)


def test_who_leaves_is_out_and_stays_known_to_the_trail(
    pool: Pool, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    ops_staff("add", EMAIL, "support")
    sign_in.sign_in(pool.id, pool.client, EMAIL)
    capsys.readouterr()
    assert ops_staff("remove", EMAIL) == 0
    assert "the trail knows them as" in capsys.readouterr().out
    assert listed(capsys) == []
    assert ops_staff("remove", EMAIL) == 0, "again, it is done already"
    assert ops_staff("add", EMAIL, "support") == 0, "and may come back"


def test_a_refusal_is_one_line(pool: Pool, capsys: pytest.CaptureFixture[str]) -> None:
    boto3.client("cognito-idp").delete_group(UserPoolId=pool.id, GroupName="auditor")
    assert ops_staff("add", EMAIL, "auditor") == 1
    assert capsys.readouterr().err.startswith("Cognito: ")
    assert main(["staff", "--stack", "privacy-other", "list"]) == 1
    assert "has no StaffPool" in capsys.readouterr().err
