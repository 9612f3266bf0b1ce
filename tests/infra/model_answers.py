"""What a model says to a body or a query; as a program, it answers what stands on each line.

Run with the stand-in's folder first on the path, it tells what is said where functions run.
"""

import base64
import importlib
import json
import sys
from typing import Any, TypedDict

from shared.domain.errors import DomainError, Invalid
from shared.edge import body, field_types, parameters, problems


class Question(TypedDict):
    """A model by its import path, and what it is to read: a body's bytes, or a query."""

    model: str
    raw: str
    media_type: str
    query: dict[str, list[str]]


def answered(question: Question) -> Any:
    """Tell all that functions could see of the model made, or the refusal with each field."""
    module, _, name = question["model"].rpartition(".")
    model: Any = getattr(importlib.import_module(module), name)
    try:
        made = _read(model, question)
    except Invalid as refused:
        return [[error.pointer, error.detail] for error in refused.errors]
    except (DomainError, problems.Malformed, problems.TooLarge) as refused:
        return [type(refused).__name__, str(refused)]
    dumps = (
        made.model_dump(),
        made.model_dump(mode="json", exclude_unset=True),
        made.model_dump(exclude_none=True),
        field_types.redacted(made),
        field_types.optional_evidence(made),
        sorted(made.model_fields_set),
    )
    return list(map(repr, dumps))


def _read(model: Any, question: Question) -> Any:
    if issubclass(model, parameters.Query):
        return parameters.read_query(model, question["query"])
    raw, told = base64.b64decode(question["raw"]), question["media_type"]
    return body.parse(model, raw, told, body.MAX_UPLOAD, (body.essence(told),))


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answered(json.loads(line))) + "\n")
        sys.stdout.flush()
