"""What is right about one person and their browsers, in as few words as it can be said.

It knows no store, no worker and no route: what was said by whom and when, under which words, and
what follows from that for what is allowed, kept and due. The machine compares the product with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

ANALYTICS, MARKETING = "analytics", "direct_marketing"
BROWSERS_DECIDE = (ANALYTICS, "advertising", "personalisation")
LINK_LIFE = timedelta(days=7)
# How long each class is kept, as the notice promises it.
KEPT = {
    "visit": timedelta(days=90),
    "subscription": timedelta(days=730),
    "subscription_pending": timedelta(days=7),
    "enquiry": timedelta(days=730),
    "export": timedelta(days=30),
}


@dataclass(frozen=True)
class Words:
    """The published versions: what each says of a purpose, and from which day it is in force."""

    documents: Sequence[Mapping[str, Any]]

    def current(self, now: datetime) -> Mapping[str, Any]:
        return [each for each in self.documents if each["revised"] <= now.date().isoformat()][-1]

    def of(self, version: str, purpose: str) -> Mapping[str, Any]:
        document = next(each for each in self.documents if each["version"] == version)
        found: Mapping[str, Any]
        (found,) = (each for each in document["purposes"] if each["id"] == purpose)
        return found

    def same(self, version: str, purpose: str, now: datetime) -> bool:
        """Tell whether a version's words for a purpose are still those in force."""
        in_force = self.current(now)["version"]
        return bool(self.of(version, purpose)["sha256"] == self.of(in_force, purpose)["sha256"])

    def named(self, now: datetime, flag: str) -> list[str]:
        return [each["id"] for each in self.current(now)["purposes"] if each[flag]]

    def consents(self, now: datetime) -> list[str]:
        every = self.current(now)["purposes"]
        return [each["id"] for each in every if each["lawful_basis"] == "consent"]


@dataclass(frozen=True)
class Said:
    """The last yes or no to a purpose."""

    granted: bool
    at: datetime
    version: str


@dataclass
class Party:
    """Somebody with a say: a browser, or the person."""

    said: dict[str, Said] = field(default_factory=dict)
    objections: dict[str, datetime] = field(default_factory=dict)
    restricted: datetime | None = None
    decisions: int = 0


@dataclass(frozen=True)
class Visit:
    at: datetime
    decision: int


@dataclass
class Browser(Party):
    """A browser: whether it is the person's, and the visits that we keep of it."""

    name: str = ""
    linked: bool = False
    visits: list[Visit] = field(default_factory=list)


@dataclass
class SignUp:
    """A newsletter form that somebody sent with the person's address."""

    at: datetime
    version: str
    token: str | None = None
    mailed_at: datetime | None = None
    used: bool = False
    gone: bool = False


@dataclass
class Asked:
    """A request: who asked for what in which words, and how it stands."""

    id: str
    kind: str
    value: str
    at: datetime
    status: str = "awaiting_identity"
    noted: bool = False
    closed_at: datetime | None = None
    copy_at: datetime | None = None
    erased: bool = False

    @property
    def open(self) -> bool:
        return self.closed_at is None

    @property
    def identified(self) -> bool:
        return self.status != "awaiting_identity"


@dataclass
class Model:
    """One person at one address, with all browsers, forms and requests that name it."""

    words: Words
    person: Party = field(default_factory=Party)
    browsers: list[Browser] = field(default_factory=list)
    sign_ups: list[SignUp] = field(default_factory=list)
    subscriptions: list[datetime] = field(default_factory=list)
    enquiries: list[tuple[datetime, str]] = field(default_factory=list)
    requests: list[Asked] = field(default_factory=list)
    # What the worker that erases what was taken back has still to hear of.
    unheard: list[tuple[Any, ...]] = field(default_factory=list)

    # What is allowed.

    def parties(self, browser: Browser) -> list[Party]:
        return [browser, self.person] if browser.linked else [browser]

    def allowed(self, purpose: str, parties: Sequence[Party], now: datetime) -> bool:
        if any(purpose in each.objections for each in parties):
            return False
        # A restriction stops all but what was agreed to after it began.
        begun = [each.restricted for each in parties if each.restricted]
        return any(
            self.counts(purpose, each, now) and all(each.at > since for since in begun)
            for each in _after_the_last_no(purpose, parties)
        )

    def counts(self, purpose: str, said: Said, now: datetime) -> bool:
        life = timedelta(days=self.words.of(said.version, purpose)["lifetime_days"])
        return self.words.same(said.version, purpose, now) and now < said.at + life

    def taken_back(self, purpose: str, parties: Sequence[Party]) -> bool:
        """Tell whether somebody said no, and nobody yes since: the reason to erase what it let us
        keep. To run out, to be asked in other words or to be restricted is none."""
        if any(purpose in each.objections for each in parties):
            return True
        refused = any(purpose in each.said and not each.said[purpose].granted for each in parties)
        return refused and not _after_the_last_no(purpose, parties)

    # What somebody says.

    def decide(
        self,
        party: Party,
        choices: Mapping[str, bool],
        now: datetime,
        *,
        version: str | None = None,
        objects: Iterable[str] = (),
        unless_so: bool = False,
    ) -> None:
        """Write a decision down; it changes what it names and nothing else."""
        under = version or self.words.current(now)["version"]
        consents = set(self.words.consents(now))
        wished = {**choices, **{name: False for name in objects if name in consents}}
        wished = {
            name: on for name, on in wished.items() if not on or self.words.same(under, name, now)
        }
        news = {name for name in objects if name not in party.objections}
        if (
            unless_so
            and not news
            and all(self._is_so(party, *each, now) for each in wished.items())
        ):
            return
        party.decisions += 1
        for name in news:
            party.objections[name] = now
        for name, on in wished.items():
            party.said[name] = Said(on, now, under)
            if on:
                party.objections.pop(name, None)
        off = {name for name, on in wished.items() if not on}
        self._tell_worker(party, off | news, now)

    def _tell_worker(self, party: Party, off: set[str], now: datetime) -> None:
        if isinstance(party, Browser):
            if ANALYTICS in off:
                self.unheard.append(("no_of_a_browser", party, party.decisions))
            return
        if ANALYTICS in off:
            self.unheard.append(("no_of_the_person", now))
        if MARKETING in off:
            self.unheard.append(("no_to_marketing", now))

    def _is_so(self, party: Party, name: str, on: bool, now: datetime) -> bool:
        said = party.said.get(name)
        return said is not None and said.granted is on and (not on or self.counts(name, said, now))

    def in_the_centre(self, choices: Mapping[str, bool], now: datetime) -> None:
        """Let the person decide for all their browsers."""
        browsers = [each for each in self.browsers if each.linked]
        so = all(
            self.allowed(name, self.parties(each), now) is on
            for name, on in choices.items()
            if name in BROWSERS_DECIDE
            for each in browsers
        ) and (
            bool(browsers)
            or all(
                self.allowed(name, [self.person], now) is on
                for name, on in choices.items()
                if name in BROWSERS_DECIDE
            )
        )
        self.decide(self.person, choices, now, unless_so=so)

    def object_to_marketing(self, now: datetime) -> None:
        marketing = self.words.named(now, "marketing")
        self.decide(self.person, {}, now, objects=marketing, unless_so=True)

    def link(self, browser: Browser, now: datetime) -> None:
        if not browser.linked:
            browser.linked = True
            browser.decisions += 1
            self.person.decisions += 1
            self.unheard.append(("link", browser, now))

    def visit(self, browser: Browser, now: datetime) -> None:
        made = Visit(now, browser.decisions)
        browser.visits.append(made)
        self.unheard.append(("visit", browser, made))

    # Sign-ups.

    def confirmation(self, sign_up: SignUp, now: datetime) -> int:
        """Tell what opening its link is answered."""
        dm = [self.person]
        if sign_up.used:
            if self.taken_back(MARKETING, dm):
                return 409
            return 200 if self.subscriptions and not sign_up.gone else 410
        if sign_up.gone or now >= (sign_up.mailed_at or now) + LINK_LIFE:
            return 410
        if not self.words.same(sign_up.version, MARKETING, now):
            return 409
        said = self.person.said.get(MARKETING)
        refused = said is not None and not said.granted and said.at > sign_up.at
        objected = self.person.objections.get(MARKETING)
        return 409 if refused or (objected is not None and objected > sign_up.at) else 200

    def confirm(self, sign_up: SignUp, now: datetime) -> None:
        sign_up.used = True
        self.decide(self.person, {MARKETING: True}, now, version=sign_up.version)
        self.subscriptions.append(now)
        self.unheard.append(("confirmation",))

    # What workers and schedules do.

    def worker_hears(self) -> None:
        """Erase what was taken back; what came under a later yes stays."""
        heard, self.unheard = self.unheard, []
        for what, *rest in heard:
            getattr(self, f"_hears_{what}")(*rest)

    def _hears_no_of_a_browser(self, browser: Browser, decision: int) -> None:
        browser.visits = [each for each in browser.visits if each.decision >= decision]

    def _hears_no_of_the_person(self, at: datetime) -> None:
        for browser in self.browsers:
            if browser.linked:
                browser.visits = [each for each in browser.visits if each.at > at]

    def _hears_no_to_marketing(self, at: datetime) -> None:
        if self.taken_back(MARKETING, [self.person]):
            self.subscriptions = [since for since in self.subscriptions if since > at]

    def _hears_confirmation(self) -> None:
        self.subscriptions = self.subscriptions[-1:]

    def _hears_visit(self, browser: Browser, made: Visit) -> None:
        if self.taken_back(ANALYTICS, self.parties(browser)):
            browser.visits = [each for each in browser.visits if each is not made]

    def _hears_link(self, browser: Browser, at: datetime) -> None:
        theirs = self.taken_back(ANALYTICS, self.parties(browser))
        if theirs and not self.taken_back(ANALYTICS, [browser]):
            browser.visits = [each for each in browser.visits if each.at > at]

    def fulfil(self, now: datetime) -> None:
        """Carry requests out: copies first, and no erasure while a copy is open."""
        for asked in self.requests:
            if asked.kind == "access" and asked.status == "in_progress":
                waits = any(other.noted for other in self.requests)
                asked.status = "awaiting_review" if waits else "completed"
                if not waits:
                    asked.closed_at = asked.copy_at = now
            if asked.kind == "restriction" and asked.status == "in_progress":
                asked.status, asked.closed_at = "completed", now
        for asked in self.requests:
            waiting = any(
                other.kind == "access" and other.open and other.identified
                for other in self.requests
            )
            if asked.kind == "erasure" and asked.status == "in_progress" and not waiting:
                self._erase(now)
                asked.status, asked.closed_at = "completed", now

    def _erase(self, now: datetime) -> None:
        for browser in self.browsers:
            if browser.linked:
                everything = {**browser.said, **dict.fromkeys(self._all_of_browsers(now))}
                self.decide(browser, dict.fromkeys(everything, False), now)
                browser.linked, browser.visits = False, []
        for sign_up in self.sign_ups:
            sign_up.gone = True
        for asked in self.requests:
            asked.erased |= not asked.open
        self.subscriptions, self.enquiries = [], []
        self.person.said, self.person.restricted = {}, None

    def _all_of_browsers(self, now: datetime) -> list[str]:
        return [name for name in self.words.consents(now) if name in BROWSERS_DECIDE]

    def retention_runs(self, now: datetime) -> None:
        """Delete what is due."""

        def stays(kind: str, at: datetime) -> bool:
            return now < at + KEPT[kind]

        for browser in self.browsers:
            browser.visits = [each for each in browser.visits if stays("visit", each.at)]
        for sign_up in self.sign_ups:
            sign_up.gone |= not sign_up.used and not stays("subscription_pending", sign_up.at)
        self.subscriptions = [at for at in self.subscriptions if stays("subscription", at)]
        self.enquiries = [each for each in self.enquiries if stays("enquiry", each[0])]
        for asked in self.requests:
            if asked.copy_at and not stays("export", asked.copy_at):
                asked.copy_at = None


def _after_the_last_no(purpose: str, parties: Iterable[Party]) -> list[Said]:
    said = [each.said[purpose] for each in parties if purpose in each.said]
    no = [each.at for each in said if not each.granted]
    return [each for each in said if each.granted and (not no or each.at > max(no))]
