"""Somebody with many records and a request in progress, written straight into the tables."""

from bench import filling
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.identifiers import person_id
from shared.storage import records as storage
from shared.storage import secrets
from shared.storage.requests import request_store
from tests import factories
from tests.support import NOW


def with_request(kind: str, records: int, request: str, email: str) -> DataSubjectRequest:
    """Write so many enquiries of the address, and open its request of type `kind`."""
    person = person_id(secrets.identity(), email)
    said = {"email": email, "name": "Sam Example", "message": "Hello. " * 40}
    many = (factories.record(person, id=f"{number:08}", fields=said) for number in range(records))
    filling.write("records", (storage.put(each)["Item"] for each in many))
    case = factories.request(id=request, person=person, type=kind, email=email)
    return request_store.open_request(
        case, request_store.RequestAction("opened", "person", NOW, status=case.status)
    )
