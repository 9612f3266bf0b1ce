"""A problem as a page: what a form without scripts shows its reader."""

from html import escape

from shared.domain.errors import Invalid
from shared.edge import plain_page
from shared.edge.problems import MAX_ERRORS, Problem, quotes

_CONTENT = """<p>{detail}</p>
{errors}<p>Nothing was sent. Go back with your browser: what you wrote is still there.</p>
<p>If you ask us about this, name {request_id}.</p>
"""


def write(problem: Problem, fault: Exception, request_id: str) -> str:
    """Write the page; like the document, it quotes nothing of an unknown fault."""
    detail, errors = problem.detail, ""
    if isinstance(fault, Invalid):
        detail = "Please look at these again:"
        lines = [
            f"<li>{escape(_field(error.pointer))} {escape(error.detail)}</li>"
            for error in fault.errors[:MAX_ERRORS]
        ]
        errors = "<ul>\n{}\n</ul>\n".format("\n".join(lines))
    elif quotes(problem, fault):
        detail = str(fault.args[0])
    content = _CONTENT.format(detail=escape(detail), errors=errors, request_id=escape(request_id))
    return plain_page.write(problem.title, content)


def _field(pointer: str) -> str:
    """Name a field as people do: `job title` for `/job_title`."""
    return pointer.rpartition("/")[2].replace("_", " ") or "The form"
