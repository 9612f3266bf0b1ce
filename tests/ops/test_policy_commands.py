"""The commands that check, publish and show policy versions, as somebody at a terminal."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops import policy, policy_source
from ops.__main__ import main
from shared.storage import policies
from tests.ops.mistakes import edit

FIRST, SECOND = "2023-06", "2027-01"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(policy.POLICIES / FIRST, tmp_path / FIRST)
    return tmp_path


def add_second(root: Path) -> Path:
    """Begin a version in which analytics uses other words."""
    folder = shutil.copytree(root / FIRST, root / SECOND)
    (folder / "published.json").unlink()
    source = folder / "policy.toml"
    edit(source, 'version = "2023-06"', f'version = "{SECOND}"')
    edit(source, "revised = 2023-06-01", "revised = 2027-01-01")
    edit(source, "We learn which pages", "We find out which pages")
    return folder


def test_check_passes_on_what_ships(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "check"]) == 0
    assert f"{FIRST}: as published" in capsys.readouterr().out


def test_check_names_the_text_and_both_hashes(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """S51: an edit of evidence is noticed, and says which words it touched."""
    path = root / FIRST / "notices" / "contact_form.md"
    pinned = policy_source.sha256(path.read_text(encoding="utf-8"))
    edit(path, "two years", "ten years")
    now = policy_source.sha256(path.read_text(encoding="utf-8"))
    assert main(["policy", "check", str(root)]) == 1
    assert capsys.readouterr().out == (
        f"{FIRST}: notices/contact_form: the words changed: published {pinned}, now {now}\n"
    )


@pytest.mark.parametrize(
    ("old", "new", "part", "what"),
    [
        ('keep = "P90D"', 'keep = "P91D"', "retention/visit", "entry"),
        ('amount = "10.00"', 'amount = "9.00"', "rights", "entry"),
        ("lifetime_days = 182", "lifetime_days = 183", "purposes/analytics", "entry"),
        ('title = "Understanding', 'title = "Knowing', "purposes/analytics", "words"),
        ('lifetime = "PT30M"', 'lifetime = "PT60M"', "cookies/visit_id (KhooCommerce)", "entry"),
        ('title = "About your enquiry"', 'title = "Hello"', "notices/contact_form", "entry"),
    ],
)
def test_check_notices_every_kind_of_change(
    root: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, part: str, what: str
) -> None:
    edit(root / FIRST / "policy.toml", old, new)
    assert main(["policy", "check", str(root)]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{FIRST}: {part}: the {what} changed: published ")


def test_check_notices_an_edited_record(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """S57: nor can the published record be changed behind the sources' back."""
    published = root / FIRST / "published.json"
    edit(published, "keeps it on file for two years", "keeps it on file for one year")
    assert main(["policy", "check", str(root)]) == 1
    assert "notices/contact_form: the words changed" in capsys.readouterr().out
    shutil.copy(policy.POLICIES / FIRST / "published.json", published)
    published.write_text(published.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert main(["policy", "check", str(root)]) == 1
    assert "published.json: was edited" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "reason"),
    [("{", "is not JSON"), ("{}", "is not a published policy"), ("[]", "is not a published")],
)
def test_a_broken_record_is_one_line(
    root: Path, capsys: pytest.CaptureFixture[str], content: str, reason: str
) -> None:
    (root / FIRST / "published.json").write_text(content, encoding="utf-8")
    assert main(["policy", "check", str(root)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"published.json: {reason}" in line


def test_a_mistake_ends_with_one_line_and_no_traceback(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(root / FIRST / "policy.toml", "lifetime_days = 182\n", "")
    assert main(["policy", "check", str(root)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        f"{root}/{FIRST}/policy.toml: purposes[1].lifetime_days: is missing; a consent has to end\n"
    )


def test_a_folder_without_versions_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["policy", "check", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"{tmp_path}: holds no policy version\n"
    assert main(["policy", "publish", "2099-01", "--folder", str(tmp_path)]) == 1
    assert "2099-01/policy.toml: No such file or directory" in capsys.readouterr().err


def test_publishing_says_what_the_law_wants_shown_and_is_not(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Numbers of the company, contracts and checks of recipients, assessments: hints, no faults."""
    latest = policy.POLICIES / "2026-10"
    shutil.copytree(latest, root / latest.name, dirs_exist_ok=True)
    shutil.copy(policy.POLICIES / "company.json", root)
    assert main(["policy", "publish", latest.name, "--folder", str(root)]) == 0
    said = capsys.readouterr().out
    for hint in (
        "The company's registration with the regulator (data protection fee) is not known",
        "No day of a processor's contract (Art. 28) is noted for Google (Analytics).",
        "No impact assessment (Art. 35) is noted for “Showing advertisements that suit you”",
        "The assessment of “Keeping you, us and our systems safe” is a proposal that nobody has",
    ):
        assert f"2026-10: still to be done: {hint}" in said
    company = root / "company.json"
    edit(company, '"ico_registration": null', '"ico_registration": "ZA000000"')
    assert main(["policy", "publish", latest.name, "--folder", str(root)]) == 0
    assert "data protection fee" not in capsys.readouterr().out


def test_publishing_again_changes_nothing(root: Path) -> None:
    published = root / FIRST / "published.json"
    before = published.read_bytes()
    assert main(["policy", "publish", FIRST, "--folder", str(root)]) == 0
    assert published.read_bytes() == before
    assert sorted(path.name for path in published.parent.iterdir()) == [
        "notice.md",
        "notices",
        "policy.toml",
        "published.json",
    ]


def test_published_words_are_not_overwritten(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """S57: a published version stays as it is, unless ops say that nobody has seen it yet."""
    published = root / FIRST / "published.json"
    before = published.read_bytes()
    edit(root / FIRST / "notice.md", "KhooCommerce", "Example")
    arguments = ["policy", "publish", FIRST, "--folder", str(root)]
    assert main(arguments) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{published}: notice: the words changed: published " in line
    assert "published words are evidence, so make a new version" in line
    assert line.endswith("if this one was never deployed, --replace-unpublished-words")
    assert published.read_bytes() == before
    assert main([*arguments, "--replace-unpublished-words"]) == 0
    assert main(["policy", "check", str(root)]) == 0
    assert published.read_bytes() != before


def test_a_second_version_begins_on_its_day(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """S57: both stay published; the later rules from its day on, with other analytics words."""
    add_second(root)
    assert main(["policy", "check", str(root)]) == 0
    assert f"{SECOND}: a draft, not published yet" in capsys.readouterr().out
    assert list(policies.load(root).versions) == [FIRST]

    assert main(["policy", "publish", SECOND, "--folder", str(root)]) == 0
    assert main(["policy", "check", str(root)]) == 0
    known = policies.load(root)
    assert list(known.versions) == [FIRST, SECOND]
    assert known.current(datetime(2026, 12, 31, 23, 59, tzinfo=UTC)).version == FIRST
    assert known.current(datetime(2027, 1, 1, tzinfo=UTC)).version == SECOND
    old, new = (known.versions[name].purposes for name in (FIRST, SECOND))
    assert [name for name in old if old[name].sha256 != new[name].sha256] == ["analytics"]


def test_two_versions_cannot_begin_on_one_day(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = add_second(root)
    edit(folder / "policy.toml", "revised = 2027-01-01", "revised = 2023-06-01")
    assert main(["policy", "publish", SECOND, "--folder", str(root)]) == 1
    assert capsys.readouterr().err == (
        f"{folder}/policy.toml: revised: 2023-06-01 is the day on which {FIRST} begins\n"
    )
    assert not (folder / "published.json").exists()


def test_hashes_lists_every_text(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads((root / FIRST / "published.json").read_text(encoding="utf-8"))
    for arguments in ([], [FIRST]):
        assert main(["policy", "hashes", *arguments, "--folder", str(root)]) == 0
        lines = [line.split() for line in capsys.readouterr().out.splitlines()]
        assert {name: digest for _, name, digest in lines} == policy.texts(document)
        assert {version for version, _, _ in lines} == {FIRST}


@pytest.mark.parametrize("arguments", [["--help"], ["policy", "publish", "--help"]])
def test_help_says_what_it_does(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert "usage: python -m ops" in capsys.readouterr().out
