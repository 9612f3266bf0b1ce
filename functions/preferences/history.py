"""What somebody decided, when, how and in which words, newest first (S48, S51).

Their own decisions and those of the browsers that are theirs are one list. The words are those
that were shown: whatever the notice says today, a decision stands with the text it was made by.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from preferences.schemas import HistoryEntry, HistoryQuery, PreferencesHistory, ShownWords
from shared.domain.consent import Event
from shared.domain.policy import Policies, subject_kind
from shared.edge.paging import cursor, read_cursor
from shared.services.link_browser import browsers_of, fingerprint
from shared.storage import ledger, policies


def page(person: str, asked: HistoryQuery) -> PreferencesHistory:
    """Return one page of somebody's history; nothing in it names a browser.

    Raises:
        Invalid: the cursor is none of ours.
    """
    before = read_cursor(asked.cursor)
    events = (event for event in _merged(person) if before is None or _place(event) < before)
    found = list(islice(events, asked.limit + 1))
    shown = found[: asked.limit]
    known = policies.published()
    return PreferencesHistory(
        items=[_entry(event, known) for event in shown],
        words=list(_words(shown, known)),
        next=cursor(_place(shown[-1])) if len(found) > len(shown) else None,
    )


def _merged(person: str) -> Iterator[Event]:
    """Yield the events of a person and their browsers; a link stands in both chains, told once."""
    chains = [ledger.newest_first(person)]
    chains += [_without_links(ledger.newest_first(name)) for name in browsers_of(person)]
    return heapq.merge(*chains, key=_place, reverse=True)


def _without_links(events: Iterable[Event]) -> Iterator[Event]:
    return (event for event in events if event["kind"] != "link")


def _place(event: Event) -> str:
    """Say where an event stands in the list, without the name of a browser."""
    return f"{event['decided_at']}#{fingerprint(event['subject'])}#{event['sequence']:012}"


def _entry(event: Event, known: Policies) -> HistoryEntry:
    objections, own = event["objections"] or {}, subject_kind(event["subject"]) == "person"
    decided = {name: event["choices"][name] for name in event["decided"]}
    return HistoryEntry(
        at=event["decided_at"],
        by="person" if own else "browser",
        kind=event["kind"],
        method=event["method"],
        policy_version=event["policy_version"],
        notice=event["notice"]["id"],
        sha256=event["notice"]["sha256"],
        page=event["page"],
        unverified=bool(event["unverified"]),
        granted=_titles((name for name, on in decided.items() if on), event, known),
        refused=_titles((name for name, on in decided.items() if not on), event, known),
        objected=_titles(
            (name for name, at in objections.items() if at == event["decided_at"]), event, known
        ),
    )


def _titles(names: Iterable[str], event: Event, known: Policies) -> dict[str, str]:
    """Title purposes as the version did under which they were decided; a later one if it had not.

    An objection to everything may name what came with a newer version.
    """
    versions = [known.versions[event["policy_version"]], *reversed(tuple(known.versions.values()))]
    return {
        name: next(each.purposes[name].title for each in versions if name in each.purposes)
        for name in sorted(names)
    }


def _words(events: Iterable[Event], known: Policies) -> Iterator[ShownWords]:
    """Yield the texts of a page's decisions, each once."""
    for version, notice_id, sha256 in dict.fromkeys(
        (event["policy_version"], event["notice"]["id"], event["notice"]["sha256"])
        for event in events
    ):
        for words in _texts(known.versions[version].document, notice_id):
            if words["sha256"] == sha256:
                yield words


def _texts(document: Mapping[str, Any], notice_id: str) -> Iterator[ShownWords]:
    for item in document["notices"]:
        if item["id"] == notice_id:
            yield _text(document["language"], item)
            for tag, other in (item.get("languages") or {}).items():
                yield _text(tag, other)


def _text(language: str, item: Mapping[str, Any]) -> ShownWords:
    return ShownWords(
        sha256=item["sha256"], language=language, title=item["title"], text=item["text"]
    )
