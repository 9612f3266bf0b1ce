"""A page that needs no script, no style sheet and nothing else from anywhere."""

from html import escape

MEDIA_TYPE = "text/html; charset=utf-8"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
{style}</head>
<body>
<main>
<h1>{title}</h1>
{content}</main>
</body>
</html>
"""


def write(title: str, content: str, style: str = "") -> str:
    """Write a page of a heading and `content`, which is HTML whose texts are escaped."""
    style = f"<style>{style}</style>\n" if style else ""
    return _PAGE.format(title=escape(title), content=content, style=style)
