"""From the editable sources of a policy version to the document that is published.

The document is what GET /v1/policy serves and what the functions decide by. It depends on the
sources alone: the same words give the same bytes.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ops import CommandError
from ops.policy_model import Company, Notice, PolicyFile, Purpose, Table, Translation
from ops.policy_rules import faults, objectable

SOURCE = "policy.toml"
NOTICE = "notice.md"
PUBLISHED = "published.json"
COMPANY = "company.json"

# Keys that came after the first version was published: its bytes do not have them.
_LATER = frozenset(
    {
        *("channel", "assessment", "condition", "exemption", "browser_may_object"),
        *("also", "limit", "reviewed_on", "kind", "contract_on", "checked_on"),
        "elsewhere",
    }
)

_REASONS = {
    "missing": "is missing",
    "extra_forbidden": "is not a key of a policy",
    "value_error": "{error}",
}


class PolicyError(CommandError):
    """A policy that cannot be used: one line with file, key and reason."""

    def __init__(self, file: Path, key: str, reason: str) -> None:
        """Name what is wrong; `key` is dotted, such as purposes[3].lifetime_days, or empty."""
        where = f"{file}: {key}" if key else f"{file}"
        super().__init__(" ".join(f"{where}: {reason}".split()))


def compile(folder: Path) -> dict[str, Any]:  # noqa: A001 - reads like re.compile
    """Make the public document of the version in `folder`.

    Every `sha256` is the lower-case hex digest of the UTF-8 bytes of the text beside it; a
    purpose's covers its title, its text and its lawful basis, a line each.

    Raises:
        PolicyError: a file is missing or the policy breaks a rule.
    """
    policy = _checked(folder)
    notice = words(folder / NOTICE)
    fields = _shown(policy)
    own = ("controller",) if policy.controller else ()
    head = ("version", "effective", "revised", "changes", "language", *own)
    return {
        **{key: fields[key] for key in head},
        "gpc": fields["gpc"],
        "notice": {"media_type": "text/markdown", "sha256": sha256(notice), "text": notice},
        "purposes": [_purpose(purpose) for purpose in policy.purposes],
        "cookie_categories": fields["cookie_categories"],
        "cookies": fields["cookies"],
        "notices": [_notice(notice, folder) for notice in policy.notices],
        "rights": fields["rights"],
        "recipients": fields["recipients"],
        "sources": fields["sources"],
        "retention": fields["classes"],
    }


def company(folder: Path) -> Company:
    """Read who runs the deployment, beside the versions.

    Raises:
        PolicyError: the file is missing or breaks a rule.
    """
    path = folder / COMPANY
    try:
        return Company.model_validate_json(words(path))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise PolicyError(path, _dotted(fault["loc"]), _reason(fault)) from error


def render(document: Mapping[str, Any]) -> str:
    """Write the document as published.json holds it."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def sha256(text: str) -> str:
    """Give the lower-case hex SHA-256 of the UTF-8 bytes of `text`."""
    return hashlib.sha256(text.encode()).hexdigest()


def covered(purpose: Mapping[str, str]) -> str:
    """Give what a purpose's hash covers: other words or another basis are another purpose."""
    return "\n".join((purpose["title"], purpose["text"], purpose["lawful_basis"]))


def words(path: Path) -> str:
    """Read a text exactly, but for line ends, which become a line feed each.

    Raises:
        PolicyError: there is no such file, or it is not UTF-8 or empty.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise PolicyError(path, "", error.strerror or "cannot be read") from error
    except UnicodeDecodeError as error:
        raise PolicyError(path, "", f"byte {error.start} is not UTF-8") from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise PolicyError(path, "", "is empty")
    return text


def _checked(folder: Path) -> PolicyFile:
    path = folder / SOURCE
    try:
        policy = PolicyFile.model_validate(tomllib.loads(words(path)))
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(path, "", f"is not TOML: {error}") from error
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise PolicyError(path, _dotted(fault["loc"]), _reason(fault)) from error
    if policy.version != folder.resolve().name:
        reason = f'"{policy.version}" is not the folder\'s name, "{folder.resolve().name}"'
        raise PolicyError(path, "version", reason)
    for key, reason in faults(policy):
        raise PolicyError(path, key, reason)
    return policy


def _dotted(location: tuple[int | str, ...]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return "".join(steps).removeprefix(".")


def _reason(fault: Mapping[str, Any]) -> str:
    form = _REASONS.get(fault["type"])
    if form:
        return form.format(**fault.get("ctx", {}))
    return f"{fault['msg'][0].lower()}{fault['msg'][1:]}, not {fault['input']!r:.60}"


def _shown(table: Table) -> dict[str, Any]:
    """Write a table out; what a version did not know yet, and does not use, is not in it."""
    return dict(_without_later(table.model_dump(mode="json")))


def _without_later(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_later(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _without_later(item)
        for key, item in value.items()
        if key not in _LATER or item not in (None, [], False)
    }


def _purpose(purpose: Purpose) -> dict[str, Any]:
    fields = _shown(purpose)
    return {**fields, "objectable": objectable(purpose), "sha256": sha256(covered(fields))}


def _notice(notice: Notice, folder: Path) -> dict[str, Any]:
    text = words(folder / notice.file) if notice.file else str(notice.text)
    return {
        "id": notice.id,
        "title": notice.title,
        "sha256": sha256(text),
        "text": text,
        "asks": notice.asks,
        "boxes": notice.boxes,
        "languages": {tag: _translation(other, folder) for tag, other in notice.languages.items()},
    }


def _translation(other: Translation, folder: Path) -> dict[str, str]:
    text = words(folder / other.file)
    return {"title": other.title, "sha256": sha256(text), "text": text}
