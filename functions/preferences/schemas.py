"""What the preference routes take and answer."""

from typing import Literal

from pydantic import Field, StrictBool
from typing_extensions import TypedDict

from shared.edge.body import Body
from shared.edge.field_types import (
    AskedEmail,
    BrowserEvidence,
    Email,
    Id,
    Language,
    LanguageEvidence,
    PageEvidence,
    ShownEvidence,
    Token,
)
from shared.edge.parameters import PageLength, PageQuery
from shared.edge.person_details import PersonDetails
from shared.edge.request_context import Gpc


class LinkRequest(Body):
    """Where to send a link to the preference centre."""

    email: Email
    language: LanguageEvidence = Field(
        None, description="of the page, BCP 47: the mail is in it, where we have it"
    )


class SessionRequest(Body):
    """The token of a mailed link."""

    token: Token
    consent_id: BrowserEvidence = Field(
        None, description="of the browser in which the link was opened: it becomes the person's"
    )


class Display(Body):
    """How somebody likes the website to look (S33)."""

    language: Language | None = None
    font_size: Literal["small", "medium", "large", "x-large"] | None = None
    theme: Literal["light", "dark", "system", "high-contrast"] | None = None


class PreferencesChange(Body):
    """Choices and settings to change; what is left out stays as it is."""

    choices: dict[Id, StrictBool] = Field(default_factory=dict, max_length=64)
    display: Display | None = None
    gpc_override: bool = Field(
        default=False, description="shown that the browser opts out, the person chose otherwise"
    )
    language: LanguageEvidence = Field(None, description="of the notice as shown, BCP 47")
    page: PageEvidence = None
    shown: ShownEvidence = None


class HistoryQuery(PageQuery):
    """Which page of the history."""

    limit: PageLength = Field(20, description="How many decisions a page has at most.")


class AccountChange(PersonDetails):
    """What the account is to say; what is left out stays, null takes a field away."""


class PermissionQuestion(Body):
    """May the addresses be used for the purpose?"""

    purpose: Id
    emails: list[AskedEmail] = Field(min_length=1, max_length=1000)


class Activity(Body):
    """Whose accounts were used just now: up to a hundred addresses."""

    emails: list[AskedEmail] = Field(min_length=1, max_length=100)


class ActivityNoted(TypedDict):
    """How many accounts are kept from now on; an address without an account counts for none."""

    accounts: int


class LinkReceipt(TypedDict):
    """The same for every address, known or not."""

    received_at: str


class Session(TypedDict):
    """A bearer token for the preference centre."""

    session: str
    expires_at: str


class Choice(TypedDict):
    """How one purpose stands: `allowed` now, why, since when, until when, how it came about.

    What a browser decides, or may object to, is allowed if it is in one of the person's browsers.
    """

    title: str
    allowed: bool
    reason: str
    since: str | None
    until: str | None
    policy_version: str | None
    subject: str
    method: str | None
    notice: str | None
    changeable: bool


class Subscription(TypedDict):
    """Something subscribed to or held: its record class and title, since when, from which form.

    `allowed` is whether it may still be used, `deleted_on` the day on which it is due to go.
    `purpose` is the choice that ends it; null for an account, which is closed.
    """

    kind: str
    title: str
    purpose: str | None
    since: str
    form: str
    allowed: bool
    deleted_on: str | None


class HistoryEntry(TypedDict):
    """One decision: when, how, by which notice of which version, and what it decided.

    `by` is whether the person decided it or one of their browsers. `granted`, `refused` and
    `objected` have the purposes by id, each with its title of that time; `sha256` is of the words
    that were shown. `unverified`: whoever decided did not show that the address is theirs.
    """

    at: str
    by: str
    kind: str
    method: str
    policy_version: str
    notice: str
    sha256: str
    page: str | None
    unverified: bool
    granted: dict[str, str]
    refused: dict[str, str]
    objected: dict[str, str]


class ShownWords(TypedDict):
    """The words of a notice as they were shown, in Markdown; `sha256` is the hash of `text`."""

    sha256: str
    language: str
    title: str
    text: str


class PreferencesHistory(TypedDict):
    """What was decided, newest first, and the words of all of it, each text once.

    `next` is the cursor of the following page, or null.
    """

    items: list[HistoryEntry]
    words: list[ShownWords]
    next: str | None


class KeptClass(TypedDict):
    """What we hold of one class: how many records, and the day on which the last is due to go."""

    kind: str
    title: str
    count: int
    deleted_on: str | None


class OwnAccount(TypedDict):
    """The account that somebody has with us, as it stands."""

    since: str
    reference: str | None
    name: str
    phone: str | None
    job_title: str | None
    organisation: str
    organisation_details: str | None


class Preferences(TypedDict):
    """All of somebody's wishes, their linked browsers' included (how many: `browsers`).

    `account` is null for who has none, or closed it. `kept` counts the first thousand things that
    we hold, and `more_kept` says whether there are others: a copy has them all.
    """

    choices: dict[str, Choice]
    gpc: Gpc
    display: dict[str, str]
    browsers: int
    subscriptions: list[Subscription]
    account: OwnAccount | None
    kept: list[KeptClass]
    more_kept: bool


class UnsubscribeLink(TypedDict):
    """The link, and the headers of RFC 8058, that every marketing mail to the address carries.

    `url` and `headers` stop all marketing; behind `purpose_url` the purpose that was asked about
    can be stopped alone.
    """

    url: str
    purpose_url: str
    headers: dict[str, str]


class PermissionResult(TypedDict):
    """Whether one address may be used, why, and since when it is so.

    `unsubscribe` is given where the purpose is marketing and allowed; else it is null.
    """

    email: str
    allowed: bool
    reason: str
    since: str | None
    until: str | None
    policy_version: str | None
    unsubscribe: UnsubscribeLink | None


class PermissionResults(TypedDict):
    """One verdict for each address, in the order asked."""

    results: list[PermissionResult]


class Unsubscribed(TypedDict):
    """Since when no marketing is sent."""

    unsubscribed_at: str
