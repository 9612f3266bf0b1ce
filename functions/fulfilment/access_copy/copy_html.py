"""The copy as a page for people: it stands alone, prints well, and is written as it is read."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fulfilment.access_copy import formatting
from fulfilment.access_copy.copy_json import kinds
from fulfilment.access_copy.scratch_files import ScratchFiles

FOLDER = Path(__file__).parent / "templates"
_BUFFERED = 200  # of the template's pieces to one write


def write(path: Path, told: Mapping[str, Any], spool: ScratchFiles) -> None:
    """Write the page; every value is escaped, and only one entry is in memory."""
    classes = {item["id"]: item for item in told["classes"]}
    sections = [classes[kind] for kind in kinds(told)]
    stream = _page().stream(**told, sections=sections, entries=spool.entries)
    stream.enable_buffering(_BUFFERED)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(stream)


@cache
def _page() -> Any:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        moment=formatting.moment,
        period=formatting.period,
        lines=formatting.lines,
        value=formatting.value,
    )
    environment.globals.update(
        bases=formatting.BASES,
        starts=formatting.STARTS,
        places=formatting.PLACES,
        statuses=formatting.STATUSES,
        roles=formatting.ROLES,
    )
    return environment.get_template("export.html")
