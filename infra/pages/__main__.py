"""`python -m infra.pages` brings the languages' catalogues up to date with templates and scripts.

What has no words yet stands there empty, to be filled in; what nothing says any more goes.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from infra.pages import languages
from infra.pages.build import LOCALES

ROOT = Path(__file__).parents[2]
# What visitors read, and what only staff do.
_FOLDERS = (LOCALES, LOCALES / languages.CONSOLE)


def update(code: str) -> Iterator[tuple[Path, int]]:
    """Write a language's catalogues anew; yield each with how many messages have no words yet."""
    said = languages.read(code, LOCALES).words
    made = {folder: Catalog(locale=code.replace("-", "_"), fuzzy=False) for folder in _FOLDERS}
    for message, places in languages.messages().items():
        others = [place for place in places if not place.startswith(f"{languages.CONSOLE}/")]
        told = [(place, 0) for place in others or places]
        made[_FOLDERS[not others]].add(message, said.get(message, ""), locations=told)
    for folder, catalogue in made.items():
        folder.mkdir(exist_ok=True)
        place = folder / f"{code}.po"
        with place.open("wb") as file:
            write_po(
                file, catalogue, omit_header=True, sort_output=False, width=98, include_lineno=False
            )
        yield place, sum(bool(message.id and not message.string) for message in catalogue)


if __name__ == "__main__":
    for known in sorted(LOCALES.glob("*.po")):
        for place, missing in update(known.stem):
            sys.stdout.write(f"{place.relative_to(ROOT)}: {missing} without words\n")
