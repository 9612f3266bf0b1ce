"""The request that a path of the desk names."""

from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.errors import NotFound
from shared.storage.requests import request_store


def request_named(request_id: str) -> DataSubjectRequest:
    """Read the request.

    Raises:
        NotFound: there is none of that name.
    """
    case = request_store.get(request_id) if request_id.startswith("r_") else None
    if case is None:
        raise NotFound
    return case
