"""May we? For other back ends, a thousand addresses a call (S14, S49)."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from preferences.schemas import PermissionResult, UnsubscribeLink
from shared.domain import unsubscribe_links
from shared.domain.errors import Invalid
from shared.domain.field_copies import to_view
from shared.domain.identifiers import person_id
from shared.domain.permission import Permission, decide
from shared.domain.policy import Purpose
from shared.domain.token_scopes import TokenScope, link
from shared.services import person_state
from shared.storage import consent_states, policies, secrets, threads

PARALLEL_READS = 4


def results(
    purpose_id: str, emails: Sequence[str], now: datetime, api_url: str
) -> list[PermissionResult]:
    """Decide for each address, in order; nothing is written or logged.

    Whoever may send marketing gets the way out that each mail must carry (RFC 8058).

    Raises:
        Invalid: the current policy has no such purpose.
    """
    known = policies.published()
    purpose = known.current(now).purposes.get(purpose_id)
    if purpose is None:
        raise Invalid.field("/purpose", "is not a purpose of the current policy")
    secret = secrets.identity()
    people = [person_id(secret, email) for email in emails]
    unique = list(dict.fromkeys(people))
    batches = [
        unique[start : start + consent_states.BATCH]
        for start in range(0, len(unique), consent_states.BATCH)
    ]
    decided: dict[str, Permission] = {}
    for found in threads.mapped(partial(_decided, purpose, now), batches, PARALLEL_READS):
        decided |= found
    ways = {
        person: _way_out(secret, person, api_url, purpose)
        for person, answer in decided.items()
        if purpose.marketing and answer.allowed
    }
    return [
        _verdict(email, decided[person], ways.get(person))
        for email, person in zip(emails, people, strict=True)
    ]


def _way_out(secret: bytes, person: str, api_url: str, purpose: Purpose) -> UnsubscribeLink:
    token = unsubscribe_links.token(secret, person)
    url = link(f"{api_url}/v1", TokenScope.UNSUBSCRIBE, token)
    headers = unsubscribe_links.headers(url)
    return UnsubscribeLink(url=url, purpose_url=f"{url}?purpose={purpose.id}", headers=headers)


def _decided(purpose: Purpose, now: datetime, people: Sequence[str]) -> dict[str, Permission]:
    """Decide by each person's own state, or in their browsers what a browser has a say in."""
    known, states = policies.published(), consent_states.get_many(people)
    if not purpose.of_a_browser:
        return {name: decide(purpose, own, known, now) for name, own in states.items()}
    return {
        name: person_state.of(name, own).decide(purpose, known, now) for name, own in states.items()
    }


def _verdict(
    email: str, permission: Permission, way_out: UnsubscribeLink | None
) -> PermissionResult:
    return to_view(PermissionResult, permission, email=email, unsubscribe=way_out)
