"""Every command of the AWS CLI that a page names is one, and asks for what there is."""

from pathlib import Path

import pytest

from tests.aws_commands import Unknown, check, of_shell, written

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_of_aws_is_understood(page: Path) -> None:
    for words in written(page.read_text("utf-8")):
        try:
            check(words)
        except Unknown as fault:
            pytest.fail(f"aws {' '.join(words)}: {fault}")


def test_there_are_many_and_they_are_of_the_first_day_and_of_the_runbooks() -> None:
    found = [page.name for page in PAGES for _ in written(page.read_text("utf-8"))]
    assert len(found) > 60
    assert {"first-day.md", "leaving.md", "key-at-risk.md", "restore.md"} <= set(found)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("aws kmss enable-key --key-id K", "no service kmss"),
        ("aws kms enable-keys --key-id K", "kms has no enable-keys"),
        ("aws kms enable-key --key K", "kms enable-key has no --key"),
        ("aws kms enable-key", "--key-id must be told"),
        ("aws kms enable-key --key-id", "--key-id needs a value"),
        ("aws kms enable-key --key-id K another", "takes no more words"),
        ("aws wafv2 list-web-acls --scope REGION-AL", "--scope is none of"),
        ("aws sesv2 put-account-sending-attributes --sending-enabled true", "takes no value"),
        ("aws cloudwatch list-metrics --dimensions Key=a,Value=b", "--dimensions has no Key"),
        ("aws kms describe-key --key-id K --query KeyMetadata.State", "the answer has no State"),
        ("aws kms list-keys --query 'Keys[].[KeyId,Name]'", "the answer has no Name"),
        ("aws cloudformation wait stack-gone --stack-name s", "waits for no stack-gone"),
        ("aws cloudformation deploy --stack-name s", "--template-file must be told"),
        ('x "$(aws sts get-caller --query Account)"', "sts has no get-caller"),
    ],
)
def test_what_is_no_command_is_refused(command: str, said: str) -> None:
    (words,) = of_shell(command)
    with pytest.raises(Unknown, match=said):
        check(words)
