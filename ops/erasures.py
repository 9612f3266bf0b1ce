"""`python -m ops erasures`: erase again what a restored backup has brought back (Art. 17)."""

import argparse
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ops import CommandError, actions, stores

if TYPE_CHECKING:
    from shared.storage.erasure_list import Erasure

TABLES = ("ledger", "consent_states", "records", "requests", "operations", "audit", "tokens")
ROUNDS = 3
_SINCE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d.*)?")


ABOUT = "play the list of erasures again after a restore"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    replay = actions.add(actions.of(parser), "replay", run)
    stores.add_arguments(replay)
    replay.add_argument("--since", metavar="DATE", help="only erasures from this day on (UTC)")
    replay.add_argument("--dry-run", action="store_true", help="count, and change nothing")


def run(chosen: argparse.Namespace) -> int:
    """Erase again what a restored backup has brought back.

    Goes through the list of erasures and erases what is there again of each person, as far as it
    was stored before their erasure: who came back since is left alone. Safe to break off and to
    repeat; what fails of one erasure is told and stops no other. Exits with 1 if something could
    not be erased. docs/operations/restore.md tells the whole way.
    """
    since = chosen.since or ""
    if since and not _SINCE.fullmatch(since):
        raise CommandError("erasures replay --since takes a date such as 2026-02-01.")
    stores.find(chosen, TABLES, bucket=True, secret=True)
    from shared.storage import erasure_list  # noqa: PLC0415 - needs botocore

    listed = sorted(erasure_list.everything(since), key=lambda erasure: (erasure.at, erasure.id))
    print(f"{len(listed)} erasures on the list" + (f" since {since}" if since else ""))
    gone = kept = failed = 0
    for number, erasure in enumerate(listed, start=1):
        try:
            found, left = _again(erasure, dry_run=chosen.dry_run)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the next one has its turn
            failed += 1
            state = f"failed, {type(fault).__name__}"
        else:
            gone, kept = gone + found - left, kept + left
            state = "nothing left" if not found else f"{found} found, {found - left} erased"
        print(f"{number}/{len(listed)} {erasure.person[:8]}… of {erasure.at[:10]}: {state}")
    if failed:
        print(f"{failed} of {len(listed)} failed: see to what they meet, and repeat the command")
    if chosen.dry_run:
        print(f"{kept} would be erased; nothing was changed")
    else:
        print(f"{gone} erased again, {kept} could not be")
    return 1 if failed or (kept and not chosen.dry_run) else 0


def _again(erasure: "Erasure", *, dry_run: bool) -> tuple[int, int]:
    """Erase one person's data once more; return how much was found, and how much is left."""
    from fulfilment.erasure import erasure_executor  # noqa: PLC0415 - needs botocore
    from shared.domain import erasure as domain  # noqa: PLC0415
    from shared.domain.erasure_scope import ErasureScope  # noqa: PLC0415
    from shared.services.release_browsers import release_browsers  # noqa: PLC0415
    from shared.storage import inventory, policies  # noqa: PLC0415
    from shared.storage.holds import Watch  # noqa: PLC0415

    known = domain.rules(policies.published().current(datetime.now(UTC)).document)
    browsers = erasure.browsers | inventory.linked(erasure.person, erasure.at)
    scope = ErasureScope(erasure.person, erasure.request, browsers, until=erasure.at)
    watch = Watch()
    look = erasure_executor.find(scope, known, watch)
    found = domain.outstanding(look.counts)
    if not dry_run:
        release_browsers(erasure.person, browsers, datetime.now(UTC))
    for _ in range(0 if dry_run else ROUNDS):
        if not domain.outstanding(look.counts):
            break
        erasure_executor.sweep(scope, known, watch, look.work)
        look = erasure_executor.find(scope, known, watch)
    return found, domain.outstanding(look.counts)
