"""How things end: somebody of whom everything is kept is erased, and everything comes to be due."""

from shared.domain.identifiers import person_id
from shared.domain.record_classes import ROWS, RecordClass
from shared.storage import records, secrets
from tests import factories
from tests.faults.flows import (
    EMAIL,
    KNOWN_PERSON,
    Flow,
    account,
    ask,
    breach,
    capture,
    capture_anew,
    confirm_account,
    contact_objecting,
    deliver,
    desk,
    disclose,
    hold,
    import_rows,
    later,
    lift,
    run,
    verify,
    visit,
)
from tests.faults.life import Life
from tests.faults.request_flows import ask_for_link

tell_nobody = desk(
    "tell nobody",
    "POST",
    "breaches/{breach_id}/decision",
    {
        "notify_authority": False,
        "notify_people": False,
        "ground": "unintelligible_to_others",
        "reason": "It was encrypted.",
    },
    "breach_id",
)
close = desk(
    "close", "POST", "breaches/{breach_id}/closure", {"reason": "All is done."}, "breach_id"
)


# What mails and events say of a record, whichever class it has.
_SAID = {
    "asks": [],
    "opt_out": False,
    "tell": False,
    "recipient": "carriers",
    "recipient_name": "Carriers",
    "change": "corrected",
    "fields": ["name"],
    "disclosures": [],
    "redacted": [],
    "reference": "2SDB-XEG7",
}


def one_of_each(life: Life) -> None:
    """Keep a record of every class about the person, with no more than workers ask it for.

    Of what is passed on the steps make one: without a recipient there is none.
    """
    person = person_id(secrets.identity(), EMAIL)
    fields = {"email": EMAIL, "name": "Sam Example", "message": "Hello", "organisation": "Sample"}
    for kind, row in ROWS.items():
        of_somebody = row.stores[:1] == ("records",) and row.owner.startswith("person")
        if of_somebody and kind != RecordClass.DISCLOSURE:
            made = factories.record(person, str(kind), id="a" * 26, fields=fields, facts=_SAID)
            records.overwrite(made)
    life.deliver()


ERASED = (ask("erasure"), deliver, verify, deliver)
COPIED = (ask("access"), deliver, verify, deliver)

FLOWS = (
    Flow(
        "new words that people are told of",
        (later(days=250), run("deadlines"), later(days=1), run("deadlines")),
        (capture, deliver, account, deliver, confirm_account, deliver),
    ),
    Flow(
        "erasure",
        (verify, deliver),
        (
            *(capture, visit, contact_objecting, deliver, disclose, import_rows, deliver),
            *(one_of_each, ask("erasure"), deliver),
        ),
    ),
    Flow(
        "retention",
        (later(days=366 * 101), run("retention"), *(later(days=1), run("retention")) * 2),
        (
            *(*KNOWN_PERSON, *ERASED, run("retention"), ask_for_link),
            *(
                capture_anew,
                visit,
                contact_objecting,
                import_rows,
                disclose,
                hold,
                lift,
                breach,
                tell_nobody,
                close,
            ),
            *(deliver, *COPIED, one_of_each),
        ),
    ),
)
