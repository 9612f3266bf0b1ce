"""What goes when somebody is erased, what stays and on which ground, and the certificate of it.

The grounds are the policy's (`survives_erasure` and `ground` of each record class): the law
lets some things stay (UK GDPR Art. 17(3)), and the person is told which and why.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from typing_extensions import TypedDict

from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.person_fields import PERSONAL

# What becomes of one thing that is kept: it goes; it stays, but loses what it need not have; it
# stays as it is; a legal hold keeps it; it ought to be without contact data, and is not.
ErasureOutcome = Literal["erase", "reduce", "keep", "hold", "fail"]
ERASURE_OUTCOMES: tuple[ErasureOutcome, ...] = ("erase", "reduce", "keep", "hold", "fail")
ERASE: ErasureOutcome = "erase"
WORK: tuple[ErasureOutcome, ...] = (ERASE, "reduce")

_ADDRESS = re.compile(r"(?<=[^\s@/])(?:@|%40)[\w-]+\.[\w.-]+", re.IGNORECASE)
# How a retried request is recognised: made from what it said.
_FROM_THE_REQUEST = ("key", "fingerprint")

HOLD = "hold"


@dataclass(frozen=True, slots=True)
class ErasureRule:
    """What the policy says of one record class; a class that it does not know has no ground."""

    title: str
    survives: bool
    ground: str | None


Counts = Mapping[tuple[str, str, ErasureOutcome], int]


class CertificateLine(TypedDict):
    """One store and class of the certificate.

    `reduced` ones are among those kept: they lost their contact data. `kept` has its `ground`;
    what a legal hold keeps is counted apart.
    """

    store: str
    kind: str
    title: str
    erased: int
    reduced: int
    kept: int
    held: int
    failed: int
    ground: str | None


def rules(document: Mapping[str, Any]) -> Mapping[str, ErasureRule]:
    """Read from a policy's document what survives an erasure, in the document's words."""
    return {
        item["id"]: ErasureRule(item["title"], item["survives_erasure"], item["ground"])
        for item in document["retention"]
    }


def outcome(
    rule: ErasureRule | None, *, held: bool, reducible: bool, has_contact_data: bool = False
) -> ErasureOutcome:
    """Decide what becomes of one thing that is kept under `rule`.

    `reducible`: it carries what need not survive. `has_contact_data`: so it does, and cannot be
    changed. What the policy has no class for has no ground to stay.
    """
    if held:
        return "hold"
    if rule is None or not rule.survives:
        return "erase"
    if has_contact_data:
        return "fail"
    return "reduce" if reducible else "keep"


def outstanding(counts: Counts) -> int:
    """Count what a look found that ought not to be there."""
    return sum(number for (_, _, what), number in counts.items() if what in WORK)


def noted(counts: Counts) -> list[dict[str, Any]]:
    """Write counts down as they are stored, in a steady order."""
    return [
        {"store": store, "kind": kind, "outcome": what, "count": number}
        for (store, kind, what), number in sorted(counts.items())
    ]


def read(items: Iterable[Mapping[str, Any]]) -> Counts:
    """Read back what `noted` wrote."""
    return {(item["store"], item["kind"], item["outcome"]): item["count"] for item in items}


def lines(
    plans: Sequence[Counts], last: Counts, known: Mapping[str, ErasureRule]
) -> list[CertificateLine]:
    """Return the certificate's lines: what each round set out to do, less what the last look found.

    `plans` are the counts that each round began with, `last` those of the look that ended it.
    """
    first = plans[0] if plans else {}
    erased: Counter[tuple[str, str]] = Counter()
    for plan in plans:
        erased.update(
            {(store, kind): n for (store, kind, what), n in plan.items() if what == ERASE}
        )
    places = sorted({(store, kind) for store, kind, _ in (*first, *last)} | set(erased))
    return [_line(place, erased[place], first, last, known) for place in places]


def _line(
    place: tuple[str, str],
    erased: int,
    first: Counts,
    last: Counts,
    known: Mapping[str, ErasureRule],
) -> CertificateLine:
    """Return one line; `erased` is what all rounds set out to erase.

    Only a hold that came meanwhile stops an erasure, and then all of it is held. What was to be
    reduced and is found again was changed by somebody at each try.
    """
    left: dict[ErasureOutcome, int] = {
        what: last.get((*place, what), 0) for what in ERASURE_OUTCOMES
    }
    newly_held = max(0, left["hold"] - first.get((*place, "hold"), 0))
    rule = known.get(place[1])
    ground = rule.ground if rule and left["keep"] else None
    return CertificateLine(
        store=place[0],
        kind=place[1],
        title=rule.title if rule else place[1],
        erased=max(0, erased - newly_held),
        reduced=max(0, first.get((*place, "reduce"), 0) - left["reduce"]),
        kept=left["keep"],
        held=left["hold"],
        failed=left["erase"] + left["reduce"] + left["fail"],
        ground=known[HOLD].ground if left["hold"] and HOLD in known else ground,
    )


def summary(found: Sequence[CertificateLine]) -> dict[str, int]:
    """Add a certificate's lines up, for the head of the request."""
    return {
        "erased": sum(line["erased"] for line in found),
        "reduced": sum(line["reduced"] for line in found),
        "kept": sum(line["kept"] for line in found),
        "held": sum(line["held"] for line in found),
        "failed": sum(line["failed"] for line in found),
    }


def contact_data(value: Any) -> bool:
    """Tell whether a value, or anything in it, is or holds somebody's address."""
    match value:
        case str():
            return bool(_ADDRESS.search(value))
        case Mapping():
            return any(contact_data(member) for member in value.values())
        case list() | tuple():
            return any(contact_data(member) for member in value)
        case _:
            return False


def without_contact_data(value: Any) -> Any:
    """Return what accountability needs of something that was kept: no names, addresses or words.

    Lists of the names of fields stay, so that it can be told what was passed on.
    """
    match value:
        case Mapping():
            return {
                name: without_contact_data(member)
                for name, member in value.items()
                if name not in PERSONAL and not (isinstance(member, str) and contact_data(member))
            }
        case list() | tuple():
            return [without_contact_data(member) for member in value if not _is_address(member)]
        case _:
            return value


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and contact_data(value)


def reduced(case: DataSubjectRequest) -> DataSubjectRequest:
    """Return what stays of an earlier request: what was asked, when, and what came of it."""
    return replace(
        case,
        name="",
        email="",
        details=None,
        consent_id=None,
        agent=None,
        postal_address=None,
        corrections=[{"field": item["field"]} for item in case.corrections],
        facts={name: it for name, it in case.facts.items() if name not in _FROM_THE_REQUEST},
        result=without_contact_data(case.result),
    )
