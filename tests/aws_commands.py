"""Commands of the AWS CLI as pages write them, held against the models that the CLI is made from.

The CLI makes its commands from botocore's service models: `aws kms enable-key --key-id K` is the
operation `EnableKey` with its member `KeyId`. What the CLI has beside them is written here.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
import jmespath
from botocore import xform_name
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

# For every command, with whether a value follows (AWS CLI Command Reference, "Global options").
GLOBAL = {"--output", "--query", "--region", "--profile", "--cli-binary-format", "--max-items"}
# Those after which none does.
SWITCHES = {"--no-paginate"}
# The CLI's own, no operation of a service: what each may and must be told.
OWN = {
    "cloudformation deploy": (
        {"--parameter-overrides", "--capabilities"},
        {"--stack-name", "--template-file"},
    ),
    "logs tail": ({"--since", "--format", "--follow", "--filter-pattern"}, set()),
}
# Words after the options.
POSITIONAL = {"lambda invoke": 1, "logs tail": 1}
_SERVICES = {"s3api": "s3"}
_BEGINS = re.compile(r"(?:^|(?<=[\s(\"']))aws (?=[a-z])")
_ENDS = "|;&)\n<>`"
_OPEN = re.compile(r"[$…]|^[A-Z_]+$")


class Unknown(Exception):
    """What a command says that AWS does not know."""


def written(text: str) -> Iterator[list[str]]:
    """Yield the words of every command in a page, without the name of the program itself."""
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    spoken = re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    for block in (*blocks, *spoken):
        yield from of_shell(block)


def of_shell(text: str) -> Iterator[list[str]]:
    """Yield the words of every command in lines for a shell, also of those within others."""
    text = text.replace("\\\n", " ")
    for found in _BEGINS.finditer(text):
        line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        yield [*_words(text, found.end()), *(["GIVEN"] if "xargs" in line else [])]


def _words(text: str, at: int) -> list[str]:
    words, word, quote = [], "", ""
    while at < len(text):
        mark = text[at]
        if text.startswith("$(", at) and quote != "'":
            at = _closed(text, at + 1)
            word += "$()"
            continue
        if mark == quote:
            quote = ""
            word += "\0"  # an empty word is one
        elif not quote and mark in "'\"":
            quote = mark
        elif not quote and mark in _ENDS:
            break
        elif not quote and mark.isspace():
            words.append(word)
            word = ""
        else:
            word += mark
        at += 1
    return [each.replace("\0", "") for each in (*words, word) if each]


def _closed(text: str, at: int) -> int:
    depth = 0
    while True:
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
        if not depth:
            return at


def check(words: list[str]) -> None:
    """See that service, operation, options, their values and the query are known.

    Raises:
        Unknown: one is not; the message says which.
    """
    command = " ".join(words[:2])
    if command in OWN:
        may, must = OWN[command]
        told = _options(words[2:], dict.fromkeys(may | must), command)
        _all_told(must, told)
        return
    model = _operation(words)
    taken = {f"--{xform_name(n, '-')}": s for n, s in _members(model.input_shape).items()}
    told = _options(words[3 if words[1] == "wait" else 2 :], taken, command)
    required = model.input_shape.required_members if model.input_shape else ()
    _all_told({f"--{xform_name(name, '-')}" for name in required}, told)
    for option, values in told.items():
        if option in taken:
            _fits(taken[option], values, option)
    for query in told.get("--query", ()):
        _query(jmespath.compile(query).parsed, model.output_shape)


def _all_told(must: set[str], told: dict[str, list[str]]) -> None:
    if missing := must - set(told):
        raise Unknown(f"{', '.join(sorted(missing))} must be told")


def _operation(words: list[str]) -> OperationModel:
    name, operation = words[0], words[1]
    try:
        model = _session().get_service_model(_SERVICES.get(name, name))
    except botocore.exceptions.UnknownServiceError:
        raise Unknown(f"no service {name}") from None
    by_name = {xform_name(each, "-"): each for each in model.operation_names}
    if operation == "wait":
        waiters = _session().get_waiter_model(name).waiter_names
        by_waiter = {xform_name(each, "-"): each for each in waiters}
        if words[2] not in by_waiter:
            raise Unknown(f"{name} waits for no {words[2]}")
        waiter = _session().get_waiter_model(name).get_waiter(by_waiter[words[2]])
        return model.operation_model(waiter.operation)
    if operation not in by_name:
        raise Unknown(f"{name} has no {operation}")
    return model.operation_model(by_name[operation])


@cache
def _session() -> botocore.session.Session:
    return botocore.session.Session()


def _members(shape: Shape | None) -> dict[str, Shape]:
    return dict(shape.members) if isinstance(shape, StructureShape) else {}


def _options(words: list[str], taken: dict[str, Any], command: str) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    loose, option = 0, ""
    for word in words:
        if word.startswith("--"):
            option = word
            positive = word.replace("--no-", "--", 1)
            known = {*taken, *GLOBAL, *SWITCHES}
            if option not in known and _type(taken, positive) != "boolean":
                raise Unknown(f"{command} has no {option}")
            told[option] = []
        elif option and (_several(taken.get(option)) or not told[option]):
            if _type(taken, option) == "boolean":
                raise Unknown(f"{option} takes no value")
            told[option].append(word)
        else:
            loose += 1
    if loose > POSITIONAL.get(command, 0):
        raise Unknown(f"{command} takes no more words")
    for name, values in told.items():
        if not values and _type(taken, name) != "boolean" and not name.startswith("--no-"):
            raise Unknown(f"{name} needs a value")
    return told


def _type(taken: dict[str, Any], option: str) -> str | None:
    shape = taken.get(option)
    return shape.type_name if isinstance(shape, Shape) else None


def _several(shape: Any) -> bool:
    return isinstance(shape, ListShape) or shape is None


def _fits(shape: Shape, values: list[str], option: str) -> None:
    for value in values:
        member = shape.member if isinstance(shape, ListShape) else shape
        if _OPEN.search(value) and value not in getattr(member, "enum", ()):
            continue
        if value.startswith(("file://", "{", "[")):
            continue
        if isinstance(member, StructureShape):
            for pair in value.split(","):
                key = pair.partition("=")[0]
                if key not in member.members:
                    raise Unknown(f"{option} has no {key}")
                _fits(member.members[key], [pair.partition("=")[2]], f"{option} {key}")
        elif isinstance(member, MapShape):
            if not all("=" in pair for pair in value.split(",")):
                raise Unknown(f"{option} takes KEY=VALUE")
        elif getattr(member, "enum", ()) and value not in member.enum:
            raise Unknown(f"{option} is none of {', '.join(member.enum)}: {value}")


def _query(node: dict[str, Any], shape: Shape | None) -> Shape | None:
    """Follow a query through the answer's shape; None where nothing more is known of it."""
    parts = node["children"]
    match node["type"]:
        case "field":
            return _member(shape, node["value"])
        case "index" | "slice":
            return getattr(shape, "member", None)
        case "subexpression" | "index_expression" | "pipe" | "flatten" | "identity" | "current":
            for part in parts:
                shape = _query(part, shape)
            return shape
        case "projection" | "filter_projection" | "value_projection":
            shape = getattr(_query(parts[0], shape), "member", None)
            parts = parts[1:]
    for part in parts:  # of a list, a hash, a function, a comparison: each by itself
        _query(part, shape)
    return None


def _member(shape: Shape | None, name: str) -> Shape | None:
    if not isinstance(shape, StructureShape):
        return None
    if name not in shape.members:
        raise Unknown(f"the answer has no {name}")
    found: Shape = shape.members[name]
    return found
