"""A page that needs no script, no style sheet and nothing else from anywhere."""

import base64
import hashlib
from collections.abc import Mapping
from html import escape

from shared import languages
from shared.edge import page_language
from shared.languages import ENGLISH, Language

MEDIA_TYPE = "text/html; charset=utf-8"

_STYLE = """
:root{color-scheme:light dark;--ink:#1b1f23;--paper:#fff;--link:#0b57b0}
@media(prefers-color-scheme:dark){:root{--ink:#eceef0;--paper:#15181b;--link:#8ab8f5}}
body{font:1.125rem/1.55 system-ui,sans-serif;background:var(--paper);color:var(--ink);
max-inline-size:40rem;margin:0 auto;padding:clamp(1.5rem,6vw,4rem) 1.25rem;overflow-wrap:anywhere}
h1{font-size:clamp(1.75rem,1.35rem + 2vw,2.5rem);line-height:1.2;letter-spacing:-.015em;margin:0;
overflow-wrap:break-word}
a{color:var(--link);text-underline-offset:.18em}
button{font:inherit;font-weight:600;min-block-size:3rem;padding:.6rem 1.4rem;margin-block:.75rem 0;
border:2px solid var(--ink);border-radius:10px;background:var(--ink);color:var(--paper);
text-align:start;cursor:pointer}
:focus-visible{outline:3px solid var(--link);outline-offset:3px;border-radius:4px}
"""
_ITS_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}</main>
</body>
</html>
"""


def language(named: str | None, headers: Mapping[str, list[str]]) -> Language:
    """Return the language to write in: the one named, else the browser's, as the pages do."""
    offered = languages.offered() or [ENGLISH]
    return languages.read(page_language.chosen(named, headers, offered))


def write(title: str, content: str, language: Language) -> str:
    """Write a page of a heading and `content`, which is HTML whose texts are escaped."""
    return _PAGE.format(language=language.code, title=escape(title), content=content, style=_STYLE)


def headers(language: Language) -> dict[str, str]:
    """Return the headers of such a page: its own style and form, and nothing else."""
    return {
        "Content-Language": language.code,
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{_ITS_HASH}'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        ),
        "Vary": "Accept-Language, Cookie, Origin",
    }
