"""Structured logs in which nothing personal survives.

Lambda's own JSON log format turns standard `logging` records into JSON lines with the
request id; what is ours is the redaction, a filter on the handler, so that no call site
and no library can forget it.
"""

import gc
import logging
import re
import traceback
from collections.abc import Mapping

from shared.storage import correlation

LOGGER = logging.getLogger("privacy")

# The first that fits wins. `kept` is what operators search for, and names nobody. `re` compiles it
# with the first line that is written: few cold starts write one.
_PERSONAL = (
    r"(?P<email>(?:\"[^\"]{1,64}\"|[^\s@<>\",;:()]+)(?:@|%40)[^\s@<>\"',;]+)"
    r"|(?P<kept>(?<![0-9a-f-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f-])"
    r"|(?<![\d-])(?:19|20)\d\d-(?:0\d|1[0-2])-[0-3]\d(?![\d-])"
    r"(?:[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)?)"
    r"|(?P<token>[\w-]{22}\.[\w-]{22})"
    r"|(?P<id>(?<![a-z0-9])[cpr]_[a-z2-7]{16,})"
    r"|(?P<ip>(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\d)"
    r"|(?<![\w:])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}"
    r"|(?<![\w:])(?:[0-9a-f]{1,4}:){0,6}(?:[0-9a-f]{1,4})?::[0-9a-f:.]*)"
    r"|(?P<number>\+?\d[\d\s()./\u2010-\u2015-]{8,}\d)"
)
# A stream record's sequence number: longer than any card or phone number.
_SEQUENCE = re.compile(r"\d{21,40}", re.ASCII)
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__)


def redact(text: str) -> str:
    """Replace what looks like an address, identifier, token, IP or long number by its kind.

    Request ids (UUIDs) and moments (ISO 8601) stay, so that a fault can be found.
    """
    return re.sub(_PERSONAL, _kind, text, flags=re.IGNORECASE)


def _kind(match: re.Match[str]) -> str:
    return match[0] if match.lastgroup == "kept" else f"[{match.lastgroup}]"


def _clean(value: object) -> object:
    """Clean an extra field: text, what is made of text, and the text of all else."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return redact(value)
        case Mapping():
            return {redact(str(name)): _clean(member) for name, member in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(member) for member in value]
        case _:
            return redact(str(value))


class Redaction(logging.Filter):
    """Cleans a record's message and every extra field before any handler formats it.

    It also adds the id of the request that it all goes back to.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean `record` in place; never drops it."""
        record.msg, record.args = redact(record.getMessage()), None
        if known := correlation.current():
            record.__dict__[correlation.ATTRIBUTE] = known
        if record.exc_info and record.exc_info[1]:
            record.exc_text = frames(record.exc_info[1])
            record.exc_info = None
        for name, value in record.__dict__.items():
            if name not in _STANDARD and not _is_sequence(name, value):
                record.__dict__[name] = _clean(value)
        return True


def _is_sequence(name: str, value: object) -> bool:
    return name == "request_id" and isinstance(value, str) and bool(_SEQUENCE.fullmatch(value))


def start() -> None:
    """Put the redaction on every handler there is, and let the garbage collector work again."""
    gc.freeze()  # what was imported stays for the life of the process
    gc.enable()
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.StreamHandler())
    for handler in root.handlers:
        if not any(isinstance(item, Redaction) for item in handler.filters):
            handler.addFilter(Redaction())


def fault(error: BaseException, request_id: str) -> None:
    """Log an unknown fault: its type and where it came from, never its text."""
    LOGGER.error(
        "fault %s", type(error).__name__, extra={"request_id": request_id, "at": frames(error)}
    )


def frames(error: BaseException) -> str:
    """Tell where an error came from, innermost last, without any of its words."""
    lines = traceback.extract_tb(error.__traceback__)
    where = " > ".join(f"{line.filename}:{line.lineno} {line.name}" for line in lines)
    return f"{type(error).__name__} at {where}"
