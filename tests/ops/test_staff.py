"""Accounts of staff: made, put into a group, listed, taken away."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra import synth
from local.cloud import of_type
from ops import staff, stores
from ops.__main__ import main
from tests.conftest import ENGINE

pytestmark = [
    pytest.mark.usefixtures("cloud"),
    pytest.mark.skipif(ENGINE != "moto", reason="the user pool is moto's"),
]
STACK = "privacy-staffed"
EMAIL = "olu@example.org"


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


def test_who_leaves_is_out_and_stays_known_to_the_trail(
    pool: Pool, capsys: pytest.CaptureFixture[str]
) -> None:
    ops_staff("add", EMAIL, "support")
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


def test_a_passkey_is_let_in_beside_the_app(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, Any]] = []

    class Cognito:
        def admin_set_user_mfa_preference(self, **asked: Any) -> None:
            told.append(asked)

    monkeypatch.setattr(staff, "_client", Cognito)
    assert ops_staff("passkey", EMAIL) == 0
    assert told == [
        {
            "UserPoolId": pool.id,
            "Username": EMAIL,
            "SoftwareTokenMfaSettings": {"Enabled": True, "PreferredMfa": True},
            "WebAuthnMfaSettings": {"Enabled": True},
        }
    ]
