"""Payment card numbers in free text, found and taken out before anything keeps them (S30).

A card number here is what ISO/IEC 7812-1 calls a primary account number: a prefix of an
issuer, a length that this issuer uses, and a check digit (Luhn, annex B of the standard),
however it is typed: in any script's digits, with up to three separators between digits,
inside a longer row of digits. One in ten numbers with an issuer's prefix and length passes
the check digit by chance, so some harmless numbers go too: a lost order number can be asked
for again, a stored card number cannot be unstored. Time and memory grow with the length of
the text.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import TypeVar

MARKER = "[card number removed]"

Text = TypeVar("Text", str, str | None)
Span = tuple[int, int]

# Issuer, its prefixes as first and last four digits, the lengths it uses, and those of them
# that count even where other digits touch the number. Rare short lengths do not: there,
# chance finds far more of them than people type.
_ISSUERS = (
    ("Visa", ((4000, 4999),), (13, 16, 19), (16, 19)),
    ("Mastercard", ((2221, 2720), (5100, 5599)), (16,), (16,)),
    ("American Express", ((3400, 3499), (3700, 3799)), (15,), (15,)),
    ("Discover", ((6011, 6011), (6440, 6599)), (16, 17, 18, 19), (16,)),
    ("JCB", ((3528, 3589),), (16, 17, 18, 19), (16,)),
    (
        "Diners Club",
        ((3000, 3059), (3095, 3095), (3600, 3699), (3800, 3999)),
        (14, 16, 17, 18, 19),
        (14, 16),
    ),
    ("UnionPay", ((6200, 6299), (8100, 8199)), (16, 17, 18, 19), (16, 19)),
    (
        "Maestro, every length",
        ((5018, 5018), (5020, 5020), (5038, 5038), (5893, 5893), (6304, 6304), (6759, 6763)),
        (12, 13, 14, 15, 16, 17, 18, 19),
        (16, 18, 19),
    ),
    (
        "Maestro and Elo, wider",
        ((5000, 5099), (5600, 5899), (6300, 6399), (6700, 6799)),
        (16, 18, 19),
        (16,),
    ),
    ("Mir", ((2200, 2204),), (16, 17, 18, 19), (16,)),
    ("RuPay, Hipercard", ((6000, 6099), (8200, 8299)), (16,), (16,)),
    ("Troy", ((9792, 9792),), (16,), (16,)),
    ("UATP", ((1000, 1999),), (15,), ()),
)
_LENGTHS: dict[str, dict[int, bool]] = {}
for _, _ranges, _lengths, _embedded in _ISSUERS:
    for _first, _last in _ranges:
        for _prefix in range(_first, _last + 1):
            _LENGTHS.setdefault(str(_prefix), {}).update(
                (length, length in _embedded) for length in _lengths
            )
