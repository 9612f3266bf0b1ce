"""How often one source may ask, and one address may be mailed, for each cause by itself.

What strangers can bring about has an allowance of its own for each kind of mail: a flood of forms
in somebody's name spends nothing of what that person's request or link needs.
"""

import ipaddress
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

# A household or an office has one IPv6 network of this length, with more addresses than anybody
# can count: it is one source.
_NETWORK = 64


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


# An office behind one address may fill in many forms; a script is stopped within seconds. Requests
# and links to the preference centre are rights: however many forms came, they are counted apart.
PER_SOURCE = Limit("source", most=100, window=600)
RIGHTS_PER_SOURCE = Limit("source_of_rights", most=100, window=600)

# Mails of one kind to one mailbox: enough for somebody who tries again, too few to harass.
FORM_MAILS = Limit("mails_of_forms", most=20, window=3600)
CONFIRMATION_MAILS = Limit("mails_to_confirm", most=20, window=3600)
OBJECTION_MAILS = Limit("mails_of_objections", most=20, window=3600)
REQUEST_MAILS = Limit("mails_of_requests", most=20, window=3600)
# Acknowledging complaints is owed, so nothing else spends its allowance; what finds it
# spent is named by the next acknowledgement, which is for all that wait.
COMPLAINT_MAILS = Limit("mails_of_complaints", most=20, window=3600)
# Whose address somebody wants to be known by need not be theirs.
ADDRESS_MAILS = Limit("mails_of_addresses", most=20, window=3600)
FRESH_LINK_MAILS = Limit("mails_of_fresh_links", most=20, window=3600)
# No longer than a link works: whoever is withheld one has one that works in the mailbox.
LINK_MAILS = Limit("mails_of_links", most=20, window=900)
# Fresh links to one request, which only who knows its id can ask for. Each works for longer than
# the window, so that whoever gets none has some in the mailbox.
LINKS_OF_REQUEST = Limit("links_of_request", most=5, window=3600)


def source(address: str) -> str:
    """Fold the addresses of one IPv6 network into one source; what is none stays as it is."""
    with suppress(ValueError):
        parsed = ipaddress.ip_address(address.partition("%")[0])
        if isinstance(parsed, ipaddress.IPv6Address):
            if parsed.ipv4_mapped is not None:
                return str(parsed.ipv4_mapped)
            return str(ipaddress.ip_network((parsed.packed, _NETWORK), strict=False))
    return address


def mailbox(address: str) -> str:
    """Fold the tags of an address (`sam+shop@`), which end in one mailbox.

    For counting alone: who somebody is goes by the whole address.
    """
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"
