"""From the editable sources of a policy version to the document that is published.

The document is what GET /v1/policy serves and what the functions decide by. It depends on the
sources alone: the same words give the same bytes.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ops import CommandError
from ops.policy_bases import Fault, objectable
from ops.policy_model import (
    Company,
    DatedAuthority,
    Notice,
    PolicyFile,
    Purpose,
    Table,
    Translation,
)
from ops.policy_rules import faults
from shared import languages
from shared.domain.policy import meant

SOURCE = "policy.toml"
NOTICE = "notice.md"
PUBLISHED = "published.json"
# In the folder of another language.
TRANSLATION = "words.toml"
COMPANY = "company.json"

_DAY = timedelta(days=1)
_TAG = re.compile("[a-z]{2}(-[A-Z]{2})?")
# Where words tell how long classes are kept, each for the same time: {breach, hold}.
_KEPT = re.compile(r"\{([a-z][a-z0-9_]*(?:, [a-z][a-z0-9_]*)*)\}")

# Keys that came after the first version was published: its bytes do not have them.
_LATER = frozenset(
    {
        *("channel", "assessment", "condition", "exemption", "browser_may_object"),
        *("also", "limit", "reviewed_on", "kind", "contract_on", "checked_on"),
        *("elsewhere", "impact_assessment"),
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
    others = _translations(folder, policy)
    fields = _shown(policy)
    own = ("controller",) if policy.controller else ()
    head = ("version", "effective", "revised", "changes", "language", *own)
    return {
        **{key: fields[key] for key in head},
        **_in_others(
            {tag: {"changes": other.changes} for tag, other in others.items() if other.changes}
        ),
        "gpc": fields["gpc"],
        "notice": _whole_notice(folder, policy, others),
        "purposes": [_purpose(purpose, others) for purpose in policy.purposes],
        "cookie_categories": _translated(fields, others, "cookie_categories"),
        "cookies": _translated(fields, others, "cookies"),
        "notices": [_notice(notice, folder, policy, others) for notice in policy.notices],
        "rights": fields["rights"],
        "recipients": _translated(fields, others, "recipients"),
        "sources": fields["sources"],
        "retention": _translated(fields, others, "retention"),
    }


def name_of(item: Mapping[str, str]) -> str:
    """Return what an entry is known by in its part: a cookie has no id but name and provider."""
    return item.get("id") or f"{item['name']} ({item['provider']})"


def company(folder: Path) -> Company:
    """Read who runs the deployment, beside the versions.

    Raises:
        PolicyError: the file is missing or breaks a rule.
    """
    path = folder / COMPANY
    try:
        found = Company.model_validate_json(words(path))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise PolicyError(path, _dotted(fault["loc"]), _reason(fault)) from error
    for key, reason in _offices(found.supervisory_authorities):
        raise PolicyError(path, f"supervisory_authorities{key}", reason)
    return found


def _offices(authorities: Sequence[DatedAuthority]) -> Iterator[Fault]:
    """Yield each day on which not one authority, and one alone, is in office (L15)."""
    if authorities[0].since:
        yield "[0].since", f"nobody is the authority before {authorities[0].since}"
    for index, (before, after) in enumerate(pairwise(authorities), 1):
        begins, due = after.since or date.min, (before.until or date.max - _DAY) + _DAY
        if begins > due:
            yield f"[{index}].since", f"{begins} leaves days without an authority"
        if begins < due:
            yield f"[{index}].since", f"{begins} is while another is the authority"
    if authorities[-1].until:
        last = len(authorities) - 1
        yield f"[{last}].until", f"nobody is the authority after {authorities[-1].until}"


def render(document: Mapping[str, Any]) -> str:
    """Write the document as published.json holds it."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def sha256(text: str) -> str:
    """Return the lower-case hex SHA-256 of the UTF-8 bytes of `text`."""
    return hashlib.sha256(text.encode()).hexdigest()


def covered(purpose: Mapping[str, str]) -> str:
    """Return what a purpose's hash covers: other words or another basis are another purpose."""
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


# The words of a version in other languages, by tag.
_Others = Mapping[str, Translation]
_Translated = Mapping[str, Mapping[str, str]]
# What of a version has words in other languages, and how its source calls it.
_PARTS = {
    "purposes": "purposes",
    "cookie_categories": "cookie_categories",
    "cookies": "cookies",
    "notices": "notices",
    "retention": "classes",
    "recipients": "recipients",
}


def _translations(folder: Path, policy: PolicyFile) -> _Others:
    """Read the words of the version in other languages: a folder each."""
    found = {}
    for path in sorted(folder.glob(f"*/{TRANSLATION}")):
        tag = path.parent.name
        if not _TAG.fullmatch(tag):
            raise PolicyError(path, "", "is not in a folder of a language tag such as de or pt-BR")
        if tag[:2] == policy.language[:2]:
            raise PolicyError(path, "", f"is in the version's own language, {policy.language}")
        try:
            found[tag] = Translation.model_validate(tomllib.loads(words(path)))
        except tomllib.TOMLDecodeError as error:
            raise PolicyError(path, "", f"is not TOML: {error}") from error
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            raise PolicyError(path, _dotted(fault["loc"]), _reason(fault)) from error
        _refuse_strangers(path, found[tag], policy)
    return found


def _refuse_strangers(path: Path, other: Translation, policy: PolicyFile) -> None:
    """Refuse words of what is not there, and an entry that is half in one language."""
    for part, own in _PARTS.items():
        there = {name_of(item.model_dump()): item for item in getattr(policy, own)}
        for name, said in getattr(other, part).items():
            if name not in there:
                raise PolicyError(path, f"{part}.{name}", "is nothing of this version")
            for key in type(said).model_fields:
                if (getattr(there[name], key) is None) is not (getattr(said, key) is None):
                    reason = "is said in one of the two languages only"
                    raise PolicyError(path, f"{part}.{name}.{key}", reason)


def _in_others(translated: _Translated) -> dict[str, _Translated]:
    return {"languages": translated} if translated else {}


def _with_periods(path: Path, policy: PolicyFile, tag: str) -> str:
    """Read a text, in which `{enquiry}` is how long that class is kept (S13).

    The notice tells it of every class, so that no word can say another period than the rows.
    """
    text = words(path)
    if policy.form == 1:
        return text
    periods = {kind.id: kind.keep for kind in policy.classes}
    named = [found.split(", ") for found in _KEPT.findall(text)]
    for names in named:
        for name in names:
            if name not in periods:
                raise PolicyError(path, "", f'"{name}" is not a class of this version')
        if len({periods[name] for name in names}) > 1:
            raise PolicyError(path, "", f"{' and '.join(names)} are kept for different times")
    if path.name == NOTICE:
        told = {name for names in named for name in names}
        for name in (name for name in periods if name not in told):
            raise PolicyError(path, "", f'does not tell how long "{name}" is kept: {{{name}}}')
    code = meant(tag, languages.codes())
    if named and code is None:
        why = f"cannot write periods; begin functions/shared/languages/{tag}/words.toml"
        raise PolicyError(path, "", why)
    said = languages.read(code or languages.ENGLISH)
    return _KEPT.sub(lambda found: said.period(periods[found[1].split(", ")[0]]), text)


def _whole_notice(folder: Path, policy: PolicyFile, others: _Others) -> dict[str, Any]:
    text = _with_periods(folder / NOTICE, policy, policy.language)
    translated = {
        tag: {"sha256": sha256(other), "text": other}
        for tag in others
        if (folder / tag / NOTICE).exists()
        and (other := _with_periods(folder / tag / NOTICE, policy, tag))
    }
    notice = {"media_type": "text/markdown", "sha256": sha256(text), "text": text}
    return {**notice, **_in_others(translated)}


def _translated(fields: Mapping[str, Any], others: _Others, part: str) -> list[dict[str, Any]]:
    """Return a part with its words in other languages; each hash covers all words of the entry."""
    return [
        {**item, **_said(others, part, name_of(item), lambda said: "\n".join(said.values()))}
        for item in fields[_PARTS[part]]
    ]


def _said(
    others: _Others, part: str, name: str, hashed: Callable[[Mapping[str, str]], str]
) -> dict[str, Any]:
    found = {}
    for tag, other in others.items():
        if name in getattr(other, part):
            said = getattr(other, part)[name].model_dump(exclude_none=True)
            found[tag] = {**said, "sha256": sha256(hashed(said))}
    return _in_others(found)


def _purpose(purpose: Purpose, others: _Others) -> dict[str, Any]:
    fields = _shown(purpose)
    return {
        **fields,
        "objectable": objectable(purpose),
        "sha256": sha256(covered(fields)),
        **_said(others, "purposes", purpose.id, lambda said: covered({**fields, **said})),
    }


def _notice(notice: Notice, folder: Path, policy: PolicyFile, others: _Others) -> dict[str, Any]:
    own = policy.language
    text = _with_periods(folder / notice.file, policy, own) if notice.file else str(notice.text)
    return {
        "id": notice.id,
        "title": notice.title,
        "sha256": sha256(text),
        "text": text,
        "asks": notice.asks,
        "boxes": notice.boxes,
        "languages": {
            tag: {
                "title": other.notices[notice.id].title,
                "sha256": sha256(said),
                "text": said,
            }
            for tag, other in others.items()
            if notice.id in other.notices
            and (said := _with_periods(folder / tag / "notices" / f"{notice.id}.md", policy, tag))
        },
    }
