"""Context in, template out: without network, credentials or account."""

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
_NO_ASSETS: dict[str, list[str]] = {"aws:cdk:bundling-stacks": []}


def synthesise(
    outdir: str, context: Mapping[str, Any] | None = None, *, examined: bool = False
) -> "CloudFormationStackArtifact":
    """Write the template and its assets to `outdir`; `context` goes before cdk.json's values.

    What the CDK command line was given (`-c key=value`) goes before both. If `examined`, the
    template must also satisfy nag.py, which takes a second.

    Raises:
        Refused: a context value is wrong, or its region is outside the EEA (S12).
        RuntimeError: nag.py finds something that it does not accept.
    """
    node.use()
    # Loading CDK starts node and takes a second, so not before it is needed.
    from aws_cdk import App  # noqa: PLC0415

    from infra.stack import PrivacyStack  # noqa: PLC0415

    app = App(
        outdir=outdir,
        context={**defaults(), **(context or {})},
        analytics_reporting=False,
        tree_metadata=False,
        # It doubles the time; the template is linted by the tests instead.
        builtin_cloud_formation_validation=False,
    )
    stack = PrivacyStack(app, read(app.node.get_all_context()))
    if examined:
        from infra import nag  # noqa: PLC0415

        nag.examine(app)
        nag.acknowledge(stack)
    return app.synth().get_stack_artifact(stack.artifact_id)


def template(context: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Give the template for `context`, as CloudFormation would get it, without building assets.

    Kept for the life of the process: read it, do not change it.

    Raises:
        Refused: as `synthesise`.
    """
    return _template(json.dumps(dict(context or {}), sort_keys=True))


@cache
def _template(context: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        found: dict[str, Any] = synthesise(folder, {**json.loads(context), **_NO_ASSETS}).template
        return found


def defaults() -> dict[str, Any]:
    """Read the context values that cdk.json holds."""
    values: dict[str, Any] = json.loads(DEFAULTS.read_text(encoding="utf-8"))["context"]
    return values
