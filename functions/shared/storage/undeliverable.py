"""Addresses that are not mailed again: a mail came back for good, or its reader called it spam.

Kept is whose address it is, as a person's id, and why: a mark that goes by itself like all marks.
The mail service keeps the list of addresses and tells anew if a mail meets it.
"""

from datetime import datetime

from shared.domain import identifiers
from shared.storage import deduplication, secrets

BOUNCED, COMPLAINED = "bounced", "complained"
_EFFECT = "undeliverable"


def note(address: str, why: str, now: datetime) -> None:
    """Note that an address is not to be mailed again; what is no address is let be."""
    if person := _person(address):
        deduplication.remember(person, _EFFECT, now, why)


def why(address: str) -> str | None:
    """Tell why an address is not mailed any more, if so."""
    person = _person(address)
    return why_not(person) if person else None


def why_not(person: str) -> str | None:
    """Tell why the address behind a person's id is not mailed any more, if so."""
    return deduplication.seen(person, _EFFECT)


def _person(address: str) -> str | None:
    try:
        return identifiers.person_id(secrets.identity(), address)
    except ValueError:
        return None
