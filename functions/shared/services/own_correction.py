"""What somebody put right by themselves is a request for rectification that was answered at once.

It is written with the change, opened and completed in one transaction, so that everything which
follows a correction by staff follows this one: the other systems are asked to make it, recipients
are told, what fails waits at the desk, and a mail tells the person (S55, S56, Art. 16 and 19).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.domain.calendar_dates import london_date
from shared.domain.evidence import RequestContext
from shared.domain.rectification import Change, Decision
from shared.domain.request_actions import COMPLETED
from shared.domain.request_types import RequestType
from shared.services import open_request
from shared.services.open_request import NewRequest
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction

BY = "person"
CHANNEL = "web"
# How it was shown who asks.
METHOD = "session"


def completed(
    account: Mapping[str, str],
    changes: Sequence[Change],
    policy_version: str,
    seen: RequestContext,
    now: datetime,
) -> list[dict[str, Any]]:
    """Give the writes of the request that `changes` answer, for the transaction that makes them.

    `account` has `name`, `email` and perhaps `language` of who asks. A field that was taken away
    has an empty value.
    """
    wanted = {change["field"]: change["after"] for change in changes}
    case = open_request.drafted(
        NewRequest(
            type=RequestType.RECTIFICATION,
            name=account["name"],
            email=account["email"],
            channel=CHANNEL,
            received_at=now,
            policy_version=policy_version,
            language=account.get("language"),
            corrections=[{"field": name, "value": value} for name, value in wanted.items()],
            facts={
                "identified": london_date(now).isoformat(),
                "identified_by": METHOD,
                "made_by_person": True,
                "property": seen["property"],
            },
        ),
        now,
    )
    opened = RequestAction("opened", BY, now, status=COMPLETED, details={"channel": CHANNEL})
    decisions = [Decision(field=name, accepted=True) for name in wanted]
    result = {"corrections": list(changes), "decisions": decisions, "outcome": "done"}
    completion = RequestAction("completion", BY, now, COMPLETED, changes={"result": result})
    return request_store.opening_completed(case, opened, completion)
