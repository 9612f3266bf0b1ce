"""What staff do with requests, and what time does: each action and each end, as rows of steps."""

from typing import Any

from shared.domain import rate_limits
from shared.storage import rate_limit_counters
from tests.faults.flows import (
    EMAIL,
    KNOWN_PERSON,
    NEW_EMAIL,
    REQUESTED,
    Flow,
    Step,
    act,
    ask,
    contact,
    deliver,
    desk,
    hold,
    key,
    later,
    lift,
    prove_address,
    run,
    subject,
    verify,
)
from tests.faults.life import Life

CORRECTED = {"field": "name", "value": "Sam Other"}
CORRECTION = ask("rectification", corrections=[CORRECTED])
ADDRESS = ask("rectification", corrections=[{"field": "email", "value": NEW_EMAIL}])
NAMED = {"name": "Lee Agent", "email": "lee@example.com", "authority": "I am the solicitor."}
# Nobody listens there: a source that does not answer.
SOURCES = dict.fromkeys(("invoices", "orders"), "http://127.0.0.1:9/privacy")
ORDER = {"class": "statutory_record", "title": "Order", "data": {"number": "SO-1"}}


def letter(**more: Any) -> Step:
    """Enter what came by post, of somebody whose identity was not shown."""
    came = {"channel": "post", "received_on": "2026-01-30", "name": "Sam Example", **more}
    return desk("letter came", "POST", "requests", {"type": "access", **came})


def ask_for_link(life: Life) -> None:
    path = {"request_id": life.known["request_id"]}
    where = "/v1/requests/{request_id}/link"
    life.call("access", "POST", where, path=path, headers=key("link to a request"))


def say_for(source: str, **said: Any) -> Step:
    def saying(life: Life) -> None:
        life.known["source"] = source
        name, place = f"{source} {said}", "requests/{request_id}/sources/{source}"
        desk(name, "POST", place, said, "request_id", "source")(life)

    return saying


def sources_answer(said: bytes) -> Step:
    """Have the other systems work from now on, and all of them answer this."""

    def work(life: Life) -> None:
        life.known["sources answer"] = said

    return work


def spend_allowance(life: Life) -> None:
    """Have an address be mailed as often as it may."""
    limit = rate_limits.REQUEST_MAILS
    for number in range(limit.most):
        rate_limit_counters.count_once(limit, EMAIL, f"earlier {number}", life.now)


def mail_service_tells(
    kind: str, recipients: str, *, mail: str = "request_received", **how: str
) -> Step:
    """Have the mail service say what became of the mail that acknowledged the request."""

    def tell(life: Life) -> None:
        tags = {
            "request": [life.known["request_id"]],
            "step": ["00001"],
            "mail": [mail],
        }
        said = {**how, recipients: [{"emailAddress": EMAIL}]}
        detail = {"mail": {"tags": tags}, kind: said}
        life.run("notifications", {"source": "aws.ses", "detail": detail})

    return tell


ASKED = (*REQUESTED, ask("access"), deliver)
STAFFS = (*REQUESTED, CORRECTION, deliver, verify, deliver)
COMPLAINED = (*REQUESTED, ask("complaint"), deliver)
ABUSE = "It is manifestly excessive."
# The mail that says that we have a complaint, and came back.
ACKNOWLEDGED = {"mail": "complaint_received", "bounceType": "Permanent"}

FLOWS = (
    Flow("fee and payment", (act("fee", reason=ABUSE), deliver, act("payment"), deliver), STAFFS),
    Flow("fee and waiver", (act("fee", reason=ABUSE), deliver, act("waiver"), deliver), STAFFS),
    Flow(
        "clarification",
        (act("clarification", reason="Which one?"), deliver, act("resumption"), deliver),
        STAFFS,
    ),
    Flow(
        "extension and refusal",
        (
            act("extension", reason="There is much of it.", ground="complex"),
            act("refusal", reason="Our records are right.", ground="accurate"),
            deliver,
        ),
        STAFFS,
    ),
    Flow("acknowledgement", (ask("complaint"), act("acknowledgement"), deliver), REQUESTED),
    Flow(
        "letter",
        (
            letter(postal_address={"lines": ["1 High Street"], "postcode": "TN23 1AA"}),
            act("identity", method="document_seen"),
            deliver,
        ),
    ),
    Flow(
        "agent",
        (
            ask("rectification", corrections=[{"field": "name", "value": "X"}], agent=NAMED),
            deliver,
            act("identity", method="document_seen"),
            act("authority", reason="A signed letter.", answers_to="agent"),
            deliver,
        ),
        REQUESTED,
    ),
    Flow(
        "agent who is answered",
        (ask_for_link, deliver, act("completion"), deliver),
        (
            *(*REQUESTED, ask("rectification", corrections=[CORRECTED], agent=NAMED), deliver),
            act("identity", method="document_seen"),
            act("authority", reason="A signed letter.", answers_to="agent"),
            deliver,
        ),
    ),
    Flow(
        "review",
        (
            verify,
            deliver,
            desk(
                "release",
                "POST",
                "requests/{request_id}/review",
                {"release": True},
                "request_id",
            ),
            deliver,
            subject("GET", "/export"),
        ),
        (
            *COMPLAINED,
            act("note", reason="His brother Bob Roe rang."),
            ask("access"),
            deliver,
        ),
    ),
    Flow(
        "source that does not answer",
        (
            verify,
            deliver,
            say_for("orders", retry=True),
            deliver,
            say_for("orders", records=[ORDER]),
            say_for("invoices", skip="It was switched off and holds nothing."),
            deliver,
        ),
        ASKED,
        sources=SOURCES,
    ),
    Flow(
        "correction that sources follow late",
        (
            *(act("completion"), deliver, say_for("orders", retry=True), deliver),
            *(say_for("invoices", retry=True), sources_answer(b'{"status": "corrected"}'), deliver),
        ),
        STAFFS,
        sources=SOURCES,
    ),
    Flow(
        "mail withheld",
        (ask("access"), deliver, later(days=1), run("deadlines")),
        (
            *REQUESTED,
            spend_allowance,
        ),
    ),
    Flow(
        "address changed",
        (deliver, prove_address, deliver),
        (*KNOWN_PERSON, ADDRESS, deliver, verify),
    ),
    Flow(
        "address that waits",
        (prove_address, deliver),
        (
            *(*REQUESTED, ask("restriction"), deliver, verify, deliver),
            *(ADDRESS, deliver, verify, deliver),
        ),
    ),
    Flow(
        "address that the old mailbox may stop",
        (
            *(act("identity", method="call_back"), deliver, prove_address, deliver),
            *(later(days=4), run("deadlines"), deliver),
        ),
        (*KNOWN_PERSON, ADDRESS, deliver),
    ),
    Flow("reminder", (later(days=5), run("deadlines")), STAFFS),
    Flow("lapse", (later(days=31), run("deadlines")), ASKED),
    Flow(
        "end of a restriction",
        (later(days=15), run("deadlines")),
        (
            *(*REQUESTED, ask("restriction"), deliver, verify, deliver),
            *(act("lifting", reason="It is settled."), deliver),
        ),
    ),
    Flow(
        "erasure that a hold put off",
        (lift, later(days=1), run("deadlines")),
        (*KNOWN_PERSON, hold, ask("erasure"), deliver, verify, deliver),
    ),
    Flow(
        "mail that bounced",
        (mail_service_tells("bounce", "bouncedRecipients", bounceType="Permanent"), deliver),
        ASKED,
    ),
    Flow(
        "mail that bounced of somebody who waits",
        (mail_service_tells("bounce", "bouncedRecipients", **ACKNOWLEDGED), deliver),
        (*COMPLAINED, verify, deliver),
    ),
    Flow(
        "mail called spam",
        (mail_service_tells("complaint", "complainedRecipients"), contact, deliver),
        ASKED,
    ),
)
