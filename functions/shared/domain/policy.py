"""What a published policy rules: its purposes, the notices that ask, the periods it keeps.

A policy is the document that GET /v1/policy serves (`published.json`); the rules here are
read from that same document, so that what is promised is what is done.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Literal

from shared.domain.field_copies import from_item

CONSENT = "consent"
# Uses that somebody may object to: UK GDPR Art. 21(1), PECR Sch. A1 paras 5 and 6.
_OWN_INTERESTS = ("legitimate_interests", "recognised_legitimate_interests")
_WITHOUT_CONSENT = (*_OWN_INTERESTS, "exempt")

Subject = Literal["browser", "person"]


@dataclass(frozen=True)
class Purpose:
    """Why data is used. `sha256` covers its words: another hash is another purpose (S29, S57).

    `subject` says who decides it: a browser, or a person for all their browsers.
    `browser_may_object`: it is a person's, and each browser may object to it without telling
    whose it is. `gpc`: Global Privacy Control turns it off. `marketing`: the opt-out box and one
    click end it. `signals` names what it means to other companies' consent interfaces, by
    interface. A marketing purpose may be of one `channel`: email, post, phone or text (S26).
    """

    id: str
    lawful_basis: str
    title: str
    required: bool
    cookie: bool
    subject: Subject
    gpc: bool
    marketing: bool
    signals: Mapping[str, Sequence[str]]
    sha256: str
    lifetime_days: int | None = None
    channel: str | None = None
    browser_may_object: bool = False

    @property
    def of_a_browser(self) -> bool:
        """Tell whether each browser has a state of its own about it, decided or objected to."""
        return self.subject == "browser" or self.browser_may_object

    @property
    def asks_consent(self) -> bool:
        """Tell whether nothing may happen for this purpose without a grant."""
        return self.lawful_basis == CONSENT

    @property
    def objectable(self) -> bool:
        """Tell whether an objection ends this use at once."""
        return self.lawful_basis in _WITHOUT_CONSENT and not self.required

    @property
    def weighed(self) -> bool:
        """Tell whether staff weigh an objection: we may show compelling grounds (Art. 21(1))."""
        return self.lawful_basis in _OWN_INTERESTS and self.required

    @cached_property
    def lifetime(self) -> timedelta:
        """Return how long a grant counts."""
        return timedelta(days=self.lifetime_days or 0)


@dataclass(frozen=True, slots=True)
class Notice:
    """Words put before a person; `asks` are the purposes that they explain and ask for.

    `boxes` are the boxes of a form that the words describe: the field's name, and the purpose
    that ticking it asks for. `languages` has the hash of the words in each language; those in
    `language` are authoritative.
    """

    id: str
    sha256: str
    language: str
    asks: frozenset[str]
    boxes: Mapping[str, str]
    languages: Mapping[str, str]

    def shown_in(self, language: str | None) -> str | None:
        """Return the language of the words, of those that there are, that a page named.

        A page names it as it likes (`en` for `en-GB`); one that there is not is None.
        """
        return meant(language, self.languages)


def meant(language: str | None, tags: Iterable[str]) -> str | None:
    """Return which of the tags is meant by a language as somebody names it; none is none of them.

    `en` may mean `en-GB`, and `de-AT` may be answered in `de`.
    """
    if language is None:
        return None
    known = {tag.lower(): tag for tag in tags}
    wanted = language.lower()
    primary = (tag for key, tag in known.items() if key.split("-")[0] == wanted.split("-")[0])
    return known.get(wanted) or next(primary, None)


def in_language(item: Mapping[str, Any], language: str | None) -> Mapping[str, Any]:
    """Return an entry of the document with its words in a language, where it has them in it.

    What has none is given in the version's own language, which is the authoritative one.
    """
    others: Mapping[str, Any] = item.get("languages") or {}
    tag = meant(language, others)
    shown = {**item, **(others[tag] if tag else {})}
    return {key: value for key, value in shown.items() if key != "languages"}


# A period that begins anew with each sign of life.
LAST_ACTIVITY = "last_activity"


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How long a kind of record is kept, from when, and which purpose ends it earlier.

    `rests_on` is a use without consent for which it may be kept; `provided_for` the purpose for
    which people provide it, or for which it is observed of them (Art. 20).
    """

    id: str
    keep: str
    starts: str = "created"
    ends_with: str | None = None
    rests_on: str | None = None
    provided_for: str | None = None


@dataclass(frozen=True)
class Policy:
    """One immutable version. `since` is the first day on which it is in force.

    What follows from it is worked out once.
    """

    version: str
    since: date
    language: str
    purposes: Mapping[str, Purpose]
    notices: Mapping[str, Notice]
    classes: Mapping[str, RetentionRule]
    document: Mapping[str, Any]

    @cached_property
    def begins(self) -> datetime:
        """Return from when it is in force: midnight UTC."""
        return datetime.combine(self.since, time(), UTC)

    @cached_property
    def consent_purposes(self) -> tuple[str, ...]:
        """Name the purposes that rest on consent, in the document's order."""
        return self._named(lambda purpose: purpose.asks_consent)

    @cached_property
    def marketing_purposes(self) -> tuple[str, ...]:
        """Name what the opt-out box of a form and one click end: marketing by anybody (S47)."""
        return self._named(lambda purpose: purpose.marketing)

    @cached_property
    def objectable_purposes(self) -> tuple[str, ...]:
        """Name the uses without consent that an objection ends at once (Art. 21)."""
        return self._named(lambda purpose: purpose.objectable)

    @cached_property
    def weighed_purposes(self) -> tuple[str, ...]:
        """Name the uses in the company's own interest that go on while an objection is weighed."""
        return self._named(lambda purpose: purpose.weighed)

    @cached_property
    def may_go_on(self) -> tuple[str, ...]:
        """Name the uses that may go on in spite of an objection, for a ground (Art. 21(1))."""
        known = (*self.objectable_purposes, *self.weighed_purposes)
        return tuple(name for name in known if name not in self.marketing_purposes)

    @cached_property
    def browser_switches(self) -> tuple[str, ...]:
        """Name what a browser decides or may object to, sorted: a stored map has no order."""
        switches = self._named(lambda it: it.of_a_browser and (it.asks_consent or it.objectable))
        return tuple(sorted(switches))

    @cached_property
    def signalled(self) -> Mapping[tuple[str, str], Sequence[str]]:
        """Return the purposes that a type of another company's consent interface stands for."""
        meant: dict[tuple[str, str], list[str]] = {}
        for name, purpose in self.purposes.items():
            for interface, kinds in purpose.signals.items():
                for kind in kinds:
                    meant.setdefault((interface, kind), []).append(name)
        return meant

    def consents_of(self, subject: str) -> tuple[str, ...]:
        """Name the purposes that `subject` may grant: a browser only a browser's, a person all."""
        person = subject_kind(subject) == "person"
        return self.consent_purposes if person else self._consents_of_a_browser

    @cached_property
    def _consents_of_a_browser(self) -> tuple[str, ...]:
        return self._named(lambda purpose: purpose.asks_consent and purpose.subject == "browser")

    def _named(self, wanted: Callable[[Purpose], bool]) -> tuple[str, ...]:
        return tuple(name for name, purpose in self.purposes.items() if wanted(purpose))


def subject_kind(subject: str) -> Subject:
    """Tell whose a ledger's chain is by its name: a browser's (`c_…`) or a person's (`p_…`)."""
    return "browser" if subject.startswith("c_") else "person"


@dataclass(frozen=True, slots=True)
class Policies:
    """All published versions, oldest first, and who runs the deployment (`company.json`)."""

    versions: dict[str, Policy]
    company: Mapping[str, Any] | None = None

    def current(self, now: datetime) -> Policy:
        """Return the version in force: the latest that has begun.

        Raises:
            LookupError: none has begun yet.
        """
        for policy in reversed(self.versions.values()):
            if policy.begins <= now:
                return policy
        raise LookupError("no policy version is in force yet")

    def published(self, version: str, now: datetime) -> Policy | None:
        """Return a version that is or was in force; a future one is not public yet."""
        policy = self.versions.get(version)
        return policy if policy and policy.begins <= now else None

    def controller(self, now: datetime) -> Mapping[str, Any]:
        """Return who is responsible, and the authority that watches over them, as of `now`.

        Without data of the deployment it is what the version in force says.
        """
        if self.company is None:
            own: Mapping[str, Any] = self.current(now).document["controller"]
            return own
        return _controller(self.company, now.astimezone(UTC).date())

    def document(self, version: str, now: datetime) -> Mapping[str, Any]:
        """Return a version's document, with today's controller where it names none of its own."""
        document = self.versions[version].document
        if "controller" in document:
            return document
        shown: dict[str, Any] = {}
        for key, value in document.items():
            shown[key] = value
            if key == "language":
                shown["controller"] = self.controller(now)
        return shown


def _controller(company: Mapping[str, Any], on: date) -> dict[str, Any]:
    told = {key: value for key, value in company.items() if key != "supervisory_authorities"}
    day = on.isoformat()
    authorities = company["supervisory_authorities"]
    in_office = [
        each
        for each in authorities
        if (each.get("since") or "") <= day <= (each.get("until") or "9999-12-31")
    ]
    authority = (in_office or authorities)[-1]
    told["supervisory_authority"] = {key: authority.get(key) for key in ("name", "url", "address")}
    return told


def read(document: Mapping[str, Any]) -> Policy:
    """Take the rules out of a published document."""
    return Policy(
        version=document["version"],
        since=date.fromisoformat(document.get("revised") or document["effective"]),
        language=document["language"],
        purposes={item["id"]: purpose(item) for item in document["purposes"]},
        notices={item["id"]: _notice(item, document) for item in document["notices"]},
        classes={item["id"]: from_item(RetentionRule, item) for item in document["retention"]},
        document=document,
    )


def purpose(item: Mapping[str, Any]) -> Purpose:
    """Take the rules of one purpose out of a published document."""
    return from_item(Purpose, item)


def _notice(item: Mapping[str, Any], document: Mapping[str, Any]) -> Notice:
    others = (item.get("languages") or {}).items()
    return Notice(
        item["id"],
        item["sha256"],
        document["language"],
        frozenset(item["asks"]),
        item.get("boxes") or {},
        {document["language"]: item["sha256"], **{tag: text["sha256"] for tag, text in others}},
    )
