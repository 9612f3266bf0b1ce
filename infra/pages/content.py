"""What a published policy version gives the pages to show, as plain values for templates.

The policy's words are evidence: a page shows them in the reader's language where the version has
them in it, and else in the version's own, which is the authoritative one; they are marked with the
language that they are in.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import pairwise
from typing import Any, NamedTuple

from markdown_it import MarkdownIt
from markupsafe import Markup

from infra.pages.languages import Language
from shared.domain import retention
from shared.domain.policy import Policies, Policy, in_language, meant, purpose

# What a company need not have, or a version of old did not say.
_NUMBERS = (
    "registered_name",
    "company_number",
    "ico_registration",
    "data_protection_officer",
    "eu_representative",
)
# The same of a purpose.
_LATER = ("assessment", "interest", "law")

# The settings that somebody may change about how pages look, each kept by a cookie of its name.
LOOKS = ("language", "font_size", "theme")

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True)
class Words:
    """Words of the policy: a notice as HTML, and the language that it is written in."""

    id: str
    title: str
    html: Markup
    language: str
    asks: tuple[str, ...]


@dataclass(frozen=True)
class VersionChange:
    """What became different with a version: titles of what is new, worded anew, or gone."""

    version: str
    since: str
    added: tuple["Said", ...]
    reworded: tuple["Said", ...]
    removed: tuple["Said", ...]
    said: "Said | None"


class Said(NamedTuple):
    """Words of a version and the language that they are in."""

    words: str
    language: str


def of(policy: Policy, published: Policies, language: Language) -> dict[str, Any]:
    """Return everything that templates show of a version."""
    document = _read_in(policy, language.code)
    purposes = [_purpose(item) for item in document["purposes"]]
    notice = document["notice"]
    # What somebody came to decide stands before what is always on.
    choosable = sorted(purposes, key=lambda item: item["required"])
    earlier = [other for other in published.versions.values() if other.since <= policy.since]
    return {
        "company": {
            **dict.fromkeys(_NUMBERS),
            **published.controller(datetime.combine(policy.since, time(), UTC)),
        },
        "version": policy.version,
        "since": policy.since.isoformat(),
        "effective": document["effective"],
        "notice_language": notice["language"],
        "notice_html": Markup(_MARKDOWN.render(notice["text"])),  # noqa: S704 - without raw HTML
        "notices": {item["id"]: _words(item) for item in document["notices"]},
        "browser_purposes": [item for item in choosable if item["of_a_browser"]],
        "person_purposes": [item for item in choosable if not item["of_a_browser"]],
        "purposes": purposes,
        "categories": [_category(item, document) for item in document["cookie_categories"]],
        "recipients": [{"kind": None, **item} for item in document["recipients"]],
        "held": [item for item in document["retention"] if item["personal"]],
        "versions": [(other.version, other.since.isoformat()) for other in reversed(earlier)],
        "changes": [
            _change(old, new, language.code) for old, new in reversed(list(pairwise(earlier)))
        ],
    }


def looks(policy: Policy) -> list[dict[str, Any]]:
    """Return the cookies by which a browser keeps how its reader set pages to look (S33)."""
    return [
        {
            "name": cookie["name"],
            "purpose": cookie["purpose"],
            "seconds": retention.period(cookie["lifetime"]).rest.total_seconds(),
        }
        for cookie in policy.document["cookies"]
        if cookie["party"] == "first" and cookie["name"] in LOOKS
    ]


def script_data(values: Mapping[str, Any]) -> Markup:
    """Write values as JSON that can stand in an element of a page."""
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c"))  # noqa: S704 - nothing can end the element


def _read_in(policy: Policy, code: str) -> dict[str, Any]:
    """Return the document with its words in a language, each part saying which language it has."""
    parts = ("purposes", "notices", "cookie_categories", "cookies", "recipients", "retention")
    document = policy.document
    return {
        **document,
        "notice": _in(policy, document["notice"], code),
        **{part: [_in(policy, item, code) for item in document[part]] for part in parts},
    }


def _in(policy: Policy, item: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Return an entry with its words in a language, saying in which they are."""
    language = meant(code, item.get("languages", {})) or policy.language
    return {**in_language(item, code), "language": language}


def _words(notice: Mapping[str, Any]) -> Words:
    html = Markup(_MARKDOWN.render(notice["text"]))  # noqa: S704 - without raw HTML
    return Words(notice["id"], notice["title"], html, notice["language"], tuple(notice["asks"]))


def _purpose(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **dict.fromkeys(_LATER),
        **item,
        "of_a_browser": purpose(item).of_a_browser,
        "gpc": item.get("gpc", False),
    }


def _category(item: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    purposes = {purpose["id"]: purpose for purpose in document["purposes"]}
    return {
        **item,
        "purposes": [purposes[name] for name in item["purposes"]],
        "cookies": [
            {"limit": None, **cookie, "serves": serves}
            for cookie in document["cookies"]
            if (serves := [cookie["purpose"], *cookie.get("also", ())])
            and not set(serves).isdisjoint(item["purposes"])
        ],
    }


def _change(old: Policy, new: Policy, code: str) -> VersionChange:
    before, after = _titled(old, code), _titled(new, code)
    said = _in(new, new.document, code)
    return VersionChange(
        version=new.version,
        since=new.since.isoformat(),
        added=tuple(after[name][0] for name in after if name not in before),
        reworded=tuple(
            after[name][0] for name in after if name in before and after[name][1] != before[name][1]
        ),
        removed=tuple(before[name][0] for name in before if name not in after),
        said=Said(said["changes"], said["language"]) if said.get("changes") else None,
    )


def _titled(policy: Policy, code: str) -> dict[str, tuple[Said, tuple[str, str]]]:
    """Return of each purpose and notice its title in a language, and what tells its words apart."""
    items = [("purpose", item) for item in policy.document["purposes"]]
    items += [("notice", item) for item in policy.document["notices"]]
    return {
        f"{kind} {item['id']}": (
            Said(shown["title"], shown["language"]),
            (item["title"], item["sha256"]),
        )
        for kind, item in items
        for shown in [_in(policy, item, code)]
    }
