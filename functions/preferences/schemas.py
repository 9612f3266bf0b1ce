"""What the preference routes take and answer."""

from typing import Literal

from pydantic import Field, StrictBool
from typing_extensions import TypedDict

from shared.edge.body import Body
from shared.edge.field_types import AskedEmail, Email, Id, Language, Token


class LinkRequest(Body):
    """Where to send a link to the preference centre."""

    email: Email


class SessionRequest(Body):
    """The token of a mailed link."""

    token: Token


class Display(Body):
    """How somebody likes the website to look (S33)."""

    language: Language | None = None
    font_size: Literal["small", "medium", "large", "x-large"] | None = None
    theme: Literal["light", "dark", "system", "high-contrast"] | None = None


class PreferencesChange(Body):
    """Choices and settings to change; what is left out stays as it is."""

    choices: dict[Id, StrictBool] = Field(default_factory=dict, max_length=64)
    display: Display | None = None


class PermissionQuestion(Body):
    """May the addresses be used for the purpose?"""

    purpose: Id
    emails: list[AskedEmail] = Field(min_length=1, max_length=1000)


class LinkReceipt(TypedDict):
    """The same for every address, known or not."""

    received_at: str


class Session(TypedDict):
    """A bearer token for the preference centre."""

    session: str
    expires_at: str


class Choice(TypedDict):
    """How one purpose stands: `allowed` now, why, since when, and how it came about."""

    title: str
    allowed: bool
    reason: str
    since: str | None
    method: str | None
    notice: str | None
    changeable: bool


class Subscription(TypedDict):
    """Something subscribed to or held: its record class, since when, from which form."""

    kind: str
    since: str
    form: str


class Preferences(TypedDict):
    """All of somebody's wishes."""

    choices: dict[str, Choice]
    display: dict[str, str]
    subscriptions: list[Subscription]


class PermissionResult(TypedDict):
    """Whether one address may be used, why, and since when it is so."""

    email: str
    allowed: bool
    reason: str
    since: str | None


class PermissionResults(TypedDict):
    """One verdict for each address, in the order asked."""

    results: list[PermissionResult]


class Unsubscribed(TypedDict):
    """Since when no marketing is sent."""

    unsubscribed_at: str
