"""A timeline as one answer can hold it: a request may be written about for years.

Lambda gives back 6 MB, in which a character may take three times what it takes here. All events are
shown; of the oldest, where it is too much, without what was written.
"""

from collections.abc import Iterable
from dataclasses import replace

from shared.storage.requests.request_store import TimelineEvent

MAX_BYTES = 1_500_000
LEFT_OUT = "Left out here: all of it is more than one answer holds. A copy of the data has it."


def shown_timeline(events: Iterable[TimelineEvent]) -> list[TimelineEvent]:
    """Return the events, oldest first, the oldest without their texts where these are too long."""
    left = MAX_BYTES
    shown = []
    for event in reversed(list(events)):
        text = event.reason or ""
        left -= len(text.encode())
        shown.append(replace(event, reason=LEFT_OUT) if text and left < 0 else event)
    return shown[::-1]
