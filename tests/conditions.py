"""Whether the conditions of a role's grants hold for a call, as it stands in the templates.

A call carries what IAM would ask of it: the sender of a mail, the partitions of an item. What it
needs of the stores' key is asked as well: tables, buckets and secrets use it in the caller's name,
with the context that each writes down (AWS KMS, "Encryption context"; DynamoDB, "Encryption at
rest: usage notes"; a bucket with a bucket key writes itself, and no object).
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from infra.catalogue import TABLES
from infra.declarations import title
from local.cloud import REGION, Cloud
from tests.granted import named, targets
from tests.infra.reading import actions, granted_to, resources

Context = dict[str, Any]
Asked = tuple[str, str, Context]  # an action, its resource, and what conditions ask of the call

_PARTITIONS = {f"{title(row.name)}Table": row.partition for row in TABLES}
_READS = ("Get", "Query", "BatchGet", "ConditionCheck")
_DATA_KEY = "DataKey"


class Conditions:
    """The conditions of every role in a deployment."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._statements: dict[str, list[dict[str, Any]]] = {}

    def unmet(
        self, function: str, service: str, operation: str, params: Any, names: Mapping[str, str]
    ) -> Iterator[str]:
        """Yield what a call asks for that no statement allows under its conditions.

        `names` are the logical ids of what resources are called.
        """
        for action, resource, context in self._asked(service, operation, params, names):
            fitting = [
                statement
                for statement in self._of(function)
                if action in actions(statement)
                and resource in map(named, resources(statement))
                and self._holds(statement.get("Condition", {}), context)
            ]
            if not fitting:
                yield f"{function}: {action} on {resource} with {context}"

    def _asked(
        self, service: str, operation: str, params: Any, names: Mapping[str, str]
    ) -> Iterator[Asked]:
        for part in _parts(operation, params):
            for action, resource in targets(*part, names):
                place = resource.partition("/")[0]
                if place not in self._cloud.resources and service != "sesv2":
                    continue  # what a test made for itself
                yield f"{_IAM.get(service, service)}:{action}", resource, _context(place, part[1])
                yield from self._of_the_key(service, action, place)

    def _of_the_key(self, service: str, action: str, place: str) -> Iterator[Asked]:
        key = _ENCRYPTED.get(service)
        if key is None or action in {"ListBucket", "DeleteObject"}:
            return
        about = self._cloud.resources[place]
        context = {
            "kms:ViaService": f"{service}.{REGION}.amazonaws.com",
            f"kms:EncryptionContext:{key}": about["Arn" if service == "s3" else "Ref"],
        }
        writes = service == "dynamodb" and not action.startswith(_READS)
        needed = {"Decrypt"}  # of what is written, too: an upload in parts reads them
        needed |= {"Encrypt", "GenerateDataKey"} if writes else set()
        needed |= {"GenerateDataKey"} if action == "PutObject" else set()
        for each in sorted(needed):
            yield f"kms:{each}", _DATA_KEY, context

    def _of(self, function: str) -> list[dict[str, Any]]:
        if function not in self._statements:
            self._statements[function] = [
                statement
                for statement in granted_to(self._cloud.template, function)
                if statement["Effect"] == "Allow"
            ]
        return self._statements[function]

    def _holds(self, condition: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
        return all(
            self._one_holds(operator, wanted, context.get(name))
            for operator, pairs in condition.items()
            for name, wanted in pairs.items()
        )

    def _one_holds(self, operator: str, wanted: Any, told: Any) -> bool:
        values = wanted if isinstance(wanted, list) else [wanted]
        among = [self._cloud.resolve(value) for value in values]
        match operator:
            case "StringEquals":
                return told in among
            case "ForAllValues:StringLike":
                return all(any(fnmatchcase(one, like) for like in among) for one in told or ())
            case "Null":
                return (told is None) == (among == ["true"])
        raise ValueError(f"{operator} is not known here")


_IAM = {"sesv2": "ses"}
# What each service writes into the context of the key that its data is under.
_ENCRYPTED = {
    "dynamodb": "aws:dynamodb:tableName",
    "s3": "aws:s3:arn",
    "secretsmanager": "SecretARN",
}


def _parts(operation: str, params: Any) -> Iterator[tuple[str, Any]]:
    """Yield the members of a transaction, each as a call of one; any other call as it is."""
    if operation not in ("TransactWriteItems", "TransactGetItems"):
        yield operation, params
        return
    for member in params["TransactItems"]:
        yield operation, {**next(iter(member.values())), "TransactItems": [member]}


def _context(place: str, params: Any) -> Context:
    context: Context = {}
    if "FromEmailAddress" in params:
        context["ses:FromAddress"] = params["FromEmailAddress"].rpartition("<")[2].rstrip(">")
    item = params.get("Item") or params.get("Key")
    if place in _PARTITIONS and isinstance(item, Mapping):
        value = item[_PARTITIONS[place]]
        context["dynamodb:LeadingKeys"] = (
            [*value.values()] if isinstance(value, Mapping) else [value]
        )
    return context
