"""A deployment that failed can be made again, and a stage can be left and come back to."""

import json
from functools import cache
from typing import Any

import pytest

from infra import synth
from tests.infra.cloudformation import (
    COSTS,
    FILLED,
    NAMED,
    PROTECTED,
    WITHIN,
    Account,
    Failed,
    Made,
    Plan,
    before,
    plan,
)

STORES, SERVICE = "privacy-prod-stores", "privacy-prod"


def plans(**context: Any) -> dict[str, Plan]:
    """Return both stacks of a context, the stores first."""
    return _plans(json.dumps(context))


@cache
def _plans(context: str) -> dict[str, Plan]:
    return {name: plan(made) for name, made in synth.templates(json.loads(context)).items()}


def deploy(account: Account, fails: str | None = None, **context: Any) -> None:
    """Make both stacks of a context, the stores first, as `make deploy` does."""
    for name, made in plans(**context).items():
        at = fails if fails in made.resources else None
        account.create(name, made, fails=at, protected=context.get("protect", False))


def costing(left: set[Made]) -> set[Made]:
    """Choose what would go on costing."""
    return {made for made in left if made.kind in COSTS}


def test_every_type_of_both_templates_is_known_here() -> None:
    """A new type must first be said to have a name of its own or none."""
    used = {r["Type"] for t in synth.templates().values() for r in t["Resources"].values()}
    with_options = synth.templates({"dashboard": True, "alarm_address": "ops@example.com"})
    used |= {r["Type"] for t in with_options.values() for r in t["Resources"].values()}
    assert used - set(NAMED) - WITHIN == set()


@pytest.mark.parametrize("stack", [STORES, SERVICE])
def test_wherever_a_first_deployment_fails_it_is_made_again_with_nothing_by_hand(
    stack: str,
) -> None:
    """Each resource fails once, in the order of their making; nothing that costs is left."""
    for logical_id in plans()[stack].order:
        account = Account()
        with pytest.raises(Failed, match=r"^ROLLBACK_COMPLETE: .* as asked"):
            deploy(account, fails=logical_id)
        assert costing(account.owned_by_nobody()) == set(), logical_id
        deploy(account)
        assert {made.status for made in account.stacks.values()} == {"CREATE_COMPLETE"}


def test_protection_from_the_beginning_would_end_the_first_try_for_good() -> None:
    """Why `make protect` comes after, and not with, the first deployment."""
    account = Account()
    last = plans()[STORES].order[-1]
    with pytest.raises(Failed, match="ROLLBACK_FAILED"):
        deploy(account, fails=last, protect=True)
    with pytest.raises(Failed, match="protected from termination"):
        deploy(account, protect=True)


def updated(new: str, name: str, *, protect: bool = False) -> tuple[Account, set[Made]]:
    """Update a stack that has not yet `new` or what needs it, in vain; return what is left over."""
    account, later = Account(), plans(protect=protect)
    for each, made in later.items():
        account.create(each, before(made, new) if each == name else made)
    there, fails = account.resources.copy(), "Fails"
    last = {"Type": "AWS::CloudWatch::Dashboard", "DependsOn": list(later[name].order)}
    failing = Plan({**later[name].resources, fails: last}, (*later[name].order, fails))
    with pytest.raises(Failed, match=r"^UPDATE_ROLLBACK_COMPLETE: .* as asked"):
        account.update(name, failing, fails=fails)
    left = account.resources - there
    account.update(name, later[name])
    assert account.stacks[name].status == "UPDATE_COMPLETE"
    assert len(account.stacks[name].made) == len(later[name].order)
    return account, left


@pytest.mark.parametrize("stack", [STORES, SERVICE])
def test_an_update_that_fails_leaves_nothing_and_is_made_again(stack: str) -> None:
    """Each resource is new once, with all that needs it, in an update whose last step fails."""
    for logical_id in plans()[stack].order:
        assert costing(updated(logical_id, stack)[1]) == set(), logical_id


def test_what_is_new_and_protected_in_an_update_that_fails_is_left_and_blocks_nothing() -> None:
    """An empty table or pool, under a name of its own: docs/operations/upgrades.md."""
    for logical_id in plans(protect=True)[STORES].order:
        left = updated(logical_id, STORES, protect=True)[1]
        assert {made.kind for made in left} <= set(PROTECTED)
        kind = plans()[STORES].resources[logical_id]["Type"]
        assert (logical_id in {made.logical_id for made in left}) == (kind in PROTECTED)


def test_production_that_goes_leaves_its_data_and_can_come_back() -> None:
    """The mail domain alone is one of a kind; the context says that it is there."""
    account = Account()
    deploy(account)
    for name in (SERVICE, STORES):
        account.delete(name, plans()[name])
    left = {made.kind for made in account.owned_by_nobody()}
    assert left >= {"AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::S3::Bucket"}
    with pytest.raises(Failed, match=r"MailIdentity failed: khoocommerce\.example already exists"):
        deploy(account)
    deploy(account, mail_identity="existing")


def test_a_test_stage_goes_and_leaves_nothing_once_it_is_emptied() -> None:
    account = Account()
    deploy(account, stage="test")
    (stores, kept), (service, works) = plans(stage="test").items()
    account.holding = {name for name, r in kept.resources.items() if r["Type"] in FILLED}
    account.delete(service, works)
    with pytest.raises(Failed, match="DELETE_FAILED: BackupVault, ExportsBucket"):
        account.delete(stores, kept)
    account.holding.clear()  # docs/operations/leaving.md
    account.delete(stores, kept)
    assert costing(account.owned_by_nobody()) == set()
    deploy(account, stage="test")


def test_two_stages_stand_side_by_side_in_one_account() -> None:
    account = Account()
    deploy(account)
    with pytest.raises(Failed, match="MailIdentity failed"):
        deploy(account, stage="test")
    deploy(account, stage="test", mail_identity="existing")
    assert len(account.stacks) == 4


def test_no_stage_counts_anothers_figures() -> None:
    """Alarms are on metrics that name the stage, its stack or its own resources."""
    for stage in ("prod", "test"):
        template = synth.template({"stage": stage})
        namespaces = {
            str(r["Properties"].get("Namespace"))
            for r in template["Resources"].values()
            if r["Type"] == "AWS::CloudWatch::Alarm"
        }
        assert not [name for name in namespaces if "privacy" in name and "StackName" not in name]


def test_what_a_stack_exports_is_its_own() -> None:
    prod, test = (
        {out["Export"]["Name"] for out in stores["Outputs"].values() if "Export" in out}
        for stores in (next(iter(synth.templates({"stage": s}).values())) for s in ("prod", "test"))
    )
    assert prod
    assert not prod & test
