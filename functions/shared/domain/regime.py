"""The regimes that a deployment may follow, as data: how the clock runs for each type of request.

Sources: UK GDPR Art. 12(3), 12(5) and 12A (in force since 5 February 2026) with the ICO's
guidance on the right of access; Data Protection Act 2018 s.164A; Data Protection Act 1998 s.7.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from shared.domain.calendar_dates import Period


@dataclass(frozen=True, slots=True)
class Terms:
    """How the clock runs for one type of request.

    `answer` is the time to answer in, `extended` what one extension makes of it, both from the
    same start. `to_working_day` moves an end on a day of rest to the next working day. `pauses`:
    days of clarification do not count. `waits`: identity and fee come before the start. `fee`:
    the nominal fee is asked of everybody (S53). `target` is our own promise, shorter than the
    law's, in working days.
    """

    answer: Period
    extended: Period | None = None
    to_working_day: bool = False
    pauses: bool = False
    waits: bool = True
    fee: bool = False
    target: int | None = None


@dataclass(frozen=True, slots=True)
class Regime:
    """The law that a deployment follows: usual terms, and those of types that differ."""

    id: str
    usual: Terms
    special: Mapping[str, Terms]

    def terms(self, request_type: str) -> Terms:
        """Return the terms of a type of request."""
        return self.special.get(request_type, self.usual)


# "Promptly correct" (S56): within a working week.
CORRECTED_WITHIN = 5

# s.164A(3) sets a time for the acknowledgement alone, and it runs from receipt, whoever complains.
# The ICO counts its 30 days from the day after and moves the last to a working day.
_COMPLAINT = Terms(answer=Period(days=30), to_working_day=True, waits=False)

# Art. 12(3) and 12A(1) to (4). Only access can be paused: 12A(5).
_MONTH = Terms(answer=Period(months=1), extended=Period(months=3), to_working_day=True)

# s.7(8) and (10) of the 1998 Act: no extension, and a last day on a Sunday stays there. The fee
# (s.7(2)) is for copies. Clarification (s.7(3)) would even begin the time anew; pausing it gives
# a day that is never later.
_FORTY_DAYS = Terms(answer=Period(days=40))

REGIMES: Mapping[str, Regime] = {
    regime.id: regime
    for regime in (
        Regime(
            "uk_gdpr",
            usual=_MONTH,
            special={
                "access": replace(_MONTH, pauses=True),
                "rectification": replace(_MONTH, target=CORRECTED_WITHIN),
                "complaint": _COMPLAINT,
            },
        ),
        Regime(
            "dpa_1998",
            usual=_FORTY_DAYS,
            special={
                "access": replace(_FORTY_DAYS, pauses=True, fee=True),
                "portability": replace(_FORTY_DAYS, fee=True),
                "rectification": replace(_FORTY_DAYS, target=CORRECTED_WITHIN),
                "complaint": _COMPLAINT,
            },
        ),
    )
}
