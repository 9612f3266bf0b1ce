"""How the deployment's own alarms stand: what does not work as it should, and what to do then.

An alarm holds a name, a sentence and the name of a runbook, and nothing about anybody.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from shared.domain.timestamps import format_timestamp
from shared.storage.aws_clients import client

# As the alarms' descriptions are written: what is wrong, then the page that says what to do.
_MEND = " What to do: "
_RINGS = "ALARM"
_PAGE = 100


class Unknown(Exception):
    """CloudWatch does not say now how they stand."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One that rings: its name in the stack, what is wrong, its runbook's name, since when."""

    name: str
    about: str
    runbook: str
    since: str


def ringing() -> list[Alarm]:
    """Return the alarms that ring now, the first that began to first.

    Raises:
        Unknown: CloudWatch cannot be asked now.
    """
    try:
        return sorted(_read(), key=lambda alarm: (alarm.since, alarm.name))
    except (BotoCoreError, ClientError) as fault:
        raise Unknown(type(fault).__name__) from fault


def _read() -> Iterator[Alarm]:
    prefix = os.environ["ALARMS"]
    pages = client("cloudwatch").get_paginator("describe_alarms")
    wanted = {"AlarmNamePrefix": prefix, "AlarmTypes": ["MetricAlarm"], "StateValue": _RINGS}
    for page in pages.paginate(**wanted, PaginationConfig={"PageSize": _PAGE}):
        for found in page["MetricAlarms"]:
            if found["StateValue"] == _RINGS:
                yield _alarm(found, prefix)


def _alarm(found: dict[str, Any], prefix: str) -> Alarm:
    about, _, page = found["AlarmDescription"].partition(_MEND)
    return Alarm(
        name=found["AlarmName"].removeprefix(prefix),
        about=about,
        runbook=page.rpartition("/")[2].removesuffix(".md"),
        since=format_timestamp(found["StateUpdatedTimestamp"]),
    )
