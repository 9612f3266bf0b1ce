"""What forms, lists and requests say of somebody, field by field: one row each.

What a form keeps, an erasure takes away, staff correct, an import reads and a mail shows follows
from these rows. Types are the models' (`shared/edge/field_types.py`); a test holds both together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from shared.domain.record_classes import ROWS as CLASSES
from shared.domain.record_classes import RecordClass

Kind = Literal["address", "line", "paragraphs", "phone", "language"]


@dataclass(frozen=True, slots=True)
class FieldRow:
    """What holds for one field.

    `personal`: it tells how to reach somebody or what they wrote, and goes with an erasure.
    `correctable`: it can be put right; what somebody wrote in a message is theirs, and stays.
    `proved`: its new value has to be shown by a link that is mailed to it, and all else goes over.
    `needed_by` are records that cannot be without it. `for_mailing`: a subscription keeps it of
    the form that it began with. `headings`: how people head its column in lists, in English and
    German, without case and signs; none: no list has it. `label`: how the mail that brings an
    enquiry to the company calls it, if it has a line of its own there.
    """

    kind: Kind
    label: str = ""
    personal: bool = True
    correctable: bool = True
    proved: bool = False
    needed_by: frozenset[RecordClass] = frozenset()
    for_mailing: bool = False
    headings: str = ""


_ENQUIRIES_AND_ACCOUNTS = frozenset({RecordClass.ENQUIRY, RecordClass.ACCOUNT})

# In the order in which a message to the company shows them.
ROWS: Mapping[str, FieldRow] = {
    "email": FieldRow(
        "address",
        correctable=False,
        proved=True,
        for_mailing=True,
        headings="email emailaddress mail mailaddress emailadresse mailadresse",
    ),
    "name": FieldRow(
        "line",
        needed_by=_ENQUIRIES_AND_ACCOUNTS,
        for_mailing=True,
        headings="name fullname contact contactname contactperson vollername ansprechpartner",
    ),
    "phone": FieldRow(
        "phone",
        "Phone",
        headings="phone phonenumber telephone telephonenumber tel telefon telefonnummer"
        " rufnummer mobile mobilephone mobilenumber handy mobil",
    ),
    "job_title": FieldRow(
        "line",
        "Job title",
        headings="jobtitle job position role funktion stelle berufsbezeichnung",
    ),
    "organisation": FieldRow(
        "line",
        "Organisation",
        needed_by=frozenset({RecordClass.ACCOUNT}),
        headings="organisation organization company companyname firma unternehmen firmenname",
    ),
    "organisation_details": FieldRow(
        "paragraphs",
        "About the organisation",
        headings="organisationdetails organizationdetails companydetails firmendetails",
    ),
    "subject": FieldRow("line", "Subject", correctable=False),
    "message": FieldRow("paragraphs", correctable=False),
    "language": FieldRow("language", personal=False, for_mailing=True),
}
# What requests and what was done about them say of somebody, beside these.
OF_REQUESTS = frozenset({"after", "authority", "before", "consent_id", "details", "value"})

PERSONAL = OF_REQUESTS.union(name for name, row in ROWS.items() if row.personal)
CORRECTABLE = tuple(name for name, row in ROWS.items() if row.correctable)
PROVED = tuple(name for name, row in ROWS.items() if row.proved)
FOR_MAILING = tuple(name for name, row in ROWS.items() if row.for_mailing)
HEADINGS = {name: row.headings for name, row in ROWS.items() if row.headings}


def correctable_in(kind: str) -> frozenset[str]:
    """Name the fields that can be put right in a record of a class."""
    row = CLASSES.get(RecordClass(kind)) if kind in set(RecordClass) else None
    if row is None or not row.correctable:
        return frozenset()
    return frozenset(FOR_MAILING if kind == RecordClass.SUBSCRIPTION else ROWS) & {*CORRECTABLE}


def needed_in(kind: str) -> frozenset[str]:
    """Name the fields that a record of a class cannot be without."""
    return frozenset(name for name, row in ROWS.items() if kind in row.needed_by)
