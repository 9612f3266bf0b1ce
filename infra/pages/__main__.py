"""`python -m infra.pages` brings the languages' catalogues up to date with templates and scripts.

What has no words yet stands there empty, to be filled in; what nothing says any more goes.
"""

import sys

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from infra.pages import languages
from infra.pages.build import LOCALES


def update(code: str) -> int:
    """Write a language's catalogue anew; return how many messages have no words yet."""
    said = languages.read(code, LOCALES).words
    catalogue = Catalog(locale=code.replace("-", "_"), fuzzy=False)
    for message, places in languages.messages().items():
        catalogue.add(message, said.get(message, ""), locations=[(place, 0) for place in places])
    with (LOCALES / f"{code}.po").open("wb") as file:
        write_po(
            file, catalogue, omit_header=True, sort_output=False, width=98, include_lineno=False
        )
    return sum(1 for message in catalogue if message.id and not message.string)


if __name__ == "__main__":
    for known in sorted(LOCALES.glob("*.po")):
        sys.stdout.write(f"{known.stem}: {update(known.stem)} without words\n")
