"""What a published policy rules: its purposes, the notices that ask, the periods it keeps.

A policy is the document that GET /v1/policy serves (`published.json`); the rules here are
read from that same document, so that what is promised is what is done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why data is used. `sha256` covers its words: another hash is another purpose (S29, S57)."""

    id: str
    lawful_basis: str
    title: str
    required: bool
    cookie: bool
    objectable: bool
    lifetime_days: int | None
    sha256: str

    @property
    def asks_consent(self) -> bool:
        """Tell whether nothing may happen for this purpose without a grant."""
        return self.lawful_basis == CONSENT


@dataclass(frozen=True, slots=True)
class Notice:
    """Words put before a person; `asks` are the purposes that they explain and ask for."""

    id: str
    sha256: str
    asks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Policy:
    """One immutable version. `since` is the first day on which it is in force."""

    version: str
    since: date
    language: str
    purposes: Mapping[str, Purpose]
    notices: Mapping[str, Notice]
    document: Mapping[str, Any]

    @property
    def consent_purposes(self) -> tuple[str, ...]:
        """Name the purposes that rest on consent, in the document's order."""
        return tuple(name for name, purpose in self.purposes.items() if purpose.asks_consent)


@dataclass(frozen=True, slots=True)
class Policies:
    """All published versions, oldest first."""

    versions: Mapping[str, Policy]

    def current(self, now: datetime) -> Policy:
        """Give the version in force: the latest that has begun (midnight UTC).

        Raises:
            LookupError: none has begun yet.
        """
        today = now.astimezone(UTC).date()
        begun = [policy for policy in self.versions.values() if policy.since <= today]
        if not begun:
            raise LookupError("no policy version is in force yet")
        return max(begun, key=lambda policy: policy.since)

    def published(self, version: str, now: datetime) -> Policy | None:
        """Give a version that is or was in force; a future one is not public yet."""
        policy = self.versions.get(version)
        return policy if policy and policy.since <= now.astimezone(UTC).date() else None


def read(document: Mapping[str, Any]) -> Policy:
    """Take the rules out of a published document."""
    return Policy(
        version=document["version"],
        since=date.fromisoformat(document.get("revised") or document["effective"]),
        language=document["language"],
        purposes={
            item["id"]: Purpose(
                item["id"],
                item["lawful_basis"],
                item["title"],
                item["required"],
                item["cookie"],
                item["objectable"],
                item.get("lifetime_days"),
                item["sha256"],
            )
            for item in document["purposes"]
        },
        notices={
            item["id"]: Notice(item["id"], item["sha256"], frozenset(item["asks"]))
            for item in document["notices"]
        },
        document=document,
    )
