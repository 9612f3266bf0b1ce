"""The little Markdown that notices are written in, as HTML: headings, lists, bold, links.

Notices are our own words; what they hold is escaped all the same.
"""

import re
from collections.abc import Iterator
from html import escape

_HEADING = re.compile(r"(#{1,6})\s+(.*)", re.DOTALL)
_ITEM = re.compile(r"^[-*]\s+", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]*)\]\((https://[^\s)]*)\)")
_BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)


def html(text: str) -> str:
    """Return the blocks of a text, which blank lines part, as HTML."""
    return "\n".join(_block(block) for block in re.split(r"\n\s*\n", text.strip()))


def _block(block: str) -> str:
    heading = _HEADING.fullmatch(block)
    if heading:
        level = len(heading[1])
        return f"<h{level}>{_line(heading[2])}</h{level}>"
    if _ITEM.match(block):
        return "<ul>\n" + "\n".join(f"<li>{_line(item)}</li>" for item in _items(block)) + "\n</ul>"
    return f"<p>{_line(block)}</p>"


def _items(block: str) -> Iterator[str]:
    return (item for item in _ITEM.split(block) if item.strip())


def _line(text: str) -> str:
    plain = escape(" ".join(text.split()))
    bold = _BOLD.sub(r"<strong>\1</strong>", plain)
    return _LINK.sub(r'<a href="\2" rel="noreferrer">\1</a>', bold)
