"""Which of several representations an answer is given in (RFC 9110, 12.5.1)."""

from collections.abc import Iterator, Sequence

from shared.edge.problems import NotAcceptable

CSV, HTML = "text/csv", "text/html"


def chosen(accept: Sequence[str], offered: Sequence[str]) -> str:
    """Choose by the Accept header's values among the media types offered, the usual one first.

    Raises:
        NotAcceptable: the caller takes none of them.
    """
    best = preferred(accept, offered)
    if best is None:
        raise NotAcceptable(f"This comes as {' or '.join(offered)}.")
    return best


def preferred(accept: Sequence[str], offered: Sequence[str]) -> str | None:
    """Choose as `chosen` does; None if the caller takes none of them."""
    wanted = list(ranges(accept))
    if not wanted:
        return offered[0]
    weights = {kind: _weight(kind, wanted) for kind in offered}
    best = max(offered, key=lambda kind: weights[kind])
    return best if weights[best] > 0 else None


def ranges(values: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Yield what the values of an Accept header, or one like it, name, each with its weight."""
    for part in ",".join(values).split(","):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if kind:
            yield kind, _quality(parameters)


def _quality(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            digits = value.strip().replace(".", "", 1)
            fits = digits.isascii() and digits.isdigit() and len(digits) <= len("1000")
            return min(float(value), 1.0) if fits else 0.0
    return 1.0


def _weight(kind: str, named: Sequence[tuple[str, float]]) -> float:
    """Return the weight of the most specific range that covers a media type."""
    for wanted in (kind, f"{kind.partition('/')[0]}/*", "*/*"):
        found = [quality for name, quality in named if name == wanted]
        if found:
            return max(found)
    return 0.0
