"""Placing the hold that a sample event of the desk lifts."""

import secrets as randomness

from shared.storage import holds
from shared.storage.hold_items import Hold

EXAMPLE = "h_aaaaaaaaaaaaaaaaaaaaaaaaaa"


def filled_in(text: str) -> str:
    """Return the event with a hold in force in place of the example's."""
    name = f"h_{randomness.token_hex(13)}"
    holds.place(
        Hold(name, "A claim.", "staff-1", "2026-01-30T09:00:00.000Z", kind="support_record")
    )
    return text.replace(EXAMPLE, name)
