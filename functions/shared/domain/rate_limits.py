"""How often one source or one address may make us send mail."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in each window of so many seconds."""

    name: str
    most: int
    window: int

    def bucket(self, now: datetime) -> int:
        """Number the window that `now` is in."""
        return int(now.timestamp()) // self.window

    def ends(self, now: datetime) -> int:
        """Tell when the window of `now` ends, in seconds since 1970."""
        return (self.bucket(now) + 1) * self.window


# An office behind one address may fill in many forms; a script is stopped within seconds.
PER_SOURCE = Limit("source", most=100, window=600)

# Mails of any kind to one address: enough for somebody who tries again, too few to harass.
PER_ADDRESS = Limit("address", most=20, window=3600)
