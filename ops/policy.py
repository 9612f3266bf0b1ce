"""`python -m ops policy`: check, publish and show the words that the product is bound to."""

import argparse
import json
import operator
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ops import CommandError, actions, policy_source
from ops.policy_source import (
    PUBLISHED,
    SOURCE,
    PolicyError,
    covered,
    name_of,
    render,
    sha256,
    words,
)
from shared.domain.processing_record import undeclared
from shared.edge import current_time
from shared.storage import policies

POLICIES = Path(__file__).parent.parent / "functions" / "shared" / "policies"
NONE = "none"


ABOUT = "check, publish and show the published words of each policy version"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    mine = actions.of(parser)
    shown = actions.add(mine, "check", check)
    shown.add_argument(
        "folder", nargs="?", type=Path, default=POLICIES, help="where the versions are"
    )
    published = actions.add(mine, "publish", publish)
    published.add_argument("version", help="the version's folder, such as 2026-10")
    published.add_argument(
        "--replace-unpublished-words",
        action="store_true",
        help="overwrite a published.json that says something else. Only before going live: "
        "once a person has seen the words they are evidence, and a change is a new version",
    )
    listed = actions.add(mine, "hashes", hashes)
    listed.add_argument("version", nargs="?", help="one version; without it, all")
    for action in (published, listed):
        action.add_argument("--folder", type=Path, default=POLICIES, help="where the versions are")


def check(chosen: argparse.Namespace) -> int:
    """Tell whether the sources still say what was published.

    Compares every version's sources with its published.json. Exits with 1, and a line for each
    difference, if they say something else.
    """
    exit_code = 0
    for folder in _versions(chosen.folder):
        found = changes(folder)
        if found is None:
            print(f"{folder.name}: a draft, not published yet")
            continue
        for difference in found:
            print(f"{folder.name}: {difference}")
        if found:
            exit_code = 1
        else:
            print(f"{folder.name}: as published")
    return exit_code


def changes(folder: Path) -> list[str] | None:
    """Tell in what a version's sources differ from what was published; None for a draft.

    Raises:
        PolicyError: the sources are no valid policy.
    """
    document = policy_source.compile(folder)
    if not (folder / PUBLISHED).exists():
        return None
    found = list(differences(_published(folder), document))
    if not found and words(folder / PUBLISHED) != render(document):
        return [f"{PUBLISHED}: was edited; its bytes are not those that the sources give"]
    return found


def require_unchanged(root: Path = POLICIES) -> None:
    """Stop what must not start with words that differ from the published ones.

    Raises:
        CommandError: a version differs, or its sources are no valid policy.
    """
    for folder in _versions(root):
        for difference in changes(folder) or ():
            raise CommandError(f"{folder.name}: {difference}")


def publish(chosen: argparse.Namespace) -> int:
    """Write published.json, which the functions read, from the sources of a version.

    Published words are evidence, so a version that is published with other words is left alone.
    """
    folder = chosen.folder / chosen.version
    document = policy_source.compile(folder)
    target = folder / PUBLISHED
    _refuse_same_day(document, chosen.folder)
    if target.exists() and not chosen.replace_unpublished_words:
        first = next(differences(_published(folder), document), None)
        if first:
            reason = (
                f"{first}; published words are evidence, so make a new version,"
                " or, if this one was never deployed, --replace-unpublished-words"
            )
            raise PolicyError(target, "", reason)
    draft = target.with_suffix(".draft")
    draft.write_text(render(document), encoding="utf-8", newline="\n")
    draft.replace(target)
    print(f"{chosen.version}: published, in force from {document['revised']}")
    now = current_time.now()
    whole = policies.load(chosen.folder).document(chosen.version, now)
    for sentence in undeclared(whole, now.date()):
        print(f"{chosen.version}: still to be done: {sentence}")
    return 0


def hashes(chosen: argparse.Namespace) -> int:
    """List every text of published versions with the SHA-256 of its words."""
    folders = [chosen.folder / chosen.version] if chosen.version else _versions(chosen.folder)
    for folder in folders:
        for name, digest in texts(_published(folder)).items():
            print(f"{folder.name}  {name:<32}  {digest}")
    return 0


def texts(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the SHA-256 of every text of the document, by a name such as notices/cookie_banner.

    It is reckoned from the words themselves, so that a wrong hash beside them hides nothing.
    """
    found = {"notice": sha256(document["notice"]["text"])}
    for tag, other in (document["notice"].get("languages") or {}).items():
        found[f"notice/{tag}"] = sha256(other["text"])
    for part, hashed in (("purposes", covered), ("notices", operator.itemgetter("text"))):
        for item in document[part]:
            found[f"{part}/{item['id']}"] = sha256(hashed(item))
            for tag, other in (item.get("languages") or {}).items():
                found[f"{part}/{item['id']}/{tag}"] = sha256(hashed({**item, **other}))
    return found


def differences(pinned: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Name each part that was published with one SHA-256 and has another now.

    Texts come with the hash of their words; a part whose words are the same but not, say, its
    period, with the hash of its JSON.
    """
    for before, after, what in (
        (texts(pinned), texts(now), "words"),
        (_parts(pinned), _parts(now), "entry"),
    ):
        for name in {**before, **after}:
            old, new = before.get(name, NONE), after.get(name, NONE)
            if old != new:
                yield f"{name}: the {what} changed: published {old}, now {new}"


def _parts(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the hash of each part apart from the words that `texts` covers."""
    parts: dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, list):
            parts |= {f"{key}/{name_of(item)}": item for item in value}
        else:
            parts[key] = value
    return {
        name: sha256(json.dumps(_without_words(part), sort_keys=True, ensure_ascii=False))
        for name, part in parts.items()
    }


def _without_words(part: Any) -> Any:
    if not isinstance(part, dict) or "sha256" not in part:
        return part
    covered = {"sha256", "text"} | ({"title", "lawful_basis"} if "lawful_basis" in part else set())
    return {key: value for key, value in part.items() if key not in covered}


def _versions(root: Path) -> list[Path]:
    """Find the folders that hold a version, drafts too."""
    found = sorted({path.parent for name in (SOURCE, PUBLISHED) for path in root.glob(f"*/{name}")})
    if not found:
        raise PolicyError(root, "", "holds no policy version")
    return found


def _published(folder: Path) -> dict[str, Any]:
    path = folder / PUBLISHED
    try:
        document = json.loads(words(path))
        texts(document)
    except json.JSONDecodeError as error:
        raise PolicyError(path, "", f"is not JSON: {error}") from error
    except (KeyError, TypeError) as error:
        raise PolicyError(path, "", f"is not a published policy: {error}") from error
    return dict(document)


def _refuse_same_day(document: Mapping[str, Any], root: Path) -> None:
    """Keep one version at most beginning on a day: else which of them rules is chance."""
    for path in root.glob(f"*/{PUBLISHED}"):
        other = _published(path.parent)
        if other["version"] != document["version"] and other["revised"] == document["revised"]:
            reason = f"{document['revised']} is the day on which {other['version']} begins"
            raise PolicyError(root / document["version"] / SOURCE, "revised", reason)
