"""What the consent routes take and answer, as the REST contract has it."""

from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StringConstraints
from typing_extensions import TypedDict

from shared.domain.consent import Event, Renewal
from shared.edge.body import Body
from shared.edge.field_types import Id, LanguageEvidence, PageEvidence, ShownEvidence
from shared.edge.parameters import Query, WholeNumber
from shared.services.prove_decisions import DecisionProof, RemovalProof


class Capture(Body):
    """A visitor's decision, with the notice that was shown."""

    consent_id: Id | None = Field(None, description="the browser's, once it has one")
    policy_version: Id = Field(description="the version whose words were shown")
    notice_id: Id = Field(description="the notice that was shown")
    choices: dict[Id, StrictBool] = Field(
        max_length=64,
        description="purpose id of a browser: true to grant, or to take an objection back, "
        "false to refuse",
    )
    method: Literal["accept_all", "reject_all", "choose", "form", "preference_centre", "gpc"]
    gpc_override: bool = Field(
        default=False, description="shown that the browser opts out, the visitor chose otherwise"
    )
    language: LanguageEvidence = Field(
        None, description="of the notice as shown, BCP 47; one that it has not is left out"
    )
    page: PageEvidence = None
    shown: ShownEvidence = None


class _SayingNo(Body):
    """What may be told of where somebody said no (S51); nothing of it can be wrong."""

    language: LanguageEvidence = Field(None, description="of the page, BCP 47")
    page: PageEvidence = None
    shown: ShownEvidence = None


class Withdrawal(_SayingNo):
    """Which permissions are taken back."""

    purposes: list[Id] | None = Field(
        None, min_length=1, max_length=64, description="all that rest on consent if absent"
    )


class Objection(_SayingNo):
    """Which uses without consent are objected to (PECR Sch. A1; UK GDPR Art. 21)."""

    purposes: list[Id] | None = Field(
        None, min_length=1, max_length=64, description="all that a browser can object to if absent"
    )


class HistoryQuery(Query):
    """Which page of the history."""

    cursor: WholeNumber = Field(0, description="The `next` of the page before.")


class NoticeQuery(Query):
    """In which language."""

    language: Annotated[str, StringConstraints(max_length=35)] | None = Field(
        None, description="BCP 47; the policy's own where the notice has it not."
    )


class PolicyChangesQuery(Query):
    """Since which version."""

    since: Id = Field(description="A published policy version.")


class GpcEffect(TypedDict):
    """Global Privacy Control: whether it was sent, and what would be on but for it."""

    signal: bool
    turned_off: list[str]


class RecordedDecision(TypedDict):
    """What holds for a browser; `digest` is the visitor's proof of the whole history so far.

    `choices` is what is effective now, its people's decisions included. `signals` says the same
    to the consent interfaces of Google, Microsoft Clarity and Microsoft Advertising (UET).
    `renewal` says whether to ask again, and why.
    """

    consent_id: str
    decided_at: str
    expires_at: str
    policy_version: str
    choices: dict[str, bool]
    gpc: GpcEffect
    signals: dict[str, dict[str, str]]
    renewal: Renewal
    sequence: int
    digest: str


class ConsentHistory(TypedDict):
    """A browser's events, oldest first; `next` is the cursor of the following page, or null."""

    consent_id: str
    events: list[Event]
    next: str | None


class ConsentProofs(TypedDict):
    """Proofs of a browser's decisions, oldest first; `next` is the cursor of the following page.

    `removed_before` proves that the event before the first here was removed by retention; null
    where there was none, or no head says so yet.
    """

    consent_id: str
    head: str | None
    decisions: list[DecisionProof]
    removed_before: RemovalProof | None
    next: str | None


class NoticeText(TypedDict):
    """One notice: its words, whose hash is `sha256`, and the purposes and cookies they are about.

    `authoritative`: these are the words that bind, not a translation of them.
    `boxes` names the fields of a form that the words offer, each with the purpose it asks for.
    """

    id: str
    policy_version: str
    language: str
    languages: list[str]
    authoritative: bool
    title: str
    text: str
    sha256: str
    asks: list[str]
    boxes: dict[str, str]
    purposes: list[dict[str, Any]]
    cookies: list[dict[str, Any]]


class PolicyChange(TypedDict):
    """What one version changed: by part, the entries added, removed and changed.

    `asks_again` are the purposes whose words are new, so that consent to them is asked anew.
    """

    version: str
    before: str
    in_force_from: str
    summary: str | None
    notice_changed: bool
    parts: dict[str, dict[str, list[str]]]
    asks_again: list[str]


class PolicyChanges(TypedDict):
    """What changed after a version, each later one in turn, oldest first."""

    since: str
    current: str
    changes: list[PolicyChange]
