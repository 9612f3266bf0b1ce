"""What somebody may say of themselves beside their address, wherever it is said (S2, S3)."""

from pydantic import Field

from shared.edge.body import Body
from shared.edge.field_types import Name, Paragraphs, Phone


class PersonDetails(Body):
    """Of whom and of which organisation something is; a form may insist on some of it."""

    name: Name | None = None
    phone: Phone | None = Field(None, description="any usual form; numbers without + are British")
    job_title: Name | None = None
    organisation: Name | None = None
    organisation_details: Paragraphs | None = None
