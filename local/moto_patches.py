"""What the embedded AWS does not do and our functions rely on, filled in.

moto's KMS hashes what it is told to sign even when the caller says that it is a digest
already (`MessageType="DIGEST"`), as receipts do: they are longer than KMS takes whole.

Its tables are plain dictionaries, so two threads of one function must not be in it at once. To
undo a transaction it copies them first, each item and all that ever went through their streams:
the fuller a table, the slower. Here an item is copied when it is changed, so that a table's copy
shares its items. Where the transaction fails, the copies take the tables' places, and an iterator
that was opened before would read the stream of a table that nobody writes to any more: so an
iterator asks for the table's own shard each time.

It answers botocore in this process; what our own client sends to AWS's addresses is handed to it
the same way, and what goes to an engine on loopback is left alone. Once it has ended it answers
nothing, and botocore would ask AWS itself: whoever still is at work then finds it out of reach.

What it answers is looked up name by name in the service's model; an attribute's value is in memory
what it is on the wire, and is written as it is. What a service can do it looks up anew with each
request; here once.

moto also remembers every object that it ever made, these copies too, for a page that is not shown
here: memory would grow with each request. Here it does not.
"""

import base64
import copy
import threading
from collections import defaultdict
from functools import cache
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from botocore.exceptions import EndpointConnectionError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from moto.core import responses
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.common_models import BaseModel
from moto.core.models import botocore_stubber
from moto.core.serialize import JSONSerializer
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodbstreams.models import ShardIterator
from moto.kms.utils import ECDSAPrivateKey

from shared.storage.aws_json.answer import Answer
from shared.storage.aws_json.connection import Connection

_SHA256_BYTES = 32
_ON_LOOPBACK = ("http://127.0.0.1", "http://localhost", "https://localhost")


def fill() -> None:
    """Let moto's KMS sign a SHA-256 digest as a digest; nothing here signs other 32 bytes."""
    plain = ECDSAPrivateKey.sign

    def sign(self: Any, message: bytes, signing_algorithm: str) -> bytes:
        if len(message) != _SHA256_BYTES:
            return bytes(plain(self, message, signing_algorithm))
        return bytes(self.private_key.sign(message, ec.ECDSA(Prehashed(hashes.SHA256()))))

    ECDSAPrivateKey.sign = sign  # type: ignore[method-assign]
    _one_call_at_a_time()
    _our_own_client()
    BaseModel.__new__ = _untracked  # type: ignore[method-assign]
    _items_copied_when_changed()
    _shards_of_living_tables()
    _values_as_they_are()
    names = vars(responses)
    names["method_names_from_class"] = cache(names["method_names_from_class"])


def _untracked(cls: type, *_arguments: Any, **_named: Any) -> Any:
    return object.__new__(cls)


def _one_call_at_a_time() -> None:
    plain, lock = BotocoreStubber.__call__, threading.RLock()

    def locked(self: Any, event_name: str, request: AWSPreparedRequest, **named: Any) -> Any:
        with lock:
            answer = plain(self, event_name, request, **named)
        if answer is None and not request.url.startswith(_ON_LOOPBACK):
            raise EndpointConnectionError(endpoint_url=request.url)
        return answer

    BotocoreStubber.__call__ = locked  # type: ignore[method-assign]


def _our_own_client() -> None:
    plain = Connection.exchange

    def exchange(self: Any, headers: Any, body: bytes, at: Any, seconds: float) -> Answer:
        if self.endpoint.startswith(_ON_LOOPBACK):
            return plain(self, headers, body, at, seconds)
        sent = HTTPHeaders.from_dict({"Authorization": f"/{self.region}/", **headers})
        request = AWSPreparedRequest("POST", f"{self.endpoint}/", sent, body, stream_output=False)
        answer: Any = botocore_stubber("before-send", request)
        told = {name.lower(): str(value) for name, value in answer.headers.items()}
        return Answer(answer.status_code, told, answer.content)

    Connection.exchange = exchange  # type: ignore[method-assign]


def _shards_of_living_tables() -> None:
    plain = ShardIterator.get

    def get(self: Any, limit: int = 1000) -> dict[str, Any]:
        table = self.streams_backend.dynamodb.tables.get(self.stream_shard.table.name)
        if table is not None and table.stream_shard is not None:
            self.stream_shard = table.stream_shard
        return plain(self, limit)

    ShardIterator.get = get  # type: ignore[method-assign]


def _items_copied_when_changed() -> None:
    plain = DynamoDBBackend.update_item

    def update_item(self: Any, table_name: str, key: Any, *arguments: Any, **named: Any) -> Any:
        _replace_by_copy(self.get_table(table_name), key)
        return plain(self, table_name, key, *arguments, **named)

    DynamoDBBackend.update_item = update_item  # type: ignore[method-assign]
    Table.__deepcopy__ = _sharing_items  # type: ignore[attr-defined]


def _replace_by_copy(table: Any, key: dict[str, Any]) -> None:
    """Put a copy in an item's place, for a change that is made within it."""
    place, name = table.items, DynamoType(key[table.hash_key_attr])
    if table.range_key_attr is not None:
        place, name = place.get(name, {}), DynamoType(key[table.range_key_attr])
    if name in place:
        place[name] = copy.deepcopy(place[name])


def _sharing_items(table: Any, memo: dict[int, Any]) -> Any:
    copied = copy.copy(table)
    memo[id(table)] = copied
    copied.items = defaultdict(dict)
    for name, held in table.items.items():
        copied.items[name] = dict(held) if isinstance(held, dict) else held
    if table.stream_shard is not None:
        copied.stream_shard = copy.copy(table.stream_shard)
        copied.stream_shard.items = list(table.stream_shard.items)
        copied.stream_shard.table = copied
    return copied


def _values_as_they_are() -> None:
    plain = JSONSerializer._serialize_type_structure  # noqa: SLF001 - there is no other way in

    def structure(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue":
            serialized[key] = _on_the_wire(value)
        else:
            plain(self, serialized, value, shape, key)

    JSONSerializer._serialize_type_structure = structure  # type: ignore[method-assign]  # noqa: SLF001


def _on_the_wire(value: dict[str, Any]) -> dict[str, Any]:
    """Write an attribute's value; only bytes are something else on the wire."""
    ((kind, held),) = value.items()
    if kind == "M":
        return {"M": {name: _on_the_wire(inner) for name, inner in held.items()}}
    if kind == "L":
        return {"L": [_on_the_wire(inner) for inner in held]}
    if kind == "B":
        return {"B": base64.b64encode(held).decode()}
    if kind == "BS":
        return {"BS": [base64.b64encode(each).decode() for each in held]}
    return {kind: held}
