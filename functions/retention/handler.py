"""The schedule in, or an order by hand, or the report of a run that is to go on."""

from typing import Any

from retention import run, run_request
from shared.domain.retention import periods
from shared.edge import current_time, log
from shared.edge.stream import StreamRecord, worker
from shared.storage import policies
from shared.storage.retention import runs
from shared.storage.retention.report_view import shown

log.start()


def handle(event: dict[str, Any], context: Any) -> Any:
    """Run retention: a run request is answered with the report, a stream's batch with failures.

    Raises:
        InvalidRunRequest: the event is none; the message names the field.
    """
    if "Records" in event:
        return _go_on(event, context)
    now = current_time.now()
    order = run_request.read(event, periods(policies.published(), now), now)
    return shown(run.start(order, context))


def resume(change: StreamRecord) -> None:
    """Go on with a run whose unfinished report was just stored; all else calls for nothing."""
    report = runs.of_stream(change.item)
    if report is not None:
        run.resume(report, change.context)


_go_on = worker(resume)
