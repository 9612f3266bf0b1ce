"""Making the person and the record that a sample event of the desk names."""

from shared.domain.identifiers import person_id
from shared.storage import records, secrets
from shared.storage.records import Provenance, Record

EXAMPLE = "p_aaaaaaaaaaaaaaaaaaaaaaaaaa"


def filled_in(text: str) -> str:
    """Give the event with the person behind sam@example.com, of whom there is an enquiry."""
    person = person_id(secrets.identity(), "sam@example.com")
    records.overwrite(
        Record(
            person=person,
            kind="enquiry",
            id="aaaaaaaaaaaaaaaaaaaaaaaabc",
            received_at="2026-02-01T08:00:00.000Z",
            fields={"email": "sam@example.com", "name": "Sam Example", "message": "Hello"},
            provenance=Provenance(
                form="contact_form",
                notice={"id": "contact_form", "sha256": "0" * 43, "language": "en-GB"},
                policy_version="2023-06",
                page=None,
                property="program",
                ip=None,
                browser=None,
            ),
        )
    )
    return text.replace(EXAMPLE, person)
