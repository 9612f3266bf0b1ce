"""Pages made from templates, the published policy, a company's looks and the language catalogues.

`build` writes a folder that the function `pages` serves as it is: one file for each policy
version, language and page, and the assets. Nothing in it depends on the day or the machine, so
that the same sources make the same bundle. Links are relative: the pages work under a stage's
name, a domain of one's own, or on this machine.
"""

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from infra.context import Context
from infra.pages import colours, content, languages, operations, scripts
from infra.pages.languages import DESK, SOURCES, Language
from shared.domain.policy import Policies, Policy
from shared.storage import policies

ROOT = SOURCES.parent.parent
LOCALES = SOURCES / "locales"
PRIVACY_JS = SOURCES.parent / "privacy.js"
# What every page runs before anything of it is drawn.
EARLY = "appearance"


@dataclass(frozen=True)
class Looks:
    """How a company's pages look: its colour, `#rrggbb`, its logo's file (SVG), its languages."""

    colour: str
    logo: Path | None
    languages: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """One page: its template, how many folders deep its address is, and its script."""

    name: str
    depth: int = 0
    script: str | None = None
    # Shown instead of the page when the API sends a form's reader back to it.
    variants: tuple[str, ...] = ()
    # Where links begin, if the function says it: such a page has addresses of several depths.
    root: str | None = None


PAGES = (
    Page("home"),
    Page("choices", script="choices"),
    Page("preferences", script="preferences"),
    Page("newsletter", script="form", variants=("sent",)),
    Page("newsletter_confirmation", depth=1, script="confirmation"),
    Page("contact", script="form", variants=("sent",)),
    Page("account", script="form", variants=("sent",)),
    Page("account_confirmation", depth=1, script="confirmation"),
    Page("address_confirmation", depth=1, script="address"),
    Page("new_request", depth=1, script="new_request"),
    Page("request", depth=1, script="request"),
    Page("unsubscribe", depth=1, script="unsubscribe"),
    Page("notice"),
    Page("notice_version", depth=1),
    Page("notice_changes", depth=1),
    Page("cookies"),
    Page("not_found", root="~root~"),
    Page("desk", script="desk", root="~root~"),
)


def for_deployment(target: Path, context: Context) -> None:
    """Write the pages of a deployment to `target`, from its context and the published policy."""
    logo = ROOT / context.logo if context.logo else None
    looks = Looks(context.brand_colour, logo, context.languages)
    build(target, looks, policies.load(policies.FOLDER))


def build(target: Path, looks: Looks, published: Policies, catalogues: Path = LOCALES) -> None:
    """Write all pages of all published versions in all languages, and their assets, to `target`.

    Raises:
        FileNotFoundError: a language has no catalogue, or the logo is not there.
    """
    shutil.rmtree(target, ignore_errors=True)
    spoken = [languages.read(code, catalogues) for code in looks.languages]
    writer = _Writer(target, looks, spoken, published)
    for policy in published.versions.values():
        for language in spoken:
            writer.write(policy, language)
    _write(target / "languages.json", json.dumps([language.code for language in spoken]))


class _Writer:
    """What all pages of one build share."""

    def __init__(
        self, target: Path, looks: Looks, spoken: list[Language], published: Policies
    ) -> None:
        self.target = target
        self.published = published
        self.spoken = spoken
        self.modules = scripts.Scripts(SOURCES / "js", DESK)
        self.language = spoken[0]
        self.assets = {"site.css": self._asset("site", "css", _sheet(looks.colour))}
        console = (DESK / "desk.css").read_text(encoding="utf-8")
        self.assets["desk.css"] = self._asset("desk", "css", scripts.sheet(console))
        self.assets["icon.svg"] = self._asset("icon", "svg", _icon(looks.colour))
        if looks.logo is not None:
            self.assets["logo.svg"] = self._asset("logo", "svg", looks.logo.read_text("utf-8"))
        for module in {EARLY, *(name for page in PAGES for name in self._modules(page))}:
            name, text = self.modules.served(module)
            _write(target / "assets" / name, text)
            self.assets[f"{module}.js"] = name
        self.privacy_js()
        self.desk = {
            "operations": operations.operations(),
            "actions": operations.actions(),
            "grounds": operations.grounds(),
            "statuses": operations.statuses(),
            "corrections": operations.corrections(),
            "lawful_bases": operations.lawful_bases(),
            "breaches": operations.named_by_breaches(),
            "spoken": [[language.code, language.name] for language in spoken],
            "correctable": operations.correctable(),
        }
        self.environment = self._environment()

    def write(self, policy: Policy, language: Language) -> None:
        """Write the pages of one version in one language."""
        self.language = language
        folder = self.target / policy.version / language.code
        facts = content.of(policy, self.published, language)
        for page in PAGES:
            template = self.environment.get_template(f"{page.name}.html")
            for variant in ("", *page.variants):
                values = {**facts, **self._frame(page, language, policy), "variant": variant}
                name = f"{page.name}.{variant}" if variant else page.name
                _write(folder / f"{name}.html", template.render(values))

    def privacy_js(self) -> None:
        """Write the websites' script, under its plain name and under one that can be pinned."""
        text = PRIVACY_JS.read_text(encoding="utf-8")
        _write(self.target / "privacy.js", text)
        _write(self.target / "assets" / scripts.named("privacy", "js", text), text)

    def _frame(self, page: Page, language: Language, policy: Policy) -> dict[str, Any]:
        root = page.root or "../" * page.depth or "./"
        return {
            "page": page.name,
            "root": root,
            "language": language,
            "spoken": self.spoken,
            "assets": {name: f"{root}assets/{file}" for name, file in self.assets.items()},
            "modules": self._modules(page),
            "script": page.script,
            "data": {
                "api": root,
                "language": language.code,
                "version": policy.version,
                "words": self._words(page, language),
                "looks": content.looks(policy),
                **(self._console(policy) if page.name == "desk" else {}),
            },
            # The function puts the reader's own choice of language in these places.
            "link": lambda path, query="": (
                f"{root}{path}?{query}~and~" if query else f"{root}{path}~lang~"
            ),
        }

    def _console(self, policy: Policy) -> dict[str, Any]:
        """Return what the console is told: of names the titles that they have in this version."""
        known = [*self.published.versions.values(), policy]
        return {**self.desk, "titles": operations.titles(each.document for each in known)}

    def _modules(self, page: Page) -> list[str]:
        return self.modules.needed(page.script) if page.script else []

    def _words(self, page: Page, language: Language) -> dict[str, str]:
        """Return the translations that a page's scripts ask for."""
        said: Iterable[str] = (
            message
            for module in self._modules(page)
            for message in languages.messages_of(self.modules.path(module))
        )
        return {message: language.words[message] for message in said if message in language.words}

    def _asset(self, name: str, suffix: str, text: str) -> str:
        file = scripts.named(name, suffix, text)
        _write(self.target / "assets" / file, text)
        return file

    def _say(self, message: str) -> str:
        return self.language.translate(message)

    def _say_one(self, one: str, many: str, count: int) -> str:
        return self.language.translate(one if count == 1 else many)

    def _day(self, text: str) -> str:
        return self.language.day(text)

    def _country(self, code: str) -> str:
        return self.language.country(code)

    def _period(self, text: str) -> str:
        return self.language.period(text)

    def _environment(self) -> Environment:
        made = Environment(
            loader=FileSystemLoader([SOURCES / "templates", DESK]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        made.policies["ext.i18n.trimmed"] = True
        made.install_gettext_callables(  # type: ignore[attr-defined]
            self._say, self._say_one, newstyle=True
        )
        made.filters |= {"day": self._day, "period": self._period, "country": self._country}
        made.filters["data"] = content.script_data
        return made


def _sheet(colour: str) -> str:
    site = (SOURCES / "css" / "site.css").read_text(encoding="utf-8")
    return colours.sheet(colour) + scripts.sheet(site)


def _icon(colour: str) -> str:
    """Draw the browser tab's picture: a tick on the company's colour."""
    ink = max(("#ffffff", "#000000"), key=lambda shade: colours.contrast(shade, colour))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="8" fill="{colour}"/><path d="M8 16.5 14 22 24.5 10.5"'
        f' fill="none" stroke="{ink}" stroke-width="4" stroke-linecap="round"'
        ' stroke-linejoin="round"/></svg>\n'
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
