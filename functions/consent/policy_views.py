"""The policy as it is told: whole, one notice of it, and what changed between versions."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from html import escape
from itertools import pairwise
from typing import Any

from consent.schemas import NoticeText, PolicyChange, PolicyChanges
from shared.domain import markdown
from shared.domain.policy import Policies, Policy, in_language
from shared.edge.body import JSON
from shared.edge.content_negotiation import HTML
from shared.edge.http import Request, Response
from shared.storage import policies

MARKDOWN = "text/markdown"
REPRESENTATIONS = (JSON, HTML, MARKDOWN)
# What of a policy is compared: the part, and what tells its entries apart.
_PARTS = ("purposes", "notices", "cookie_categories", "cookies", "recipients", "sources")
_RETENTION = "retention"

_PAGE = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title></head>
<body><main>
<h1>{title}</h1>
{text}
</main></body>
</html>
"""


def cached(content: str, request: Request, media_type: str = JSON) -> Response:
    """Answer with an ETag, or 304 where the caller has it already (RFC 9110, 13.1.2)."""
    etag = f'"{hashlib.sha256(content.encode()).hexdigest()[:32]}"'
    matches = [
        match.strip().removeprefix("W/")
        for match in ",".join(request.headers.get("if-none-match", ())).split(",")
    ]
    headers = {"ETag": etag, "Vary": "Accept, Origin"}
    if etag in matches or matches == ["*"]:
        return Response(304, headers=headers)
    shown = media_type if media_type == JSON else f"{media_type}; charset=utf-8"
    return Response(200, content, headers, shown)


def document(version: str, now: datetime) -> str:
    """Write a version's document, once per process and day."""
    return _document(version, now.astimezone(UTC).date())


@lru_cache(maxsize=8)
def _document(version: str, on: date) -> str:
    now = datetime.combine(on, time(), UTC)
    return written(policies.published().document(version, now))


def written(value: Mapping[str, Any]) -> str:
    """Write JSON as short as it can be."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def notice(policy: Policy, notice_id: str, language: str | None) -> NoticeText:
    """Return one notice with all that a page has to show beside it, in a language it has.

    A language that there are no words in falls back to the policy's own, and says so; these are
    the authoritative ones.
    """
    item = next(each for each in policy.document["notices"] if each["id"] == notice_id)
    rules = policy.notices[notice_id]
    shown = rules.shown_in(language) or policy.language
    words = in_language(item, shown)
    asked = (each for each in policy.document["purposes"] if each["id"] in rules.asks)
    purposes = [dict(in_language(each, shown)) for each in asked]
    names = {each["id"] for each in purposes}
    return NoticeText(
        id=notice_id,
        policy_version=policy.version,
        language=shown,
        languages=sorted(rules.languages),
        authoritative=shown == policy.language,
        title=words["title"],
        text=words["text"],
        sha256=words["sha256"],
        asks=list(item["asks"]),
        boxes=dict(rules.boxes),
        purposes=purposes,
        cookies=[each for each in policy.document["cookies"] if each["purpose"] in names],
    )


def represented(shown: NoticeText, request: Request) -> Response:
    """Answer a notice as JSON, as a page, or as the Markdown that its hash covers."""
    if request.accepted == JSON:
        return cached(written(shown), request)
    if request.accepted == MARKDOWN:
        return cached(shown["text"], request, MARKDOWN)
    page = _PAGE.format(
        language=escape(shown["language"]),
        title=escape(shown["title"]),
        text=markdown.html(shown["text"]),
    )
    return cached(page, request, HTML)


def changes(known: Policies, since: Policy, current: Policy) -> PolicyChanges:
    """Tell what changed with each version that came into force after `since` (S57)."""
    line = sorted(
        (each for each in known.versions.values() if since.since <= each.since <= current.since),
        key=lambda policy: policy.since,
    )
    return PolicyChanges(
        since=since.version,
        current=current.version,
        changes=[_change(*pair) for pair in pairwise(line)],
    )


def _change(before: Policy, after: Policy) -> PolicyChange:
    parts = {part: _entries(before, after, part) for part in (*_PARTS, _RETENTION)}
    changed: dict[str, dict[str, list[str]]] = {
        part: compared for part, (old, new) in parts.items() if (compared := _compared(old, new))
    }
    old, new = before.document["notice"]["sha256"], after.document["notice"]["sha256"]
    return PolicyChange(
        version=after.version,
        before=before.version,
        in_force_from=after.since.isoformat(),
        summary=after.document.get("changes"),
        notice_changed=old != new,
        parts=changed,
        asks_again=[
            name
            for name in after.consent_purposes
            if name not in before.purposes
            or before.purposes[name].sha256 != after.purposes[name].sha256
        ],
    )


def _entries(before: Policy, after: Policy, part: str) -> tuple[dict[str, Any], dict[str, Any]]:
    old, new = (
        {_name(entry): entry for entry in _list(policy, part)} for policy in (before, after)
    )
    return old, new


def _list(policy: Policy, part: str) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = policy.document.get(part, ())
    return found


def _name(entry: Mapping[str, Any]) -> str:
    return entry.get("id") or f"{entry['name']} ({entry['provider']})"


def _compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, list[str]]:
    found = {
        "added": sorted(new.keys() - old.keys()),
        "removed": sorted(old.keys() - new.keys()),
        "changed": sorted(_differing(old, new)),
    }
    return {how: names for how, names in found.items() if names}


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    return (name for name in old.keys() & new.keys() if old[name] != new[name])
