"""What is uploaded: one bundle per function, one layer, both built without Docker."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_

from infra import bundle, layer
from infra.context import Context
from infra.routes import FOLDER

# The function whose bundle holds files made for the deployment.
PAGES = "pages"


@jsii.implements(ILocalBundling)
class _Builder:
    """Lets CDK have an asset built by a function of ours instead of in a container."""

    def __init__(self, build: Callable[[Path], None]) -> None:
        self._build = build

    def try_bundle(self, output_dir: str, *_options: Any, **_named: Any) -> bool:
        """Build into `output_dir`, as the options are ours; only on False would CDK use Docker."""
        self._build(Path(output_dir))
        return True


def of_function(name: str, context: Context) -> lambda_.Code:
    """Declare the bundle of function `name`; that of the pages holds them, made for `context`."""
    if name == PAGES:
        return _asset(FOLDER / name, partial(_with_pages, context))
    return _asset(FOLDER / name, partial(bundle.build, name))


def _with_pages(context: Context, target: Path) -> None:
    from infra.pages import build  # noqa: PLC0415 - it needs the functions' folder on the path

    bundle.build(PAGES, target)
    build.for_deployment(target / PAGES / "built", context)


def of_layer() -> lambda_.Code:
    """Declare the dependency layer; Lambda puts its `python` folder on the import path."""
    return _asset(layer.LOCK.parent, lambda target: layer.build(target / "python"))


def _asset(source: Path, build: Callable[[Path], None]) -> lambda_.Code:
    return lambda_.Code.from_asset(
        str(source),
        asset_hash_type=AssetHashType.OUTPUT,
        bundling=BundlingOptions(
            image=DockerImage.from_registry("never-used"), local=_Builder(build)
        ),
    )
