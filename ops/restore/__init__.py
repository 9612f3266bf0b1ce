"""`python -m ops restore`: bring back from a backup what a table of the deployment has lost.

AWS restores a table beside the others, under a new name only. Nothing that is there now is
overwritten: what is newer than the backup stays, and an append-only table refuses changes anyway.
"""

import argparse
import time
from typing import Any

from infra.catalogue import TABLES
from infra.declarations import title
from ops import CommandError, erasures, ledger, stores
from ops.restore import beside, copying
from ops.restore.quiet import Quiet
from shared.domain import readers

BY_NAME = {row.name: row for row in TABLES}
# Longer than a stream and its mappings take with what is in them.
PASSING_SECONDS = 120

ABOUT = "bring back what a table has lost, from a moment of the past or a restored copy"
DESCRIPTION = (
    "Restores the table to a moment beside the others (or takes a copy that was restored "
    "from a backup), compares, stops what writes and closes the mappings of its stream, puts each "
    "item that the deployed table lacks, on condition that it is still not there, proves the "
    "ledger's chains, sets the markers of holds again, plays the list of erasures, and opens all "
    "again. What is there, newer or not, stays. May be broken off and repeated; --open alone "
    "opens what a run left closed. docs/operations/restore.md tells the whole way."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    stores.add_stack(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--at",
        type=readers.moment,
        metavar="MOMENT",
        help="restore to it, e.g. 2026-02-01T09:00:00Z",
    )
    what.add_argument("--from", dest="copy", metavar="TABLE", help="a copy that is there already")
    what.add_argument("--open", action="store_true", help="open what is closed, and no more")
    parser.add_argument("--dry-run", action="store_true", help="compare, and change nothing")
    parser.add_argument("table", choices=sorted(BY_NAME), help="which of the deployment's tables")
    parser.set_defaults(func=run)


def run(chosen: argparse.Namespace) -> int:
    """Restore, compare, and unless it is a dry run put back; 0 if all is as it ought to be then.

    Raises:
        CommandError: the tables do not fit, or one cannot be restored.
    """
    row, resources = BY_NAME[chosen.table], stores.listed(chosen.stack)
    dynamodb = _client("dynamodb")
    place = resources.get(f"{title(row.name)}Table")
    if place is None:
        raise CommandError(f"The stack {chosen.stack} has no table {row.name}.")
    now = beside.described(dynamodb, place.physical)
    quiet = Quiet(chosen.stack, row, resources, now.get("LatestStreamArn"), _client)
    if chosen.open:
        quiet.end()
        return 0
    copy = chosen.copy or beside.restored(dynamodb, chosen.stack, row, now, chosen.at)
    beside.check(now, beside.described(dynamodb, copy))
    work = copying.Copying(row, place.physical, copy)
    if chosen.dry_run:
        print(f"{work.compare()}; nothing was changed")
        return 0
    try:
        quiet.stop_writers()
        time.sleep(PASSING_SECONDS)
        quiet.close_mappings()
        print(work.put_back())
        wrong = _as_it_ought_to_be(chosen.stack, place.physical, row.name)
        time.sleep(PASSING_SECONDS)
        quiet.end()
    except BaseException:
        print(
            "Broken off, and visitors are shut out: the same command goes on, --open lets them in."
        )
        raise
    print(f"Delete {copy} when you need it no more.")
    return wrong


def _as_it_ought_to_be(stack: str, place: str, table: str) -> int:
    """Prove the chains, set the markers of holds, erase again; 0 if nothing is wrong."""
    wrong = 0
    if table == "ledger":
        words: dict[str, Any] = {"api": None, "file": None, "consent_id": None, "digest": None}
        wrong |= ledger.run(argparse.Namespace(table=place, **words))
    words = {"table_prefix": None, "since": None, "dry_run": False}
    chosen = argparse.Namespace(stack=stack, **words)
    stores.find(chosen, erasures.TABLES, bucket=True, secret=True)
    if table == "operations":
        from shared.storage import holds  # noqa: PLC0415 - needs botocore

        print(f"{holds.mark_again()} holds in force, marked again")
    return wrong | erasures.run(chosen)


def _client(service: str) -> Any:
    from shared.storage.aws_clients import client  # noqa: PLC0415 - needs botocore

    return client(service)
