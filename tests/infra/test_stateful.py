"""No deployment replaces what holds data: tables, keys, buckets, secrets, pool, vault."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from infra import synth
from tests.infra import stateful

WRITTEN: dict[str, Any] = json.loads(
    Path(__file__).with_name("stateful.json").read_text(encoding="utf-8")
)
HOW = (
    "CloudFormation would make new, empty ones of these and leave the old ones behind (Retain): "
    "{names}. If that is meant, keep the old resource in the template, add the new one beside it "
    "under another logical id, copy the data (docs/operations/restore.md), switch the functions "
    "over, and then write tests/infra/stateful.json anew: python -m tests.infra.stateful > "
    "tests/infra/stateful.json"
)


def replaced(template: dict[str, Any]) -> list[str]:
    now = stateful.found(template)
    return sorted(name for name, was in WRITTEN.items() if now.get(name) != was)


def test_nothing_that_holds_data_would_be_replaced(template: dict[str, Any]) -> None:
    """S51: a ledger that is suddenly empty is no evidence."""
    names = replaced(template)
    assert not names, HOW.format(names=", ".join(names))


def test_everything_that_holds_data_is_written_down(template: dict[str, Any]) -> None:
    """From its first deployment on, it is guarded."""
    assert set(stateful.found(template)) == set(WRITTEN)


def test_whatever_holds_data_stays_when_the_stack_goes(template: dict[str, Any]) -> None:
    """But not when it is the first deployment that failed: that could not be repeated."""
    kept = set(stateful.REPLACED_BY) - {"AWS::ApiGateway::RestApi", "AWS::Events::EventBus"}
    for name, resource in template["Resources"].items():
        if resource["Type"] in kept:
            assert resource.get("DeletionPolicy") == "RetainExceptOnCreate", name
            assert resource.get("UpdateReplacePolicy") == "Retain", name


def _renamed(template: dict[str, Any]) -> None:
    template["Resources"]["Ledger2Table"] = template["Resources"].pop("LedgerTable")


def _other_key(template: dict[str, Any]) -> None:
    schema = template["Resources"]["LedgerTable"]["Properties"]["KeySchema"]
    schema[0]["AttributeName"] = "retention_class"


def _other_kind(template: dict[str, Any]) -> None:
    definitions = template["Resources"]["LedgerTable"]["Properties"]["AttributeDefinitions"]
    definitions[1]["AttributeType"] = "S"


def _named(template: dict[str, Any]) -> None:
    template["Resources"]["LedgerTable"]["Properties"]["TableName"] = "ledger"


@pytest.mark.parametrize("change", [_renamed, _other_key, _other_kind, _named])
def test_a_change_that_would_empty_the_ledger_is_seen(
    template: dict[str, Any], change: Any
) -> None:
    changed = copy.deepcopy(template)
    change(changed)
    assert replaced(changed) == ["LedgerTable"]


@pytest.mark.parametrize(
    "context", [{"rate": "5"}, {"regime": "dpa_1998"}, {"backup_days": "20"}, {"log_days": "7"}]
)
def test_no_choice_of_a_running_deployment_replaces_anything(context: dict[str, str]) -> None:
    assert replaced(synth.template(context)) == []
