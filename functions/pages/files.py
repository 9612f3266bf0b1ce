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
_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")


def folder() -> Path:
    """Return the folder that was built."""
    return Path(os.environ.get("PAGES_FOLDER") or _BESIDE)


@cache
def languages() -> tuple[str, ...]:
    """Name the languages that the pages exist in; the first is for who asks for none of them."""
    return tuple(json.loads((folder() / "languages.json").read_text(encoding="utf-8")))


def language(wanted: str | None, accepted: str) -> str:
    """Choose a language: the one `wanted` on the page, else the best of an Accept-Language."""
    if wanted in languages():
        return str(wanted)
    ranked = sorted(accepted.split(","), key=_weight, reverse=True)
    tags = [part.partition(";")[0].strip().lower() for part in ranked if _weight(part) > 0]
    known = {code.lower(): code for code in languages()}
    for tag in tags:
        found = known.get(tag) or known.get(tag.partition("-")[0])
        if found:
            return found
    return languages()[0]


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


def _weight(part: str) -> float:
    found = _WEIGHT.search(part.partition(";")[2])
    return float(found[1]) if found else 1.0
