"""A year of simulated life verifies offline, and each kind of tampering is named (S51)."""

import io
import json
import os
import re
import subprocess
import sys
import unicodedata
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import parse_qsl, urlsplit

import pytest

from consent import handler
from local.functions import Functions
from ops import verify_evidence
from ops.__main__ import main
from ops.evidence.bundle import Bundle, line, written
from shared.domain import hash_chain, log_entries
from shared.domain.consent import Event
from shared.edge import current_time
from shared.services.sign_document import sign_document
from shared.storage import signing_keys
from tests.ops.evidence_year import PRESENT, Year
from tests.support import call

Files = dict[str, bytes]
VERIFIER = Path(verify_evidence.__file__)
EVIDENCE = VERIFIER.parents[1] / "docs" / "evidence.md"


@pytest.fixture(scope="module")
def year(functions: Functions) -> Iterator[Year]:
    """The year, lived once; six years later retention comes."""
    with pytest.MonkeyPatch.context() as patch:
        lived = Year(functions)
        lived.live(patch)
        lived.retain(patch)
        patch.setattr(current_time, "now", lambda: PRESENT)
        yield lived
    signing_keys.public_keys.cache_clear()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bundles")


def make(folder: Path, name: str, *asked: str) -> Path:
    path = folder / f"{name}.zip"
    if not path.exists():
        assert main(["evidence", "--table-prefix", "", *asked, "--out", str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def bundles(year: Year, folder: Path) -> dict[str, Path]:
    """The bundles of somebody, of somebody erased, of a browser, and of two months."""
    return {
        "person": make(folder, "person", "--person", year.people[-1].id),
        "browsers": make(folder, "browsers", "--person", year.people[0].id),
        "erased": make(folder, "erased", "--person", year.erased[0].id),
        "moved": make(folder, "moved", "--person", year.moved[1].id),
        "consent": make(folder, "consent", "--consent", year.browsers[0]),
        "newer": make(folder, "newer", "--month", "2026-11"),
        "month": make(folder, "month", "--month", "2026-09"),
        "retained": make(folder, "retained", "--month", "2026-04"),
    }


def kid() -> str:
    return signing_keys.public_keys()[0]["kid"]


@pytest.mark.parametrize(
    "name", ["person", "browsers", "erased", "moved", "consent", "month", "retained"]
)
def test_each_bundle_of_the_year_holds(bundles: dict[str, Path], name: str) -> None:
    found = verify_evidence.examine(str(bundles[name]), kid())
    assert found.faults == []
    assert any("none between the first and the last" in said for said in found.proven)
    assert any("as the holder of the key put it together" in said for said in found.proven)
    assert "that the clock was right" in found.unproven


def test_what_retention_removed_is_told_from_what_is_missing(bundles: dict[str, Path]) -> None:
    browsers = verify_evidence.examine(str(bundles["browsers"]), kid())
    assert any("was removed by retention on 2032-04-20" in said for said in browsers.proven)
    month = verify_evidence.examine(str(bundles["retained"]), kid())
    assert any("that retention removed" in said for said in month.proven)
    assert not any("too new" in said for said in month.unproven)


def test_the_page_of_evidence_explains_each_field_of_an_event(bundles: dict[str, Path]) -> None:
    page = EVIDENCE.read_text().partition("## What an event says")[2].partition("\n## ")[0]
    told = [row.split("|")[1] for row in page.splitlines() if row.startswith("| `")]
    explained = {name for cell in told for name in re.findall("`(.+?)`", cell)}
    assert explained == set(get_type_hints(Event)) | {"digest"}
    lines = read(bundles["person"])["events.jsonl"].splitlines()
    assert set().union(*map(json.loads, lines)) <= explained


def test_a_changed_address_is_one_bundle_without_its_next_owner(
    bundles: dict[str, Path], year: Year
) -> None:
    """S51, S55: both chains, of which one ends where the other says the same."""
    old, new = year.moved
    files = read(bundles["moved"])
    events = [json.loads(each) for each in files["events.jsonl"].splitlines()]
    own = [event for event in events if event["subject"] == old.id]
    assert {new.id, old.id} < {event["subject"] for event in events}
    assert (own[-1]["kind"], own[-1]["linked"] is None) == ("withdrawal", False)
    assert len(own) < len(old.events), "the mailbox's next owner decided, too"
    found = verify_evidence.examine(str(bundles["moved"]), kid())
    assert any(said.startswith("1 earlier names were the person's until") for said in found.proven)
    assert "the browsers are linked to the person in both chains" in found.proven


def test_what_is_proven_and_what_is_not_is_said_without_the_product(
    bundles: dict[str, Path],
) -> None:
    """The file alone, in a Python that knows nothing of this repository."""
    alone = [sys.executable, "-I", str(VERIFIER)]
    good = subprocess.run([*alone, str(bundles["person"])], capture_output=True, check=False)
    said = good.stdout.decode()
    assert good.returncode == 0, said + good.stderr.decode()
    assert "Not proven: whose key it is" in said
    assert "Proven: each chain's last event is the one that its signed receipt names." in said
    other = [*alone, str(bundles["person"]), "--key", "another"]
    bad = subprocess.run(other, capture_output=True, check=False)
    assert bad.returncode == 1
    assert b"by another key than the one that you trust" in bad.stdout
    none = subprocess.run([*alone, str(VERIFIER)], capture_output=True, check=False)
    assert (none.returncode, none.stdout.partition(b":")[0]) == (2, b"UNREADABLE")


def test_a_bundle_holds_what_the_year_left(bundles: dict[str, Path], year: Year) -> None:
    person, erased, month = (read(bundles[name]) for name in ("person", "erased", "month"))
    assert {name.partition("/")[0] for name in person} == {
        "manifest.json",
        "manifest.jws",
        "events.jsonl",
        "keys.json",
        "log",
        "policies",
        "receipts",
        "retention",
    }
    assert len(json.loads(person["keys.json"])["keys"]) == 2
    subjects = {json.loads(each)["subject"] for each in person["events.jsonl"].splitlines()}
    assert len(subjects) == 2, "the person's chain and their browser's"
    assert len([name for name in erased if name.startswith("erasures/")]) == 1
    assert len([name for name in month if name.startswith("erasures/")]) == 2
    browser = json.loads(read(bundles["browsers"])["events.jsonl"].splitlines()[0])
    assert browser["sequence"] > 1, "retention took the beginning"
    assert year.people[-1].email.encode() not in b"".join(person.values())


def test_a_browsers_bundle_over_the_api_is_not_signed_and_says_so(
    year: Year, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the same proofs of the log as one that is made from the stores."""
    monkeypatch.setattr(urllib.request, "urlopen", served)
    monkeypatch.setattr(handler, "PROOFS_PAGE", 2)
    name, path = year.browsers[1], tmp_path / "api.zip"
    asked = ["evidence", "--api", "https://privacy.example", "--consent", name, "--out", str(path)]
    assert main(asked) == 0
    again = tmp_path / "again.zip"
    assert main([*asked[:-1], str(again)]) == 0
    made, remade = read(path), read(again)
    differ = {each for each in made.keys() | remade.keys() if made.get(each) != remade.get(each)}
    assert {each.split("/")[0] for each in differ} <= {
        "receipts",  # a signature is never the same
        "manifest.json",  # has its digest
    }
    found = verify_evidence.examine(str(path), kid())
    assert found.faults == []
    (said,) = (said for said in found.unproven if said.startswith("who put the bundle together"))
    assert "anybody may have made it anew" in said
    assert "nobody vouches here for what else a policy version says" in said
    assert "that the decisions stand in the log over all ledgers" not in found.unproven
    assert any("decisions stand in the log that the head of" in said for said in found.proven)
    files = read(path)
    ours = read(make(folder, "same", "--consent", name))
    logged = [each for each in ours if each.startswith("log/")]
    assert {each: files[each] for each in logged} == {each: ours[each] for each in logged}
    files["log/decisions.jsonl"] = files["log/decisions.jsonl"].replace(b'"leaf":', b'"leaf":1', 1)
    own = verify_evidence.examine(str(path), "another").faults
    assert any(fault.startswith("the head of") and "that you trust" in fault for fault in own), own
    faults = pack(files, tmp_path / "altered.zip")
    assert any("is not in the log where its proof says" in fault for fault in faults)


def test_a_browser_that_is_left_out_is_not_proven_to_have_decided_nothing(
    bundles: dict[str, Path], tmp_path: Path
) -> None:
    """S51: its receipt and proofs gone, too, only the person's own link tells of it."""
    files = read(bundles["person"])
    events = [json.loads(each) for each in files["events.jsonl"].splitlines()]
    (browser,) = {each["subject"] for each in events if each["subject"].startswith("c_")}
    for name in ("events.jsonl", "log/decisions.jsonl"):
        lines = files[name].splitlines(keepends=True)
        files[name] = b"".join(each for each in lines if json.loads(each)["subject"] != browser)
    del files[f"receipts/{browser}.jws"]
    assert pack(files, tmp_path / "one.zip", signed=True) == []
    said = verify_evidence.examine(str(tmp_path / "one.zip"), kid()).unproven
    assert any(each.startswith("what 1 more browsers decided") for each in said), said


def served(asked: Any, timeout: int) -> io.BytesIO:
    """Answer over the API's own door what a command asks for at an address."""
    assert timeout
    address = urlsplit(asked if isinstance(asked, str) else asked.full_url)
    accepted = {} if isinstance(asked, str) else dict(asked.headers)
    route, path = address.path, {}
    if route.startswith(("/v1/consents/", "/v1/policy/")):
        _, _, collection, value, *rest = route.split("/")
        name = "consent_id" if collection == "consents" else "version"
        route, path = "/".join(["/v1", collection, f"{{{name}}}", *rest]), {name: value}
    query = dict(parse_qsl(address.query)) or None
    answer = call("consent", "GET", route, path=path, query=query, headers=accepted, now=PRESENT)
    assert answer.status == 200, answer.text
    return io.BytesIO(answer.text.encode())


def read(path: Path) -> Files:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(files: Files, path: Path, *, manifest: bool = True, signed: bool = False) -> list[str]:
    """Write files as a bundle again, as somebody would who has the manifest made anew."""
    scope = json.loads(files["manifest.json"])["scope"]
    with Bundle(path, scope) as bundle:
        for name, content in files.items():
            if not name.startswith("manifest."):
                bundle.add(name, content)
        if manifest:
            bundle.finish(
                (lambda said: sign_document({**said, "made_at": "…"})) if signed else None
            )
            if not signed and "manifest.jws" in files:
                bundle.add("manifest.jws", files["manifest.jws"])
        else:
            bundle._archive.writestr("manifest.json", files["manifest.json"])
            bundle.add("manifest.jws", files["manifest.jws"])
    return verify_evidence.examine(str(path), kid()).faults


def _events(change: Callable[[list[Any]], object]) -> Callable[[Files], None]:
    def made(files: Files) -> None:
        events = [json.loads(each) for each in files["events.jsonl"].splitlines()]
        change(events)
        files["events.jsonl"] = b"".join(map(line, events))

    return made


def _json(folder: str, change: Callable[[Any], object]) -> Callable[[Files], None]:
    """Change the first JSON file of a folder."""

    def made(files: Files) -> None:
        name = min(name for name in files if name.startswith(folder))
        content = json.loads(files[name])
        change(content)
        files[name] = written(content)

    return made


def _newest_policy(change: Callable[[Any], object]) -> Callable[[Files], None]:
    return _json("policies/2026-10", change)


def _jws(folder: str, number: int, text: str) -> Callable[[Files], None]:
    def made(files: Files) -> None:
        name = min(name for name in files if name.startswith(folder))
        parts = files[name].decode().split(".")
        parts[number] = text
        files[name] = ".".join(parts).encode()

    return made


def _without(prefix: str) -> Callable[[Files], None]:
    def made(files: Files) -> None:
        del files[min(name for name in files if name.startswith(prefix))]

    return made


def _forged(events: list[Any]) -> None:
    """Rewrite the newest event and its digest, as somebody with the ledger could."""
    events[-1]["choices"]["analytics"] = not events[-1]["choices"]["analytics"]
    statement = {name: value for name, value in events[-1].items() if name != "digest"}
    events[-1]["digest"] = hash_chain.digest(statement)


def _exchanged(files: Files) -> None:
    names = sorted(name for name in files if name.startswith("receipts/"))
    files[names[0]], files[names[-1]] = files[names[-1]], files[names[0]]


def _other_key(keys: Any) -> None:
    keys["keys"][0]["x"], keys["keys"][0]["y"] = keys["keys"][0]["y"], keys["keys"][0]["x"]


def _lines(name: str, change: Callable[[list[Any]], object]) -> Callable[[Files], None]:
    def made(files: Files) -> None:
        told = [json.loads(each) for each in files[name].splitlines()]
        change(told)
        files[name] = b"".join(map(line, told))

    return made


def _head(change: Callable[[str], str]) -> Callable[[Files], None]:
    """Change the newest head."""

    def made(files: Files) -> None:
        name = max(name for name in files if name.startswith("log/heads/"))
        files[name] = change(files[name].decode()).encode()

    return made


def _more_heads(change: Callable[[str], str]) -> Callable[[Files], None]:
    """Add a head that our own key signed, as of a log that was split or is another's."""

    def made(files: Files) -> None:
        name = max(name for name in files if name.startswith("log/heads/"))
        origin, _, root = files[name].decode().split("\n")[:3]
        text = change(f"{origin}\n100000\n{root}\n")
        key, signed = signing_keys.der(signing_keys.public_keys()[0]), text.encode()
        note = log_entries.signed_note(text, origin, key, signing_keys.sign(signed))
        files[f"log/heads/{text.split()[1]}.txt"] = note.encode()

    return made


def _another_name(files: Files) -> None:
    """Put a stranger's chain, whole and with its own digests, in place of the earlier name's."""
    scope = json.loads(files["manifest.json"])
    (old,) = scope["scope"]["former"]
    events = [json.loads(each) for each in files["events.jsonl"].splitlines()]
    stranger, before = "p_" + "x" * 26, None
    for event in events:
        if event["subject"] == old:
            event.update(subject=stranger, linked=None, previous_digest=before)
            del event["digest"]
            before = event["digest"] = hash_chain.digest(event)
    files["events.jsonl"] = b"".join(map(line, events))
    scope["scope"]["former"] = [stranger]
    files["manifest.json"] = written(scope)


def _span(month: str) -> dict[str, str]:
    return dict(zip(("from", "until"), verify_evidence._moments(month), strict=True))


def _languages_swapped(policy: Any) -> None:
    """Call the German words English and the other way round, with their right hashes."""
    for item in policy["notices"]:
        other = item["languages"]["de"]
        for name in ("title", "text", "sha256"):
            item[name], other[name] = other[name], item[name]


def _decomposed(policy: Any) -> None:
    """Write letters as two characters each, which nobody sees."""
    words = policy["notice"]["languages"]["de"]
    words["text"] = unicodedata.normalize("NFD", words["text"])


def _decision(entries: list[Any]) -> Any:
    """Return the first entry of the log that is a decision."""
    return next(each for each in entries if len(each["entry"]) == len(HASH_IN_LOG))


def _without_a_chain(events: list[Any]) -> None:
    last = events[-1]["subject"]
    events[:] = [event for event in events if event["subject"] != last]


def _added(events: list[Any]) -> None:
    """Add an event with a right digest behind the last one, in the middle of the month."""
    more = events[-1] | {"sequence": events[-1]["sequence"] + 1}
    more["previous_digest"] = events[-1]["digest"]
    statement = {name: more[name] for name in more if name not in ("digest", "salt")}
    events.append(more | {"digest": hash_chain.digest(statement)})


HASH_IN_LOG = hash_chain.base64url(b"x" * 32)
NONE = hash_chain.base64url(b'{"alg":"none","kid":"x","typ":"JOSE"}')
HASH = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
Change = Callable[[Files], object]
# Each with the bundle that it is tried on. All but those of the whole archive are tried with a
# manifest made anew and signed by our own key: what is named then is named by what is in it.
TAMPERED: dict[str, tuple[str, Change, str]] = {
    "an event altered": (
        "person",
        _events(lambda e: e[0]["choices"].update(analytics="x")),
        "was altered: it does not match its digest",
    ),
    "a time altered": ("consent", _events(lambda e: e[1].update(decided_at="x")), "was altered"),
    "an event removed": ("consent", _events(lambda e: e.pop(1)), "are missing"),
    "the newest cut off": ("consent", _events(lambda e: e.pop()), "the newest were cut off"),
    "an event nested without end": (
        "consent",
        lambda f: f.update({"events.jsonl": b"[" * 100_000}),
        "is not in the form of a bundle (RecursionError)",
    ),
    "all events removed": ("consent", _events(lambda e: e.clear()), "there is no event"),
    "events reordered": ("consent", _events(lambda e: e.reverse()), "the order was changed"),
    "an event repeated": ("consent", _events(lambda e: e.insert(1, e[0])), "stands there twice"),
    "an event of another": (
        "consent",
        _events(lambda e: e[1].update(subject="c_x")),
        "stands apart from its chain",
    ),
    "a link cut": (
        "consent",
        _events(lambda e: e[1].update(previous_digest="x")),
        "does not name its predecessor's digest",
    ),
    "an event forged with its digest": ("consent", _events(_forged), "the newest were cut off"),
    "a chain removed": (
        "person",
        _events(lambda e: e.__delitem__(slice(len(e) - 1, None))),
        "vouches for",
    ),
    "another month": (
        "month",
        _json("manifest.json", lambda m: m["scope"].update(month="2026-10")),
        "not of the month that it names",
    ),
    "another's chain for an earlier name's": (
        "moved",
        _another_name,
        "an earlier name are not linked to those of the person",
    ),
    "a bundle of two things": (
        "consent",
        _json("manifest.json", lambda m: m["scope"].update(month="2026-01", **_span("2026-01"))),
        "does not say of what the bundle is",
    ),
    "a bundle of nothing": (
        "month",
        _json("manifest.json", lambda m: m["scope"].clear()),
        "does not say of what the bundle is",
    ),
    "words called another language's": (
        "newer",
        _newest_policy(_languages_swapped),
        "version 2026-10 has its words in another language",
    ),
    "letters composed otherwise": (
        "person",
        _newest_policy(_decomposed),
        "notice in de: the words were altered",
    ),
    "a number written otherwise": (
        "consent",
        _events(lambda e: e[0].update(sequence=float(e[0]["sequence"]))),
        "was altered: it does not match its digest",
    ),
    "events of another person": (
        "person",
        _json("manifest.json", lambda m: m["scope"].update(person="p_x")),
        "not those of the person",
    ),
    "words altered": (
        "person",
        _json("policies/", lambda p: p["notices"][0].update(text="Other.")),
        "notice cookie_banner: the words were altered",
    ),
    "words and hash replaced": (
        "consent",
        _json("policies/", lambda p: p["notices"][0].update(text="x", sha256=HASH)),
        "its words are not in version 2023-06",
    ),
    "a purpose reworded": (
        "person",
        _json("policies/", lambda p: p["purposes"][1].update(text="Other.")),
        "purpose analytics: the words were altered",
    ),
    "the whole notice altered": (
        "person",
        _json("policies/", lambda p: p["notice"].update(text="Other.")),
        "version 2023-06, notice: the words were altered",
    ),
    "the notice altered in another language": (
        "person",
        _newest_policy(lambda p: p["notice"]["languages"]["de"].update(text="Anders.")),
        "version 2026-10, notice in de: the words were altered",
    ),
    "a purpose reworded in another language": (
        "person",
        _newest_policy(lambda p: p["purposes"][3]["languages"]["de"].update(title="Anders.")),
        "purpose analytics in de: the words were altered",
    ),
    "a member that stands twice": (
        "consent",
        lambda f: f.update({"events.jsonl": f["events.jsonl"].replace(b"{", b'{"choices":{},', 1)}),
        "is not in the form of a bundle (MemberTwice)",
    ),
    "a member that no digest covers": (
        "consent",
        _events(lambda e: e[0].update(salt="x")),
        "was altered: it does not match its digest",
    ),
    "a shorter month": (
        "month",
        _json("manifest.json", lambda m: m["scope"].update(until="2026-09-15T00:00:00.000Z")),
        "not of the month that it names",
    ),
    "a version removed": ("consent", _without("policies/"), "the words of version 2023-06"),
    "versions exchanged": (
        "consent",
        _json("policies/", lambda p: p.update(version="x")),
        "versions were exchanged",
    ),
    "a receipt's signature altered": (
        "consent",
        _jws("receipts/", 2, hash_chain.base64url(b"x" * 64)),
        "is wrong: it was altered, or signed by another key",
    ),
    "a receipt unsigned": (
        "consent",
        lambda f: f.update(
            {n: c.rpartition(b".")[0] for n, c in f.items() if n.startswith("receipts/")}
        ),
        "is not signed",
    ),
    "another algorithm": ("consent", _jws("receipts/", 0, NONE), "another algorithm than ES256"),
    "receipts exchanged": ("person", _exchanged, "is somebody else's"),
    "a receipt removed": ("consent", _without("receipts/"), "is missing"),
    "a key exchanged": ("consent", _json("keys.json", _other_key), "it was exchanged"),
    "keys removed": ("consent", _json("keys.json", lambda k: k["keys"].clear()), "the key that"),
    "a report of retention altered": (
        "person",
        _json("retention/", lambda r: r["classes"]["consent_evidence"].update(sum="1")),
        "its sums do not give its digest",
    ),
    "a report that removes too early": (
        "person",
        _json("retention/", lambda r: r["classes"]["consent_evidence"].update(newest="9")),
        "before the time was over",
    ),
    "reports exchanged": (
        "person",
        _json("retention/", lambda r: r.update(id="x")),
        "reports were exchanged",
    ),
    "a certificate of another": (
        "erased",
        _json("erasures/", lambda c: c.update(person="p_x")),
        "is somebody else's",
    ),
    "certificates exchanged": (
        "erased",
        _json("erasures/", lambda c: c.update(request="r_x")),
        "certificates were exchanged",
    ),
    "a certificate whitewashed": (
        "erased",
        _json("erasures/", lambda c: c["certificate"]["second_look"].update(left=3)),
        "more was left than its lines say",
    ),
}

# What the log over all ledgers shows.
TAMPERED |= {
    "one proof instead of another": (
        "consent",
        _lines("log/decisions.jsonl", lambda p: p.__setitem__(-1, p[0])),
        "a proof of an event of",
    ),
    "a decision that never was": (
        "consent",
        _lines("log/decisions.jsonl", lambda p: p[0].update(salt="x")),
        "is not in the log where its proof says",
    ),
    "a place in the log altered": (
        "consent",
        _lines("log/decisions.jsonl", lambda p: p[0].update(leaf=p[0]["leaf"] + 1)),
        "is not in the log where its proof says",
    ),
    "a proof removed": ("consent", _lines("log/decisions.jsonl", lambda p: p.pop()), "a proof of"),
    "a head altered": (
        "consent",
        _head(lambda note: note.replace("privacy-prod", "privacy-test", 1)),
        "is signed by no key of the bundle",
    ),
    "a head of another log": (
        "month",
        _more_heads(lambda text: text.replace("privacy-prod", "privacy-test", 1)),
        "the heads are of 2 logs",
    ),
    "a head that nothing continues": (
        "month",
        _more_heads(lambda text: text),
        "nothing shows that the newest head continues that of 100000 entries",
    ),
    "a second head beside proofs": (
        "consent",
        _more_heads(lambda text: text.replace("\n100000\n", "\n1\n")),
        "nothing shows that the newest head continues that of 1 entries",
    ),
    "a head's signature taken off": (
        "month",
        _head(lambda note: note.rpartition("\n\n")[0] + "\n\n"),
        "is signed by no key of the bundle",
    ),
    "a removal invented": (
        "retained",
        _lines("log/removals.jsonl", lambda r: r[0].update(leaf=0)),
        "the removal at entry 0 is not in the log",
    ),
    "a removal hushed up": (
        "retained",
        _lines("log/removals.jsonl", lambda r: r.clear()),
        "is a decision that is missing here, not removed",
    ),
    "somebody's whole chain removed": (
        "month",
        _events(_without_a_chain),
        "is a decision that is missing here, not removed",
    ),
    "an event added at the end": ("month", _events(_added), "is not in the log: it was added"),
    "an entry of the log altered": (
        "month",
        _lines("log/entries.jsonl", lambda e: _decision(e).update(entry=HASH_IN_LOG)),
        "do not give the head: the log was altered",
    ),
    "an entry of the log removed": (
        "month",
        _lines("log/entries.jsonl", lambda e: e.pop(0)),
        "of the log is missing",
    ),
    "the log's end cut off": (
        "month",
        _lines("log/entries.jsonl", lambda e: e.pop()),
        "the newest were cut off",
    ),
    "the log's past rewritten": (
        "month",
        _json("log/range.json", lambda r: r["hashes"].__setitem__(0, HASH_IN_LOG)),
        "is not what its head says",
    ),
    "a log rewritten since": (
        "month",
        _json("log/range.json", lambda r: r["consistency"].__setitem__(0, HASH_IN_LOG)),
        "the newest head does not continue this one",
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_named_even_where_the_holder_of_the_key_did_it(
    bundles: dict[str, Path], tmp_path: Path, name: str
) -> None:
    which, change, told = TAMPERED[name]
    files = read(bundles[which])
    change(files)
    found = pack(files, tmp_path / "bundle.zip", signed=True)
    assert any(told in fault for fault in found), found


# What no content shows is shown by the manifest, and a manifest made anew by its signature.
WHOLE: dict[str, tuple[Change, str]] = {
    "a file altered": (_json("erasures/", lambda c: c.update(at="x")), "was altered: its hash"),
    "a file removed": (_without("erasures/"), "is missing"),
    "a file added": (lambda f: f.update({"more.txt": b"x"}), "was added"),
    "the signature removed": (_without("manifest.jws"), "nobody vouches"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_the_archive_as_a_whole_is_checked(
    bundles: dict[str, Path], tmp_path: Path, name: str
) -> None:
    change, told = WHOLE[name]
    files = read(bundles["erased"])
    change(files)
    if "manifest.jws" in files:
        found = pack(files, tmp_path / "old.zip", manifest=False)
        assert any(told in fault for fault in found), found
        told = "the manifest is another one"
    found = pack(files, tmp_path / "new.zip")
    assert any(told in fault for fault in found), found


@pytest.mark.parametrize("content", [b"no archive", {}, "half"])
def test_what_is_no_bundle_is_said(
    bundles: dict[str, Path], tmp_path: Path, content: bytes | Files | str
) -> None:
    whole = bundles["consent"].read_bytes()
    made = archive(content) if isinstance(content, dict) else content
    path = tmp_path / "x.zip"
    path.write_bytes(made if isinstance(made, bytes) else whole[: len(whole) // 2])
    with pytest.raises(verify_evidence.Unreadable):
        verify_evidence.examine(str(path))


def test_what_is_not_in_the_form_of_a_bundle_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(
        archive({"manifest.json": b'{"format": 2, "scope": {"month": ""}, "files": {}}'})
    )
    assert verify_evidence.examine(str(path)).faults == [
        "events.jsonl is missing",
        "keys.json is missing",
    ]
    path.write_bytes(archive({"manifest.json": b'{"format": 2, "scope": {}, "files": 5}'}))
    (fault,) = verify_evidence.examine(str(path)).faults
    assert "not in the form of a bundle" in fault


def archive(files: Files) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
    return content.getvalue()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["--month", "2026-13"], "takes a month"),
        (["--person", "sam@example.com"], "takes a person_id"),
        (["--consent", "c_x"], "takes a consent_id"),
        (["--month", "2019-01"], "no events"),
    ],
)
def test_what_cannot_be_bundled_is_said_and_leaves_no_file(
    year: Year, tmp_path: Path, asked: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.zip"
    assert main(["evidence", "--table-prefix", "", *asked, "--out", str(path)]) == 1
    assert told in capsys.readouterr().err
    assert not path.exists()
    assert "KEY_RECEIPTS" in os.environ
