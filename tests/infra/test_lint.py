"""The templates by other people's rules, and why what they find stays."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from infra import synth
from local.cloud import of_type

FACTS = Path(__file__).parents[2] / "docs" / "operations" / "aws-facts.md"


def test_cfn_lint_finds_what_is_said_to_stay_and_nothing_else(tmp_path: Path) -> None:
    """It knows CloudFormation's schemas."""
    for name, template in synth.templates().items():
        (tmp_path / f"{name}.json").write_text(json.dumps(template), encoding="utf-8")
    result = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("cfn-lint")), "--regions", "eu-west-1"),
            *("--format", "json", "--", *map(str, sorted(tmp_path.glob("*.json")))),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    found = {finding["Rule"]["Id"] for finding in json.loads(result.stdout)}
    section = FACTS.read_text("utf-8").partition("### What checkov and cfn-lint say")[2]
    assert found == set(re.findall(r"\b[WEI]\d{4}\b", section.partition("\n## ")[0]))
    assert result.stderr == ""


Resource = Mapping[str, Any]


def _without(*names: str) -> Callable[[Resource], bool]:
    return lambda properties: not any(properties.get(name) for name in names)


def _may_write_anywhere(properties: Resource) -> bool:
    return any(
        statement["Resource"] == "*" and statement["Effect"] == "Allow"
        for policy in properties.get("Policies", ())
        for statement in policy["PolicyDocument"]["Statement"]
    )


def _knows_no_bad_inputs(properties: Resource) -> bool:
    return "AWSManagedRulesKnownBadInputsRuleSet" not in json.dumps(properties)


# What a rule of checkov looks at, and what it finds wrong there, as its documentation says.
RULES: dict[str, tuple[str, Callable[[Resource], bool]]] = {
    "CKV_AWS_18": ("AWS::S3::Bucket", _without("LoggingConfiguration")),
    "CKV_AWS_26": ("AWS::SNS::Topic", _without("KmsMasterKeyId")),
    "CKV_AWS_27": ("AWS::SQS::Queue", _without("KmsMasterKeyId")),
    "CKV_AWS_73": ("AWS::ApiGateway::Stage", _without("TracingEnabled")),
    "CKV_AWS_111": ("AWS::IAM::Role", _may_write_anywhere),
    "CKV_AWS_115": ("AWS::Lambda::Function", _without("ReservedConcurrentExecutions")),
    "CKV_AWS_116": ("AWS::Lambda::Function", _without("DeadLetterConfig")),
    "CKV_AWS_117": ("AWS::Lambda::Function", _without("VpcConfig")),
    "CKV_AWS_120": ("AWS::ApiGateway::Stage", _without("CacheClusterEnabled")),
    "CKV_AWS_158": ("AWS::Logs::LogGroup", _without("KmsKeyId")),
    "CKV_AWS_173": ("AWS::Lambda::Function", _without("KmsKeyArn")),
    "CKV_AWS_192": ("AWS::WAFv2::WebACL", _knows_no_bad_inputs),
}
ROW = re.compile(r"^\| (CKV_AWS_\d+) \| (\d+) [a-z ]+ \| (.+) \|$", re.MULTILINE)
ROWS = {rule: (int(count), why) for rule, count, why in ROW.findall(FACTS.read_text("utf-8"))}


def test_each_exception_is_of_a_rule_that_is_known_here() -> None:
    assert set(ROWS) == set(RULES)
    total = sum(count for count, _ in ROWS.values())
    assert f"had {total} findings of" in FACTS.read_text("utf-8")


@pytest.mark.parametrize("rule", RULES)
def test_what_checkov_finds_is_found_as_often_as_its_reason_says(
    template: dict[str, Any], rule: str
) -> None:
    """A reason for what is mended is taken away, and one more finding has to be thought about."""
    kind, wrong = RULES[rule]
    found = [name for name, it in of_type(template, kind).items() if wrong(it["Properties"])]
    count, why = ROWS[rule]
    assert len(found) == count, found
    assert len(why.split()) >= 6
