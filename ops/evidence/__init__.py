"""`python -m ops evidence`: one archive with all that proves decisions, offline and without us.

It holds the events as hashed, every policy version that they name with its words, receipts, what
retention and erasures did, the keys, and a manifest; `ops/verify_evidence.py`, which needs
nothing else of the product, checks it.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ops import CommandError, public_api, stores
from ops.evidence.bundle import Bundle, Progress, line
from ops.ledger import events_of
from ops.verify_evidence import (
    EVENTS,
    KEYS,
    LOG_DECISIONS,
    LOG_HEADS,
    LOG_REMOVALS,
    POLICIES,
    RECEIPTS,
)
from shared.domain import log_entries

# The head is signed once a day: pages that do not agree on it are read again, which is enough.
TRIES = 3
_JOSE = "application/jose"

ABOUT = "write an archive that proves decisions without us"
DESCRIPTION = (
    "Writes one archive, checked with python ops/verify_evidence.py: of a browser over the API, "
    "or of a browser, a person or a month over all ledgers from the stores, with AWS credentials "
    "that may read them and sign with the receipts key. docs/evidence.md says what it proves."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    where = stores.add_arguments(parser)
    where.add_argument("--api", metavar="URL", help="the API's address, with --consent")
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--consent", metavar="CONSENT_ID", help="a browser's decisions")
    whose.add_argument("--person", metavar="PERSON_ID", help="a person's, and of their browsers")
    whose.add_argument("--month", metavar="YYYY-MM", help="everybody's, of a month (UTC)")
    parser.add_argument("--out", type=Path, required=True, help="the archive to write (.zip)")
    parser.set_defaults(func=run)


def run(chosen: argparse.Namespace) -> int:
    """Gather the evidence and write it."""
    if chosen.api is not None:
        count = _over_the_api(chosen)
    else:
        from ops.evidence import from_stores  # noqa: PLC0415 - needs botocore

        stores.find(chosen, from_stores.TABLES, keys=True, heads=True)
        count = from_stores.write(chosen)
    print(f"{chosen.out}: {count} events; check it with python ops/verify_evidence.py")
    return 0


def _over_the_api(chosen: argparse.Namespace) -> int:
    """Write a browser's evidence as its holder gets it."""
    if chosen.consent is None:
        raise CommandError("evidence --api is for --consent; a person or a month needs --stack.")
    api, name, seen = chosen.api.rstrip("/"), chosen.consent, Progress()
    with Bundle(chosen.out, {"consent": name}) as bundle:
        bundle.stream(EVENTS, seen.lines(events_of(api, name)))
        path = f"{api}/v1/consents/{quote(name, safe='')}"
        bundle.add(f"{RECEIPTS}{name}.jws", public_api.fetch(f"{path}/receipt", _JOSE))
        _add_proofs(bundle, _proofs(f"{path}/proofs"), name, seen.last)
        for version in sorted(seen.versions):
            address = f"{api}/v1/policy/{quote(version, safe='')}"
            bundle.add(f"{POLICIES}{version}.json", public_api.fetch(address))
        bundle.add(KEYS, public_api.fetch(f"{api}/.well-known/jwks.json"))
        bundle.finish()
    return seen.count


def _add_proofs(bundle: Bundle, pages: Sequence[Mapping[str, Any]], name: str, last: int) -> None:
    """Add the head of the log, and proofs of the decisions up to the `last` that was read."""
    head = pages[0]["head"]
    if head is None:
        return
    size, _ = log_entries.head(head)
    decisions = (proof for page in pages for proof in page["decisions"])
    known = ({"subject": name, **proof} for proof in decisions if proof["sequence"] <= last)
    removed = pages[0]["removed_before"]
    bundle.add(f"{LOG_HEADS}{size}.txt", head.encode())
    bundle.stream(LOG_DECISIONS, map(line, known))
    bundle.stream(LOG_REMOVALS, map(line, [removed] if removed else []))


def _proofs(path: str) -> list[Mapping[str, Any]]:
    """Read all pages of a browser's proofs, as of one head of the log.

    Raises:
        CommandError: the head changed between two pages, each time.
    """
    for _ in range(TRIES):
        pages = list(public_api.pages(path, "head", "decisions", "removed_before"))
        if len({page["head"] for page in pages}) == 1:
            return pages
    raise CommandError("the log grew while its proofs were read; try again.")
