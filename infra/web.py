"""`python -m infra.web` builds privacy.js, the script that websites load, and its types' file.

No bundler and no node: the modules are put behind one another in the order of their imports, in
one scope of their own, without comments and indentation. The same sources give the same bytes.
"""

import re
import sys
from pathlib import Path

from infra import web_types

ROOT = Path(__file__).parent.parent
SOURCES = ROOT / "web" / "src"
BUILT = ROOT / "web" / "privacy.js"
TYPES = ROOT / "web" / "types" / "api.d.ts"

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z]+)\.js";\n', re.MULTILINE)
# What keeps its text: strings, templates and regular expressions after what an operand follows.
_TOKEN = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`
    |(?<=[(,=:])\ ?/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+/)
    |(?P<comment>//[^\n]*|/\*.*?\*/)""",
    re.DOTALL | re.VERBOSE,
)


def built(entry: str = "script") -> str:
    """Return the script: `entry` and what it imports, for a script tag."""
    modules: list[str] = []
    _collect(entry, modules)
    return f'(()=>{{"use strict";\n{"".join(modules)}}})();\n'


def _collect(name: str, modules: list[str], known: set[str] | None = None) -> None:
    """Append `name` behind what it imports, each module once."""
    known = known if known is not None else set()
    if name in known:
        return
    known.add(name)
    source = (SOURCES / f"{name}.js").read_text(encoding="utf-8")
    for imported in _IMPORT.findall(source):
        _collect(imported, modules, known)
    modules.append(_smaller(re.sub(r"^export ", "", _IMPORT.sub("", source), flags=re.MULTILINE)))


def _smaller(source: str) -> str:
    """Take out comments, indentation and the spaces around operators, never within a text."""
    pieces, last = [], 0
    for found in _TOKEN.finditer(source):
        pieces.append(_tight(source[last : found.start()]))
        pieces.append(found["text"] or "")
        last = found.end()
    pieces.append(_tight(source[last:]))
    return re.sub(r"\n{2,}", "\n", "".join(pieces)).lstrip("\n")


def _tight(code: str) -> str:
    code = re.sub(r"[ \t]*\n\s*", "\n", code)
    code = re.sub(r" ?([{}()\[\],;:?=<>&|*%!]) ?", r"\1", code)
    code = re.sub(r"(?<!\w)\((\w+)\)=>", r"\1=>", code)
    # The sources end their statements with semicolons, so no line's end means anything.
    return re.sub(r"(?<=[{(\[,;>&|=?:])\n|\n(?=[})\].?:&|])|;(?=\s*\})|,(?=\s*[})\]])", "", code)


if __name__ == "__main__":
    BUILT.write_text(built(), encoding="utf-8")
    TYPES.write_text(web_types.declarations(), encoding="utf-8")
    sys.stdout.write(f"{BUILT.relative_to(ROOT)} {TYPES.relative_to(ROOT)}\n")
