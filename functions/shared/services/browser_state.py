"""A browser as it stands: its own decisions, and those of the people whose browser it is."""

from collections.abc import Mapping
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


def get(
    consent_id: str, just_read: Mapping[str, ConsentState] | None = None
) -> BrowserState | None:
    """Read a browser, strongly consistent: one item, and one more where it is somebody's."""
    entry = ledger.head(consent_id)
    return BrowserState(entry, people_of(entry, just_read)) if entry else None


def people_of(
    entry: LedgerEntry, just_read: Mapping[str, ConsentState] | None = None
) -> tuple[ConsentState, ...]:
    """Return the states of those whose browser it is, read but for those that were `just_read`."""
    known = just_read or {}
    others = [name for name in entry.people if name not in known]
    read = {**known, **(consent_states.get_many(others) if others else {})}
    return tuple(read[name] for name in entry.people)
