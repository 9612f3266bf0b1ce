"""THE declaration: every table, secret and signing key, and one row per function.

Roles, environments, triggers, alarms, the tables of the tests and the wiring of the local
server all derive from these rows. "Who can erase?" is a glance down this page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

Verb = frozenset[str]

# Our own sets of exact actions: an append-only table is one that nobody AMENDs.
READ: Verb = frozenset({"dynamodb:GetItem", "dynamodb:Query"})
READ_MANY: Verb = frozenset({"dynamodb:BatchGetItem"})
APPEND: Verb = frozenset({"dynamodb:PutItem"})
AMEND: Verb = frozenset({"dynamodb:UpdateItem"})
ERASE: Verb = frozenset({"dynamodb:DeleteItem"})

SIGN: Verb = frozenset({"kms:Sign", "kms:GetPublicKey"})


@dataclass(frozen=True, slots=True)
class Table:
    """One DynamoDB table; each concern has its own, so that roles and backups can differ.

    `sort_type` is DynamoDB's letter (N or S). `retained` tables carry the retention index:
    partition `retention_class` (`class#shard`), sort key `retention_start`. An `append_only`
    table refuses every update from everybody by its own resource policy (promise S51).
    """

    name: str
    partition: str
    sort: str | None = None
    sort_type: str = "S"
    retained: bool = False
    append_only: bool = False
    stream: bool = False
    ttl: str | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """One Lambda function: what calls it, what it may touch, how big it is.

    `memory` is MB, `timeout` seconds. `tables`, `secrets` and `keys` name rows of this page;
    the function's environment holds exactly those names (`TABLE_LEDGER`, `SECRET_IDENTITY`,
    `KEY_RECEIPTS`) and its role exactly those actions. A function is called by API Gateway,
    or, if it names `streams`, by the new items of those tables; what it cannot do in a few
    tries goes to its dead-letter queue. `buses` it tells of what happened; `mails` lets it
    send as the configured sender.
    """

    name: str
    about: str
    streams: tuple[str, ...] = ()
    tables: Mapping[str, Verb] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    keys: Mapping[str, Verb] = field(default_factory=dict)
    buses: tuple[str, ...] = ()
    mails: bool = False
    memory: int = 512
    timeout: int = 10

    @property
    def handler(self) -> str:
        """Name the handler: `api` answers HTTP, `handle` works through a stream."""
        return f"{self.name}.handler.{'handle' if self.streams else 'api'}"


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
    Table("standings", partition="person", retained=True),
    Table("records", partition="person", sort="record", retained=True, stream=True),
    Table("tokens", partition="token", ttl="expires"),
)

SECRETS = {
    "identity": "Keys the hashes that stand for people: losing it loses who is who.",
}

SIGNING_KEYS = {
    "receipts": "Signs consent receipts (ES256), so that anybody can check who issued them.",
}

BUSES = {
    "domain": "Tells the company's other systems what happened to which person_id.",
}

FUNCTIONS = (
    Function(
        "consent",
        "Publishes the policy; captures, reads and withdraws consent; issues receipts.",
        tables={"ledger": READ | APPEND},
        secrets=("identity",),
        keys={"receipts": SIGN},
    ),
    Function(
        "contact",
        "Takes contact, newsletter and account forms, and their mailed confirmations.",
        tables={
            "records": READ | APPEND,
            "ledger": READ | APPEND,
            "standings": READ | APPEND,
            "tokens": READ | AMEND | ERASE,
        },
        secrets=("identity",),
    ),
    Function(
        "preferences",
        "Shows and changes preferences, unsubscribes, and answers whether somebody may be used.",
        tables={
            "records": READ | APPEND,
            "ledger": READ | APPEND,
            "standings": READ | READ_MANY | APPEND,
            "tokens": READ | APPEND | AMEND | ERASE,
        },
        secrets=("identity",),
    ),
    Function(
        "courier",
        "Sends the mails and domain events that stored records call for.",
        streams=("records", "ledger"),
        tables={
            "records": READ,
            "standings": READ,
            "tokens": READ | APPEND | AMEND,
        },
        secrets=("identity",),
        buses=("domain",),
        mails=True,
        timeout=60,
    ),
)


def environment_name(kind: str, name: str) -> str:
    """Name the environment variable that tells a function where `name` is: `TABLE_LEDGER`."""
    return f"{kind}_{name}".upper()
