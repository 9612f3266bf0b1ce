"""Texts with and without card numbers: published test numbers and generated ones only."""

import random
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

# Numbers that payment companies publish for testing; none was ever issued.
PUBLISHED = (
    "4111111111111111",
    "4012888888881881",
    "4242424242424242",
    "4000056655665556",
    "4222222222222",
    "5555555555554444",
    "5105105105105100",
    "2223003122003222",
    "2223000048400011",
    "378282246310005",
    "371449635398431",
    "378734493671000",
    "6011111111111117",
    "6011000990139424",
    "3530111333300000",
    "3566002020360505",
    "30569309025904",
    "38520000023237",
    "3056930009020004",
    "6200000000000005",
    "6205500000000000004",
    "6759649826438453",
    "6799990100000000019",
)

# What issuers use, said apart from the product's own table: prefix, lengths.
ISSUED = (
    *(("4", length) for length in (13, 16, 19)),
    *((prefix, 16) for prefix in ("51", "55", "2221", "2499", "2720")),
    *((prefix, 15) for prefix in ("34", "37")),
    *((prefix, 16) for prefix in ("6011", "644", "65", "3528", "3589", "62", "81")),
    *((prefix, 19) for prefix in ("6011", "65", "3540", "62", "2202", "67")),
    *((prefix, 14) for prefix in ("300", "305", "3095", "36", "38", "39")),
    *(("6304", length) for length in range(12, 20)),
    *(("5018", length) for length in range(12, 20)),
    *((prefix, 16) for prefix in ("2200", "2204", "50", "58", "60", "636", "67", "9792", "82")),
    ("1354", 15),
)
# Those that are found even with other digits touching them.
USUAL = tuple(
    (prefix, length)
    for prefix, length in ISSUED
    if length == {"3": 14}.get(prefix[0], 16)
    or prefix in ("34", "37")
    or (prefix, length) == ("4", 19)
)

# A card number in the ways that people type, paste and hide it.
TRUE = (
    "My card is 4111111111111111.",
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "4111.1111.1111.1111",
    "4111/1111/1111/1111",
    "4111_1111_1111_1111",
    "4111\\1111\\1111\\1111",
    "4111 - 1111 - 1111 - 1111",
    "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
    "4--1--1--1--1--1--1--1--1--1--1--1--1--1--1--1",
    "4111\n1111\r\n1111\t1111",
    "41 11111 11111 1111",
    "4111\u20131111\u20141111\u20111111",  # en dash, em dash, hyphen that does not break
    "4111\u22121111\u00ad1111\ufe631111",  # minus sign, soft hyphen, small hyphen
    "4111\u00a01111\u202f1111\u30001111",  # spaces that are not the space
    "4111\u200b1111\u200d1111\ufeff1111",  # nothing to be seen
    "4\u20601\u200b1\u200c1 1\u00ad111 1111 1111",
    "4111\u00b71111\u20221111\u2027" + "1111",  # dots
    "\uff14\uff11\uff11\uff11 1111 1111 \uff11\uff11\uff11\uff11",  # full width
    "\u0664\u0661\u0661\u0661 " + "\u0661\u0661\u0661\u0661 " * 3,  # Arabic-Indic
    "\u096a\u0967\u0967\u0967" + "\u0967" * 12,  # Devanagari
    "\U0001d7d2" + "\U0001d7cf" * 15,  # mathematical bold
    "\u2463" + "\u2460" * 15,  # circled
    "\u2779" + "\u2776" * 15,  # circled, white on black
    "\u2074" + "\u00b9" * 15,  # superscript
    "4\ufe0f\u20e3" + "1\ufe0f\u20e3" * 15,  # keycaps
    "4\u0336" + "1\u0336" * 15,  # struck through
    "4111\uff0f1111\u20241111\u20261111",  # full-width slash, dot leader, ellipsis
    "4111 1111 1111 11\u246a",  # ends with a circled eleven
    "card4111111111111111please",
    "\u5361\u53f74111111111111111\u8c22\u8c22",
    "ref 00004111111111111111",
    "4111111111111111123",  # with its security code
    "41111111111111111227123",  # with expiry date and security code
    "9" * 30 + "4111111111111111" + "9" * 30,
    "Order 12, 2 boxes 4111 1111 1111 1111 3 times",
    "12 4111 1111 1111 1111 34",
    "x14111 1111 1111 11112",
    "01233 555012 4111 1111 1111 1111",
    "12/27 4111 1111 1111 1111 123",
    "378282 246310 005",
    "3782 822463 10005",
    "3056 930902 5904",
    "6205 5000 0000 0000 004",
    "amex:378282246310005,visa:4222222222222",
    "5555555555554444;5105105105105100",
    '{"pan":"6011111111111117"}',
    "https://shop.example.com/pay?card=3530111333300000&x=1",
    "4111 1111 1111 1111 exp 12/27 cvv 123",
    "%B4111111111111111^DOE/J^",
    "4111    1111    1111    1111",  # in columns
    "4111\n\n\n\n1111\t\t\t\t1111 \u200b\u200b\u200b\u200b 1111",
    "4111\u200b\u200b\u200b\u200b1111\u200b\u200b\u200b\u200b11111111",
    *(
        sign.join(parts)
        for sign in (
            *",:;|*+~'\"=#x",
            *("\u2192", "\U0001f642", "\U0001f44d\U0001f3fd", "\u060c", "\uff0c"),
            *("&nbsp;", "&#32;", "&amp;#160;", "<br>", "<br/>", "%20", "%2520"),
            *("\n> ", ", ", " | "),
        )
        for parts in (("4111", "1111", "1111", "1111"), tuple("4111111111111111"))
    ),
    "(4111) (1111) (1111) (1111)",
    "[4111][1111][1111][1111]",
    "\u56db" + "\u4e00" * 15,  # Chinese numerals
    "\u2477" + "\u2474" * 15,  # in brackets
    "\U0001f105" + "\U0001f102" * 15,  # with commas
    "\U000e0034" + "\U000e0031" * 15,  # of tags
    "/%34111111111111111",
    "%4111111111111111",
    "%2534" + "%2531" * 15,
    "%EF%BC%94" + "%ef%bc%91" * 15,
    "&#52;&#49;&#x31;&#49;111111111111",
    "&amp;#52;111111111111111",
)

# Texts that hold long numbers, none of them a card's.
FALSE = (
    "Call +44 1233 555012 or 01233 555 013.",
    "Mobile 07700 900123, office 020 7946 0958",
    "0044 7700 900 123",
    "Order SO-2023-000123456, invoice INV/2023/06/0042",
    "GB29 NWBK 6016 1331 9268 19",
    "GB29NWBK60161331926819",
    "ISBN 978-3-16-148410-0",
    "ISBN 9780306406157",
    "EAN 5012345678900",
    "EAN 5901234123457",
    "tracking 1Z999AA10123456784",
    "tracking RB123456785GB",
    "SSCC 003400000000000018",
    "550e8400-e29b-41d4-a716-446655440000",
    "123e4567-e89b-12d3-a456-426614174000",
    "2023-06-01T09:00:00.123Z",
    "20230601090000",
    "20230601090000123",
    "from 01/06/2023 to 30/06/2023",
    "01.06.2023 09:00 - 02.06.2023 17:30",
    "1685610000000",
    "1685610000.123456",
    "192.168.10.12, 10.0.122.133",
    "00:1b:44:11:3a:b7",
    "GB 123 4567 89",
    "51.1465, 0.8750",
    "4111 1111 1111 1112",  # check digit wrong
    "4111 1111 1111",  # too short
    "7111111111111116",  # no issuer's
    "4111a1111b1111c1111",
    "3 x 100, 4 x 250, 12 x 1000, 60 x 24",
    "1,234,567,890,123",
    "0000000000000000",
    "9999 9999 9999 9999",
    "3.14159265358979323846",
)

# Harmless, and yet with an issuer's prefix and length and a fitting check digit: these go.
BY_CHANCE = (
    "order 3036111497036072",
    "parcel 00348214036333808656",
    "EAN 4058525645028",
    "25/05/2028 - 22/03/2023",
)


def luhn_valid(digits: str) -> bool:
    """Apply ISO/IEC 7812-1 annex B as it is told: from the right, every second digit doubled."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        total += sum(map(int, str(int(digit) * (1 + place % 2))))
    return total % 10 == 0


def completed(digits: str) -> str:
    """Append the check digit."""
    return next(digits + check for check in "0123456789" if luhn_valid(digits + check))


def ordinary(seed: int) -> dict[str, Callable[[], str]]:
    """Make numbers of business life, family by family: repeatable from the seed."""
    chance = random.Random(seed)

    def digits(count: int) -> str:
        return "".join(chance.choices("0123456789", k=count))

    def gs1(body: str) -> str:
        weighed = sum(int(d) * (1 + 2 * (i % 2 == 0)) for i, d in enumerate(reversed(body)))
        return body + str(-weighed % 10)

    def moment() -> datetime:
        return datetime.fromtimestamp(chance.randrange(1_400_000_000, 2_000_000_000), UTC)

    def german_iban() -> str:
        body = digits(18)
        solid = f"DE{98 - int(body + '131400') % 97:02}{body}"
        return " ".join(solid[i : i + 4] for i in range(0, 22, 4))

    return {
        "order number, 12 digits": lambda: digits(12),
        "order number, 16 digits": lambda: digits(16),
        "order number, 4 x 4 digits": lambda: " ".join(digits(4) for _ in range(4)),
        "parcel number, 20 digits": lambda: "0034" + digits(16),
        "pallet number, SSCC-18": lambda: gs1("0" + digits(16)),
        "article number, UK EAN-13": lambda: gs1("50" + digits(10)),
        "article number, German EAN-13": lambda: gs1("40" + digits(10)),
        "book number, ISBN-13": lambda: gs1("978" + digits(9)),
        "bank account, UK IBAN": lambda: (
            f"GB{digits(2)} NWBK {digits(4)} {digits(4)} {digits(4)} " + digits(2)
        ),
        "bank account, German IBAN": german_iban,
        "phone, UK": lambda: f"+44 7{digits(3)} {digits(6)}",
        "phone, two UK": lambda: f"01{digits(3)} {digits(6)} 07{digits(3)} {digits(6)}",
        "phone, German mobile": lambda: f"+49 151 {digits(8)}",
        "time, 14 digits": lambda: moment().strftime("%Y%m%d%H%M%S"),
        "time, milliseconds": lambda: f"{moment().timestamp() * 1000:.0f}",
        "time, RFC 3339": lambda: moment().isoformat(),
        "dates, from and to": lambda: f"{moment():%d/%m/%Y} - {moment():%d/%m/%Y}",
        "UUID": lambda: str(uuid.UUID(int=chance.getrandbits(128), version=4)),
    }


def numbers_left(groups: list[str]) -> Iterator[str]:
    """Find, by trying everything, card numbers that stand in whole groups of digits."""
    for first in range(len(groups)):
        digits = ""
        for group in groups[first:]:
            digits += group
            if luhn_valid(digits) and any(
                digits.startswith(prefix) and len(digits) == length for prefix, length in ISSUED
            ):
                yield digits
