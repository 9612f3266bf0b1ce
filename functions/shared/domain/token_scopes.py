"""What a mailed link or a session may do: one row for each kind of token there is.

A token stands for one thing that was shown to one person: a sign-up with its values and words, a
request, a way into the preference centre. Nobody's newer form or request touches an older one's.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from shared.domain.record_classes import RecordClass


class TokenScope(StrEnum):
    """The kinds of token; what each may do stands in `ROWS`."""

    CONFIRM_NEWSLETTER = "confirm_newsletter"
    CONFIRM_ACCOUNT = "confirm_account"
    CONFIRM_ADDRESS = "confirm_address"
    OPEN_PREFERENCES = "open_preferences"
    VERIFY_REQUEST = "verify_request"
    PREFERENCES = "preferences"
    REQUEST = "request"
    UNSUBSCRIBE = "unsubscribe"

    @property
    def row(self) -> "ScopeRow":
        """Return what tokens of this kind may do."""
        return ROWS[self]

    @property
    def lifetime(self) -> timedelta:
        """Tell how long such a token may be used for the first time.

        Raises:
            LookupError: its links never end.
        """
        if self.row.lifetime is None:
            raise LookupError(self)
        return self.row.lifetime


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """What tokens of one kind may do, for how long, and how often.

    `page` is where a mailed link leads, below the website's or the API's address; sessions are
    never mailed and have none. `confirms` is the record class that a confirmation makes: an
    objection or a withdrawal after it was asked for, and other words in force, void it. `opens`
    is the session that the token is exchanged for. `once`: used a second time it does nothing
    more; a confirmation then answers the same for as long as what it did stands, an exchange
    gives the same session to the same Idempotency-Key. `record_class` is the policy's class of
    what is stored; `unsubscribe` links are signed and not stored at all, so that they live as
    long as the address may be mailed, and longer. `lifetime` None: for ever.
    """

    lifetime: timedelta | None
    page: str | None = None
    confirms: RecordClass | None = None
    opens: TokenScope | None = None
    once: bool = True
    record_class: RecordClass | None = RecordClass.TOKEN


_TO_CONFIRM = timedelta(days=7)
_SESSION = timedelta(minutes=30)

ROWS: dict[TokenScope, ScopeRow] = {
    TokenScope.CONFIRM_NEWSLETTER: ScopeRow(
        _TO_CONFIRM, page="newsletter/confirmation", confirms=RecordClass.SUBSCRIPTION
    ),
    TokenScope.CONFIRM_ACCOUNT: ScopeRow(
        _TO_CONFIRM, page="account/confirmation", confirms=RecordClass.ACCOUNT
    ),
    TokenScope.CONFIRM_ADDRESS: ScopeRow(_TO_CONFIRM, page="address/confirmation", once=False),
    TokenScope.OPEN_PREFERENCES: ScopeRow(
        timedelta(minutes=30), page="preferences", opens=TokenScope.PREFERENCES
    ),
    TokenScope.VERIFY_REQUEST: ScopeRow(
        timedelta(days=7), page="requests/{request}", opens=TokenScope.REQUEST
    ),
    TokenScope.PREFERENCES: ScopeRow(_SESSION, once=False),
    TokenScope.REQUEST: ScopeRow(_SESSION, once=False),
    TokenScope.UNSUBSCRIBE: ScopeRow(
        None, page="unsubscribe/{token}", once=False, record_class=None
    ),
}


def link(base: str, scope: TokenScope, token: str, **names: str) -> str:
    """Write the address of the page that a token is for.

    The token stands in the fragment, which no server is sent and no log holds, unless the page's
    own address takes it (the way out of marketing mail, which mail programs post to).

    Raises:
        LookupError: there is no page for tokens of this kind.
    """
    page = scope.row.page
    if page is None:
        raise LookupError(scope)
    filled = page.format(token=token, **names)
    fragment = "" if "{token}" in page else f"#token={token}"
    return f"{base.rstrip('/')}/{filled}{fragment}"
