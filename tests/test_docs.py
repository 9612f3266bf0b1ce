"""The pages of documentation point at what is there."""

import re
import shlex
from pathlib import Path

import pytest

from infra import routes
from infra.catalogue import FUNCTIONS, TABLES
from ops.__main__ import main, parser

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "bench" / "README.md"])
BY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
# What stands for one of several words.
WORKERS = {"WORKER": "notifications"}
OURS = ("functions", "infra", "local", "ops", "events", "docs", "tests", "bench", "locks")


@BY_PAGE
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


@BY_PAGE
def test_every_place_it_names_is_there(page: Path) -> None:
    named = re.findall(rf"\b((?:{'|'.join(OURS)})/[\w./-]+\.\w+)", page.read_text("utf-8"))
    missing = {place for place in named if not (ROOT / place).exists()}
    assert not [place for place in missing if "/2027-01/" not in place], "but for an example"


@BY_PAGE
def test_every_make_target_it_names_is_there(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target, told in re.findall(
        r"(?:^|`)\s*make ([a-z]+)\b((?: [A-Z_]+=\S*)*)", page.read_text("utf-8"), re.MULTILINE
    ):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
        for variable in re.findall(r" ([A-Z_]+)=", told):
            taken = rf"\$\((or \$\()?{variable}\)|^export .*\b{variable}\b"
            assert re.search(taken, makefile, re.MULTILINE), variable


@BY_PAGE
def test_every_command_of_ours_is_understood(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each `python -m ops …` parses: its command, its options and how many words it takes."""
    parsed(page.read_text("utf-8"), capsys)


def test_every_command_that_help_shows_is_understood(capsys: pytest.CaptureFixture[str]) -> None:
    shown = "\n".join(path.read_text("utf-8") for path in (ROOT / "ops").rglob("*.py"))
    examples = re.findall(r"^  (python -m ops .*)", shown, re.MULTILINE)
    assert len(examples) > 8
    parsed("\n".join(examples), capsys)


def parsed(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """See that each command in a text is one."""
    text = text.replace("\\\n", " ")
    for command in re.findall(r"python -m ops ([a-z][^`\n|]*)", text):
        words = shlex.split(re.sub(r" #.*|\$\w+|…", lambda found: "X" * (found[0] == "…"), command))
        if words[-1] == "--help":
            continue
        try:
            chosen = parser().parse_args(WORKERS.get(word, word) for word in words)
            if "understood" in chosen:
                chosen.understood(chosen.words)
        except SystemExit:
            pytest.fail(f"{command}: {capsys.readouterr().err}")


def test_the_first_day_allows_other_back_ends_every_route_that_is_theirs() -> None:
    """And no other: whoever signs must be allowed by a policy of their own."""
    page = (ROOT / "docs" / "operations" / "first-day.md").read_text("utf-8")
    theirs = [each.route for each in routes.declared() if each.route.audience == "service"]
    told = set(re.findall(r"API_ID/prod/(\w+)(/[\w/]+)", page))
    assert told == {(route.method, route.path) for route in theirs}


def test_the_architecture_draws_every_function_and_table() -> None:
    drawn = (ROOT / "docs" / "architecture.md").read_text("utf-8").split("```")[1]
    assert {row.name for row in (*FUNCTIONS, *TABLES)} <= set(re.findall(r"\w+", drawn))


def test_what_is_written_from_code_is_written() -> None:
    """docs/promises.md, docs/data-model.md and the context are what `python -m ops docs` writes."""
    assert main(["docs", "--check"]) == 0


ROUTES = {(route.method, re.sub(r"{\w+}", "{}", route.path)) for _, route in routes.declared()}
# What only the local server has.
LOCAL = ("/_local", "/docs", "/openapi.json")


@BY_PAGE
def test_every_route_it_names_is_there(page: Path) -> None:
    """`GET /v1/consents/{consent_id}`, and paths alone, whatever stands for their parameters."""
    text = re.sub(r"```json\n.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    paths = {path for _, path in ROUTES}
    for method, found in re.findall(
        r"(?:\b(GET|POST|PUT|PATCH|DELETE) )?(/v1/[\w/{}$-]*[\w}])", text
    ):
        path = re.sub(r"{\w+}|\$\w+|\b[crphib]_[a-z2-7]+\b", "{}", found)
        known = paths | {re.sub(r"/{}$", "", path) for path in paths}
        beginnings = {path[: path.find("/", 4)] for path in paths if path.count("/") > 2}
        assert path in known or path in beginnings or path in EXAMPLES, found
        if method and path in paths:
            assert (method, path) in ROUTES, f"{method} {found}"


# A version of the notice stands for its parameter.
EXAMPLES = {"/v1/policy/2026-10", "/v1/policy/2023-06"}


@BY_PAGE
def test_every_table_it_names_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    named = set(re.findall(r"\b(?:table|tables) `(\w+)`", text))
    assert {name.lower() for name in named} <= {table.name for table in TABLES}


@BY_PAGE
def test_every_promise_it_names_has_a_row(page: Path) -> None:
    rows = set(
        re.findall(r"^\| (S\d+) \|", (ROOT / "docs/promises.md").read_text("utf-8"), re.MULTILINE)
    )
    named = set(re.findall(r"\(S\d+\)|\bS(?!3\b)\d{1,2}\b", page.read_text("utf-8")))
    assert {name.strip("()") for name in named} <= rows


def test_decisions_are_numbered_alike_and_once() -> None:
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))
    numbers = [page.name[:4] for page in pages]
    assert numbers == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        assert page.read_text("utf-8").startswith(f"# {page.name[:4]} "), page.name


def test_the_glossary_has_the_words_that_are_used() -> None:
    """In order, once, and each stands somewhere else than in the glossary."""
    page = ROOT / "docs/glossary.md"
    words = re.findall(
        r"^\| ([^|]+?) \| [^|]+ \| [^|]+ \|$", page.read_text("utf-8"), re.MULTILINE
    )[1:]
    assert words == sorted(words, key=str.lower)
    assert len(set(words)) == len(words)
    others = [path for path in PAGES if path != page]
    others += [*(ROOT / "functions").rglob("*.py"), *(ROOT / "web").glob("pages/**/*.html")]
    told = "\n".join(path.read_text("utf-8") for path in others).lower()
    assert [
        word for word in words if word.lower().replace("_", " ") not in told.replace("_", " ")
    ] == []


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs/README.md").read_text("utf-8")
    pages = [page for page in (ROOT / "docs").glob("**/*.md") if page.name != "README.md"]
    missing = [
        page.name
        for page in pages
        if page.name not in index and page.parent.name not in ("decisions", "runbooks")
    ]
    assert not missing
