"""Which form of an answer is asked for."""

from shared.edge.http import Request


def csv(request: Request) -> bool:
    """Tell whether CSV is asked for; anything else gets JSON (RFC 9110, 12.5.1)."""
    accepted = ",".join(request.headers.get("accept", []))
    return any(part.partition(";")[0].strip() == "text/csv" for part in accepted.split(","))
