"""Who is at the terminal: a local group's token, or a sign-in to the staff's user pool.

A sign-in is kept in a file that only its owner can read, for the quarter of an hour that its
token lives; the password is typed and never kept.
"""

import getpass
import json
import os
import time
from pathlib import Path
from typing import Any

from ops import CommandError

LIVES_SECONDS = 15 * 60
_PRIVATE = 0o600


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
    if kept.get("until", 0) <= time.time():
        raise CommandError(
            "Nobody is signed in: run `python -m ops desk sign-in`, or give --as GROUP here."
        )
    return str(kept["token"])


def sign_in(pool: str, client: str, email: str) -> Path:
    """Ask for password and code, sign in by SRP (the password itself is not sent), keep the token.

    `pool` and `client` are the stack's outputs StaffPoolId and StaffClientId.

    Raises:
        CommandError: Cognito refuses.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415 - only to sign in
    from pycognito import Cognito  # noqa: PLC0415
    from pycognito.exceptions import SoftwareTokenMFAChallengeException  # noqa: PLC0415

    somebody: Any = Cognito(pool, client, username=email)
    try:
        try:
            somebody.authenticate(password=getpass.getpass("Password: "))
        except SoftwareTokenMFAChallengeException:
            somebody.respond_to_software_token_mfa_challenge(getpass.getpass("Code: "))
    except ClientError as refusal:
        raise CommandError(f"Cognito: {refusal.response['Error']['Message']}") from None
    return keep(str(somebody.id_token))


def keep(id_token: str) -> Path:
    """Write the token where only its owner can read it."""
    place = _place()
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "w") as file:
        json.dump({"token": id_token, "until": time.time() + LIVES_SECONDS}, file)
    draft.replace(place)
    return place


def _place() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser() / "privacy-desk" / "sign-in.json"
