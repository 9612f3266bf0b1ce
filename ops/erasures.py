"""`python -m ops erasures`: erase again what a restored backup has brought back (Art. 17)."""

import argparse
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ops import CommandError

if TYPE_CHECKING:
    from shared.domain.erasure import Counts
    from shared.storage.erasures import Erasure

TABLES = ("ledger", "standings", "records", "cases", "operations", "audit", "tokens")
ROUNDS = 3
_SINCE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d.*)?")


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `erasures` and what it can do to the command line."""
    about = "play the list of erasures again after a restore"
    actions = commands.add_parser("erasures", help=about, description=about).add_subparsers(
        title="actions", metavar="ACTION", required=True
    )
    replay = actions.add_parser(
        "replay",
        help="erase again what a restored backup has brought back",
        description="Goes through the list of erasures and erases what is there again of each "
        "person, as far as it was stored before their erasure: who came back since is left alone. "
        "Safe to break off and to repeat. Exits with 1 if something could not be erased. "
        "docs/restore.md tells the whole way.",
    )
    where = replay.add_mutually_exclusive_group(required=True)
    where.add_argument("--stack", metavar="NAME", help="the CloudFormation stack: finds its tables")
    where.add_argument(
        "--table-prefix",
        metavar="PREFIX",
        help="what the tables' names begin with, e.g. Privacy- for Privacy-RecordsTable…",
    )
    replay.add_argument("--since", metavar="DATE", help="only erasures from this day on (UTC)")
    replay.add_argument("--dry-run", action="store_true", help="count, and change nothing")
    replay.set_defaults(func=run)


def run(chosen: argparse.Namespace) -> int:
    """Play the list again; 0 if nothing is left that ought to be gone, else 1."""
    since = chosen.since or ""
    if since and not _SINCE.fullmatch(since):
        raise CommandError("erasures replay --since takes a date such as 2026-02-01.")
    _find_stores(chosen)
    from shared.storage import erasures  # noqa: PLC0415 - needs botocore

    listed = sorted(erasures.everything(since), key=lambda erasure: (erasure.at, erasure.id))
    print(f"{len(listed)} erasures on the list" + (f" since {since}" if since else ""))
    gone = kept = 0
    for number, erasure in enumerate(listed, start=1):
        found, left = _again(erasure, dry_run=chosen.dry_run)
        gone, kept = gone + found - left, kept + left
        state = "nothing left" if not found else f"{found} found, {found - left} erased"
        print(f"{number}/{len(listed)} {erasure.person[:8]}… of {erasure.at[:10]}: {state}")
    if chosen.dry_run:
        print(f"{kept} would be erased; nothing was changed")
        return 0
    print(f"{gone} erased again, {kept} could not be")
    return 1 if kept else 0


def _again(erasure: "Erasure", *, dry_run: bool) -> tuple[int, int]:
    """Erase one person's data once more; give how much was found, and how much is left."""
    from fulfilment import erasing  # noqa: PLC0415 - needs botocore
    from shared.domain import erasure as domain  # noqa: PLC0415
    from shared.storage import holdings, policies  # noqa: PLC0415

    known = domain.rules(policies.published().current(datetime.now(UTC)))
    browsers = erasure.browsers | holdings.linked(erasure.person, erasure.at)
    scope = holdings.Scope(erasure.person, erasure.request, browsers, until=erasure.at)
    look: Callable[[], Counts] = lambda: erasing.look(scope, known)  # noqa: E731
    found = left = domain.outstanding(look())
    for _ in range(0 if dry_run else ROUNDS):
        if not left:
            break
        erasing.sweep(scope, known)
        left = domain.outstanding(look())
    return found, left


def _find_stores(chosen: argparse.Namespace) -> None:
    """Tell the storage modules where the tables and the bucket are, as Lambda would."""
    names = _of_stack(chosen.stack) if chosen.stack else _of_prefix(chosen.table_prefix)
    wanted = [*(f"TABLE_{name.upper()}" for name in TABLES), "BUCKET_EXPORTS", "SECRET_IDENTITY"]
    missing = [name for name in wanted if name not in names and name not in os.environ]
    if missing:
        raise CommandError(f"erasures replay does not find {', '.join(missing)}: set them.")
    os.environ.update(names)


def _of_stack(stack: str) -> dict[str, str]:
    from shared.storage.aws import client  # noqa: PLC0415 - needs botocore

    pages = client("cloudformation").get_paginator("list_stack_resources")
    named = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in pages.paginate(StackName=stack)
        for resource in page["StackResourceSummaries"]
    }
    return _by_variable(named.get)


def _of_prefix(prefix: str) -> dict[str, str]:
    """Find tables by name; bucket and secret are in BUCKET_EXPORTS and SECRET_IDENTITY."""
    from shared.storage.aws import client  # noqa: PLC0415 - needs botocore

    pages = client("dynamodb").get_paginator("list_tables")
    names = [name for page in pages.paginate() for name in page["TableNames"]]

    def found(logical_id: str) -> str | None:
        fitting = [name for name in names if name.startswith(f"{prefix}{logical_id}")]
        if len(fitting) > 1:
            both = ", ".join(fitting)
            raise CommandError(f"{prefix}{logical_id} is the beginning of several tables: {both}.")
        return fitting[0] if fitting else None

    return _by_variable(found)


def _by_variable(find: Callable[[str], str | None]) -> dict[str, str]:
    logical = {f"TABLE_{name.upper()}": f"{name.title()}Table" for name in TABLES}
    logical |= {"BUCKET_EXPORTS": "ExportsBucket", "SECRET_IDENTITY": "IdentitySecret"}
    return {
        variable: place for variable, name in logical.items() if (place := find(name)) is not None
    }
