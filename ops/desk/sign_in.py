"""Who is at the terminal: a local group's token, or a sign-in to the staff's user pool.

A sign-in is kept in a file that only its owner can read: a token that lives for a quarter of an
hour, and what a new one is had for during the pool's eight hours. The password is typed, proved by
SRP without being sent, and never kept.

Somebody new is asked for a password of their own, then to enrol an authenticator app: Cognito's
challenges NEW_PASSWORD_REQUIRED and MFA_SETUP, each answered as its API reference says.
"""

import getpass
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ops import CommandError

LIVES_SECONDS = 15 * 60
# A token is renewed this long before its end, so that it does not end on the way.
EARLY_SECONDS = 30
ISSUER = "Privacy desk"
_PRIVATE = 0o600
# Password, app, code: nobody is asked more than this in one sign-in.
_MOST_STEPS = 6


def token(local_group: str | None) -> str:
    """Give what to send: of `--as`, of PRIVACY_DESK_TOKEN, or of the last sign-in.

    Raises:
        CommandError: there is none of the three, or the sign-in is over.
    """
    if local_group:
        return f"local-{local_group}"
    given = os.environ.get("PRIVACY_DESK_TOKEN")
    if given:
        return given
    try:
        kept = json.loads(_place().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {}
    if kept.get("until", 0) > time.time() + EARLY_SECONDS:
        return str(kept["token"])
    renewed = _renewed(kept) if kept.get("refresh") else None
    if renewed is None:
        raise CommandError(
            "Nobody is signed in: run `python -m ops desk sign-in`, or give --as GROUP here."
        )
    return renewed


def sign_in(pool: str, client: str, email: str) -> Path:
    """Ask for password and code, sign in, keep the tokens.

    `pool` and `client` are the stack's outputs StaffPoolId and StaffClientId.

    Raises:
        CommandError: Cognito refuses, or asks for what nobody here can answer.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415 - only to sign in

    cognito = _cognito(pool)
    try:
        found = _challenged(cognito, pool, client, email)
    except ClientError as refusal:
        raise CommandError(f"Cognito: {refusal.response['Error']['Message']}") from None
    return keep(str(found["IdToken"]), str(found.get("RefreshToken", "")), pool, client)


def _challenged(cognito: Any, pool: str, client: str, email: str) -> dict[str, Any]:
    """Answer one challenge after the other until Cognito gives the tokens."""
    from pycognito.aws_srp import AWSSRP  # noqa: PLC0415 - only to sign in

    password = getpass.getpass("Password: ")
    proof = AWSSRP(email, password, pool, client, client=cognito)
    asked = cognito.initiate_auth(
        AuthFlow="USER_SRP_AUTH", AuthParameters=proof.get_auth_params(), ClientId=client
    )
    who = asked.get("ChallengeParameters", {}).get("USERNAME", email)
    answers: dict[str, Callable[[dict[str, Any]], dict[str, str]]] = {
        "PASSWORD_VERIFIER": lambda asked: dict(
            proof.process_challenge(asked["ChallengeParameters"], {"USERNAME": email})
        ),
        "NEW_PASSWORD_REQUIRED": lambda _: {"USERNAME": who, "NEW_PASSWORD": _new_password()},
        "MFA_SETUP": lambda asked: _enrolled(cognito, asked, who, email),
        "SOFTWARE_TOKEN_MFA": lambda _: {
            "USERNAME": who,
            "SOFTWARE_TOKEN_MFA_CODE": _code("Code of your authenticator app: "),
        },
    }
    for _ in range(_MOST_STEPS):
        if "AuthenticationResult" in asked:
            return dict(asked["AuthenticationResult"])
        name = str(asked.get("ChallengeName"))
        if name not in answers:
            raise CommandError(f"Cognito asks for {name}, which this command cannot answer.")
        answer = answers[name](asked)
        asked = cognito.respond_to_auth_challenge(
            ClientId=client,
            ChallengeName=name,
            ChallengeResponses=answer,
            **({"Session": asked["Session"]} if asked.get("Session") else {}),
        )
    raise CommandError("Cognito asks again and again; try later.")


def _new_password() -> str:
    """Ask twice for a password of one's own, and again while the two differ."""
    _say("This is your first sign-in. Choose a password: 14 characters at least, with upper and")
    _say("lower case, a digit and a symbol.")
    while True:
        chosen = getpass.getpass("New password: ")
        if chosen == getpass.getpass("New password again: "):
            return chosen
        _say("The two differ.")


def _enrolled(cognito: Any, asked: dict[str, Any], who: str, email: str) -> dict[str, str]:
    """Have an authenticator app take the key, prove it by a code; `asked` gets the new session."""
    made = cognito.associate_software_token(Session=asked["Session"])
    key = str(made["SecretCode"])
    label = quote(f"{ISSUER}:{email}")
    _say("Add this key to an authenticator app (time-based, 6 digits), or open the link with it:")
    _say(f"  {key}")
    _say(f"  otpauth://totp/{label}?secret={key}&issuer={quote(ISSUER)}")
    verified = cognito.verify_software_token(
        Session=made.get("Session", asked["Session"]),
        UserCode=_code("Code that the app shows: "),
        FriendlyDeviceName="authenticator",
    )
    if verified.get("Status") != "SUCCESS":
        raise CommandError("The code was not accepted; sign in again with the same password.")
    asked["Session"] = verified.get("Session", asked["Session"])
    return {"USERNAME": who}


def sign_out() -> None:
    """Have the kept sign-in no longer renewed by anybody, and forget it.

    Raises:
        CommandError: Cognito cannot be told; the file is gone all the same.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only here

    place = _place()
    try:
        kept = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {}
    place.unlink(missing_ok=True)
    if kept.get("refresh"):
        try:
            _cognito(kept["pool"]).revoke_token(Token=kept["refresh"], ClientId=kept["client"])
        except (BotoCoreError, ClientError) as fault:
            raise CommandError(f"Cognito was not told ({type(fault).__name__}).") from None


def keep(id_token: str, refresh: str = "", pool: str = "", client: str = "") -> Path:
    """Write the tokens where only their owner can read them."""
    place = _place()
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    kept = {
        "token": id_token,
        "until": time.time() + LIVES_SECONDS,
        "refresh": refresh,
        "pool": pool,
        "client": client,
    }
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "w") as file:
        json.dump(kept, file)
    draft.replace(place)
    return place


def _renewed(kept: dict[str, Any]) -> str | None:
    """Have a new token for a sign-in that is still good; None if it is over."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - only to renew

    try:
        answer = _cognito(kept["pool"]).initiate_auth(
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": kept["refresh"]},
            ClientId=kept["client"],
        )
    except ClientError:
        return None
    found = answer["AuthenticationResult"]
    refresh = str(found.get("RefreshToken", kept["refresh"]))
    keep(str(found["IdToken"]), refresh, kept["pool"], kept["client"])
    return str(found["IdToken"])


def _cognito(pool: str) -> Any:
    """Give a client for the pool's region, which its id begins with; it needs no credentials."""
    import boto3  # noqa: PLC0415 - only to sign in
    from botocore.config import Config  # noqa: PLC0415

    config = Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 1})
    return boto3.client("cognito-idp", region_name=pool.partition("_")[0], config=config)


def _code(prompt: str) -> str:
    return getpass.getpass(prompt).replace(" ", "")


def _say(words: str) -> None:
    print(words, file=sys.stderr)


def _place() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser() / "privacy-desk" / "sign-in.json"
