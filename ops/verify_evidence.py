"""Check an evidence bundle offline: `python verify_evidence.py BUNDLE.zip`; this file is enough.

It needs Python and the package `cryptography`, no network and nothing of the product. It says what
the bundle proves and what it does not, and names what does not hold: exit code 0 if all holds, 1
if something does not, 2 if there is no bundle to read. The key is trusted only if you know its
thumbprint from elsewhere: give it with --key.
"""

import argparse
import base64
import hashlib
import json
import sys
import zipfile
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

FORMAT = 2
MANIFEST, SIGNATURE, KEYS, EVENTS = "manifest.json", "manifest.jws", "keys.json", "events.jsonl"
POLICIES, RECEIPTS, REPORTS, CERTIFICATES = "policies/", "receipts/", "retention/", "erasures/"
# Folders whose files are named for what they hold: by which key, and what they are called.
_NAMED = (
    (POLICIES, "version", "versions"),
    (REPORTS, "id", "reports"),
    (CERTIFICATES, "request", "certificates"),
)
LOG_HEADS, LOG_RANGE, LOG_DECISIONS = "log/heads/", "log/range.json", "log/decisions.jsonl"
LOG_REMOVALS, LOG_ENTRIES = "log/removals.jsonl", "log/entries.jsonl"
# What a bundle is of: one of these.
_SCOPES = {"consent", "person", "month"}
# The longest of other files, and of a line, that is read; a longer one is none of ours.
MAX_BYTES = 64 * 1024 * 1024
_CHUNK = 1024 * 1024
_HALF = 32
_JWS_PARTS = 3
_MONTHS = 12

Event = Mapping[str, Any]
# By version and notice: the languages that it has, each with the hash of its words.
Words = dict[str, dict[str, set[tuple[str, str]]]]


class Unreadable(Exception):
    """What is there is no bundle."""


class MemberTwice(ValueError):
    """A name stands twice in an object, so that two readers would read two things."""


@dataclass(slots=True)
class Findings:
    """What was found: `faults` do not hold; `proven` and `unproven` are said if nothing fails."""

    faults: list[str] = field(default_factory=list)
    proven: list[str] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain as it went by: whose, and its first and last event."""

    subject: str
    first: Event
    last: Event


def examine(path: str, key: str | None = None) -> Findings:
    """Check everything in the bundle; `key` is the thumbprint that is trusted.

    Raises:
        Unreadable: there is no bundle.
    """
    found = Findings()
    try:
        with zipfile.ZipFile(path) as archive:
            Examination(archive, key, found).run()
    except (OSError, zipfile.BadZipFile) as error:
        raise Unreadable("the bundle cannot be read as an archive") from error
    except (LookupError, AttributeError, TypeError, ValueError, RecursionError) as error:
        found.faults.append(f"the bundle is not in the form of a bundle ({type(error).__name__})")
    return found


def main() -> int:
    """Say what is proven and what is not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle")
    parser.add_argument("--key", help="the thumbprint (RFC 7638) of the key that you trust")
    chosen = parser.parse_args()
    try:
        found = examine(chosen.bundle, chosen.key)
    except Unreadable as reason:
        sys.stdout.write(f"UNREADABLE: {reason}\n")
        return 2
    said = (
        (("NOT SO", found.faults),)
        if found.faults
        else (("Proven", found.proven), ("Not proven", found.unproven))
    )
    for word, sentences in said:
        sys.stdout.writelines(f"{word}: {sentence}.\n" for sentence in sentences)
    return 1 if found.faults else 0


class Examination:
    """One look through one bundle."""

    def __init__(self, archive: zipfile.ZipFile, key: str | None, found: Findings) -> None:
        """Open it; nothing is checked yet."""
        self.archive, self.key, self.found = archive, key, found
        names = [member.filename for member in archive.infolist()]
        if len(set(names)) != len(names):
            raise Unreadable("a file stands in the bundle twice")
        if MANIFEST not in names:
            raise Unreadable("the manifest is missing")
        self.names = frozenset(names)
        self.keys: dict[str, Mapping[str, str]] = {}
        self.digests: dict[str, list[str]] = {}
        self.decided: dict[str, list[str]] = {}
        self.links: dict[str, set[str]] = {}
        self.committed: dict[bytes, Event] = {}
        self.removed: dict[str, str] = {}
        self.manifest = _json(self.read(MANIFEST))
        self.scope: Mapping[str, Any] = self.manifest["scope"]
        self.origins: set[str] = set()

    def run(self) -> None:
        """Check files, keys, chains with their words, receipts, reports and certificates."""
        if self.manifest["format"] != FORMAT:
            raise Unreadable(f"the bundle has another form than {FORMAT}, which this file reads")
        self.faults(self.files())
        if len(_SCOPES & self.scope.keys()) != 1:
            self.faults(["the manifest does not say of what the bundle is: one of three things"])
        if {KEYS, EVENTS} - self.names:
            return
        keys = _json(self.read(KEYS))["keys"]
        self.faults(_exchanged(keys))
        self.keys = {each["kid"]: each for each in keys}
        if self.key is None:
            self.found.unproven.append("whose key it is: give its thumbprint with --key")
        self.faults(self.signature())
        chains = self.chains()
        self.faults(self.whose(chains))
        self.faults(self.log({chain.subject: chain for chain in chains}))
        self.begun(chains)
        self.faults(self.receipts({chain.subject: chain for chain in chains}))
        self.faults(self.misnamed())
        self.faults(self.reports())
        self.faults(self.certificates())
        if self.within(REPORTS) or self.within(CERTIFICATES) or "consent" not in self.scope:
            self.found.unproven.append(
                "that no report of retention and no certificate of an erasure was left out: "
                "what is here of them is the company's own word"
            )
        self.found.unproven.append("that the clock was right")

    def faults(self, sentences: Iterable[str]) -> None:
        """Note what does not hold."""
        self.found.faults.extend(sentences)

    def read(self, name: str) -> bytes:
        """Read a file that is not read by lines."""
        if self.archive.getinfo(name).file_size > MAX_BYTES:
            raise Unreadable(f"{name} is too large to be one of ours")
        return self.archive.read(name)

    def within(self, folder: str) -> list[str]:
        """Name the files of a folder."""
        return sorted(name for name in self.names if name.startswith(folder))

    def lines(self, name: str) -> Iterator[Any]:
        """Yield the lines of a file, as they are needed."""
        with self.archive.open(name) as file:
            while line := file.readline(MAX_BYTES):
                yield _json(line)

    def files(self) -> Iterator[str]:
        """Compare the files with the manifest."""
        listed: Mapping[str, str] = self.manifest["files"]
        for name in sorted({*listed, KEYS, EVENTS} - self.names):
            yield f"{name} is missing"
        for name in sorted(self.names - listed.keys() - {MANIFEST, SIGNATURE}):
            yield f"{name} was added: the manifest does not list it"
        for name in sorted(self.names & listed.keys()):
            if self.hash(name) != listed[name]:
                yield f"{name} was altered: its hash is not that of the manifest"

    def hash(self, name: str) -> str:
        """Hash a file, whatever its size."""
        digest = hashlib.sha256()
        with self.archive.open(name) as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        return digest.hexdigest()

    def signature(self) -> Iterator[str]:
        """Check who vouches for the manifest, and with it for every file."""
        told = [name for name in (*self.within(REPORTS), *self.within(CERTIFICATES)) if name]
        if SIGNATURE not in self.names:
            if told or "consent" not in self.scope:
                yield f"{SIGNATURE} is missing: nobody vouches for the bundle as a whole"
            else:
                self.found.unproven.append(
                    "who put the bundle together: it is not signed as a whole, so anybody may have "
                    "made it anew; receipts and heads are signed, and the words that events name "
                    "have their hashes, but nobody vouches here for what else a policy version "
                    "says, such as how long a permission lasts"
                )
            return
        payload = yield from self.signed(SIGNATURE, "the bundle's signature")
        if payload and payload["manifest"] != self.hash(MANIFEST):
            yield "the bundle was altered after it was signed: the manifest is another one"
        if payload:
            self.found.proven.append(
                f"the bundle is as the holder of the key put it together at {payload['made_at']}"
            )

    def signed(self, name: str, title: str) -> Generator[str, None, Mapping[str, Any] | None]:
        """Check a compact JWS (RFC 7515); return its payload, if it is one."""
        parts = self.read(name).decode("ascii").strip().split(".")
        if len(parts) != _JWS_PARTS:
            yield f"{title} is not signed"
            return None
        header, payload = (_json(_bytes(part)) for part in parts[:2])
        known = self.keys.get(header["kid"])
        if header["alg"] != "ES256":
            yield f"{title} names another algorithm than ES256"
        elif known is None:
            yield f"the key that signed {title} is missing"
        elif not _verified(known, ".".join(parts[:2]).encode(), _bytes(parts[2])):
            yield f"{title} is wrong: it was altered, or signed by another key"
        if self.key is not None and header["kid"] != self.key:
            yield f"{title} is by another key than the one that you trust"
        return payload  # type: ignore[no-any-return]

    def chains(self) -> list[Chain]:
        """Check every event, its place in its chain and its words."""
        known, texts = self.words()
        self.faults(texts)
        found: list[Chain] = []
        seen: set[str] = set()
        first = before = None
        count = 0
        for event in self.lines(EVENTS):
            count += 1
            if before is None or event["subject"] != before["subject"]:
                if first is not None and before is not None:
                    found.append(Chain(before["subject"], first, before))
                if event["subject"] in seen:
                    self.faults([f"{_place(event)} stands apart from its chain: order was changed"])
                seen.add(event["subject"])
                first, before = event, None
            self.faults(_links(event, before, salted="month" in self.scope))
            self.faults(_worded(event, known))
            if "month" in self.scope:
                if salt := event.get("salt"):
                    self.committed[_commitment(salt, event["digest"])] = event
            else:
                self.digests.setdefault(event["subject"], []).append(event["digest"])
                self.decided.setdefault(event["subject"], []).append(event["decided_at"])
                self.links.setdefault(event["subject"], set()).update({event["linked"]} - {None})
            before = event
        if first is not None and before is not None:
            found.append(Chain(before["subject"], first, before))
        if not count:
            self.faults(["there is no event"])
        self.found.proven.append(
            f"{count} events in {len(found)} chains: none between the first and the last of each "
            "is missing, altered, repeated or out of order"
        )
        self.found.proven.append("the words are those whose hashes the events name")
        return found

    def begun(self, chains: list[Chain]) -> None:
        """Say of chains that do not begin with their first event what is known of it."""
        later = 0
        for chain in chains:
            before = chain.first["previous_digest"]
            if before and (day := self.removed.get(_was(before))):
                self.found.proven.append(
                    f"what came before {_place(chain.first)} was removed by retention on {day}: "
                    "it is not missing"
                )
            else:
                later += chain.first["sequence"] > 1
        if later:
            why = "before the month" if "month" in self.scope else "for retention to remove"
            self.found.unproven.append(
                f"what {later} of the chains held before their first event here, which is {why}"
            )

    def words(self) -> tuple[Words, list[str]]:
        """Read the policies: by version and notice the hashes of the words; and what is wrong."""
        known: Words = {}
        wrong: list[str] = []
        for name in self.within(POLICIES):
            policy = _json(self.read(name))
            version = policy["version"]
            wrong += _texts(policy)
            for item in (*policy["notices"], {**policy["notice"], "id": "privacy_notice"}):
                known.setdefault(version, {})[item["id"]] = {
                    (tag or policy["language"], words["sha256"])
                    for tag, words in _in_all_languages(item)
                }
        return known, wrong

    def whose(self, chains: list[Chain]) -> Iterator[str]:
        """Check that the chains are those that the manifest speaks of."""
        by = {chain.subject: chain for chain in chains}
        subjects = list(by)
        if "consent" in self.scope and subjects != [self.scope["consent"]]:
            yield "the events are not those of the browser that the manifest names"
        if "person" in self.scope:
            people = {name: chain for name, chain in by.items() if not name.startswith("c_")}
            if people.keys() - self.named():
                yield "the events are not those of the person whom the manifest names"
            yield from self.renamed(people)
            self.linked([name for name in subjects if name not in people], list(people))
        if "month" in self.scope and _moments(self.scope["month"]) != (
            self.scope["from"],
            self.scope["until"],
        ):
            yield "the manifest's moments are not of the month that it names"
        for chain in chains if "month" in self.scope and LOG_RANGE not in self.names else ():
            for event in (chain.first, chain.last):
                if not self.scope["from"] <= event["decided_at"] < self.scope["until"]:
                    yield f"{_place(event)} is not of the month that the manifest names"

    def named(self) -> set[str]:
        """Return the names of the person whom the bundle is of, those of earlier addresses, too."""
        return {self.scope["person"], *self.scope.get("former", ())}

    def renamed(self, people: Mapping[str, Chain]) -> Iterator[str]:
        """Check that what stands under an earlier name is the person's: both chains say so.

        An address was changed by one write to both; what the earlier name's chain got later is
        somebody else's and not here, so that it ends with that write.
        """
        known = [self.scope["person"]]
        for name in known:
            known += [
                other
                for other, chain in people.items()
                if other not in known and chain.last["linked"] in self.links.get(name, set())
            ]
        apart = people.keys() - set(known)
        if apart and all(people[name].first["sequence"] == 1 for name in known if name in people):
            yield "the events of an earlier name are not linked to those of the person"
        elif apart:
            self.found.unproven.append(
                f"that {len(apart)} of the earlier names here are the person's: the decisions that "
                "say so are gone"
            )
        elif len(people) > 1:
            self.found.proven.append(
                f"{len(people) - 1} earlier names were the person's until their chains end here: "
                "each ends with a decision that one of the person's shares"
            )

    def linked(self, browsers: list[str], people: list[str]) -> None:
        """Say which browsers share no link with the person's chains."""
        each = [self.links.get(name, set()) - {None} for name in people]
        own = set().union(*each)
        own -= {link for link in own if sum(link in links for links in each) > 1}
        theirs = [self.links.get(name, set()) for name in browsers]
        apart = sum(not own & links for links in theirs)
        if absent := len(own.difference(*theirs)):
            self.found.unproven.append(
                f"what {absent} more browsers decided that the person was linked to: an erasure "
                "cut the link, retention removed it, or it was left out"
            )
        if apart:
            self.found.unproven.append(f"that {apart} of the browsers here are the person's")
        elif browsers:
            self.found.proven.append("the browsers are linked to the person in both chains")

    def receipts(self, chains: Mapping[str, Chain]) -> Iterator[str]:
        """Check that each chain's end is vouched for by a receipt, where there are receipts."""
        given = {name: name[len(RECEIPTS) :].removesuffix(".jws") for name in self.within(RECEIPTS)}
        if "month" in self.scope:
            self.found.unproven.append(
                "that the newest event of each chain is there: only receipts vouch for that"
            )
            return
        for subject in chains.keys() - set(given.values()):
            yield f"the receipt of {_short(subject)} is missing"
        for name, subject in given.items():
            title = f"the receipt of {_short(subject)}"
            payload = yield from self.signed(name, title)
            if payload is None:
                continue
            if subject not in chains:
                yield f"{title} vouches for a chain that is missing"
                continue
            yield from self.vouched(payload, subject, title)
        self.found.proven.append("each chain's last event is the one that its signed receipt names")
        self.found.unproven.append("what was decided after the receipts")

    def vouched(self, payload: Mapping[str, Any], subject: str, title: str) -> Iterator[str]:
        """Compare a receipt with the chain that it is of."""
        if payload["pii_principal_id"] != subject:
            yield f"{title} is somebody else's"
            return
        digests = self.digests[subject]
        if payload["digest"] not in digests:
            yield f"the event that {title} vouches for is missing: the newest were cut off"
        elif payload["digest"] != digests[-1]:
            yield f"events were added after {title}"

    def log(self, chains: Mapping[str, Chain]) -> Iterator[str]:
        """Check what the log over all ledgers says of the decisions."""
        heads: dict[int, bytes] = {}
        for name in self.within(LOG_HEADS):
            yield from self.head(name, heads)
        if not heads:
            self.found.unproven.append("that the decisions stand in the log over all ledgers")
            return
        if len(self.origins) > 1:
            yield f"the heads are of {len(self.origins)} logs: some are another's"
        newest = max(heads)
        yield from self.removals(newest, heads[newest])
        if LOG_RANGE in self.names:
            yield from self.whole(_json(self.read(LOG_RANGE)), heads)
        elif "month" in self.scope:
            yield f"{LOG_RANGE} is missing"
        else:
            yield from _untied(heads.keys() - {newest})
            yield from self.decisions(newest, heads[newest], chains)

    def head(self, name: str, heads: dict[int, bytes]) -> Iterator[str]:
        """Check a signed head (C2SP tlog-checkpoint); note its size and root."""
        text, _, signatures = self.read(name).decode().rpartition("\n\n")
        origin, size, root, *_ = text.split("\n")
        self.origins.add(origin)
        heads[int(size)] = base64.b64decode(root)
        title = f"the head of {size} entries"
        if name != f"{LOG_HEADS}{int(size)}.txt":
            yield f"{name} holds {title}: heads were exchanged"
        signed = [base64.b64decode(line.split(" ")[-1]) for line in signatures.splitlines()]
        by = [
            key["kid"]
            for key in self.keys.values()
            for signature in signed
            if _spki_id(key) == signature[:4]
            and _der_verified(key, f"{text}\n".encode(), signature[4:])
        ]
        if not by:
            yield f"{title} is signed by no key of the bundle: it was altered, or is another's"
        elif SIGNATURE not in self.names and self.key not in (None, *by):
            yield f"{title} is by another key than the one that you trust"

    def removals(self, size: int, root: bytes) -> Iterator[str]:
        """Check each removal that the log tells of; note what was removed, and when."""
        for told in self.lines(LOG_REMOVALS) if LOG_REMOVALS in self.names else ():
            entry = _bytes(told["entry"])
            if not included(told["leaf"], size, entry, told["path"], root):
                yield f"the removal at entry {told['leaf']} is not in the log"
            self.note(_json(entry))

    def note(self, entry: Mapping[str, Any]) -> str | None:
        """Note a removal; return the day that an entry ends."""
        if "removed" in entry:
            self.removed[entry["was"]] = entry["on"]
            self.removed[str(entry["removed"])] = entry["on"]
        return entry.get("day")

    def decisions(self, size: int, root: bytes, chains: Mapping[str, Chain]) -> Iterator[str]:
        """Check that each decision is in the log."""
        seen: dict[str, set[int]] = {name: set() for name in chains}
        later: list[str] = []
        for told in self.lines(LOG_DECISIONS) if LOG_DECISIONS in self.names else ():
            subject, number = told["subject"], told["sequence"]
            title = f"event {number} of {_short(subject)}"
            place = number - chains[subject].first["sequence"] if subject in chains else -1
            if not 0 <= place < len(self.digests.get(subject, ())):
                yield f"a proof is of {title}, which is missing"
                continue
            seen[subject].add(place)
            if told["leaf"] is None:
                later.append(self.decided[subject][place][:10])
                continue
            entry = _commitment(told["salt"], self.digests[subject][place])
            if not included(told["leaf"], size, entry, told["path"], root):
                yield f"{title} is not in the log where its proof says"
        for subject, places in seen.items():
            if len(places) != len(self.digests[subject]):
                yield f"a proof of an event of {_short(subject)} is missing"
        self.found.proven.append(
            f"{sum(map(len, seen.values())) - len(later)} decisions stand in the log that the head "
            f"of {size} entries covers, together with those of everybody else"
        )
        if later:
            self.found.unproven.append(
                f"that {len(later)} decisions, the oldest of {min(later)}, are in the log: they "
                "have no proof, as only those have none that are newer than its newest head"
            )

    def whole(self, told: Mapping[str, Any], heads: Mapping[int, bytes]) -> Iterator[str]:
        """Check a stretch of the log: each entry is a decision here, a removal, or removed."""
        size, subtrees = told["first"], [_bytes(each) for each in told["hashes"]]
        if _root(subtrees) != (heads.get(size) if size else _root([])):
            yield f"what came before entry {size} is not what its head says"
        unknown: list[int] = []
        found: set[bytes] = set()
        tied = {size, told["newest"]}
        day = ""
        for each in self.lines(LOG_ENTRIES) if LOG_ENTRIES in self.names else ():
            entry = _bytes(each["entry"])
            if each["leaf"] != size:
                yield f"entry {size} of the log is missing"
                return
            if len(entry) != _HALF:
                day = self.note(_json(entry)) or day
            elif entry in self.committed:
                found.add(entry)
            else:
                unknown.append(size)
            size = _grow(subtrees, size, entry)
            tied.add(size)
            if size in heads and _root(subtrees) != heads[size]:
                yield f"the entries up to {size} do not give the head: the log was altered"
        if size != told["end"] or size not in heads:
            yield f"the entries end with {size}, which no head says: the newest were cut off"
            return
        newest, proof = told["newest"], [_bytes(step) for step in told["consistency"]]
        if newest not in heads or not consistent(size, heads[size], newest, heads[newest], proof):
            yield "the newest head does not continue this one: the log was rewritten"
        yield from _untied(heads.keys() - tied)
        yield from self.missing(unknown)
        yield from self.outside(found, day)
        self.found.proven.append(
            f"of the log over all ledgers, entries {told['first']} to {size - 1} are {len(found)} "
            f"decisions that are here, {len(unknown)} that retention removed, and what tells of "
            "removals and days; every head here agrees, and the newest continues them"
        )

    def missing(self, unknown: list[int]) -> Iterator[str]:
        """Tell what is missing from what was removed."""
        for leaf in unknown:
            if str(leaf) not in self.removed:
                yield f"entry {leaf} of the log is a decision that is missing here, not removed"

    def outside(self, found: set[bytes], day: str) -> Iterator[str]:
        """Check that what must be in the stretch is; say what is too new."""
        later = 0
        for commitment, event in self.committed.items():
            if commitment in found:
                continue
            if self.scope["from"] <= event["decided_at"] and event["decided_at"][:10] < day:
                yield f"{_place(event)} is not in the log: it was added"
            later += 1
        if later:
            self.found.unproven.append(f"that {later} events are in the log: they are too new")

    def misnamed(self) -> Iterator[str]:
        """Check that files which are named for what they hold do hold that."""
        for folder, key, called in _NAMED:
            for name in self.within(folder):
                held = _json(self.read(name))[key]
                if name != f"{folder}{held}.json":
                    yield f"{name} holds that of {held[:8]}…: {called} were exchanged"

    def reports(self) -> Iterator[str]:
        """Check that each report of retention adds up and removed nothing before its time."""
        reports = [_json(self.read(name)) for name in self.within(REPORTS)]
        for report in reports:
            title = f"the retention report {report['id']}"
            sums = {
                kind: f"{int(one['sum'], 16):064x}"
                for kind, one in report["classes"].items()
                if int(one["sum"], 16)
            }
            if _digest(sums) != report["digest"]:
                yield f"{title} was altered: its sums do not give its digest"
            for kind, one in report["classes"].items():
                if one["newest"] and one["newest"] > report["cutoffs"][kind]:
                    yield f"{title} says that it removed {kind} before the time was over"
        if reports:
            self.found.proven.append(
                f"{len(reports)} reports of retention add up, and removed nothing before its time"
            )

    def certificates(self) -> Iterator[str]:
        """Check that each certificate of an erasure is of this person and says what was left."""
        certificates = [_json(self.read(name)) for name in self.within(CERTIFICATES)]
        for erasure in certificates:
            title = f"the erasure certificate {erasure['request'][:8]}…"
            if "person" in self.scope and erasure["person"] not in self.named():
                yield f"{title} is somebody else's"
            lines = erasure["certificate"]["stores"]
            if erasure["certificate"]["second_look"]["left"] > sum(one["failed"] for one in lines):
                yield f"{title} says that more was left than its lines say"
        if certificates:
            self.found.proven.append(
                f"{len(certificates)} certificates of erasures, as they were given"
            )


def _links(event: Event, before: Event | None, *, salted: bool) -> Iterator[str]:
    """Check an event and its place behind the one before it."""
    if before is None:
        if event["sequence"] == 1 and event["previous_digest"] is not None:
            yield f"{_place(event)} names a predecessor"
    else:
        yield from _follows(event, before)
    apart = ("digest", "salt") if salted else ("digest",)
    statement = {name: value for name, value in event.items() if name not in apart}
    if _digest(statement) != event["digest"]:
        yield f"{_place(event)} was altered: it does not match its digest"


def _follows(event: Event, before: Event) -> Iterator[str]:
    number, last = event["sequence"], before["sequence"]
    if number == last:
        yield f"{_place(event)} stands there twice"
    elif number < last:
        yield f"{_place(event)} comes after event {last}: the order was changed"
    elif number > last + 1:
        yield f"events {last + 1} to {number - 1} of {_short(event['subject'])} are missing"
    elif event["previous_digest"] != before["digest"]:
        yield f"{_place(event)} does not name its predecessor's digest"


def _worded(event: Event, known: Words) -> Iterator[str]:
    """Check that the words that an event names, and those of what it carries on, are there."""
    version, notice = event["policy_version"], event["notice"]
    if version in known:
        texts = known[version].get(notice["id"], set())
        if notice["sha256"] not in {text for _, text in texts}:
            yield f"{_place(event)}: its words are not in version {version}"
        elif (notice["language"], notice["sha256"]) not in texts:
            yield f"{_place(event)}: version {version} has its words in another language"
    for each in sorted({version, *(event["words"] or {}).values()} - known.keys()):
        yield f"{_place(event)}: the words of version {each} are missing"


def _texts(policy: Mapping[str, Any]) -> Iterator[str]:
    version = policy["version"]
    texts = [
        (f"{title}{_in(tag)}", words["text"], words["sha256"])
        for title, item in (
            ("notice", policy["notice"]),
            *((f"notice {each['id']}", each) for each in policy["notices"]),
        )
        for tag, words in _in_all_languages(item)
    ]
    for item in policy["purposes"]:
        for tag, words in _in_all_languages(item):
            covered = "\n".join((words["title"], words["text"], item["lawful_basis"]))
            texts.append((f"purpose {item['id']}{_in(tag)}", covered, words["sha256"]))
    for name, text, wanted in texts:
        if hashlib.sha256(text.encode()).hexdigest() != wanted:
            yield f"version {version}, {name}: the words were altered"


def _in_all_languages(item: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the words of an entry, the policy's own first, and the others by their languages."""
    yield "", item
    yield from (item.get("languages") or {}).items()


def _in(tag: str) -> str:
    return f" in {tag}" if tag else ""


def _untied(sizes: Iterable[int]) -> Iterator[str]:
    for size in sorted(sizes):
        yield f"nothing shows that the newest head continues that of {size} entries"


def _exchanged(keys: Iterable[Mapping[str, str]]) -> Iterator[str]:
    for each in keys:
        if each["kid"] != _thumbprint(each):
            yield "a key does not match its thumbprint: it was exchanged"


def _verified(key: Mapping[str, str], content: bytes, signature: bytes) -> bool:
    if len(signature) != 2 * _HALF:
        return False
    first, second = (int.from_bytes(part, "big") for part in (signature[:_HALF], signature[_HALF:]))
    return _der_verified(key, content, encode_dss_signature(first, second))


def _der_verified(key: Mapping[str, str], content: bytes, signature: bytes) -> bool:
    try:
        _public(key).verify(signature, content, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def _public(key: Mapping[str, str]) -> ec.EllipticCurvePublicKey:
    x, y = (int.from_bytes(_bytes(key[name]), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def _spki_id(key: Mapping[str, str]) -> bytes:
    """Return the id of an ECDSA key in a signed note (C2SP signed-note)."""
    try:
        public = _public(key)
    except ValueError:
        return b""
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).digest()[:4]


def _commitment(salt: str, digest: str) -> bytes:
    """Return the entry of the log that an event stands behind."""
    return hashlib.sha256(f"{salt}.{digest}".encode()).digest()


def _moments(month: str) -> tuple[str, str]:
    """Return the first moments of a month and of the next."""
    year, number = map(int, month.split("-"))
    after = (year + 1, 1) if number == _MONTHS else (year, number + 1)
    first, until = (f"{y:04}-{m:02}-01T00:00:00.000Z" for y, m in ((year, number), after))
    return first, until


def _was(digest: str) -> str:
    """Return what stands for a removed event."""
    return _base64url(hashlib.sha256(f"removed.{digest}".encode()).digest())


def _leaf(entry: bytes) -> bytes:
    """Hash a leaf (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\0" + entry).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def _grow(subtrees: list[bytes], size: int, entry: bytes) -> int:
    """Add a leaf to a tree that is given by its complete subtrees; return its new size."""
    found, left = _leaf(entry), size
    while left & 1:
        found, left = _node(subtrees.pop(), found), left >> 1
    subtrees.append(found)
    return size + 1


def _root(subtrees: list[bytes]) -> bytes:
    """Return the root of a tree by its complete subtrees."""
    if not subtrees:
        return hashlib.sha256().digest()
    *others, found = subtrees
    for left in reversed(others):
        found = _node(left, found)
    return found


def included(leaf: int, size: int, entry: bytes, path: Iterable[str], root: bytes) -> bool:
    """Check an inclusion proof of an entry (RFC 9162, 2.1.3.2)."""
    place, last, found = leaf, size - 1, _leaf(entry)
    if not 0 <= place < size:
        return False
    for step in map(_bytes, path):
        if last == 0:
            return False
        if place & 1 or place == last:
            found = _node(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = _node(found, step)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def consistent(earlier: int, before: bytes, size: int, head: bytes, proof: list[bytes]) -> bool:
    """Check a consistency proof (RFC 9162, 2.1.4.2)."""
    if not 0 < earlier <= size:
        return False
    if earlier == size:
        return before == head and not proof
    steps = [before, *proof] if earlier & (earlier - 1) == 0 else proof
    if not steps:
        return False
    place, last = earlier - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = _node(step, old), _node(step, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = _node(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and old == before and new == head


def _thumbprint(key: Mapping[str, str]) -> str:
    return _digest({name: key[name] for name in ("crv", "kty", "x", "y")})


def _digest(value: Mapping[str, Any]) -> str:
    """Hash the canonical form (RFC 8785) of what has no fractions and ASCII names."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return _base64url(hashlib.sha256(text.encode()).digest())


def _place(event: Event) -> str:
    return f"event {event['sequence']} of {_short(event['subject'])}"


def _short(subject: str) -> str:
    """Name a chain without the whole consent_id, which is the key to somebody's choices."""
    return f"{subject[:8]}…"


def _json(text: bytes | str) -> Any:
    """Read JSON in which each name of an object stands once."""
    return json.loads(text, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MemberTwice
    return found


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


if __name__ == "__main__":
    sys.exit(main())
