"""The schedule in, or an order by hand, or the report of a run that is to go on."""

from typing import Any

from retention import run, run_request
from shared.domain.retention import periods
from shared.edge import current_time, log
from shared.edge.stream import Change, worker
from shared.storage import policies
from shared.storage.retention import runs
from shared.storage.retention.report_view import shown

log.start()


def handle(event: dict[str, Any], context: Any) -> Any:
    """Run retention: `{}` and orders answer with the report, a batch of a stream with failures.

    Raises:
        orders.Refused: the order is not one; the message names the field.
    """
    if "Records" in event:
        return _go_on(event, context)
    now = current_time.now()
    order = run_request.read(event, periods(policies.published(), now), now)
    return shown(run.start(order, context))


def resume(change: Change) -> None:
    """Go on with a run whose unfinished report was just stored; all else calls for nothing."""
    report = runs.of_stream(change.item)
    if report is not None:
        run.resume(report, change.context)


_go_on = worker(resume)
