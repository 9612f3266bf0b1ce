"""What operations answer to their sample events, kept as the OpenAPI document's examples."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema

from infra import openapi
from shared.edge.body import JSON

# Of a long answer the beginning shows what it is like.
MAX_TEXT = 400
HIDDEN = "…"


def shown(text: str, media_type: str) -> Any:
    """Return an answer's body as its example: of each list the first item, of a page the top."""
    if media_type == JSON:
        return _short(json.loads(text))
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + HIDDEN


def _short(value: Any) -> Any:
    match value:
        case list():
            return [_short(item) for item in value[:1]]
        case dict():
            return {name: _short(item) for name, item in value.items()}
        case str() if value.startswith("http://127.0.0.1") or ".amazonaws.com" in value:
            return value.partition("?")[0]
        case _:
            return value


def check(example: Any, schema: Mapping[str, Any], document: Mapping[str, Any]) -> None:
    """Hold an example against its schema, whose references are the document's."""
    whole = {**schema, "components": document["components"]}
    jsonschema.Draft202012Validator(whole).validate(example)


def record(function: str, name: str, given: Mapping[str, Any]) -> None:
    """Keep an operation's answers as its examples."""
    path = Path(openapi.EVENTS / "answers" / f"{function}.json")
    path.parent.mkdir(exist_ok=True)
    kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
    kept[name] = given
    text = json.dumps(dict(sorted(kept.items())), indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
