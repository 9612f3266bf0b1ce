"""Structured logs in which nothing personal survives.

Lambda's own JSON log format turns standard `logging` records into JSON lines with the
request id; what is ours is the redaction, a filter on the handler, so that no call site
and no library can forget it.
"""

import gc
import logging
import re
import traceback

LOGGER = logging.getLogger("privacy")

_PERSONAL = re.compile(
    r"(?P<email>[^\s@<>\",;:()]+(?:@|%40)[^\s@<>\"',;]+)"
    r"|(?P<id>\b[cpr]_[a-z2-7]{16,}\b)"
    r"|(?P<ip>\b(?:\d{1,3}\.){3}\d{1,3}\b|\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f:]+\b)"
    r"|(?P<number>\+?\d[\d\s().-]{8,}\d)",
    re.IGNORECASE,
)
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__)


def redact(text: str) -> str:
    """Replace what looks like an address, an identifier, an IP or a long number by its kind."""
    return _PERSONAL.sub(lambda match: f"[{match.lastgroup}]", text)


class Redaction(logging.Filter):
    """Cleans a record's message and every extra field before any handler formats it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean `record` in place; never drops it."""
        record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info and record.exc_info[1]:
            record.exc_text = frames(record.exc_info[1])
            record.exc_info = None
        for name, value in record.__dict__.items():
            if name not in _STANDARD and isinstance(value, str):
                record.__dict__[name] = redact(value)
        return True


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
