"""Sending one mail or one domain event, once: the only place that does.

Deduplicate, leave out who was given up, count, write the link, render, send, mark; each step in
this order for every mail.
Nothing here decides whether something is to be sent: the tables of triggers do.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from notifications import ses
from notifications.email import Email
from shared import languages
from shared.domain import unsubscribe_links
from shared.domain.rate_limits import Limit, mailbox
from shared.domain.token_scopes import TokenScope, link
from shared.edge import apart, log
from shared.languages import Language
from shared.storage import (
    deduplication,
    policies,
    rate_limit_counters,
    secrets,
    tokens,
    undeliverable,
)


class Outcome(StrEnum):
    """What became of a mail."""

    SENT = "sent"
    WITHHELD = "withheld"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Link:
    """A link with a token of its own: what it may do, and what it stands for.

    `names` fill the path of the page that it leads to; `apart` tells the tokens of two readers of
    one step apart.
    """

    scope: TokenScope
    facts: Mapping[str, Any]
    names: Mapping[str, str] = field(default_factory=dict)
    apart: str = ""


@dataclass(frozen=True, slots=True)
class Notification:
    """One mail that is called for.

    `cause` is the key of what called for it, one for each submission or step; with `template` it
    names the mail, which is sent once. `limit` is how often the address may be mailed for causes
    of this kind; None: what calls for it is nothing that anybody can bring about. `marketing`
    carries the way out (RFC 8058). `tags` come back with a bounce. `language` is the one that the
    person named, if any; it is answered in that, where the deployment has it.
    """

    cause: str
    template: str
    to: str
    person: str
    values: Mapping[str, Any]
    link: Link | None = None
    limit: Limit | None = None
    marketing: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    language: str | None = None


def deliver(mail: Notification, now: datetime) -> Outcome:
    """Send a mail unless it was sent; tell what became of it, then or now.

    Raises:
        Busy, ClientError: it could not be sent or marked for now, and comes again.
    """
    if before := deduplication.seen(mail.cause, mail.template):
        return Outcome(before)
    if mail.to != os.environ["MAIL_INBOX"] and (why := undeliverable.why(mail.to)):
        log.LOGGER.warning("mail %s not sent: an earlier one %s", mail.template, why)
        deduplication.remember(mail.cause, mail.template, now, Outcome.REFUSED)
        return Outcome.REFUSED
    if mail.limit is not None and not _within(mail, mail.limit, now):
        log.LOGGER.warning("mail %s withheld: the address has had too many", mail.template)
        # Whoever asks for it again does so as a step of its own; a late record does not.
        deduplication.remember(mail.cause, mail.template, now, Outcome.WITHHELD)
        return Outcome.WITHHELD
    language = languages.chosen(mail.language)
    values, headers = _filled(mail, language, now)
    try:
        ses.send(Email(mail.to, mail.template, values, headers, mail.tags, language.code))
    except ses.RefusedForGood as refusal:
        log.LOGGER.error("mail %s refused for good: %s", mail.template, refusal)
        outcome = Outcome.REFUSED
    else:
        outcome = Outcome.SENT
    deduplication.remember(mail.cause, mail.template, now, outcome)
    return outcome


def each(work: Iterable[Callable[[], None]]) -> None:
    """Do every piece of work of one record; what was done is marked and not done again.

    Raises:
        Exception: the first fault, when all were tried.
    """
    apart.each(work, "notification")


def base() -> str:
    """Return the address that links in mails begin with: the website's, or the API's own pages."""
    return os.environ.get("SITE_URL") or os.environ["API_URL"]


def known(now: datetime, language: Language) -> dict[str, Any]:
    """Return what the words of every mail and letter may mention."""
    published = policies.published()
    policy = language.shown(published.current(now).document)
    return {"controller": published.controller(now), "policy": policy, "pages": base()}


def _within(mail: Notification, limit: Limit, now: datetime) -> bool:
    cause = f"{mail.cause}#{mail.template}"
    return rate_limit_counters.count_once(limit, mailbox(mail.to), cause, now)


def _filled(
    mail: Notification, language: Language, now: datetime
) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    values = {**known(now, language), **mail.values}
    headers: Mapping[str, str] = {}
    if mail.link is not None:
        scope = mail.link.scope
        cause = f"{mail.cause}{mail.link.apart}"
        token = tokens.issue(scope, mail.person, cause, mail.link.facts, now)
        values["link"] = link(base(), scope, token, **mail.link.names)
        values["days"] = scope.lifetime.days
    if mail.marketing:
        token = unsubscribe_links.token(secrets.identity(), mail.person)
        # People come to the page, mail programs post to the API (RFC 8058).
        values["unsubscribe"] = link(base(), TokenScope.UNSUBSCRIBE, token)
        url = link(f"{os.environ['API_URL']}/v1", TokenScope.UNSUBSCRIBE, token)
        headers = unsubscribe_links.headers(url)
    return values, headers
