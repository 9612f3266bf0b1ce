"""THE declaration: every table, secret and signing key, and one row per function.

Roles, environments, triggers, alarms, the tables of the tests and the wiring of the local
server all derive from these rows. "Who can erase?" is a glance down this page.
"""

from infra.declarations import (
    AMEND,
    APPEND,
    BY_INDEX,
    CHECK,
    ERASE,
    FETCH,
    GET,
    KEEP,
    LIST,
    QUERY,
    READ,
    READ_MANY,
    REMOVE,
    SIGN,
    STORE,
    Function,
    Index,
    Table,
)

TABLES = (
    Table(
        "ledger",
        partition="subject",
        sort="sequence",
        sort_type="N",
        retained=True,
        append_only=True,
        stream=True,
    ),
    Table("consent_states", partition="person", retained=True),
    Table("records", partition="person", sort="record", retained=True, stream=True),
    Table(
        "requests",
        partition="request",
        sort="entry",
        retained=True,
        stream=True,
        indexes=(
            Index("people", "person", "request"),
            Index("work", "status", "due"),
            # Of types that have a register alone, such as complaints.
            Index("registers", "register", "received"),
        ),
    ),
    Table("operations", partition="kind", sort="id", retained=True, stream=True),
    Table(
        "audit",
        partition="day",
        sort="at",
        retained=True,
        append_only=True,
        indexes=(Index("people", "person", "at"), Index("actors", "actor", "at")),
    ),
    Table("statistics", partition="day", sort="what", retained=True),
    # Only tokens and sessions have a person: marks and counters are in no index.
    Table(
        "tokens",
        partition="token",
        ttl="expires",
        indexes=(Index("people", "person", "token"),),
    ),
    # Hashes that name nobody and tell nothing once their event is gone.
    Table("merkle_log", partition="part", sort="at", lasting=True),
)

# To find what is due, and what would be.
RETENTION_INDEXES = {table.name: ("retention",) for table in TABLES if table.retained}

BUCKETS = {
    "exports": "Copies prepared for people who asked for them, and what staff upload for those.",
}

LOCKED_BUCKETS = {
    "heads": "Signed heads of the log over all ledgers, which nobody can change or remove.",
}

SECRETS = {
    "identity": "Keys the hashes that stand for people: losing it loses who is who.",
    "sources": "Signs the calls to the company's other systems that hold data about people.",
}

SIGNING_KEYS = {
    "receipts": "Signs receipts and the log's heads (ES256), so that anybody can check who did.",
}

BUSES = {
    "domain": "Tells the company's other systems what happened to which person_id.",
}

FUNCTIONS = (
    Function(
        "pages",
        "Shows the pages behind every mailed link and every right; it may touch nothing.",
    ),
    Function(
        "consent",
        "Publishes the policy; captures, reads and withdraws consent; issues receipts.",
        tables={"ledger": READ | APPEND, "consent_states": READ_MANY, "merkle_log": READ},
        secrets=("identity",),
        keys={"receipts": SIGN},
    ),
    Function(
        "contact",
        "Takes contact, newsletter and account forms, and their mailed confirmations.",
        tables={
            "records": READ | APPEND,
            "ledger": QUERY | APPEND,
            "consent_states": GET | APPEND,
            "tokens": GET | AMEND,
        },
        secrets=("identity",),
        settings=("languages",),
    ),
    Function(
        "preferences",
        "Shows and changes preferences and accounts, unsubscribes, answers who may be used.",
        tables={
            "records": READ | APPEND | AMEND,
            "ledger": QUERY | APPEND,
            "consent_states": GET | READ_MANY | APPEND,
            "tokens": GET | APPEND | AMEND | ERASE,
            "requests": APPEND,
        },
        secrets=("identity",),
        settings=("languages",),
    ),
    Function(
        "access",
        "Takes data subject requests, shows them to whom they belong, hands exports over.",
        tables={
            "requests": READ | APPEND,
            "records": APPEND,
            "ledger": QUERY | APPEND,
            "consent_states": GET | APPEND,
            "tokens": GET | APPEND | AMEND,
        },
        indexes={"requests": ("people",)},
        buckets={"exports": FETCH},
        secrets=("identity",),
    ),
    Function(
        "visits",
        "Takes page visits from browsers that consented to analytics.",
        tables={
            "ledger": QUERY,
            "consent_states": READ_MANY,
            "records": APPEND,
            "statistics": AMEND,
        },
        only={"records": "c_*"},
        settings=("visit_parameters",),
    ),
    Function(
        "desk",
        "Serves the privacy staff: requests, people, imports, disclosures, holds, breaches.",
        tables={
            "requests": READ | READ_MANY | APPEND,
            "records": READ | READ_MANY | APPEND | AMEND,
            "ledger": QUERY | APPEND,
            "consent_states": GET | READ_MANY | APPEND,
            "operations": READ | APPEND | AMEND | ERASE,
            "statistics": QUERY,
            "audit": QUERY | APPEND,
            "tokens": GET | APPEND | ERASE,
        },
        indexes={
            **RETENTION_INDEXES,
            "requests": ("people", "registers", "retention", "work"),
            "audit": ("actors", "people", "retention"),
        },
        buckets={"exports": FETCH | KEEP},
        secrets=("identity",),
        alarms=True,
        timeout=29,
        memory=1769,
    ),
    Function(
        "notifications",
        "Sends the mails and domain events that stored records call for.",
        streams=("records", "ledger", "requests", "operations"),
        # A browser's decisions and visits are told to nobody.
        hears={"ledger": ("subject", "p_"), "records": ("person", "p_")},
        tables={
            "records": READ | AMEND,
            "consent_states": GET,
            "requests": READ | APPEND,
            "operations": GET | APPEND | AMEND,
            "tokens": GET | APPEND | AMEND,
        },
        secrets=("identity",),
        indexes={"records": ("retention",), "requests": ("people",)},
        buses=("domain",),
        settings=("languages",),
        mails=True,
        timeout=60,
    ),
    Function(
        "aggregation",
        "Counts visits and decisions; erases what a permission let us keep once it is taken back.",
        streams=("records", "ledger"),
        hears={"records": ("record", "visit#")},
        # Counted together: what a batch costs is hardly more than what one record would.
        batch=1000,
        window=60,
        tables={
            "statistics": AMEND,
            "tokens": READ_MANY | APPEND,
            "ledger": QUERY,
            "consent_states": GET | READ_MANY,
            "operations": CHECK,
            "records": READ | AMEND | ERASE,
        },
        timeout=300,
    ),
    Function(
        "fulfilment",
        "Prepares exports, asks the company's other systems, corrects and erases.",
        streams=("requests",),
        tables={
            "requests": READ | APPEND | AMEND | ERASE,
            "records": QUERY | APPEND | AMEND | ERASE,
            "ledger": QUERY | APPEND,
            "consent_states": GET | READ_MANY | APPEND | ERASE,
            "operations": READ | APPEND | AMEND | ERASE | CHECK,
            "audit": BY_INDEX,
            "tokens": ERASE,
        },
        indexes={"requests": ("people",), "audit": ("people",), "tokens": ("people",)},
        buckets={"exports": FETCH | STORE | REMOVE | LIST},
        secrets=("sources",),
        settings=("sources", "languages"),
        timeout=900,
        disk=10_240,
    ),
    Function(
        "deadlines",
        "Reminds staff of requests that are due, and lets those lapse that nobody verified.",
        daily="reminder_time",
        tables={
            "requests": READ | APPEND,
            "operations": READ | APPEND | ERASE,
            "ledger": QUERY | APPEND,
            "consent_states": GET | APPEND,
        },
        indexes={"requests": ("work", "people")},
        timeout=300,
    ),
    Function(
        "retention",
        "Deletes what is due, page by page, and leaves a report.",
        streams=("operations",),
        daily="retention_time",
        tables={
            "ledger": READ_MANY | ERASE,
            "merkle_log": APPEND,
            "consent_states": ERASE | AMEND,
            "records": ERASE,
            "requests": QUERY | ERASE | CHECK,
            "audit": ERASE,
            "statistics": ERASE,
            "operations": READ | APPEND | AMEND | ERASE | CHECK,
        },
        indexes=dict.fromkeys(
            (
                "ledger",
                "consent_states",
                "records",
                "requests",
                "operations",
                "audit",
                "statistics",
            ),
            ("retention",),
        ),
        buckets={"exports": REMOVE},
        timeout=900,
    ),
    Function(
        "transparency",
        "Adds decisions and removals to the log over all ledgers, and signs its head each day.",
        daily="log_time",
        patient=True,
        tables={"ledger": READ_MANY, "merkle_log": READ | APPEND | ERASE},
        indexes={"ledger": ("retention",)},
        buckets={"heads": FETCH | KEEP},
        keys={"receipts": SIGN},
        timeout=900,
    ),
)
