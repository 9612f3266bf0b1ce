"""Which mails a stored record calls for: one row each, decided without reading anything."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from notifications.context import RecordContext
from notifications.sender import Link, Notification
from shared.domain.rate_limits import (
    CONFIRMATION_MAILS,
    FORM_MAILS,
    LINK_MAILS,
    OBJECTION_MAILS,
    Limit,
)
from shared.domain.record_classes import RecordClass
from shared.domain.token_scopes import TokenScope

Wanted = Callable[[RecordContext], bool]


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that a record calls for, if `wanted`.

    `scope` puts a link with such a token into it. `marketing` ones also need the permission and
    carry the way out (S23, S26). `limit` is None where what staff did calls for it: no number of
    other mails holds it back.
    """

    template: str
    limit: Limit | None = None
    scope: TokenScope | None = None
    to_company: bool = False
    marketing: bool = False
    wanted: Wanted = lambda _context: True


def _asked(context: RecordContext) -> bool:
    """Tell whether the form's boxes ask for something that the mailed link would grant."""
    return bool(context.record.facts["asks"])


def _opted_out(context: RecordContext) -> bool:
    return bool(context.record.facts["opt_out"])


def _known(context: RecordContext) -> bool:
    """Tell whether anything but this request is kept about the person."""
    return context.known


def _reachable(context: RecordContext) -> bool:
    """Tell whether the recipient's address is known; without one only the bus tells of it (S31)."""
    return "email" in context.record.fields


def _to_be_told(context: RecordContext) -> bool:
    """Tell of an import once per person (S9), and never somebody who wants nothing from us."""
    return bool(context.record.facts["tell"]) and not context.suppressed


def _noted(context: RecordContext) -> bool:
    """Tell of a permission that staff noted, wherever an address is known to tell it to."""
    return _reachable(context) and any(context.record.facts.get("choices", {}).values())


def _spoken(context: RecordContext) -> bool:
    """Ask for what somebody allowed by phone to be confirmed; until then it does not count."""
    return bool(context.record.facts.get("asks"))


def _closed(context: RecordContext) -> bool:
    """Tell of an account that was closed, so that nobody else does it unseen."""
    return bool(context.record.facts.get("closed_accounts"))


_CONFIRM = TokenScope.CONFIRM_NEWSLETTER
_OBJECTED = Mail("objection_received", OBJECTION_MAILS, wanted=_opted_out)

MAILS: Mapping[str, tuple[Mail, ...]] = {
    RecordClass.ENQUIRY: (
        Mail("enquiry_received", FORM_MAILS),
        Mail("enquiry_notice", to_company=True),
        Mail("marketing_confirmation", CONFIRMATION_MAILS, _CONFIRM, wanted=_asked),
        _OBJECTED,
    ),
    RecordClass.SUBSCRIPTION_PENDING: (
        Mail("newsletter_confirmation", CONFIRMATION_MAILS, _CONFIRM),
        _OBJECTED,
    ),
    RecordClass.SUBSCRIPTION: (Mail("newsletter_welcome", FORM_MAILS, marketing=True),),
    RecordClass.ACCOUNT_PENDING: (
        Mail("account_confirmation", CONFIRMATION_MAILS, TokenScope.CONFIRM_ACCOUNT),
        _OBJECTED,
    ),
    RecordClass.ACCOUNT: (Mail("account_welcome", FORM_MAILS),),
    RecordClass.IMPORT: (Mail("import_notice", wanted=_to_be_told),),
    RecordClass.RECIPIENT_NOTICE: (Mail("recipient_notice", wanted=_reachable),),
    RecordClass.SUPPORT_RECORD: (
        Mail("permission_noted", wanted=_noted),
        Mail("permission_confirmation", scope=_CONFIRM, wanted=_spoken),
        Mail("account_closed", wanted=_closed),
    ),
    RecordClass.TOKEN: (
        Mail("preferences_link", LINK_MAILS, TokenScope.OPEN_PREFERENCES, wanted=_known),
    ),
}


def called_for(context: RecordContext) -> Iterator[Notification]:
    """Yield the mails that a record calls for, as things stand now."""
    for mail in MAILS.get(context.record.kind, ()):
        if mail.wanted(context) and (context.permitted or not mail.marketing):
            yield _notification(mail, context)


def _notification(mail: Mail, context: RecordContext) -> Notification:
    record = context.record
    return Notification(
        cause=record.key,
        template=mail.template,
        to=context.inbox if mail.to_company else record.fields["email"],
        person=record.person,
        values={
            "fields": record.fields,
            "facts": record.facts,
            "received_at": record.received_at,
        },
        link=Link(mail.scope, {"record": record.key}) if mail.scope else None,
        limit=mail.limit,
        marketing=mail.marketing,
        language=None if mail.to_company else record.fields.get("language"),
    )
