"""Somebody with many records and a request in progress, written straight into the tables."""

from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.identifiers import person_id
from shared.storage import records as storage
from shared.storage import secrets
from shared.storage.aws_clients import client
from shared.storage.dynamodb import database
from shared.storage.requests import request_store
from tests import factories
from tests.support import NOW

BATCH = 25


def with_request(kind: str, records: int, request: str, email: str) -> DataSubjectRequest:
    """Write so many enquiries of the address, and open its request of type `kind`."""
    person = person_id(secrets.identity(), email)
    said = {"email": email, "name": "Sam Example", "message": "Hello. " * 40}
    for start in range(0, records, BATCH):
        writes = []
        for number in range(start, min(start + BATCH, records)):
            one = factories.record(person, id=f"{number:08}", fields=said)
            writes.append({"PutRequest": {"Item": storage.put(one)["Item"]}})
        client("dynamodb").batch_write_item(RequestItems={database.table("records"): writes})
    case = factories.request(id=request, person=person, type=kind, email=email)
    return request_store.open_request(
        case, request_store.RequestAction("opened", "person", NOW, status=case.status)
    )
