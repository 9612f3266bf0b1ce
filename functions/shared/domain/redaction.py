"""Payment card numbers in free text, taken out before anything keeps them (S30).

A card number is what ISO/IEC 7812-1 calls a primary account number: an issuer's prefix, a
length that this issuer uses and a check digit (Luhn), however it is typed: in any script's
digits, also escaped for a URL or for HTML, amid other digits, with any run of what is blank or
takes no room between two of them and up to three dashes, dots or slashes. Any other signs may
part it where cards part theirs, or digit from digit. One number in ten that has a prefix and
length passes the check digit by chance, so some harmless numbers go too: a lost order number
can be asked for again, a stored card number cannot be unstored.

Time and memory grow in proportion to the text, whatever it holds.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import unescape
from itertools import accumulate, pairwise
from typing import NamedTuple

MARKER = "[card number removed]"

Span = tuple[int, int]


class _Range(NamedTuple):
    """Numbers that begin with `first` to `last`, and the lengths their issuers use.

    `amid` are the lengths that count even where more digits touch the number. The rare ones
    do not: there, chance finds far more of them than people type.
    """

    first: str
    last: str
    lengths: tuple[int, ...]
    amid: tuple[int, ...] = (16,)


_RANGES = (
    _Range("1000", "1999", (15,), ()),  # UATP
    _Range("2200", "2204", (16, 17, 18, 19)),  # Mir
    _Range("2221", "2720", (16,)),  # Mastercard
    _Range("3000", "3059", (14, 16, 17, 18, 19), (14, 16)),  # Diners Club
    _Range("3095", "3095", (14, 16, 17, 18, 19), (14, 16)),  # Diners Club
    _Range("3400", "3499", (15,), (15,)),  # American Express
    _Range("3528", "3589", (16, 17, 18, 19)),  # JCB
    _Range("3600", "3699", (14, 16, 17, 18, 19), (14, 16)),  # Diners Club
    _Range("3700", "3799", (15,), (15,)),  # American Express
    _Range("3800", "3999", (14, 16, 17, 18, 19), (14, 16)),  # Diners Club
    _Range("4000", "4999", (13, 16, 19), (16, 19)),  # Visa
    _Range("5000", "5099", (16, 18, 19)),  # Maestro, Elo, Verve, RuPay
    _Range("5018", "5018", (12, 13, 14, 15, 17)),  # Maestro
    _Range("5020", "5020", (12, 13, 14, 15, 17)),  # Maestro
    _Range("5038", "5038", (12, 13, 14, 15, 17)),  # Maestro
    _Range("5100", "5599", (16,)),  # Mastercard
    _Range("5600", "5899", (16, 18, 19)),  # Maestro
    _Range("5893", "5893", (12, 13, 14, 15, 17)),  # Maestro
    _Range("6000", "6099", (16, 17, 18, 19)),  # Discover, RuPay, Hipercard
    _Range("6200", "6299", (16, 17, 18, 19), (16, 19)),  # UnionPay
    _Range("6300", "6399", (16, 17, 18, 19)),  # Maestro, InterPayment, InstaPayment, Elo
    _Range("6304", "6304", (12, 13, 14, 15)),  # Maestro
    _Range("6440", "6599", (16, 17, 18, 19)),  # Discover, Elo, RuPay, Troy, Verve
    _Range("6700", "6799", (16, 18, 19)),  # Maestro
    _Range("6759", "6763", (12, 13, 14, 15, 17)),  # Maestro
    _Range("8100", "8299", (16, 17, 18, 19)),  # UnionPay, RuPay
    _Range("9792", "9792", (16,)),  # Troy
)
# After which digits cards part their numbers: 4-4-4-4-3 and 4-6-5.
_LAYOUTS = (frozenset((4, 8, 12, 16)), frozenset((4, 10)))
_SHORTEST = min(min(row.lengths) for row in _RANGES)
_BY_START: dict[str, list[_Range]] = {}
for _row in _RANGES:
    for _start in range(int(_row.first[:2]), int(_row.last[:2]) + 1):
        _BY_START.setdefault(str(_start), []).append(_row)

# In a text's marks every digit is 0-9, what is blank or takes no room is a space, what usually
# parts numbers is a dash, and any other sign is a comma.
_BLANK, _USUAL, _SIGN = " ", "-", ","
_GROUP = re.compile(r"[0-9]+")
_RUN = re.compile(rf"[0-9](?: *(?:[-,] *){{0,3}}[0-9]){{{_SHORTEST - 1},}}")
_ASCII_DIGIT = re.compile("[0-9]")
_DIGITS = frozenset(range(10))
_TAG_DIGITS = "".join(map(chr, range(0xE0030, 0xE003A)))

_BLANKS = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Me"))
_NO_ROOM = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_DASHES = frozenset(("Pd", "Pc"))
_MORE_SEPARATORS = frozenset(
    "./\\"
    "\u00b7\u2022\u2027\u2219\u22c5\u30fb\u3002"  # dots
    "\u2044\u2215\u29f8\u2212\u02d7\u2043\u30fc"  # slashes, minus signs, what looks like a dash
)
# Letters that people put between the parts of a number.
_CROSSES = frozenset("xX")

# What stands for other characters: escapes of URLs and of HTML, once or more, and HTML's tags.
_ESCAPED = re.compile(
    r"(?P<url>(?:%(?:25)*[0-9A-Fa-f]{2})+)"
    r"|&(?:amp;)*(?P<html>#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,31});?"
    r"|(?P<tag></?[A-Za-z][^<>0-9]{0,60}>)"
)
_URL_ESCAPE = re.compile(r"%(?:25)*([0-9A-Fa-f]{2})")

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)  # the sum of the digits of twice a digit

# What is printed on a card beside its number.
_GAP = re.compile(r"\W{0,4}")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_EXPIRY = rf"(?:(?:0?[1-9]|1[0-2]|{_MONTH}) {{0,3}}(?:20)?[0-9]{{2}}|20[0-9]{{2}} {{0,3}}[01][0-9])"
_DETAIL = rf"(?:{_EXPIRY}|[0-9]{{3,4}})(?![0-9])"
# `re` compiles these two with the first card that is found: few cold starts find one.
_BEFORE = rf"(?<![0-9])(?:{_DETAIL}{_GAP.pattern}){{1,2}}\Z"
_BEFORE_REACH = 48  # characters, enough for two details
_AFTER = rf"(?:{_GAP.pattern}{_DETAIL}){{1,2}}"
_NAMED = (
    r"(?<![a-z])(?:(?:(?:cvv|cvc|cvn|cv|csc|cid|pin)2?|(?:security|verification|card) code"
    r"|on (?:the )?(?:back|reverse))(?![a-z])[^0-9]{0,16}[0-9]{3,4}"
    r"|(?:exp[a-z]{0,8}|valid[a-z]{0,3}|good (?:thru|through|until|to))(?![a-z])"
    rf"[^0-9]{{0,16}}?{_EXPIRY})(?![0-9])"
)


def redact_cards(text: str) -> str:
    """Return the text without card numbers; the very same text where there is none.

    A security code or an expiry date beside a number goes with it, and so does one that is
    called by its name anywhere in the same text. All else stays as it is.
    """
    if text.isascii() and len(_ASCII_DIGIT.findall(text)) < _SHORTEST and "&#" not in text:
        return text
    found = _Reading(text).card_details()
    if escapes := list(_ESCAPED.finditer(text)):
        found += _Reading(text, escapes).card_details()
    if not found:
        return text
    edges = (0, *(edge for span in _united(found) for edge in span), len(text))
    kept = zip(edges[::2], edges[1::2], strict=True)
    return MARKER.join(text[start:end] for start, end in kept)


class _Reading:
    """A text as a reader sees it: `words` and `marks`, character by character side by side.

    `words` has digits as 0-9 and what parts numbers as spaces, `marks` tells signs apart.
    `at` is where in the text each character comes from; what is escaped comes from all of it.
    """

    def __init__(self, text: str, escapes: Iterable[re.Match[str]] = ()) -> None:
        words: list[str] = []
        self.at: list[Span] = []
        end = 0
        for escaped in escapes:
            self._plain(text, end, escaped.start(), words)
            end = escaped.end()
            for char in _meant(escaped):
                self._add(char, (escaped.start(), end), words)
        self._plain(text, end, len(text), words)
        self.words = "".join(map(_word, words))
        self.marks = "".join(map(_mark, words))

    def card_details(self) -> list[Span]:
        """Return where in the text card numbers lie, and what is printed beside them."""
        cards = _joined(self.words, _numbers(self.marks))
        if not cards:
            return []
        spans = _joined(self.words, (*_details(self.words, cards), *cards))
        return [(self.at[start][0], self.at[end - 1][1]) for start, end in spans]

    def _plain(self, text: str, start: int, end: int, words: list[str]) -> None:
        for place in range(start, end):
            self._add(text[place], (place, place + 1), words)

    def _add(self, char: str, place: Span, words: list[str]) -> None:
        for read in _compatible(char):
            words.append(read)
            self.at.append(place)


def _meant(escaped: re.Match[str]) -> str:
    """Return what an escape stands for; a tag of HTML parts what is around it."""
    if escaped["url"]:
        codes = bytes.fromhex("".join(_URL_ESCAPE.findall(escaped["url"])))
        return codes.decode("utf-8", "replace")
    return _SIGN if escaped["tag"] else unescape(f"&{escaped['html']};")


# More than any language's text has; all of Unicode would be a quarter of a gigabyte.
_remembered = lru_cache(maxsize=4096)


@_remembered
def _compatible(char: str) -> str:
    """Return a digit of any script as 0-9, anything else in Unicode's compatibility form.

    Of a whole text at once, NFKC takes quadratic time on a long row of combining marks.
    """
    if char in _TAG_DIGITS:
        return str(ord(char) - ord(_TAG_DIGITS[0]))
    value = unicodedata.numeric(char, None)
    if value in _DIGITS and unicodedata.category(char)[0] in "NL":
        return str(int(value))
    plain = unicodedata.normalize("NFKC", char)
    return plain if plain == char else "".join(map(_compatible, plain))


@_remembered
def _mark(char: str) -> str:
    category = unicodedata.category(char)
    if category in _BLANKS or char in _NO_ROOM:
        return _BLANK
    if category in _DASHES or char in _MORE_SEPARATORS:
        return _USUAL
    return _SIGN if category[0] in "PS" or char in _CROSSES else char


@_remembered
def _word(char: str) -> str:
    return " " if _mark(char) in (_BLANK, _USUAL) else char


def _numbers(marks: str) -> Iterator[Span]:
    """Find the card numbers, each with all of the unbroken digit groups that it touches."""
    for run in _RUN.finditer(marks):
        groups = [group.span() for group in _GROUP.finditer(marks, *run.span())]
        group_of = [group for group in groups for _ in range(*group)]
        digits = "".join(marks[slice(*group)] for group in groups)
        sums = _luhn_sums(digits)
        starts = [True, *(one != other for one, other in pairwise(group_of)), True]
        signs = [
            0,
            *accumulate(_SIGN in marks[one[1] : other[0]] for one, other in pairwise(group_of)),
        ]
        for start, end, amid in _candidates(digits):
            if (sums[end % 2][end] - sums[end % 2][start]) % 10:
                continue
            alone = starts[start] and starts[end]
            signed = signs[end - 1] != signs[start]
            if (alone and not signed) or (
                (alone or amid) and _looks_printed(starts[start + 1 : end])
            ):
                yield group_of[start][0], group_of[end - 1][1]


def _looks_printed(starts: list[bool]) -> bool:
    """Tell whether a number is in one piece, parted only where cards part theirs, or all over."""
    parted = {place for place, starts_here in enumerate(starts, 1) if starts_here}
    return len(parted) == len(starts) or any(parted <= layout for layout in _LAYOUTS)


def _candidates(digits: str) -> Iterator[tuple[int, int, bool]]:
    """Yield start, end and whether it counts amid other digits, of all that an issuer might use."""
    for start in range(len(digits) - _SHORTEST + 1):
        for row in _BY_START.get(digits[start : start + 2], ()):
            if row.first <= digits[start : start + 4] <= row.last:
                for length in row.lengths:
                    if start + length <= len(digits):
                        yield start, start + length, length in row.amid


def _luhn_sums(digits: str) -> tuple[list[int], list[int]]:
    """Sum from the left with every other digit doubled, once the even and once the odd places.

    A number passes if the difference of the sums at its ends is a multiple of ten, in the
    list by its end's parity: so each of many overlapping numbers costs one subtraction.
    """
    plain = [int(digit) for digit in digits]
    doubled = [_DOUBLED[digit] for digit in plain]
    even, odd = plain[:], plain[:]
    even[::2], odd[1::2] = doubled[::2], doubled[1::2]
    return [*accumulate(even, initial=0)], [*accumulate(odd, initial=0)]


def _details(shape: str, cards: Iterable[Span]) -> Iterator[Span]:
    """Find security codes and expiry dates: beside a card, or called by their names."""
    for start, end in cards:
        before, after = (re.compile(each, re.IGNORECASE) for each in (_BEFORE, _AFTER))
        if found := before.search(shape, max(0, start - _BEFORE_REACH), start):
            yield found.span()
        if found := after.match(shape, end):
            yield found.span()
    for named in re.finditer(_NAMED, shape, re.IGNORECASE):
        yield named.span()


def _united(spans: Iterable[Span]) -> list[Span]:
    """Put in order, and make one of those that overlap."""
    united: list[Span] = []
    for start, end in sorted(spans):
        if united and start <= united[-1][1]:
            united[-1] = united[-1][0], max(united[-1][1], end)
        else:
            united.append((start, end))
    return united


def _joined(shape: str, spans: Iterable[Span]) -> list[Span]:
    """Put in order, and make one of those that overlap or have only punctuation between."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and (start <= joined[-1][1] or _GAP.fullmatch(shape, joined[-1][1], start)):
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined
