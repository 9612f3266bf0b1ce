"""What a row of the catalogue says, and the words that it says it in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Verb = frozenset[str]

# Our own sets of exact actions: an append-only table is one that nobody AMENDs.
GET: Verb = frozenset({"dynamodb:GetItem"})
QUERY: Verb = frozenset({"dynamodb:Query"})
READ: Verb = GET | QUERY
BY_INDEX: Verb = frozenset()  # nothing of the table itself, only of its indexes
READ_MANY: Verb = frozenset({"dynamodb:BatchGetItem"})
APPEND: Verb = frozenset({"dynamodb:PutItem"})
AMEND: Verb = frozenset({"dynamodb:UpdateItem"})
ERASE: Verb = frozenset({"dynamodb:DeleteItem"})
CHECK: Verb = frozenset({"dynamodb:ConditionCheckItem"})

# The same for buckets.
FETCH: Verb = frozenset({"s3:GetObject"})
KEEP: Verb = frozenset({"s3:PutObject"})
STORE: Verb = KEEP | {"s3:AbortMultipartUpload"}
REMOVE: Verb = frozenset({"s3:DeleteObject"})
LIST: Verb = frozenset({"s3:ListBucket"})

SIGN: Verb = frozenset({"kms:Sign", "kms:GetPublicKey"})


@dataclass(frozen=True, slots=True)
class Index:
    """Another way to find a table's items; those that lack its attributes are not in it."""

    name: str
    partition: str
    sort: str


@dataclass(frozen=True, slots=True)
class Table:
    """One DynamoDB table; each concern has its own, so that roles and backups can differ.

    `sort_type` is DynamoDB's letter (N or S). `retained` tables carry the retention index:
    partition `retention_class` (`class#shard`), sort key `retention_start`. An `append_only`
    table refuses every update from everybody by its own resource policy (promise S51). A `lasting`
    one is about nobody and has no end.
    """

    name: str
    partition: str
    sort: str | None = None
    sort_type: str = "S"
    retained: bool = False
    append_only: bool = False
    lasting: bool = False
    stream: bool = False
    ttl: str | None = None
    indexes: tuple[Index, ...] = ()

    @property
    def backed_up(self) -> bool:
        """Tell whether its items outlive the day, so that they are worth a backup."""
        return self.retained or self.lasting


@dataclass(frozen=True, slots=True)
class Function:
    """One Lambda function: what calls it, what it may touch, how big it is.

    `memory` is MB, `timeout` seconds. `tables`, `secrets` and `keys` name rows of this page;
    the function's environment holds exactly those names (`TABLE_LEDGER`, `SECRET_IDENTITY`,
    `KEY_RECEIPTS`) and its role exactly those actions. A function is called by API Gateway,
    or, if it names `streams`, by the new items of those tables, or, if `daily` names a context
    value with a time of day, by a schedule; what it cannot do in a few tries goes to its
    dead-letter queue. Of a stream it `hears` only items whose key attribute begins as said
    (`{"ledger": ("subject", "p_")}`): for the others it is not even started. It is handed at most
    `batch` items, gathered for `window` seconds. `only` narrows a
    table to partitions like `c_*`; `indexes` of tables may be queried; `buses` it tells of what
    happened; `mails` lets it send as the configured sender; `alarms` lets it read how
    the stack's alarms stand; `settings` are context values that
    it is told (`SOURCES`). `disk` is MB of scratch space,
    encrypted and gone with the process. `patient`: a day without a run loses nothing, and nobody
    is woken by it.
    """

    name: str
    about: str
    streams: tuple[str, ...] = ()
    hears: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    batch: int = 25
    window: int = 1
    daily: str | None = None
    patient: bool = False
    tables: Mapping[str, Verb] = field(default_factory=dict)
    only: Mapping[str, str] = field(default_factory=dict)
    indexes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    buckets: Mapping[str, Verb] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    keys: Mapping[str, Verb] = field(default_factory=dict)
    buses: tuple[str, ...] = ()
    mails: bool = False
    alarms: bool = False
    settings: tuple[str, ...] = ()
    memory: int = 1024
    timeout: int = 10
    disk: int = 512

    @property
    def handler(self) -> str:
        """Name the handler: `api` answers HTTP, `handle` works by stream or schedule."""
        return f"{self.name}.handler.{'api' if self.serves_http else 'handle'}"

    @property
    def serves_http(self) -> bool:
        """Tell whether API Gateway calls the function."""
        return not self.streams and self.daily is None


def title(name: str) -> str:
    """Write a name of the catalogue as logical ids begin: `consent_states` as `ConsentStates`."""
    return name.title().replace("_", "")


def environment_name(kind: str, name: str) -> str:
    """Name the environment variable that tells a function where `name` is: `TABLE_LEDGER`."""
    return f"{kind}_{name}".upper()
