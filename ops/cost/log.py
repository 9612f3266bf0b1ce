"""What the log over all ledgers takes, which a run of each night makes longer."""

from collections.abc import Mapping
from dataclasses import dataclass

from ops.cost.estimate import MEMORY_MB, MILLION, WHOLE_PROCESSOR_MB, Prices


@dataclass(frozen=True, slots=True)
class LogDay:
    """What the log takes on a day: its run, what it grows by, what it costs."""

    seconds: float
    megabytes: float
    dollars: float


def of_log(decisions: float, measured: Mapping[str, float], prices: Prices) -> LogDay:
    """Reckon the run that makes a day's decisions into leaves and signs the head."""
    each, assumed = prices["million"], prices["assumed"]
    share = decisions / measured["decisions"]
    waiting = share * measured["calls"] * assumed["aws_call_ms"] / 1000
    slower = WHOLE_PROCESSOR_MB / MEMORY_MB
    seconds = waiting + decisions / measured["leaves_per_second"] * slower
    units = share * (
        measured["reads"] * each["read_units"] + measured["writes"] * each["write_units"]
    )
    head = each["object_writes"] + each["signatures"] + each["function_runs"]
    run = seconds * MEMORY_MB / 1024 * prices["function"]["gb_second"]
    return LogDay(seconds, share * measured["bytes"] / MILLION, (units + head) / MILLION + run)
