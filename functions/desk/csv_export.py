"""Answers as CSV."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from shared.domain import csv_table
from shared.edge.body import JSON
from shared.edge.http import Request, Response

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"


def csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Write a header and the rows' members of these names."""
    return "".join(csv_table.lines(columns, ([row[name] for name in columns] for row in rows)))


def page_of(
    request: Request, name: str, columns: Sequence[str], page: Mapping[str, Any]
) -> Response:
    """Answer a page of a list as JSON, or as CSV with its next page in the header `Link`.

    The next page is of the same list: the link says again what this page was asked for by.
    """
    if request.accepted == JSON:
        return Response(200, page)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    if page["next"]:
        query = urlencode({**_others(request.query), "cursor": page["next"]})
        headers["Link"] = f'<?{query}>; rel="next"'
    return Response(200, csv(columns, page["items"]), headers, MEDIA_TYPE)


def _others(query: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in query.items() if name != "cursor"}
