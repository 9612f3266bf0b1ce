"""Finding everybody whom a breach concerns, and having each told once by mail (S24).

What was found is written batch by batch, together with how far the search is: it can be broken
off anywhere and goes on there. A batch that is stored is mailed to; nothing is mailed from here.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.domain.breach import Breach
from shared.storage import breach_recipients, breaches
from shared.storage.breach_recipients import Person

# Seconds to look for people in: the gateway waits 29, and the last page and the answer take some.
SECONDS = 20.0


def begun(order: dict[str, Any]) -> dict[str, Any]:
    """Return the order with a search that has not begun: at the first place, nobody found."""
    return {**order, "place": 0, "key": None, "batches": 0, "browsers": 0, "found_all": False}


def search(breach: Breach, now: datetime) -> Breach:
    """Go on with the search as far as time allows, at least by a page; return the breach after it.

    Raises:
        Conflict: somebody acts on the breach at the same time; the same order again goes on.
    """
    places = breach_recipients.places(breach.affected)
    seen = {person["person"] for batch in breaches.batches(breach.id) for person in batch["people"]}
    until = time.monotonic() + SECONDS
    search = dict(breach.notification or {})
    while search["place"] < len(places):
        people, key = breach_recipients.page(
            breach.affected, places[search["place"]], search["key"]
        )
        fresh = {each["person"]: each for each in people if each["person"] not in seen}
        seen |= fresh.keys()
        named = [each for name, each in fresh.items() if name.startswith("p_")]
        search |= {
            "place": search["place"] + (key is None),
            "key": dict(key) if key else None,
            "browsers": search["browsers"] + len(fresh) - len(named),
        }
        if named:
            breach = _written(breach, search, named, now)
            search = dict(breach.notification or {})
        if time.monotonic() > until:
            break
    search["found_all"] = search["place"] == len(places)
    return breaches.change(replace(breach, notification=search))


def _written(
    breach: Breach, search: dict[str, Any], named: Sequence[Person], now: datetime
) -> Breach:
    """Write a page's people in batches, with the place behind them."""
    groups = [named[at : at + breaches.PEOPLE] for at in range(0, len(named), breaches.PEOPLE)]
    first = search["batches"]
    members = [
        breaches.batch(breach.id, number, group, now) for number, group in enumerate(groups, first)
    ]
    after = {**search, "batches": first + len(groups)}
    return breaches.change(replace(breach, notification=after), *members)
