"""A browser as it stands: its own decisions, and those of the people whose browser it is."""

from dataclasses import dataclass

from shared.domain.permission import ConsentState
from shared.storage import consent_states, ledger
from shared.storage.ledger import LedgerEntry


@dataclass(frozen=True, slots=True)
class BrowserState:
    """The newest entry of a browser's chain, and the state of each person linked to it."""

    entry: LedgerEntry
    people: tuple[ConsentState, ...]

    @property
    def states(self) -> tuple[ConsentState, ...]:
        """Return all that have a say about this browser."""
        return (ConsentState(self.entry.event), *self.people)


def get(consent_id: str) -> BrowserState | None:
    """Read a browser, strongly consistent: one item, and one more where it is somebody's."""
    entry = ledger.head(consent_id)
    return BrowserState(entry, people_of(entry)) if entry else None


def people_of(entry: LedgerEntry) -> tuple[ConsentState, ...]:
    """Read the states of those whose browser it is; none is read for a browser of nobody."""
    return tuple(consent_states.get_many(entry.people).values()) if entry.people else ()
