"""The folder of pages that the build made (`infra/pages`), and which of them a reader gets."""

import hashlib
import json
import os
import re
from functools import cache, lru_cache
from pathlib import Path

# Beside this file in what is deployed; the local run and the tests say where they built it.
_BESIDE = Path(__file__).parent / "built"
_NAME = re.compile(r"[a-z_]+\.[0-9a-f]{12}\.(css|js|svg)")


def folder() -> Path:
    """Return the folder that was built."""
    return Path(os.environ.get("PAGES_FOLDER") or _BESIDE)


@cache
def languages() -> tuple[str, ...]:
    """Name the languages that the pages exist in; the first is for who asks for none of them."""
    return tuple(json.loads((folder() / "languages.json").read_text(encoding="utf-8")))


@cache
def page(version: str, language: str, name: str) -> str:
    """Read a page of a policy version in a language."""
    return (folder() / version / language / f"{name}.html").read_text(encoding="utf-8")


@lru_cache(maxsize=256)
def asset(name: str) -> str | None:
    """Read an asset, or give None if there is none of that name."""
    place = folder() / "assets" / name
    if not _NAME.fullmatch(name) or not place.is_file():
        return None
    return place.read_text(encoding="utf-8")


@cache
def privacy_js() -> str:
    """Read the script for websites."""
    return (folder() / "privacy.js").read_text(encoding="utf-8")


def etag(text: str) -> str:
    """Return the strong validator of a text."""
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'
