"""Things as they are stored, plain but for what a test or a bench says."""

from typing import Any

from shared.domain.data_subject_request import DataSubjectRequest
from shared.storage.records import Provenance, Record

MORNING = "2026-02-01T09:00:00.000Z"


def provenance(form: str = "contact_form", version: str = "2023-06") -> Provenance:
    """Give where a record came from: a form of ours, of whose sender nothing else is known."""
    return Provenance(
        form=form,
        notice={"id": form, "sha256": "0" * 43, "language": "en-GB"},
        policy_version=version,
        page=None,
        property="program",
        ip=None,
        browser=None,
    )


def record(person: str, kind: str = "enquiry", id: str = "one", **more: Any) -> Record:  # noqa: A002 - the record's own word
    """Give a record of somebody; `more` as `Record` has it."""
    plain: dict[str, Any] = {
        "received_at": MORNING,
        "fields": {"email": "sam@example.com", "name": "Sam Example", "message": "Hello"},
        "provenance": provenance(),
    }
    return Record(person=person, kind=kind, id=id, **{**plain, **more})


def request(**more: Any) -> DataSubjectRequest:
    """Give a request for a copy by somebody who has shown who they are."""
    plain: dict[str, Any] = {
        "id": "r_1",
        "person": "p_1",
        "type": "access",
        "status": "in_progress",
        "name": "Sam Example",
        "email": "sam@example.com",
        "details": None,
        "corrections": [],
        "consent_id": None,
        "policy_version": "2023-06",
        "channel": "web",
        "received_at": MORNING,
        "facts": {"received": "2026-02-01", "identified": "2026-02-01"},
    }
    return DataSubjectRequest(**{**plain, **more})
