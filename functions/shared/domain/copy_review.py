"""What of a copy others wrote or said, and what of it is withheld before it goes out.

The right to a copy must not harm others (UK GDPR Art. 15(4); Data Protection Act 2018 Sch. 2
paras 16, 17 and 19). So staff look at what others wrote, *passages*, and withhold what they have a
ground for: a whole passage, or words wherever they stand. A copy is written from entries that
were cut here, so none of its forms holds what is withheld.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

WITHHELD = "[withheld]"
# Shorter words stand in too many others.
MIN_LENGTH = 2
# From that length on what a passage says is withheld wherever a value says the same.
TELLING = 8
# The members of an entry that say something; the others are a moment and a system's name.
SAID = ("title", "data")


@dataclass(frozen=True, slots=True)
class Passage:
    """One value of a copy that somebody else wrote.

    `kind` is the record class of the entry it stands in, `path` where it stands there
    (`data.timeline.3.reason`), `system` the company's other system that it comes from, if any.
    `id` follows from all of these, so it is the same each time that the copy is prepared.
    """

    id: str
    kind: str
    at: str | None
    title: str | None
    system: str | None
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Redaction:
    """What is withheld, and on which ground (`request_types.REDACTION_GROUNDS`).

    With `words` these words: of one passage, or, if it is none, of the whole copy. Without: the
    passage, of which `text` is what it says.
    """

    ground: str
    passage: str | None = None
    words: str | None = None
    text: str | None = None


@dataclass
class Reviewed:
    """What one preparation of a copy found to review, and how much it withheld by ground."""

    redactions: Sequence[Redaction] = ()
    passages: set[str] = field(default_factory=set)
    withheld: Counter[str] = field(default_factory=Counter)

    @property
    def version(self) -> str:
        """Name the passages as a whole: another one more, less or different gives another."""
        return hashlib.sha256("\n".join(sorted(self.passages)).encode()).hexdigest()[:32]

    def cut(
        self, kind: str, entry: Mapping[str, Any], others: Iterable[str]
    ) -> tuple[dict[str, Any], list[Passage]]:
        """Return an entry of a copy without what is withheld, and its passages as they were.

        `others` are the paths below which somebody else wrote.
        """
        found = list(passages(kind, entry, others))
        self.passages.update(passage.id for passage in found)
        if not self.redactions:
            return dict(entry), found
        ids = {passage.path: passage.id for passage in found}
        cut = {name: self._cut(entry[name], name, ids) for name in SAID}
        return {**entry, **cut}, found

    def cut_value(self, value: Any) -> Any:
        """Return a value that stands outside of every entry without what is withheld."""
        return self._cut(value, "", {}) if self.redactions else value

    def _cut(self, value: Any, path: str, ids: Mapping[str, str]) -> Any:
        if isinstance(value, Mapping):
            return {
                self._shown(name, ""): self._cut(member, _below(path, name), ids)
                for name, member in value.items()
            }
        if isinstance(value, list):
            return [self._cut(m, _below(path, number), ids) for number, m in enumerate(value)]
        if value is None or isinstance(value, bool):
            return value
        text = str(value)
        shown = self._shown(text, ids.get(path, ""))
        return value if shown == text else shown

    def _shown(self, text: str, passage: str) -> str:
        shown, counts = redacted(text, passage, self.redactions)
        self.withheld.update(counts)
        return shown


def redacted(text: str, passage: str, redactions: Iterable[Redaction]) -> tuple[str, Counter[str]]:
    """Return a text without what is withheld of it, and how often by ground.

    `passage` is the id of the passage that it is, if it is one.
    """
    counts: Counter[str] = Counter()
    for redaction in redactions:
        if redaction.words is None:
            if redaction.passage == passage or _says(redaction, text):
                return WITHHELD, Counter({redaction.ground: 1})
        elif redaction.passage in (None, passage):
            text, number = _pattern(redaction.words).subn(WITHHELD, text)
            if number:
                counts[redaction.ground] += number
    return text, counts


def _says(redaction: Redaction, text: str) -> bool:
    return redaction.text == text and len(text) >= TELLING


def passages(kind: str, entry: Mapping[str, Any], others: Iterable[str]) -> Iterator[Passage]:
    """Yield the values of an entry that stand below the paths `others`; what is empty is not."""
    where = tuple(others)
    for path, text in _leaves(entry, ""):
        if any(path == name or path.startswith(f"{name}.") for name in where):
            told = [kind, entry.get("at"), entry.get("system"), path, text]
            digest = hashlib.sha256("\0".join(map(str, told)).encode()).hexdigest()[:20]
            yield Passage(
                digest, kind, entry.get("at"), entry.get("title"), entry.get("system"), path, text
            )


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from _leaves(member, _below(path, name))
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from _leaves(member, _below(path, number))
    elif value is not None and not isinstance(value, bool) and str(value).strip():
        yield path, str(value)


def _below(path: str, name: str | int) -> str:
    return f"{path}.{name}" if path else str(name)


def _pattern(words: str) -> re.Pattern[str]:
    """Find words however they are written: in small letters or capitals, over several lines."""
    return re.compile(r"\s+".join(map(re.escape, words.split())), re.IGNORECASE)
