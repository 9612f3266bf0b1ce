"""Which mails a stored record calls for, as a table, and sending each of them once."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from notifications import ses
from notifications.email import Email
from shared.domain import unsubscribe_links
from shared.domain.permission import decide
from shared.domain.rate_limits import PER_ADDRESS
from shared.domain.token_scopes import TokenScope, link
from shared.edge import log
from shared.storage import (
    consent_states,
    deduplication,
    policies,
    rate_limit_counters,
    records,
    secrets,
    tokens,
)
from shared.storage.records import Record


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that a record calls for.

    `power` puts a link with a token of that power into it, to the website's page `path`.
    `wanted` decides whether it is sent at all; `marketing` ones also need the permission and
    carry the way out (S23, S26). `owed` ones follow what staff did, not what anybody can cause:
    no number of other mails holds them back.
    """

    template: str
    power: TokenScope | None = None
    to_company: bool = False
    marketing: bool = False
    owed: bool = False
    wanted: Callable[[Record], bool] = lambda _record: True


def _opted_in(record: Record) -> bool:
    return bool(record.facts["opt_in"])


def _known(record: Record) -> bool:
    """Tell whether anything but this request is kept about the person."""
    if consent_states.get(record.person).event is not None:
        return True
    return any(other.kind != record.kind for other in records.for_person(record.person))


def _reachable(record: Record) -> bool:
    """Tell whether the recipient's address is known; without one only the bus tells of it (S31)."""
    return "email" in record.fields


def _to_be_told(record: Record) -> bool:
    """Tell of an import once per person (S9), and never somebody who wants nothing from us."""
    return bool(record.facts["tell"]) and consent_states.get(record.person).suppressed_since is None


MAILS: dict[str, tuple[Mail, ...]] = {
    "enquiry": (
        Mail("enquiry_received"),
        Mail("enquiry_notice", to_company=True),
        Mail("marketing_confirmation", TokenScope.CONFIRM_NEWSLETTER, wanted=_opted_in),
    ),
    "subscription_pending": (Mail("newsletter_confirmation", TokenScope.CONFIRM_NEWSLETTER),),
    "subscription": (Mail("newsletter_welcome", marketing=True),),
    "account_pending": (Mail("account_confirmation", TokenScope.CONFIRM_ACCOUNT),),
    "account": (Mail("account_welcome"),),
    "import": (Mail("import_notice", owed=True, wanted=_to_be_told),),
    "recipient_notice": (Mail("recipient_notice", owed=True, wanted=_reachable),),
    "token": (Mail("preferences_link", TokenScope.OPEN_PREFERENCES, wanted=_known),),
}


def of_record(record: Record, now: datetime) -> None:
    """Send what `record` calls for and has not been sent yet."""
    for mail in MAILS.get(record.kind, ()):
        if not deduplication.seen(record.key, mail.template) and mail.wanted(record):
            _send(mail, record, now)


def _send(mail: Mail, record: Record, now: datetime) -> None:
    if mail.marketing and not _permitted(record, now):
        return
    to = os.environ["MAIL_INBOX"] if mail.to_company else record.fields["email"]
    cause = f"{record.key}#{mail.template}"
    free = mail.to_company or mail.owed
    if not free and not rate_limit_counters.count_once(PER_ADDRESS, record.person, cause, now):
        log.LOGGER.warning("mail %s withheld: the address has had too many", mail.template)
        return
    letter = Email(to, mail.template, _values(mail, record, now), _headers(mail, record))
    ses.send(letter)
    deduplication.remember(record.key, mail.template, now)


def _permitted(record: Record, now: datetime) -> bool:
    known = policies.published()
    purpose = known.current(now).purposes["direct_marketing"]
    return decide(purpose, consent_states.get(record.person), known, now).allowed


def _values(mail: Mail, record: Record, now: datetime) -> Mapping[str, Any]:
    document = policies.published().current(now).document
    controller = document["controller"]
    values: dict[str, Any] = {
        "controller": controller,
        "policy": document,
        "fields": record.fields,
        "facts": record.facts,
        "received_at": record.received_at,
    }
    if mail.power is not None:
        facts = {"record": record.key}
        token = tokens.issue(mail.power, record.person, record.key, facts, now)
        values["link"] = link(_base(), mail.power, token)
        values["days"] = mail.power.lifetime.days
    if mail.marketing:
        values["unsubscribe"] = _unsubscribe_url(record)
    return values


def _headers(mail: Mail, record: Record) -> Mapping[str, str]:
    return unsubscribe_links.headers(_unsubscribe_url(record)) if mail.marketing else {}


def _unsubscribe_url(record: Record) -> str:
    """Give the person's own link: the same in every mail, so old ones still work."""
    token = unsubscribe_links.token(secrets.identity(), record.person)
    return f"{os.environ['API_URL']}/v1/unsubscribe/{token}"


def _base() -> str:
    return os.environ.get("SITE_URL") or os.environ["API_URL"]
