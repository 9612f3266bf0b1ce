"""The shape of policy.toml: its tables, their keys and the values that each may have."""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.domain.consent_signals import ClarityType, GoogleType, UetType

DURATION = re.compile(
    r"P(?=[0-9T])([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?"
    r"(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+S)?)?"
)


def _duration(value: str) -> str:
    if not DURATION.fullmatch(value) or not re.search("[1-9]", value):
        raise ValueError(f"{value!r} is not an ISO 8601 duration such as P6Y, P26M or P90D")
    return value


def _lifetime(value: str) -> str:
    return value if value == "session" else _duration(value)


Id = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$", max_length=40)]
Words = Annotated[str, Field(min_length=1)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
HttpsUrl = Annotated[str, Field(pattern="^https://[^ ]+$")]
Duration = Annotated[str, AfterValidator(_duration)]

# What a record's clock runs from. `received`, `created`, `confirmed` and `decided` are moments
# of the record itself; `requested` is when its owner asked for it; `last_activity` moves with
# use; `closed` is absent while the matter is open; `accounting_year_ended` is of the year that
# the transaction belongs to.
Start = Literal[
    "received",
    "created",
    "requested",
    "confirmed",
    "decided",
    "last_activity",
    "closed",
    "accounting_year_ended",
]


class Table(BaseModel):
    """One table of the file: unknown keys are refused, types are exact, nothing changes later."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class SupervisoryAuthority(Table):
    """Where people may complain (Art. 13(2)(d))."""

    name: Words
    url: HttpsUrl
    address: Words


class Controller(Table):
    """Who decides why and how data is used, and how to reach them (Art. 13(1)(a))."""

    name: Words
    postal_address: Words
    email: Annotated[str, Field(pattern="^[^@ ]+@[^@ ]+$")]
    url: HttpsUrl
    country: Country
    jurisdiction: Words
    supervisory_authority: SupervisoryAuthority


class DatedAuthority(SupervisoryAuthority):
    """The authority, and from which day until which it is this one; its address may be unknown."""

    address: Words | None = None  # type: ignore[assignment]
    since: date | None = None
    until: date | None = None


class Company(Table):
    """Whoever runs the deployment: what pages, mails and answers say of it, today.

    It is no part of a version's words: a company moves, and an authority is renamed, without a
    purpose being another. None is a number that is not known yet; what there is not (a data
    protection officer, a representative) is said in words, such as "none".
    """

    name: Words
    registered_name: Words | None
    company_number: Words | None
    ico_registration: Words | None
    data_protection_officer: Words | None
    eu_representative: Words | None
    postal_address: Words
    email: Annotated[str, Field(pattern="^[^@ ]+@[^@ ]+$")]
    url: HttpsUrl
    country: Country
    jurisdiction: Words
    supervisory_authorities: Annotated[list[DatedAuthority], Field(min_length=1)]


class Gpc(Table):
    """What /.well-known/gpc.json says of Global Privacy Control."""

    last_update: date


class Signals(Table):
    """What a purpose means to Google consent mode v2, Microsoft Clarity and Microsoft UET."""

    google: list[GoogleType] = Field(default_factory=list)
    clarity: list[ClarityType] = Field(default_factory=list)
    uet: list[UetType] = Field(default_factory=list)


class Assessment(Table):
    """Why a use in the company's own interest may be (UK GDPR Art. 6(1)(f)): the three questions.

    Without `decided_by` and `decided_on` it is a proposal that nobody has made their own yet.
    """

    purpose: Words
    necessity: Words
    balance: Words
    review_by: date
    decided_by: Words | None = None
    decided_on: date | None = None


class Exemption(Table):
    """Which paragraph of PECR Sch. A1 lets a device be used unasked, and where that is the law.

    Without `territory` (ISO 3166) the exemption is that of the European rules, too.
    """

    paragraph: Literal[4, 5, 6, 7]
    territory: list[Country] = Field(default_factory=list)


class Purpose(Table):
    """Why data is used; `lifetime_days` is how long a consent counts before it is asked again.

    `subject` is who decides it: a browser, or a person for all their browsers; with
    `browser_may_object` each browser may object to what is a person's. Global Privacy Control
    turns off what is `gpc`; the opt-out box and one click end what is `marketing`. `law` names
    what the use without consent stands on, or what a consent does not have to cover. A
    marketing purpose may be of one `channel`. `assessment`, `condition` (UK GDPR Annex 1) and
    `exemption` are what the three bases without consent have to show. `impact_assessment` names
    the one of Art. 35 and its day, or says why none is needed.
    """

    id: Id
    title: Words
    text: Words
    lawful_basis: Literal[
        "consent",
        "contract",
        "legal_obligation",
        "legitimate_interests",
        "recognised_legitimate_interests",
        "exempt",
    ]
    subject: Literal["browser", "person"]
    cookie: bool
    required: bool
    gpc: bool = False
    marketing: bool = False
    signals: Signals = Field(default_factory=Signals)
    law: Words | None = None
    lifetime_days: Annotated[int, Field(ge=1, le=3660)] | None = None
    data: Annotated[list[Words], Field(min_length=1)]
    channel: Literal["email", "post", "phone", "text"] | None = None
    browser_may_object: bool = False
    assessment: Assessment | None = None
    condition: (
        Literal["public_task_of_another", "security", "emergency", "crime", "safeguarding"] | None
    ) = None
    exemption: Exemption | None = None
    impact_assessment: Words | None = None

    @property
    def interest(self) -> str | None:
        """The interest that the assessment weighs."""
        return self.assessment.purpose if self.assessment else None


class Titled(Table):
    """What people are told of under a title: a right, a regime, a source, a kind of cookies."""

    id: Id
    title: Words
    text: Words


class CookieCategory(Titled):
    """A heading of the cookie choices (S35 to S37) over its purposes."""

    purposes: Annotated[list[Id], Field(min_length=1)]


class Cookie(Table):
    """One cookie or pattern; `party` tells on whose domain it is set (S43).

    `also` are further purposes that it serves. `limit` says what bounds it: how a longer life was
    set down, or what becomes of it when the permission ends.
    """

    name: Words
    provider: Words
    party: Literal["first", "third"]
    purpose: Id
    lifetime: Annotated[str, AfterValidator(_lifetime)]
    text: Words
    also: list[Id] = Field(default_factory=list)
    limit: Words | None = None


WordsFile = Annotated[str, Field(pattern=r"^notices/[a-z0-9_]+\.md$")]


class Notice(Table):
    """Words next to a form or switch, given as `text` or in a `file` beside the TOML.

    `boxes` are the boxes of a form that the words describe: the field's name, and the purpose
    that ticking it asks for.
    """

    id: Id
    title: Words
    file: WordsFile | None = None
    text: Words | None = None
    asks: list[Id]
    boxes: dict[Id, Id] = Field(default_factory=dict)


class RetentionRule(Table):
    """A kind of record: kept for `keep`, counted from `starts` (S13).

    One that `ends_with` a purpose is erased at once when its consent is withdrawn; `rests_on` is
    a purpose without consent for which it may be kept; `provided_for` the purpose for which
    people provide it, or for which it is observed of them: what portability asks (Art. 20).
    One that is `elsewhere` another system of the company's keeps (docs/sources.md).
    """

    id: Id
    title: Words
    keep: Duration
    starts: Start
    why: Words
    personal: bool
    survives_erasure: bool
    ends_with: Id | None = None
    rests_on: Id | None = None
    provided_for: Id | None = None
    ground: Words | None = None
    reviewed_on: date | None = None
    elsewhere: Literal[True] | None = None


class Recipient(Table):
    """Somebody who receives data (S31), where they are, and what protects it there (S12).

    `kind` is the sort of service; `contract_on` and `checked_on` are when its terms were agreed
    (Art. 28) and when they were last looked at.
    """

    id: Id
    name: Words
    role: Literal["processor", "controller"]
    receives: Words
    purposes: Annotated[list[Id], Field(min_length=1)]
    location: Country
    safeguard: Words | None = None
    url: HttpsUrl | None = None
    kind: Id | None = None
    contract_on: date | None = None
    checked_on: date | None = None


class Source(Titled):
    """Where data comes from (Art. 14(2)(f); S2, S5, S6, S9)."""

    data: Annotated[list[Words], Field(min_length=1)]


class Fee(Table):
    """The nominal fee of S53: `amount` in whole and hundredths of `currency` (ISO 4217)."""

    amount: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]{2}$")]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    basis: Words


class Rights(Table):
    """What people may ask for, what it may cost, and under which regimes it is answered."""

    fee: Fee
    regimes: Annotated[list[Titled], Field(min_length=1)]
    rights: Annotated[list[Titled], Field(min_length=1)]


class PolicyFile(Table):
    """The whole of policy.toml.

    `form` is 1 for versions from before bases had to show what they stand on; form 2 leaves the
    company to the deployment's data and keeps the rules of `policy_bases`.
    """

    form: Literal[1, 2] = 1
    version: Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$")]
    effective: date
    revised: date
    changes: Words | None = None
    language: Annotated[str, Field(pattern="^[a-z]{2}(-[A-Z]{2})?$")]
    controller: Controller | None = None
    gpc: Gpc
    purposes: list[Purpose]
    cookie_categories: list[CookieCategory]
    cookies: list[Cookie]
    notices: list[Notice]
    classes: list[RetentionRule]
    recipients: list[Recipient]
    sources: list[Source]
    rights: Rights


class OtherTitle(Table):
    """The title of a notice in another language; its words are a file of its id."""

    title: Words


class OtherWords(OtherTitle):
    """A title and its text in another language."""

    text: Words


class OtherPurpose(OtherWords):
    """A purpose in another language, with what it rests on where that stands beside it.

    `law` and `interest` say what the purpose's law and its assessment's purpose say.
    """

    law: Words | None = None
    interest: Words | None = None


class OtherRule(OtherTitle):
    """A kind of record in another language: why it is kept, and despite an erasure."""

    why: Words
    ground: Words | None = None


class OtherRecipient(Table):
    """Somebody who receives data, in another language."""

    name: Words
    receives: Words
    safeguard: Words | None = None


class OtherCookie(Table):
    """What a cookie does, in another language."""

    text: Words
    limit: Words | None = None


class Translation(Table):
    """The whole of `words.toml` in the folder of another language, beside policy.toml.

    The version's own language is the authoritative one; what has no words here is shown in it.
    """

    changes: Words | None = None
    purposes: dict[Id, OtherPurpose] = Field(default_factory=dict)
    cookie_categories: dict[Id, OtherWords] = Field(default_factory=dict)
    cookies: dict[str, OtherCookie] = Field(default_factory=dict)
    notices: dict[Id, OtherTitle] = Field(default_factory=dict)
    retention: dict[Id, OtherRule] = Field(default_factory=dict)
    recipients: dict[Id, OtherRecipient] = Field(default_factory=dict)
