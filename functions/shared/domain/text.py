"""Text that people type, as it is kept: what can be seen of it, in one form (K7, Unicode NFC).

Nothing here refuses a text. What nobody can see is taken out: control characters, the
characters that turn the direction of writing, and those that take no room. Joiners and
variation selectors stay where scripts and pictures need them. All of it takes time in
proportion to the text, whatever it holds.
"""

import re
import unicodedata

_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Control characters, marks of direction, fillers, tags, halves of surrogate pairs, no characters.
_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
_JOINERS = "\u200c\u200d"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
# A joiner stands between two letters or pictures that are not ASCII, a selector behind anything
# that can be seen; of several in a row the first one counts.
_PLAIN = "\x00-\xa0\u1680\u2000-\u206f\u2800\u3000"
_STRAY_SELECTOR = re.compile(f"(?<![^\\s\u2800{_JOINERS}{_SELECTORS}])[{_SELECTORS}]+")
_STRAY_JOINER = re.compile(
    f"(?<![^{_PLAIN}])[{_JOINERS}]+|[{_JOINERS}]+(?![^{_PLAIN}])|(?<=[{_JOINERS}])[{_JOINERS}]+"
)
_SEEN = re.compile(f"[^\\s\u2800{_JOINERS}{_SELECTORS}]")
# As many marks on one letter as Unicode's stream-safe form has (UAX 15): with more, putting them
# in order takes time that grows with the square of their number.
_MOST_MARKS = 30


def visible(text: str) -> str:
    """Return the text without what nobody can see, each line break a line feed, in NFC.

    A text of which nothing can be seen becomes empty; blanks at both ends go, too.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    shown = _HIDDEN.sub("", _BREAKS.sub("\n", text))
    if not shown.isascii():
        shown = _STRAY_JOINER.sub("", _STRAY_SELECTOR.sub("", shown))
        shown = unicodedata.normalize("NFC", _few_marks(shown))
    return shown.strip() if _SEEN.search(shown) else ""


def one_line(text: str) -> str:
    """Return what can be seen of the text, on one line: breaks and tabs become blanks."""
    shown = visible(text)
    return shown if shown.isprintable() else re.sub("[\n\t]+", " ", shown)


def _few_marks(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)
