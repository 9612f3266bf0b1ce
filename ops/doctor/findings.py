"""What a check finds: one line about one thing."""

from dataclasses import asdict, dataclass

GOOD, BAD, UNSEEN = "good", "bad", "unseen"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: of which area, its state, in words, and what mends it."""

    area: str
    state: str
    what: str
    mend: str = ""

    def document(self) -> dict[str, str]:
        """Return it as JSON has it."""
        return asdict(self)


def judged(area: str, wrong: dict[str, str], right: str) -> list[Finding]:
    """Return a finding for each thing that is wrong, with its mend, or one that all is right."""
    if not wrong:
        return [Finding(area, GOOD, right)]
    return [Finding(area, BAD, what, mend) for what, mend in wrong.items()]
