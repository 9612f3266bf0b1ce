"""Making the person and the record that a sample event of the desk names."""

from shared.domain.identifiers import person_id
from shared.storage import records, secrets
from tests import factories
from tests.support import NOW

EXAMPLE = "p_aaaaaaaaaaaaaaaaaaaaaaaaaa"


def filled_in(text: str) -> str:
    """Return the event with the person behind sam@example.com, of whom there is an enquiry."""
    person = person_id(secrets.identity(), "sam@example.com")
    records.overwrite(factories.record(person, id="aaaaaaaaaaaaaaaaaaaaaaaabc"))
    if "{disclosure_id}" in text:
        records.overwrite(factories.disclosure(0, person, NOW))
    return text.replace(EXAMPLE, person)
