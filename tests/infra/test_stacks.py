"""Two stacks: what keeps data stands by itself, and what works on it can fail and go."""

from typing import Any

import pytest
from aws_cdk import App

from infra import synth
from infra.context import read
from infra.stacks import StoresStack

# Whatever is gone with it cannot be made again.
HOLDS = {
    "AWS::Backup::BackupVault",
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::S3::Bucket",
    "AWS::SES::EmailIdentity",
    "AWS::SecretsManager::Secret",
}
# What costs by the month while it is there, used or not.
COSTS = HOLDS | {
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::WAFv2::WebACL",
}


def kinds(template: dict[str, Any]) -> set[str]:
    return {resource["Type"] for resource in template["Resources"].values()}


def test_what_holds_data_is_in_the_stores_alone() -> None:
    stores, service = synth.templates().values()
    assert kinds(stores) >= HOLDS
    assert not kinds(service) & HOLDS
    assert len(stores["Resources"]) < 40, "few, so that it hardly fails"
    assert not kinds(stores) & {"AWS::Lambda::Function", "AWS::ApiGateway::RestApi"}


def test_a_store_is_exported_whether_or_not_the_service_reads_it_today() -> None:
    """An export that goes when a function no longer needs it stops the deployment of both."""
    with_service, _ = synth.templates().values()
    app = App(context={**synth.defaults(), **synth._NO_ASSETS}, analytics_reporting=False)
    alone = StoresStack(app, read(app.node.get_all_context()))
    template = app.synth().get_stack_artifact(alone.artifact_id).template
    assert template["Outputs"] == with_service["Outputs"]


def test_nothing_protects_a_stack_before_it_stands() -> None:
    """Termination and deletion protection would make a failed first deployment unrepeatable."""
    stores, _ = synth.templates().values()
    protected, _ = synth.templates({"protect": True}).values()
    for name, resource in stores["Resources"].items():
        again = protected["Resources"][name]
        if resource["Type"] == "AWS::DynamoDB::Table":
            assert resource["Properties"]["DeletionProtectionEnabled"] is False
            assert again["Properties"]["DeletionProtectionEnabled"] is True
        if resource["Type"] == "AWS::Cognito::UserPool":
            assert resource["Properties"]["DeletionProtection"] == "INACTIVE"
            assert again["Properties"]["DeletionProtection"] == "ACTIVE"


@pytest.mark.parametrize(("context", "wanted"), [({}, False), ({"protect": True}, True)])
def test_the_stacks_themselves_are_protected_once_that_is_asked_for(
    context: dict[str, Any], wanted: bool, tmp_path: Any
) -> None:
    made = synth.synthesise(str(tmp_path), {**context, **synth._NO_ASSETS})
    assert [bool(stack.termination_protection) for stack in made] == [wanted, wanted]


def test_another_stage_leaves_nothing_behind() -> None:
    for template in synth.templates({"stage": "test", "protect": True}).values():
        for name, resource in template["Resources"].items():
            if resource["Type"] in COSTS | {"AWS::Logs::LogGroup"}:
                assert resource.get("DeletionPolicy", "Delete") == "Delete", name
                assert resource.get("UpdateReplacePolicy", "Delete") == "Delete", name
            if resource["Type"] == "AWS::KMS::Key":
                assert resource["Properties"]["PendingWindowInDays"] == 7


def test_a_mail_domain_that_the_account_has_is_used_and_not_made_again() -> None:
    """SES knows a domain once for an account and region: to make it again fails."""
    stores, _ = synth.templates({"mail_identity": "existing"}).values()
    assert "AWS::SES::EmailIdentity" not in kinds(stores)
    assert not [name for name in stores["Outputs"] if name.startswith("MailDkim")]
