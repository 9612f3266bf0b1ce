"""What must be true of everything that is stored, however it came to be so; each fault a line.

The workers are through with their streams when this is asked, and a retention run has just been.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from infra.catalogue import TABLES
from ops import retention_audit
from shared.domain import log_entries, retention
from shared.domain.hash_chain import first_break
from shared.domain.merkle_log import Frontier
from shared.domain.record_classes import RecordClass
from shared.domain.request_actions import CLOSED
from shared.domain.statistics import of_decision
from shared.domain.timestamps import format_timestamp
from shared.storage import holds, ledger, objects, policies
from shared.storage.aws_clients import client
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode
from shared.storage.idempotency_claims import AT_WORK
from shared.storage.ledger import LedgerEntry
from shared.storage.merkle_log import log_heads, log_inbox, log_state, log_tree

Item = dict[str, Any]
HELD, FOLLOW_UP = "held", "follow_up"
# What is found by its deadline is given so long to be found.
PATIENCE = timedelta(days=2)


class Stored:
    """All that is stored at a moment, read once; `raw` are the items as DynamoDB has them."""

    def __init__(self) -> None:
        self.raw = {row.name: list(_scanned(row.name)) for row in TABLES}
        self.tables = {name: [decode(item) for item in items] for name, items in self.raw.items()}

    def of_kind(self, kind: str) -> list[Item]:
        return [item for item in self.tables["operations"] if item["kind"] == kind]

    def heads(self) -> dict[str, Item]:
        requests = self.tables["requests"]
        return {item["request"]: item for item in requests if item["entry"] == "case"}

    def chains(self) -> dict[str, list[LedgerEntry]]:
        chains: dict[str, list[LedgerEntry]] = defaultdict(list)
        for item in self.raw["ledger"]:
            entry = ledger.read_entry(item)
            chains[entry.event["subject"]].append(entry)
        for chain in chains.values():
            chain.sort(key=lambda entry: entry.event["sequence"])
        return chains


def faults(now: datetime, *, whole_ledger: bool = True, logged: bool = False) -> Iterator[str]:
    """Yield all that is not as it must be.

    `whole_ledger`: nothing of it is old enough to be gone, so that the counts can be counted again.
    `logged`: the log over all ledgers was grown each night.
    """
    stored = Stored()
    chains = stored.chains()
    yield from broken_chains(chains)
    yield from states_of_others(stored, chains)
    yield from one_sided_links(stored, chains)
    if whole_ledger:
        yield from wrong_tallies(stored, chains)
    if logged:
        yield from missing_in_the_log(chains, now)
    for row in TABLES:
        yield from unlike_their_index(row.name, stored.raw[row.name])
    yield from orphan_tokens(stored, now)
    yield from orphan_claims(stored, now)
    yield from endless_marks(stored)
    yield from orphan_objects(stored)
    yield from orphan_locks(stored)
    yield from unfinished(stored, now)
    yield from overdue(now)


def broken_chains(chains: Mapping[str, Sequence[LedgerEntry]]) -> Iterator[str]:
    """Every chain is whole, and in the order of time."""
    for subject, chain in chains.items():
        found = first_break(subject, [entry.event for entry in chain])
        if found is not None:
            yield f"ledger: {subject} {found.sequence} {found.reason}"


def states_of_others(stored: Stored, chains: Mapping[str, Sequence[LedgerEntry]]) -> Iterator[str]:
    """A person's state is the newest event of their chain, or was erased."""
    for item in stored.tables["consent_states"]:
        copied, chain = item.get("event"), chains.get(item["person"], ())
        if copied is None and not item.get("suppressed"):
            yield f"consent_states: {item['person']} says nothing"
        if copied is not None and (not chain or copied["digest"] != chain[-1].event["digest"]):
            yield f"consent_states: {item['person']} is not as the ledger ends"


def one_sided_links(stored: Stored, chains: Mapping[str, Sequence[LedgerEntry]]) -> Iterator[str]:
    """A link is known on both sides, or on neither."""
    records = stored.tables["records"]
    ours = {
        (item["person"], item["consent_id"])
        for item in records
        if item["record"].startswith(f"{RecordClass.LINKED_BROWSER}#")
    }
    theirs = {(person, name) for name, chain in chains.items() for person in chain[-1].people}
    for person, browser in sorted(ours ^ theirs):
        side = "the browser" if (person, browser) in ours else "the person"
        yield f"link of {person} and {browser}: {side} does not know of it"


def missing_in_the_log(chains: Mapping[str, Sequence[LedgerEntry]], now: datetime) -> Iterator[str]:
    """The newest head signs all entries; each event that was settled by then is among them once."""
    state = log_state.get()
    if state is None or state.head is None:
        yield "log: no head was signed"
        return
    entries, grown = [entry for _, entry in log_tree.entries(0, state.size)], Frontier()
    grown.extend(entries)
    if log_entries.head(log_heads.get(state.size)) != (state.size, grown.root):
        yield f"log: the head of {state.size} entries is not theirs"
    times, settled = Counter(entries), format_timestamp(now - PATIENCE)
    for subject, chain in chains.items():
        for one in chain:
            found = times[log_entries.decision(one.salt, one.event["digest"])]
            if found > 1 or (not found and one.event["decided_at"] < settled):
                yield f"log: {subject} {one.event['sequence']} is in it {found} times"
    if list(log_inbox.waiting()):
        yield "log: removals wait that no day took in"


def wrong_tallies(stored: Stored, chains: Mapping[str, Sequence[LedgerEntry]]) -> Iterator[str]:
    """What was counted of decisions is what the ledger says."""
    events = (entry.event for chain in chains.values() for entry in chain)
    right = _summed(
        (one.day, one.what, one.counts) for event in events for one in of_decision(event)
    )
    counted = _summed(
        (item["day"].split("#")[1], item["what"], item)
        for item in stored.tables["statistics"]
        if item["day"].startswith("consents#")
    )
    for name in sorted(right.keys() | counted.keys()):
        if right[name] != counted[name]:
            yield f"tally {name}: {counted[name]} counted, {right[name]} in the ledger"


def _summed(
    found: Iterable[tuple[str, str, Mapping[str, Any]]],
) -> Counter[tuple[str, str, str]]:
    sums: Counter[tuple[str, str, str]] = Counter()
    for day, what, counts in found:
        for name, number in counts.items():
            if isinstance(number, int):
                sums[day, what, name] += number
    return sums


def unlike_their_index(table: str, items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Every index has what has its key, and nothing else."""
    row = next(row for row in TABLES if row.name == table)
    indexes = {index.name: (index.partition, index.sort) for index in row.indexes}
    if row.retained:
        indexes["retention"] = ("retention_class", "retention_start")
    keys = [key for key in (row.partition, row.sort) if key]
    for name, parts in indexes.items():
        wanted = [part for part in parts if part]
        right = {
            _values(item, [*keys, *wanted])
            for item in items
            if all(part in item for part in wanted)
        }
        found = {_values(item, [*keys, *wanted]) for item in _scanned(table, IndexName=name)}
        if right != found:
            yield f"index {name} of {table}: {len(found)} for {len(right)} items"


def orphan_tokens(stored: Stored, now: datetime) -> Iterator[str]:
    """What a link that still works leads to is there."""
    there = {(item["person"], item["record"]) for item in stored.tables["records"]}
    heads = stored.heads()
    for item in stored.tables["tokens"]:
        if "hash" not in item or item["until"] <= now.timestamp() or "used_at" in item:
            continue
        facts = item["facts"]
        if "request" in facts and facts["request"] not in heads:
            yield f"token {item['token'].partition('#')[0]}: its request is gone"
        if "record" in facts and (item["person"], facts["record"]) not in there:
            yield f"token {item['token'].partition('#')[0]}: its record is gone"


def orphan_claims(stored: Stored, now: datetime) -> Iterator[str]:
    """Nothing that staff had done is claimed by a process that is gone."""
    stale = (now - AT_WORK).timestamp()
    for item in stored.tables["tokens"]:
        if item.get("state") == "begun" and item["begun"] < stale:
            yield f"claim {item['token'].partition('#')[0]}: begun and never finished"


def endless_marks(stored: Stored) -> Iterator[str]:
    """Links, marks of what was done, claims and counters have an end, by which they go."""
    for item in stored.tables["tokens"]:
        if not isinstance(item.get("expires"), int):
            yield f"mark {item['token'].partition('#')[0]}: nothing ends it"


def orphan_objects(stored: Stored) -> Iterator[str]:
    """Each copy in the bucket is named by its request, each that is named is there."""
    named = {
        file["key"]
        for item in stored.tables["requests"]
        if item["entry"] == RecordClass.EXPORT
        for file in item["files"].values()
    }
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=objects.bucket())
    there = {found["Key"] for page in pages for found in page.get("Contents", ())}
    heads = stored.heads()
    for key in sorted(there - named):
        if key.startswith("exports/") or key.split("/")[1] not in heads:
            yield f"object {key}: no request names it"
    for key in sorted(named - there):
        yield f"object {key}: it is named and not there"
    for upload in client("s3").list_multipart_uploads(Bucket=objects.bucket()).get("Uploads", ()):
        yield f"upload {upload['Key']}: begun and never finished"


def orphan_locks(stored: Stored) -> Iterator[str]:
    """Whatever is held is held by a hold that is in force."""
    in_force = {item["id"] for item in stored.of_kind("hold") if "lifted_at" not in item}
    for item in stored.of_kind(HELD):
        for name in set(item.get("holds", ())) - in_force:
            yield f"lock {item['id']}: of the hold {name}, which is not in force"


def unfinished(stored: Stored, now: datetime) -> Iterator[str]:
    """What waits for its day waits for a request that is there, and not past that day."""
    heads, late = stored.heads(), (now - PATIENCE).isoformat()
    held = holds.in_force().markers
    for item in stored.of_kind(FOLLOW_UP):
        if item["request"] not in heads:
            yield f"follow-up {item['what']}: its request is gone"
        elif item["after"] < late and not held:
            yield f"follow-up {item['what']}: due on {item['after']}"
    for request, head in heads.items():
        if (head["status"] in CLOSED) is not ("retention_class" in head):
            yield f"request {request}: {head['status']}, but its period does not say so"


def overdue(now: datetime) -> Iterator[str]:
    """Everything due is gone, by another way of looking than the run's own."""
    rules = retention.periods(policies.published(), now)
    audit = retention_audit.start(rules, now)
    for table in retention_audit.KEYS:
        for found in audit.table(table):
            yield f"{found.what}: {found.kind} in {found.table} {found.mark}"


def _values(item: Mapping[str, Any], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(item[name]) for name in names)


def _scanned(table: str, **more: Any) -> Iterator[Item]:
    name = database.table(table)
    strong = {} if more else {"ConsistentRead": True}
    yield from database.pages("scan", TableName=name, **more, **strong)


def in_short(found: Iterator[str]) -> list[str]:
    """Return each kind of fault once, with how often it is there and the first of them."""
    lines = sorted(found)
    kinds = groupby(lines, key=lambda line: line.split(" ", 1)[0])
    return [f"{len(group)} x {group[0]}" for _, members in kinds if (group := list(members))]
