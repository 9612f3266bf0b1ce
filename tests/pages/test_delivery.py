"""How pages are delivered: headers, languages, weight, the script for websites."""

import gzip
import re
from pathlib import Path

import httpx
import pytest

from infra.pages.build import PAGES
from tests.pages.page_states import STATES
from tests.pages.serving import Served

ADDRESSES = sorted({state.path.partition("#")[0] for state in STATES})
HEAVIEST = 60 * 1024


def get(served: Served, path: str, **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.get(f"{served.url}/{path}", headers={"Accept": "text/html", **names})


@pytest.mark.parametrize("path", ADDRESSES)
def test_nothing_foreign_and_nothing_inline(served: Served, path: str) -> None:
    answer = get(served, path)
    policy = dict(
        part.strip().split(" ", 1)
        for part in answer.headers["Content-Security-Policy"].split(";")
        if " " in part.strip()
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert "style=" not in answer.text
    assert not re.search(r"\son\w+=", answer.text)
    for tag in re.findall(r"<script[^>]*>", answer.text):
        assert "src=" in tag or "application/json" in tag
    loaded = re.findall(r'<(?:script|img|link)[^>]+(?:src|href)="([^"]+)"', answer.text)
    own = tuple(f"{root}/assets/" for root in (".", "..", served.url))
    assert all(address.startswith(own) for address in loaded)


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_page_with_everything_is_light_and_its_links_lead_somewhere(
    served: Served, path: str
) -> None:
    """At most 60 KB compressed with sheet, scripts and picture; no file that is not there."""
    answer = get(served, path)
    weight = len(gzip.compress(answer.content))
    base = httpx.URL(f"{served.url}/{path}")
    links = set(re.findall(r'(?:src|href)="([^"#]+)"', answer.text))
    for address in (each for each in links if each.startswith(served.url) or ":" not in each):
        found = httpx.get(base.join(address.replace("&amp;", "&")), headers={"Accept": "text/html"})
        wanted = answer.status_code if address.startswith("?") else 200
        assert found.status_code == wanted, address
        if "/assets/" in address:
            assert "immutable" in found.headers["Cache-Control"]
            weight += len(gzip.compress(found.content))
    assert weight <= HEAVIEST


def test_the_language_is_the_one_asked_for_and_is_carried_along(served: Served) -> None:
    german = get(served, "choices", Accept_Language="fr;q=0.3, de-AT;q=0.9, en;q=0.5")
    assert german.headers["Content-Language"] == "de"
    assert '<html lang="de" dir="ltr">' in german.text
    chosen = get(served, "choices?lang=en", Accept_Language="de")
    assert chosen.headers["Content-Language"] == "en"
    assert 'href="./preferences?lang=en"' in chosen.text
    assert get(served, "choices", Accept_Language="fr").headers["Content-Language"] == "en"
    assert get(served, "choices?lang=<b>").headers["Content-Language"] == "en"
    assert "Accept-Language" in chosen.headers["Vary"]


def test_an_unchanged_page_is_not_sent_again(served: Served) -> None:
    first = get(served, "notice")
    again = get(served, "notice", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert get(served, "preferences").headers["Cache-Control"] == "no-store"


def test_an_unsubscribe_link_is_only_ever_text(served: Served) -> None:
    answer = get(served, "unsubscribe/%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert "alert" not in answer.text


@pytest.mark.parametrize("path", ["notice/1999-01", "nope", "requests/x/y", "unsubscribe"])
def test_what_is_not_there_is_a_page_to_people_and_a_problem_to_programs(
    served: Served, path: str
) -> None:
    page = get(served, path)
    assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "ETag" not in page.headers, "what may be there tomorrow is not kept"
    assert f'href="{served.url}/contact"' in page.text
    assert path not in page.text, "what somebody typed is not shown"
    for accept in ("application/json", "application/problem+json", "text/html;q=0", "font/woff2"):
        problem = httpx.get(f"{served.url}/{path}", headers={"Accept": accept})
        assert problem.status_code == 404, "not 406: nothing here has any form"
        assert problem.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("name", ["../languages.json", "..%2Flanguages.json", "site.css", "x.js"])
def test_only_assets_are_served(served: Served, name: str) -> None:
    assert httpx.get(f"{served.url}/assets/{name}").status_code == 404


def test_the_script_for_websites_has_a_stable_name_and_one_to_pin(served: Served) -> None:
    stable = httpx.get(f"{served.url}/privacy.js")
    (pinned,) = (served.folder / "assets").glob("privacy.*.js")
    kept = httpx.get(f"{served.url}/assets/{pinned.name}")
    assert stable.text == kept.text
    assert "immutable" in kept.headers["Cache-Control"]
    assert stable.headers["Cache-Control"] == "public, max-age=300"
    for answer in (stable, kept):
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert httpx.get(f"{served.url}/assets/privacy.000000000000.js").status_code == 404
    unnamed = httpx.get(f"{served.url}/assets/privacy.js")
    assert unnamed.status_code == 404, "what may change is not kept for ever"


def test_the_same_sources_make_the_same_files(served: Served, tmp_path: Path) -> None:
    from infra.pages import build  # noqa: PLC0415
    from shared.storage import policies  # noqa: PLC0415
    from tests.pages.serving import LOOKS  # noqa: PLC0415

    build.build(tmp_path / "again", LOOKS, policies.load(policies.FOLDER))

    def content(folder: Path) -> dict[str, bytes]:
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }

    assert content(served.folder) == content(tmp_path / "again")
    assert len(PAGES) < len(content(served.folder))
