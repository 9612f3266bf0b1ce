"""A person as they stand: their own decisions, and those of the browsers that are theirs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.domain import permission
from shared.domain.permission import ConsentState, Permission
from shared.domain.policy import Policies, Purpose
from shared.domain.timestamps import parse_timestamp
from shared.services import browser_state
from shared.services.browser_state import BrowserState
from shared.services.link_browser import browsers_of
from shared.storage import consent_states


@dataclass(frozen=True, slots=True)
class PersonState:
    """A person's own state, and each browser in which they opened a link that we mailed."""

    own: ConsentState
    browsers: tuple[BrowserState, ...]

    @property
    def names(self) -> list[str]:
        """Name the browsers by their consent_ids."""
        return [browser.entry.event["subject"] for browser in self.browsers]

    @property
    def moments(self) -> list[datetime]:
        """Return when each browser decided last: what follows from reading came after it."""
        return [parse_timestamp(each.entry.event["decided_at"]) for each in self.browsers]

    def answers(self, purpose: Purpose, policies: Policies, now: datetime) -> list[Permission]:
        """Decide in each of their browsers what a browser has a say in, anything else once."""
        if not purpose.of_a_browser or not self.browsers:
            return [permission.decide(purpose, self.own, policies, now)]
        return [
            permission.decide(purpose, browser.states, policies, now) for browser in self.browsers
        ]

    def decide(self, purpose: Purpose, policies: Policies, now: datetime) -> Permission:
        """Decide about a purpose as one truth: what one of their browsers may, is allowed."""
        return permission.together(self.answers(purpose, policies, now))

    def is_so(self, choices: Mapping[str, bool], policies: Policies, now: datetime) -> bool:
        """Tell whether every choice that a browser has a say in holds in all of their browsers."""
        purposes = policies.current(now).purposes
        return all(
            answer.allowed is chosen
            for name, chosen in choices.items()
            if name in purposes and purposes[name].of_a_browser
            for answer in self.answers(purposes[name], policies, now)
        )


def get(person: str) -> PersonState:
    """Read a person with their browsers."""
    return of(person, consent_states.get(person))


def of(person: str, own: ConsentState) -> PersonState:
    """Read the browsers, those that are still known, of somebody whose `own` state was just read.

    Nothing is linked to somebody without any state.
    """
    names = browsers_of(person) if own.event else ()
    found = (browser_state.get(name, {person: own}) for name in names)
    return PersonState(own, tuple(browser for browser in found if browser is not None))
