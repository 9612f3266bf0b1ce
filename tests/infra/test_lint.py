"""The template by somebody else's rules: cfn-lint knows CloudFormation's schemas."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra import synth

# CDK writes a DependsOn on a role beside the reference that already orders the two.
IGNORED = ("W3005",)


@pytest.mark.parametrize("stack", ["privacy-prod-stores", "privacy-prod"])
def test_cfn_lint_finds_nothing(stack: str, tmp_path: Path) -> None:
    path = tmp_path / "template.json"
    path.write_text(json.dumps(synth.templates()[stack]), encoding="utf-8")
    result = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("cfn-lint")), "--regions", "eu-west-1"),
            *("--ignore-checks", *IGNORED, "--template", str(path)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)
