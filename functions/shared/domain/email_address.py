"""E-mail addresses, each written in one way only (RFC 5321, RFC 5891, UTS 46).

Every door makes an address canonical by `canonical`, so that one mailbox has one name in forms,
requests, searches, imports, holds, limits and permissions, however it is typed.
"""

import re
from typing import NewType

from shared.domain.redaction import redact_cards
from shared.domain.text import visible

EmailAddress = NewType("EmailAddress", str)
"""An address that `canonical` gave: ASCII, lower case, `local@domain`."""

MAX_OCTETS = 254  # octets, RFC 5321, 4.5.3.1.3 without the angle brackets
_LONGEST_LOCAL = 64  # octets, RFC 5321, 4.5.3.1.1
_LONGEST_PHONE = 15  # digits, ITU-T E.164
_ATOM = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
# `re` compiles these with the first address that is read: few cold starts read one.
_LOCAL = rf"{_ATOM}(?:\.{_ATOM})*"
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"(?:{_LABEL}\.)+(?!\d+$){_LABEL}"
# Names that no mail can reach (RFC 6761, RFC 6762, RFC 7686).
_NOWHERE = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})


def canonical(text: str) -> EmailAddress:
    """Return the one way to write an address.

    What cannot be seen goes, letters become small, and a domain in another alphabet is written
    as the name system does (IDNA 2008; UTS 46, non-transitional: `straße` is not `strasse`). No
    provider's habits are assumed: dots and `+tags` stay. A local part is an unquoted dot-atom
    of ASCII: quoted ones and those in other letters are not taken, because mail services do not
    deliver them. One that reads like an encoded word of a mail's header (RFC 2047) is none, and
    none is one that holds a payment card's number, unless a telephone number may be as long (S30).

    Raises:
        ValueError: it is no such address; the message quotes nothing of it.
    """
    if len(text) > 2 * MAX_OCTETS:
        raise ValueError("is too long for an e-mail address")
    local, at, name = visible(text).lower().rpartition("@")
    if not at or "=?" in local or "?=" in local or not re.fullmatch(_LOCAL, local):
        raise ValueError("is not an e-mail address")
    if len(local) > _LONGEST_LOCAL:
        raise ValueError(f"has more than {_LONGEST_LOCAL} characters before the @")
    if sum(map(str.isdigit, local)) > _LONGEST_PHONE and redact_cards(local) != local:
        raise ValueError("is not an e-mail address: it holds a payment card's number")
    domain = _ascii_domain(name)
    if not re.fullmatch(_DOMAIN, domain) or domain.rpartition(".")[2] in _NOWHERE:
        raise ValueError("is not an e-mail address: its domain cannot receive mail")
    if len(local) + 1 + len(domain) > MAX_OCTETS:
        raise ValueError(f"has more than {MAX_OCTETS} characters")
    return EmailAddress(f"{local}@{domain}")


def _ascii_domain(name: str) -> str:
    if name.isascii() and "xn--" not in name:
        return name
    import idna  # noqa: PLC0415 - its tables are large, and few domains need them

    try:
        return idna.encode(name, uts46=True, transitional=False, std3_rules=True).decode().lower()
    except (idna.IDNAError, UnicodeError, IndexError):
        raise ValueError("is not an e-mail address: its domain does not exist") from None
