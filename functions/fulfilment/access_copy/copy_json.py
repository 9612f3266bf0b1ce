"""The copy as one JSON document, and what has to be told beside the data (UK GDPR Art. 15(1), (2)).

Its schema is events/schemas/export.schema.json. What is told comes from the policy in force.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from fulfilment.access_copy.scratch_files import ScratchFiles
from fulfilment.sources.source_systems import OTHER
from shared.domain.copy_review import Reviewed
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.policy import Policy
from shared.domain.request_types import WITHHOLDING_GROUNDS
from shared.domain.timestamps import format_timestamp
from shared.languages import Language
from shared.services import person_state
from shared.storage import policies

FORMAT = "privacy-export/1"
AUTOMATED = {
    "exist": False,
    "text": (
        "We take no decision about you by automated means alone, and make no profile of you for "
        "one (UK GDPR Art. 22A to 22D)."
    ),
}
_OF_A_PURPOSE = ("id", "title", "text", "lawful_basis", "data")
_OF_A_RECIPIENT = ("id", "name", "role", "receives", "purposes", "location", "safeguard", "url")
# Of a class: the purposes for which its records are provided, kept, or erased with.
_KEPT_FOR = ("provided_for", "ends_with", "rests_on")
_OF_A_SOURCE = ("id", "title", "text", "data")
_OF_A_RIGHT = ("id", "title", "text")
_OF_A_CLASS = ("id", "title", "keep", "starts", "why", "survives_erasure", "ground")
_OF_A_CONTROLLER = ("name", "postal_address", "email", "url")
# Classes of which the copy lists nothing, and why: never a silent zero (Art. 12(4)).
NOT_LISTED: Mapping[str, str] = {
    "breach": (
        "Whom a breach concerned is told so when it is found (Art. 34). The register keeps, to "
        "show that, whom each mail went to; ask us if you want to know whether you were among them."
    ),
    "export": "Copies that were made for you: this is one of them.",
    "hold": "Orders to keep something for a dispute: there is none on you.",
    "token": "Links that we mailed you and pages that you opened with them: hashes, gone in days.",
    "unsubscribe_link": "Nothing is kept: the link itself says whose it is.",
}
_UNSORTED = {
    "id": OTHER,
    "title": "Other data from our systems",
    "keep": None,
    "starts": None,
    "why": "Ask us how long this is kept: our staff added it by hand.",
    "survives_erasure": False,
    "ground": None,
}


def head(
    case: DataSubjectRequest,
    policy: Policy,
    scratch: ScratchFiles,
    language: Language,
    now: datetime,
) -> dict[str, Any]:
    """Return all of the document but the data itself, in the language."""
    told = language.shown(policy.document)
    controller = policies.published().controller(now)
    own = _concerning(case.person, policy, scratch, now)
    recipients = (_some(item, _OF_A_RECIPIENT) for item in told["recipients"])
    return {
        "format": FORMAT,
        "request": {
            "request_id": case.id,
            "type": case.type,
            "received_at": case.received_at,
            "prepared_at": format_timestamp(now),
        },
        "person": {"person_id": case.person, "name": case.name, "email": case.email},
        "controller": _some(controller, _OF_A_CONTROLLER),
        "policy_version": policy.version,
        "purposes": _own_first(
            {**_some(item, _OF_A_PURPOSE), "yours": item["id"] in own} for item in told["purposes"]
        ),
        "recipients": _own_first(
            {**item, "yours": not own.isdisjoint(item["purposes"])} for item in recipients
        ),
        "sources": [_some(item, _OF_A_SOURCE) for item in told["sources"]],
        "rights": [_some(item, _OF_A_RIGHT) for item in told["rights"]["rights"]],
        "complaint": dict(controller["supervisory_authority"]),
        "automated_decisions": {**AUTOMATED, "text": language.say(str(AUTOMATED["text"]))},
        "other_systems": [_answered(name, state) for name, state in sorted(case.sources.items())],
        "classes": [
            {**_some(item, _OF_A_CLASS), **_entries(item["id"], scratch, language)}
            for item in [*told["retention"], *_more(scratch, policy, language)]
            if item.get("personal", True)
        ],
    }


def _concerning(
    person: str, policy: Policy, scratch: ScratchFiles, now: datetime
) -> frozenset[str]:
    """Name the purposes for which this person's data is used, or is held.

    Those that are allowed for them, or in a browser that is theirs, and those for which something
    is kept that is in this copy.
    """
    state, known = person_state.get(person), policies.published()
    held = (item for item in policy.document["retention"] if scratch.counts.get(item["id"]))
    kept_for = {item.get(name) for item in held for name in _KEPT_FOR} - {None}
    allowed = {
        name
        for name, purpose in policy.purposes.items()
        if (state.browsers or not purpose.of_a_browser)
        and state.decide(purpose, known, now).allowed
    }
    return frozenset(allowed | kept_for)


def _own_first(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put what concerns this person first; the rest is told behind it."""
    return sorted(items, key=lambda item: not item["yours"])


def withheld(review: Reviewed, language: Language) -> list[dict[str, Any]]:
    """Tell how much is withheld on which ground (Art. 15(4); Art. 12(4) has us say why)."""
    return [
        {"ground": ground, "words": language.say(WITHHOLDING_GROUNDS[ground]), "places": number}
        for ground, number in sorted(review.withheld.items())
    ]


def write(path: Path, told: Mapping[str, Any], scratch: ScratchFiles) -> None:
    """Write the document, one thing after the other."""
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(told, ensure_ascii=False, indent=1)[:-2])
        file.write(',\n "data": {')
        for number, kind in enumerate(kinds(told)):
            file.write(f"{',' if number else ''}\n  {json.dumps(kind)}: [")
            for position, line in enumerate(scratch.lines(kind)):
                file.write(f"{',' if position else ''}\n   {line}")
            file.write("\n  ]")
        file.write("\n }\n}\n")


def kinds(told: Mapping[str, Any]) -> list[str]:
    """Name the classes of which something is held, in the policy's order."""
    return [item["id"] for item in told["classes"] if item["entries"]]


def _entries(kind: str, scratch: ScratchFiles, language: Language) -> dict[str, Any]:
    """Tell how many things of a class the copy holds, or why it lists none of it."""
    found = scratch.counts.get(kind, 0)
    if found == 0 and kind in NOT_LISTED:
        return {"entries": None, "not_listed": language.say(NOT_LISTED[kind])}
    return {"entries": found, "not_listed": None}


def _more(scratch: ScratchFiles, policy: Policy, language: Language) -> list[Mapping[str, Any]]:
    """Return classes that the policy in force does not name: what is held is shown all the same."""
    known = {item["id"] for item in policy.document["retention"]}
    unsorted = {
        **_UNSORTED,
        **{name: language.say(str(_UNSORTED[name])) for name in ("title", "why")},
    }
    return [
        {**unsorted, "id": kind, "title": kind.replace("_", " ").capitalize()}
        if kind != OTHER
        else unsorted
        for kind in scratch.counts
        if kind not in known
    ]


def _answered(name: str, state: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "status": state["status"], "reason": state.get("reason")}


def _some(item: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: item.get(name) for name in names}
