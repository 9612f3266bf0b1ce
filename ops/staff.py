"""`python -m ops staff`: who of the privacy staff may sign in, and as what."""

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ops import CommandError, actions, stores
from ops.desk import GROUPS, show

_COLUMNS = ("email", "groups", "state", "since")


ABOUT = "let somebody of the privacy staff in, or out, or list who is in"
DESCRIPTION = (
    f"{ABOUT}. Needs AWS credentials that may administer the stack's user pool. "
    "Exits with 0 when done, 1 when refused."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    stores.add_stack(parser)
    mine = actions.of(parser)
    add = actions.add(mine, "add", _add)
    add.add_argument("email")
    add.add_argument("group", choices=GROUPS)
    add.add_argument("--again", action="store_true", help="mail a first password once more")
    remove = actions.add(mine, "remove", _remove)
    remove.add_argument("email")
    passkey = actions.add(mine, "passkey", _passkey)
    passkey.add_argument("email")
    listed = actions.add(mine, "list", _list)
    listed.add_argument("--json", action="store_true", help="JSON instead of a table")


def pool(stack: str) -> str:
    """Return the id of a deployed stack's user pool.

    Raises:
        CommandError: there is none.
    """
    found = stores.resources(stack).get("StaffPool")
    if found is None:
        raise CommandError(f"The stack {stack} has no StaffPool.")
    return found


def members(pool_id: str) -> Iterator[dict[str, Any]]:
    """Yield each account: its address, its groups, whether it was signed in with yet."""
    cognito = _client()
    groups: dict[str, list[str]] = {}
    for group in GROUPS:
        pages = cognito.get_paginator("list_users_in_group")
        for page in pages.paginate(UserPoolId=pool_id, GroupName=group):
            for user in page["Users"]:
                groups.setdefault(user["Username"], []).append(group)
    for page in cognito.get_paginator("list_users").paginate(UserPoolId=pool_id):
        for user in page["Users"]:
            attributes = {each["Name"]: each["Value"] for each in user["Attributes"]}
            yield {
                "email": attributes.get("email", user["Username"]),
                "groups": groups.get(user["Username"], []),
                "state": _state(user),
                "since": user["UserCreateDate"].date().isoformat(),
            }


def _state(user: dict[str, Any]) -> str:
    if not user["Enabled"]:
        return "disabled"
    return "invited" if user["UserStatus"] == "FORCE_CHANGE_PASSWORD" else "active"


def _add(chosen: argparse.Namespace) -> int:
    """Make an account, or put one into another group.

    Cognito mails a first password that is good for three days. Again, it only changes the group;
    with --again the mail goes out once more, with another password.
    """
    cognito, pool_id = _client(), pool(chosen.stack)
    about = {
        "UserPoolId": pool_id,
        "Username": chosen.email,
        "DesiredDeliveryMediums": ["EMAIL"],
        "UserAttributes": [
            {"Name": "email", "Value": chosen.email},
            {"Name": "email_verified", "Value": "true"},
        ],
    }
    with _refusals():
        try:
            made = cognito.admin_create_user(**about)["User"]
            said = "was mailed a first password, good for three days"
        except cognito.exceptions.UsernameExistsException:
            made = cognito.admin_get_user(UserPoolId=pool_id, Username=chosen.email)
            said = "has an account already"
            if chosen.again:
                cognito.admin_create_user(**about, MessageAction="RESEND")
                said = "was mailed another first password"
        _put_into(cognito, pool_id, made["Username"], chosen.group)
    print(f"{chosen.email} {said} and is {chosen.group.replace('_', ' ')}.")
    return 0


def _put_into(cognito: Any, pool_id: str, username: str, group: str) -> None:
    """Make `group` the account's only one: first the new, so that nobody is in none between."""
    one = {"UserPoolId": pool_id, "Username": username}
    cognito.admin_add_user_to_group(**one, GroupName=group)
    for other in cognito.admin_list_groups_for_user(**one)["Groups"]:
        if other["GroupName"] in GROUPS and other["GroupName"] != group:
            cognito.admin_remove_user_from_group(**one, GroupName=other["GroupName"])


def _remove(chosen: argparse.Namespace) -> int:
    """End somebody's sign-ins and take their account away.

    A token that was given before still works until it ends: five minutes at most. What they did
    stays in the desk's audit trail under the id that is printed.
    """
    cognito, pool_id = _client(), pool(chosen.stack)
    one = {"UserPoolId": pool_id, "Username": chosen.email}
    with _refusals():
        try:
            found = cognito.admin_get_user(**one)
        except cognito.exceptions.UserNotFoundException:
            print(f"{chosen.email} has no account.")
            return 0
        cognito.admin_user_global_sign_out(**one)
        cognito.admin_delete_user(**one)
    attributes = {each["Name"]: each["Value"] for each in found["UserAttributes"]}
    print(f"{chosen.email} can no longer sign in; the trail knows them as {attributes['sub']}.")
    return 0


def _passkey(chosen: argparse.Namespace) -> int:
    """Let a passkey alone be enough for somebody who has made one.

    A passkey that its owner unlocks is two factors. Cognito wants to be told so of each account,
    once its authenticator app is set up, which stays as the other way in.
    """
    cognito, pool_id = _client(), pool(chosen.stack)
    with _refusals():
        cognito.admin_set_user_mfa_preference(
            UserPoolId=pool_id,
            Username=chosen.email,
            SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True},
            WebAuthnMfaSettings={"Enabled": True},
        )
    print(f"{chosen.email} may sign in with a passkey alone, or with password and app.")
    return 0


def _list(chosen: argparse.Namespace) -> int:
    """List who may sign in, and as what."""
    with _refusals():
        found = sorted(members(pool(chosen.stack)), key=lambda one: str(one["email"]))
    if chosen.json:
        print(json.dumps(found, indent=2))
    else:
        show.rows(found, _COLUMNS, as_json=False)
    return 0


@contextmanager
def _refusals() -> Iterator[None]:
    """Say in one line what Cognito refused."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - only where AWS is asked

    try:
        yield
    except ClientError as refusal:
        raise CommandError(f"Cognito: {refusal.response['Error']['Message']}") from None


def _client() -> Any:
    from shared.storage.aws_clients import client  # noqa: PLC0415 - needs botocore

    return client("cognito-idp")
