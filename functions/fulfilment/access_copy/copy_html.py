"""The copy as a page for people: it stands alone, prints well, and is written as it is read."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fulfilment.access_copy import formatting
from fulfilment.access_copy.copy_json import kinds
from fulfilment.access_copy.scratch_files import ScratchFiles
from shared import languages
from shared.domain.record_classes import RecordClass
from shared.languages import Language

FOLDER = Path(__file__).parent / "templates"
_BUFFERED = 200  # of the template's pieces to one write


def write(path: Path, told: Mapping[str, Any], scratch: ScratchFiles, language: Language) -> None:
    """Write the page in a language; every value is escaped, and only one entry is in memory."""
    classes = {item["id"]: item for item in told["classes"]}
    sections = [classes[kind] for kind in kinds(told)]
    passed_on = classes[RecordClass.DISCLOSURE]["title"]
    titles = {item["id"]: item["title"] for item in (*told["classes"], *told["purposes"])}
    wording = formatting.Wording(language, titles)
    values = {**told, "sections": sections, "passed_on": passed_on, "wording": wording}
    stream = _page(language.code).stream(values, entries=scratch.entries)
    stream.enable_buffering(_BUFFERED)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(stream)


@cache
def _page(code: str) -> Any:
    language = languages.read(code)
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        _=language.say,
        language=code,
        bases=formatting.BASES,
        starts=formatting.STARTS,
        places=formatting.PLACES,
        statuses=formatting.STATUSES,
        roles=formatting.ROLES,
    )
    return environment.get_template("export.html")
