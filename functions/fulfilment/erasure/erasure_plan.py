"""What an erasure sets out to do, written down before it does it, and its certificate.

A worker that was stopped finds its plan and goes on with the same numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain import erasure
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.erasure import CertificateLine, Counts, ErasureRule
from shared.domain.timestamps import format_timestamp
from shared.languages import Language
from shared.storage.requests import request_store

CERTIFICATE = "certificate"

# What the person is told beside the numbers; each of these is so by the way we store things.
NOTES = (
    (
        "This request keeps your name and address, so that we can answer it and show that we did; "
        "a later erasure, or the end of its period, takes them away."
    ),
    "Counts of visits and of decisions name nobody and stay.",
    (
        "Links and sessions of this request end by themselves within seven days, counters against "
        "misuse and marks of what was sent within thirty; they hold keyed hashes and random ids."
    ),
    "Backups end by themselves. If one has to be restored, this erasure is done on it again.",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What one look found at `at`, and the browsers that were linked to the person by then."""

    at: str
    browsers: frozenset[str]
    counts: Counts


def kept(request: str, number: int) -> Plan | None:
    """Read the plan of a round, if the round was begun."""
    entry = request_store.entry(request, _name(number))
    if entry is None:
        return None
    return Plan(entry["at"], frozenset(entry["browsers"]), erasure.read(entry["found"]))


def keep(request: str, number: int, plan: Plan) -> None:
    """Write a round's plan down."""
    content = {
        "at": plan.at,
        "browsers": sorted(plan.browsers),
        "found": erasure.noted(plan.counts),
    }
    request_store.put_entry(request, _name(number), content)


def _name(number: int) -> str:
    return "plan" if number == 1 else f"plan#{number}"


def certificate(
    plans: Sequence[Plan],
    last: Counts,
    known: Mapping[str, ErasureRule],
    version: str,
    language: Language,
    now: datetime,
) -> dict[str, Any]:
    """Write the certificate of our own stores, in the words of whoever asked.

    `last` is the look that found nothing more to do, `known` what the policy says in the language.
    """
    second = plans[1].counts if len(plans) > 1 else last
    return {
        "policy_version": version,
        "language": language.code,
        "planned_at": plans[0].at,
        "browsers": len(plans[-1].browsers),
        "stores": [dict(line) for line in erasure.lines([p.counts for p in plans], last, known)],
        "second_look": {
            "at": format_timestamp(now),
            "found": erasure.outstanding(second),
            "rounds": len(plans),
            "left": erasure.outstanding(last),
        },
        "notes": [language.say(note) for note in NOTES],
    }


def with_the_rest(
    content: Mapping[str, Any], case: DataSubjectRequest, told: int, now: datetime
) -> dict[str, Any]:
    """Add what came of the other systems, and how many recipients are told."""
    return {
        **content,
        "sources": {name: dict(state) for name, state in case.sources.items()},
        "recipients_told": told,
        "at": format_timestamp(now),
    }


def summary(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the certificate's numbers for the head of the request."""
    stores: Sequence[CertificateLine] = content["stores"]
    return {
        **erasure.summary(stores),
        "second_look_at": content["second_look"]["at"],
        "left": content["second_look"]["left"],
        "kept_because": {line["kind"]: line["ground"] for line in stores if line["ground"]},
    }
