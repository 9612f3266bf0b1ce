"""Context in, templates out: without network, credentials or account."""

import json
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra import node
from infra.context import read

if TYPE_CHECKING:
    from aws_cdk.cx_api import CloudFormationStackArtifact

DEFAULTS = Path(__file__).parent.parent / "cdk.json"
# The service imports the stores' names, which then cannot go away under it; said, or CDK warns.
_SETTLED = {"@aws-cdk/core:defaultCrossStackReferences": "strong"}
_NO_ASSETS: dict[str, list[str]] = {"aws:cdk:bundling-stacks": []}


def synthesise(
    outdir: str,
    context: Mapping[str, Any] | None = None,
    *,
    examined: bool = False,
    deployed: bool = False,
) -> "list[CloudFormationStackArtifact]":
    """Write both templates and their assets to `outdir`, and return them in deployment order.

    `context` goes before cdk.json's values, and what the CDK command line was given
    (`-c key=value`) before both. If `examined`, the templates must also satisfy the rules of
    cdk_nag_rules.py, which takes a second; if `deployed`, the context must be fit for an account.

    Raises:
        InvalidConfiguration: a context value is wrong, or its region is outside the EEA (S12).
        RuntimeError: cdk_nag_rules.py finds something that it does not accept.
    """
    node.use()
    # Loading CDK starts node and takes a second, so not before it is needed.
    from aws_cdk import App  # noqa: PLC0415

    from infra import stacks  # noqa: PLC0415

    app = App(
        outdir=outdir,
        context={**defaults(), **(context or {}), **_SETTLED},
        analytics_reporting=False,
        tree_metadata=False,
        # It doubles the time; the template is linted by the tests instead.
        builtin_cloud_formation_validation=False,
    )
    chosen = read(app.node.get_all_context())
    if deployed:
        chosen.deployable()
    made = stacks.build(app, chosen)
    if examined:
        from infra import cdk_nag_rules  # noqa: PLC0415

        cdk_nag_rules.examine(app)
        cdk_nag_rules.acknowledge(made)
    assembly = app.synth()
    return [assembly.get_stack_artifact(stack.artifact_id) for stack in made]


def templates(context: Mapping[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    """Return the templates for `context` by the names of their stacks, in deployment order.

    They are as CloudFormation would get them, but no assets are built. Kept for the life of the
    process: read them, do not change them.

    Raises:
        InvalidConfiguration: as `synthesise`.
    """
    return _templates(json.dumps(dict(context or {}), sort_keys=True))


def template(context: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return both templates for `context` as one, each import replaced by what is exported.

    It is what the deployment consists of, wherever CloudFormation's stacks part it. Read it, do
    not change it.

    Raises:
        InvalidConfiguration: as `synthesise`.
    """
    return _whole(json.dumps(dict(context or {}), sort_keys=True))


@cache
def _templates(context: str) -> dict[str, dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        made = synthesise(folder, {**json.loads(context), **_NO_ASSETS})
        return {stack.stack_name: stack.template for stack in made}


@cache
def _whole(context: str) -> dict[str, Any]:
    parts = list(_templates(context).values())
    outputs = {name: output for part in parts for name, output in part.get("Outputs", {}).items()}
    exported = {
        output["Export"]["Name"]: output["Value"]
        for output in outputs.values()
        if "Export" in output
    }
    whole: dict[str, Any] = {}
    for part in parts:
        for section, named in part.items():
            if isinstance(named, dict):
                whole[section] = {**whole.get(section, {}), **_resolved(named, exported)}
    resources = sum(len(part["Resources"]) for part in parts)
    if len(whole["Resources"]) != resources:
        raise ValueError("two stacks use one logical id")
    whole["Outputs"] = {name: out for name, out in outputs.items() if "Export" not in out}
    return whole


def _resolved(value: Any, exported: Mapping[str, Any]) -> Any:
    """Put what is exported in the place of each import."""
    match value:
        case {"Fn::ImportValue": str(name)}:
            return exported[name]
        case dict():
            return {key: _resolved(inner, exported) for key, inner in value.items()}
        case list():
            return [_resolved(inner, exported) for inner in value]
        case _:
            return value


def defaults() -> dict[str, Any]:
    """Read the context values that cdk.json holds."""
    values: dict[str, Any] = json.loads(DEFAULTS.read_text(encoding="utf-8"))["context"]
    return values
