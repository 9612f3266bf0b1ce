"""Objections and restrictions: in force already, what is left is to say so (Art. 18, 19, 21)."""

from datetime import datetime

from shared.domain import case as domain
from shared.domain.case import Case
from shared.storage import cases, disclosures
from shared.storage.cases import Step

EVERYTHING = ("*",)


def complete(case: Case, now: datetime) -> None:
    """Complete the request; those to whom data was passed on are told of a restriction (S46).

    Raises:
        Conflict: somebody acted on the case meanwhile.
    """
    told = []
    if case.type == "restriction":
        told = disclosures.notices(case.person, "restricted", EVERYTHING, now, case.id)
    cases.advance(case, Step("fulfilled", "system", now, status=domain.COMPLETED), *told)
