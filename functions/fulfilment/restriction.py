"""Objections and restrictions: in force already, what is left is to say so (Art. 18, 19, 21)."""

from datetime import datetime

from shared.domain import data_subject_request as domain
from shared.domain.data_subject_request import DataSubjectRequest
from shared.storage import disclosures
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction

EVERYTHING = ("*",)


def complete(case: DataSubjectRequest, now: datetime) -> None:
    """Complete the request; those to whom data was passed on are told of a restriction (S46).

    Raises:
        Conflict: somebody acted on the case meanwhile.
    """
    told = []
    if case.type == "restriction":
        told = disclosures.notices(case.person, "restricted", EVERYTHING, now, case.id)
    request_store.advance(
        case, RequestAction("fulfilled", "system", now, status=domain.COMPLETED), *told
    )
