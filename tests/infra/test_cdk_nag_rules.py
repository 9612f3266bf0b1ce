"""The template by cdk-nag's AwsSolutions and NIST 800-53 r5 packs: each finding has its reason."""

import json
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App

from infra import cdk_nag_rules, stacks, synth
from infra.context import read

# How often each rule is accepted: whoever accepts one more, or no
# longer needs one, says so here.
ACCEPTED = {
    "AwsSolutions-APIG2": 1,
    "AwsSolutions-APIG6": 1,
    "AwsSolutions-IAM5": 37,
    "AwsSolutions-L1": 13,
    "AwsSolutions-S1": 2,
    "AwsSolutions-SMG4": 2,
    "AwsSolutions-SQS3": 6,
    "NIST.800.53.R5-APIGWCacheEnabledAndEncrypted": 1,
    "NIST.800.53.R5-APIGWExecutionLoggingEnabled": 1,
    "NIST.800.53.R5-APIGWSSLEnabled": 1,
    "NIST.800.53.R5-CloudWatchLogGroupEncrypted": 14,
    "NIST.800.53.R5-DynamoDBInBackupPlan": 1,
    "NIST.800.53.R5-IAMNoInlinePolicy": 19,
    "NIST.800.53.R5-LambdaConcurrency": 13,
    "NIST.800.53.R5-LambdaDLQ": 13,
    "NIST.800.53.R5-LambdaInsideVPC": 13,
    "NIST.800.53.R5-S3BucketLoggingEnabled": 2,
    "NIST.800.53.R5-S3BucketReplicationEnabled": 2,
    "NIST.800.53.R5-SNSEncryptedKMS": 1,
    "NIST.800.53.R5-SecretsManagerRotationEnabled": 2,
    "NIST.800.53.R5-WAFv2LoggingEnabled": 1,
}
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/0f0f0f0f-1111-2222-3333-444444444444"


@pytest.fixture(scope="module")
def examined() -> tuple[set[tuple[str, str]], list[Any]]:
    """Return what both packs find where nothing is accepted, and what is."""
    with tempfile.TemporaryDirectory() as folder:
        app = App(
            outdir=folder,
            context={**synth.defaults(), **synth._NO_ASSETS},
            analytics_reporting=False,
            tree_metadata=False,
            builtin_cloud_formation_validation=False,
        )
        made = stacks.build(app, read(app.node.get_all_context()))
        cdk_nag_rules.examine(app)
        with pytest.raises(RuntimeError, match="ValidationFailed"):
            app.synth()
        report = json.loads((Path(folder) / "validation-report.json").read_text("utf-8"))
        accepted = list(cdk_nag_rules.accepted(made))
    found = {
        (construct["constructPath"].partition("/")[2], violation["ruleName"])
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    }
    assert {plugin["pluginName"] for plugin in report["pluginReports"]} == {
        "AwsSolutions",
        "NIST.800.53.R5",
    }
    return found, accepted


def test_every_finding_is_accepted_at_its_own_construct_and_none_besides(
    examined: tuple[set[tuple[str, str]], list[Any]],
) -> None:
    """S11: a new finding is noticed, and so is a reason for what is no longer found."""
    found, accepted = examined
    places = {(row.place, row.rule) for row in accepted}
    assert sorted(found - places) == [], "findings that nobody accepted"
    assert sorted(places - found) == [], "reasons for what is no longer found"
    assert len(places) == len(accepted)


def test_how_much_is_accepted_is_written_down(
    examined: tuple[set[tuple[str, str]], list[Any]],
) -> None:
    _, accepted = examined
    counts = Counter(re.sub(r"\[.*", "", row.rule) for row in accepted)
    assert counts == ACCEPTED


def test_each_reason_is_a_sentence(examined: tuple[set[tuple[str, str]], list[Any]]) -> None:
    _, accepted = examined
    for row in accepted:
        assert row.reason.endswith("."), row
        assert len(row.reason.split()) >= 6, row


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"stage": "trial", "mail_identity": "existing", "alarm_address": "ops@example.com"},
        {"domain": "api.example.com", "certificate": CERTIFICATE, "backup_lock": True},
    ],
    ids=["default", "trial", "own-domain"],
)
def test_a_deployment_passes_both_packs_whatever_its_context(
    context: dict[str, Any], tmp_path: Path
) -> None:
    synth.synthesise(str(tmp_path), {**context, **synth._NO_ASSETS}, examined=True)
