"""The evidence bundle of a browser, a person or a month, from a deployment's own stores."""

import argparse
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from ops import CommandError
from ops.evidence import merkle_log
from ops.evidence.bundle import Bundle, Progress, written
from ops.evidence.merkle_log import Stretch
from ops.verify_evidence import CERTIFICATES, EVENTS, KEYS, POLICIES, RECEIPTS, REPORTS
from shared.domain import monthly_report
from shared.domain.identifiers import CONSENT_ID, PERSON_ID
from shared.domain.receipt import receipt
from shared.domain.record_classes import RecordClass
from shared.domain.timestamps import format_timestamp
from shared.edge import current_time
from shared.services import browser_state
from shared.services.sign_document import sign_document
from shared.storage import inventory, ledger, policies, signing_keys
from shared.storage.aws_clients import client
from shared.storage.inventory import Holder
from shared.storage.ledger import LedgerEntry
from shared.storage.requests import request_store
from shared.storage.requests.request_items import HEAD
from shared.storage.retention import retention_index, runs
from shared.storage.retention.retention_index import RetentionPartition
from shared.storage.retention.runs import RunReport

Chains = Mapping[str, Sequence[LedgerEntry]]
TABLES = ("ledger", "consent_states", "records", "requests", "operations", "merkle_log")
_CERTIFICATE = "certificate"
_PAGE = 100


def write(chosen: argparse.Namespace) -> int:
    """Write the archive that was asked for; tell how many events are in it."""
    now = current_time.now()
    if chosen.month is not None:
        first, until = _month(chosen.month)
        scope = {"month": chosen.month, "from": first, "until": until}
        found = merkle_log.stretch(first, until)
        return _write(chosen, scope, _of_month(found, first, until), found, now)
    if chosen.person is not None:
        if not re.fullmatch(PERSON_ID, chosen.person):
            raise CommandError("evidence --person takes a person_id: p_ and 26 characters.")
        former = inventory.former(chosen.person)
        names = (chosen.person, *sorted(inventory.linked(chosen.person)))
        chains = {**dict.fromkeys(names), **former}
        scope = {"person": chosen.person, **({"former": sorted(former)} if former else {})}
    else:
        if not re.fullmatch(CONSENT_ID, chosen.consent):
            raise CommandError("evidence --consent takes a consent_id: c_ and 26 characters.")
        chains, scope = {chosen.consent: None}, {"consent": chosen.consent}
    covered = {name: _chain(name, until) for name, until in chains.items()}
    events = (entry.event for found in covered.values() for entry in found)
    return _write(chosen, scope, events, covered, now)


def _write(
    chosen: argparse.Namespace,
    scope: Mapping[str, Any],
    events: Iterator[Mapping[str, Any]],
    covered: Stretch | Chains | None,
    now: datetime,
) -> int:
    seen = Progress()
    known = policies.published()
    with Bundle(chosen.out, scope) as bundle:
        bundle.stream(EVENTS, seen.lines(events))
        if not seen.count:
            raise CommandError("There are no events of that.")
        if isinstance(covered, Stretch):
            merkle_log.add_stretch(bundle, covered)
        elif covered is not None:
            for subject, entries in covered.items():
                if entries:
                    bundle.add(f"{RECEIPTS}{subject}.jws", _receipt(entries[-1], now))
            merkle_log.add_decisions(bundle, covered)
        for version in sorted(seen.versions):
            bundle.add(f"{POLICIES}{version}.json", written(known.document(version, now)))
        for report in _reports(scope):
            bundle.add(f"{REPORTS}{report.id}.json", written(_as_kept(report)))
        for request, content in _certificates(scope):
            bundle.add(f"{CERTIFICATES}{request}.json", written(content))
        bundle.add(KEYS, written({"keys": signing_keys.public_keys()}))
        bundle.finish(
            lambda manifest: sign_document({**manifest, "made_at": format_timestamp(now)})
        )
    return seen.count


def _of_month(found: Stretch | None, first: str, until: str) -> Iterator[Mapping[str, Any]]:
    """Yield everybody's events of a month with their salts, chain by chain.

    What else is in the log's stretch, hours around the month, is given, too; and what stands
    between two of its events, for the clocks of two calls may differ. The keys of one of the
    sixteen parts of the index are in memory at a time.
    """
    for place in _places(RecordClass.CONSENT_EVIDENCE, "ledger"):
        keys = sorted(
            (str(item.key["subject"]), int(item.key["sequence"]))
            for item in retention_index.between(
                place, *merkle_log.times(found, place.shard, first, until)
            )
        )
        for subject, own in itertools.groupby(keys, key=lambda key: key[0]):
            sequences = [sequence for _, sequence in own]
            whole = [(subject, number) for number in range(sequences[0], sequences[-1] + 1)]
            yield from ({**entry.event, "salt": entry.salt} for entry in ledger.many(whole))


def _chain(subject: str, until: str | None) -> list[LedgerEntry]:
    """Return a chain; of an earlier name up to its last decision `until` it was somebody else's."""
    found = list(ledger.entries_of(subject))
    while until is not None and found and found[-1].event["decided_at"] > until:
        found.pop()
    return found


def _receipt(entry: LedgerEntry, now: datetime) -> bytes:
    """Return the signed receipt of a chain that ends with an entry."""
    region = str(client("kms").meta.region_name)
    people = browser_state.people_of(entry)
    document = receipt(entry.event, people, policies.published(), region, now)
    return sign_document(document).encode()


def _reports(scope: Mapping[str, Any]) -> Iterator[RunReport]:
    """Yield the finished runs of retention: of a month, or all that removed decisions."""
    before = scope.get("until")
    while page := runs.listed(_PAGE, before):
        for report in page:
            if report.id < scope.get("from", ""):
                return
            if report.dry_run or report.status != runs.FINISHED:
                continue
            figures = report.classes.get(RecordClass.CONSENT_EVIDENCE)
            if "month" in scope or (figures is not None and figures.removed):
                yield report
        before = page[-1].id


def _as_kept(report: RunReport) -> dict[str, Any]:
    classes = {kind: figures.plain() for kind, figures in report.classes.items()}
    return {
        "id": report.id,
        "at": report.at,
        "as_of": report.as_of,
        "cutoffs": dict(report.cutoffs),
        "classes": classes,
        "digest": report.digest,
    }


def _certificates(scope: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the certificates of a person's erasures, or of requests closed in a month."""
    for request in _requests(scope):
        case = request_store.get(request)
        certificate = request_store.entry(request, _CERTIFICATE)
        if case is not None and certificate is not None:
            content = {"request": request, "person": case.person, "certificate": certificate}
            yield request, content


def _requests(scope: Mapping[str, Any]) -> Iterator[str]:
    if "person" in scope:
        yield from (known.id for known in Holder(scope["person"], ()).requests)
    elif "month" in scope:
        for place in _places(RecordClass.CASE, "requests"):
            for item in retention_index.between(place, scope["from"], scope["until"]):
                if item.key["entry"] == HEAD:
                    yield str(item.key["request"])


def _places(kind: RecordClass, table: str) -> list[RetentionPartition]:
    return [place for place in retention_index.places([kind]) if place.table == table]


def _month(text: str) -> tuple[str, str]:
    """Return the first moment of a month and of the next."""
    try:
        span = monthly_report.month(text)
    except ValueError:
        raise CommandError("evidence --month takes a month such as 2026-03.") from None
    begins, behind = (
        datetime.combine(day, time(), UTC) for day in (span.first, span.last + timedelta(days=1))
    )
    return format_timestamp(begins), format_timestamp(behind)
