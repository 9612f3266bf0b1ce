"""Whose data an erasure is about, and how much of it: what came later, or is open, is let alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.domain.data_subject_request import DataSubjectRequest


@dataclass(frozen=True, slots=True)
class ErasureScope:
    """A person and the browsers linked to them.

    `request` is the one that asks; it is still to be answered and stays whole. With `until`
    (RFC 3339) what was stored later is left alone: the person may have come back. `spared` are
    requests of which a finished copy is still to be fetched.
    """

    person: str
    request: str
    browsers: frozenset[str]
    until: str | None = None
    spared: frozenset[str] = frozenset()

    def reaches(self, at: str) -> bool:
        """Tell whether something of that moment is meant."""
        return self.until is None or at <= self.until

    def earlier(self, requests: Iterable[DataSubjectRequest]) -> frozenset[str]:
        """Name the requests that are over and told; one that is open still needs its address."""
        return frozenset(
            case.id
            for case in requests
            if case.id != self.request
            and case.id not in self.spared
            and case.closed_at is not None
            and self.reaches(case.closed_at)
        )
