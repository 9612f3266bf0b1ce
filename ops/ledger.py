"""`python -m ops ledger`: check that no event of the consent ledger is missing or altered."""

import argparse
import itertools
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from ops import CommandError, actions, public_api
from shared.domain.hash_chain import Break, first_break

PROGRESS_EVERY = 1000

Event = Mapping[str, Any]


ABOUT = "verify the hash chain of the consent ledger"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    verify = actions.add(actions.of(parser), "verify", run)
    where = verify.add_mutually_exclusive_group(required=True)
    where.add_argument("--api", metavar="URL", help="the API's address, with a consent_id")
    where.add_argument("--table", metavar="NAME", help="the ledger table's name: verifies it all")
    where.add_argument(
        "--file", metavar="PATH", help="a saved answer of GET …/history; - for stdin"
    )
    verify.add_argument("consent_id", nargs="?", help="whose chain, with --api")
    verify.add_argument(
        "--digest",
        help="a receipt's digest that one of the events must have; write --digest=…, for it may "
        "begin with a dash",
    )


def run(chosen: argparse.Namespace) -> int:
    """Find the first event that is missing or altered.

    Verifies one browser's chain over the API, or every chain of a table with AWS credentials that
    may scan it. Exits with 1 and names the first bad event of each broken chain. Oldest events
    that retention removed are no fault; that the newest are there, the holder's receipt shows:
    give its digest with --digest=….
    """
    chains = broken = events = 0
    digests: set[str] = set()
    for subject, chain in _chains(chosen):
        seen = list(chain)
        chains, events = chains + 1, events + len(seen)
        digests |= {str(event["digest"]) for event in seen}
        found = first_break(subject, seen)
        if found is not None:
            broken += 1
            print(_report(subject, found))
        if chains % PROGRESS_EVERY == 0:
            print(f"{chains} chains, {events} events …", file=sys.stderr)
    print(f"{chains} chains with {events} events verified, {broken} broken")
    if chosen.digest and chosen.digest not in digests:
        print("no event has the digest of that receipt: what it vouches for is missing")
        return 1
    return 1 if broken else 0


def _report(subject: str, found: Break) -> str:
    """Name a bad event without the whole consent_id, which is the key to somebody's choices."""
    return f"{subject[:8]}… event {found.sequence}: {found.reason}"


def _chains(chosen: argparse.Namespace) -> Iterator[tuple[str, Iterable[Event]]]:
    if chosen.table:
        yield from _of_table(chosen.table)
    elif chosen.file:
        yield _of_file(chosen.file)
    elif chosen.consent_id:
        yield chosen.consent_id, events_of(chosen.api.rstrip("/"), chosen.consent_id)
    else:
        raise CommandError("ledger verify --api needs the consent_id whose chain to verify.")


def events_of(api: str, consent_id: str) -> Iterator[Event]:
    """Read a browser's whole history over the API, page by page.

    Raises:
        CommandError: the address is not safe, nobody answers, or the answer is no.
    """
    path = f"{api}/v1/consents/{quote(consent_id, safe='')}/history"
    for page in public_api.pages(path, "events"):
        yield from page["events"]


def _of_file(path: str) -> tuple[str, Iterable[Event]]:
    try:
        if path == "-":
            history = json.load(sys.stdin)
        else:
            with open(path, encoding="utf-8") as file:  # noqa: PTH123 - `-` is no path
                history = json.load(file)
        return history["consent_id"], history["events"]
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError):
        raise CommandError(f"{path}: is not an answer of GET …/history.") from None


def _of_table(table: str) -> Iterator[tuple[str, Iterable[Event]]]:
    """Read the whole table, page by page; a partition's events come together and in order."""
    import os  # noqa: PLC0415 - only where a table is read

    from ops import stores  # noqa: PLC0415 - only where a table is read
    from shared.storage import ledger  # noqa: PLC0415 - needs botocore

    stores.know_the_region()
    os.environ["TABLE_LEDGER"] = table
    yield from itertools.groupby(ledger.everything(), key=lambda event: str(event["subject"]))
