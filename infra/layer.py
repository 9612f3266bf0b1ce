"""The dependency layer: what the lock names, for Lambda's machine, without what it never uses."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from uv import find_uv_bin

from infra import bytecode

LOCK = Path(__file__).parent.parent / "locks" / "layer.lock"
STAND_INS = sorted((Path(__file__).parent / "stand_in").glob("[a-z]*.py"))
LAMBDA = "aarch64-manylinux2014"
PLACE = "/opt/python"

# The services that functions call, and the names that endpoints.json has for them.
SERVICES = {
    "cloudwatch": "monitoring",
    "dynamodb": "dynamodb",
    "events": "events",
    "kms": "kms",
    "s3": "s3",
    "secretsmanager": "secretsmanager",
    "sesv2": "email",
}
# Globs of what is installed and never read by a running function.
NEVER_READ = (
    ".lock",
    "bin",
    "**/tests",
    "**/*.pyi",
    "**/py.typed",
    "aws_lambda_powertools/event_handler",
    "botocore/data/dynamodb/2011-12-05",
    "botocore/data/*/*/examples-1.json*",
    "botocore/docs/bcdoc",
    "botocore/docs/[!_du]*.py",
    "dateutil/zoneinfo/*.tar.gz",
    "holidays/financial",
    "phonenumbers/shortdata/region_*",
    "pydantic_core/core_schema.py",
    "urllib3/contrib/emscripten",
)
# Of these folders only this is read: our services, England, London.
ONLY_READ = {
    "aws_lambda_powertools/utilities": {
        "batch",
        "data_classes",
        "jmespath_utils",
        "typing",
    },
    "botocore/data": set(SERVICES),
    "holidays/countries": {"united_kingdom.py"},
    "holidays/locale": {"en_GB"},
    "tzdata/zoneinfo": {"Europe", "UTC"},
    "tzdata/zoneinfo/Europe": {"London"},
}
# Files at the top of those folders that stay in any case.
_ALWAYS = ("__init__.py", "*.json")
# These import all that is beside them: every tool, every kind of document, every country.
EMPTIED = (
    "aws_lambda_powertools/__init__.py",
    "botocore/docs/__init__.py",
    "holidays/countries/__init__.py",
)
# What is imported at every cold start and used at none, replaced: old text to new, each of
# which must be found, so that a new version that differs stops the build.
_NO_DOCSTRINGS = """\
class _None(str):
    def __new__(cls, *_, **__):
        return super().__new__(cls)


class ClientMethodDocstring(_None):
    pass


class WaiterDocstring(_None):
    pass


class PaginatorDocstring(_None):
    pass
"""
_CORE = """\
from ._pydantic_core import SchemaSerializer, SchemaValidator, ValidationError, from_json, to_json

MISSING = object()
"""
PATCHED = {
    # botocore writes help texts for its methods; 14 ms for words that nobody reads in Lambda.
    "botocore/docs/docstring.py": {"": _NO_DOCSTRINGS},
    # Batches may have pydantic's models, which ours have not.
    "aws_lambda_powertools/utilities/batch/types.py": {
        'has_pydantic = "pydantic" in sys.modules\n': "has_pydantic = False\n",
    },
    # For records that are worked at side by side, which ours are not.
    "aws_lambda_powertools/utilities/batch/base.py": {"import asyncio\n": ""},
    # Every kind of event there is; of those that come in batches, one names another.
    "aws_lambda_powertools/utilities/data_classes/__init__.py": {
        "": "from .s3_event import S3Event\n",
    },
    # The types of schemas, which are for those who write them.
    "pydantic_core/__init__.py": {"": _CORE},
    # 12 ms to be ready to ask for the version of a package that is not installed.
    "urllib3/http2/__init__.py": {
        "from importlib.metadata import version\n": (
            "def version(name):\n"
            "    from importlib.metadata import version as find\n\n"
            "    return find(name)\n"
        ),
    },
}
# Amazon Root CA 1 to 4 and the Starfield root that signed them before they were known.
AMAZON_ROOTS = 5
# Of a package's own description only this stays: its name and version, and its licence.
DESCRIPTION = ("METADATA", "LICENSE*", "NOTICE*", "licenses")


def build(target: Path, platform: str | None = LAMBDA, version: str = bytecode.RUNTIME) -> None:
    """Make the layer's `python` folder at `target`: install, slim, compile.

    `platform` is one of uv's names, or None for this machine. Two builds give the same bytes.

    Raises:
        subprocess.CalledProcessError: the packages cannot be had or are not what the lock says.
    """
    _install(target, platform, version)
    _slim(target)
    bytecode.compile_folder(target, version, PLACE, keep_source=False)


def _install(target: Path, platform: str | None, version: str) -> None:
    subprocess.run(  # noqa: S603  # the environment's uv, our own arguments
        [
            *(find_uv_bin(), "pip", "install", "--quiet", "--target", str(target)),
            *("--requirements", str(LOCK), "--require-hashes", "--no-deps"),
            *("--only-binary", ":all:", "--python-version", version),
            *(("--python-platform", platform) if platform else ()),
            # uv's default shares files with its cache, and slimming would edit them there.
            *("--link-mode", "copy", "--no-compile-bytecode"),
        ],
        check=True,
        env={**os.environ, "UV_NO_CONFIG": "1"},
    )


def _slim(target: Path) -> None:
    for pattern in NEVER_READ:
        _remove(target.glob(pattern))
    for folder, names in ONLY_READ.items():
        children = (target / folder).iterdir()
        _remove(p for p in children if p.name not in names and not _is_any(p, _ALWAYS))
    for description in target.glob("*.dist-info"):
        _remove(p for p in description.iterdir() if not _is_any(p, DESCRIPTION))
    for module in EMPTIED:
        (target / module).write_text("", encoding="utf-8")
    for name, changes in PATCHED.items():
        _patch(target / name, changes)
    for stand_in in STAND_INS:
        shutil.copyfile(stand_in, target / stand_in.name)
    _trim_endpoints(target / "botocore" / "data" / "endpoints.json")
    everyone = (target / "botocore" / "cacert.pem").read_text(encoding="utf-8")
    few = target / "botocore" / "amazon_roots.pem"
    few.write_text(amazon_roots(everyone), encoding="ascii")


def amazon_roots(bundle: str) -> str:
    """Return the roots of a bundle that Amazon's endpoints are certified by.

    Raises:
        ValueError: they are not all there, so the bundle is not the one that was read.
    """
    found = re.findall(
        r'# Label: "(?:Amazon Root CA \d|Starfield Services Root Certificate Authority - G2)"\n'
        r"(?:#.*\n)*(-----BEGIN CERTIFICATE-----\n[^-]+-----END CERTIFICATE-----\n)",
        bundle,
    )
    if len(found) != AMAZON_ROOTS:
        raise ValueError(f"the bundle has {len(found)} of Amazon's {AMAZON_ROOTS} roots")
    return "".join(found)


def _patch(path: Path, changes: Mapping[str, str]) -> None:
    """Replace text in a vendored module; an empty old text stands for all of it.

    Raises:
        ValueError: the text is not there, so the module is not the one that was read.
    """
    text = path.read_text(encoding="utf-8")
    for old, new in changes.items():
        if old not in text:
            raise ValueError(f"{path} is not the version that its patch was made for")
        text = text.replace(old, new) if old else new
    path.write_text(text, encoding="utf-8")


def _is_any(path: Path, patterns: Iterable[str]) -> bool:
    return any(path.match(pattern) for pattern in patterns)


def _trim_endpoints(path: Path) -> None:
    """Keep the endpoints of our services in the public partition: 1.2 MB less to parse."""
    document = json.loads(path.read_text(encoding="utf-8"))
    public = next(part for part in document["partitions"] if part["partition"] == "aws")
    kept = set(SERVICES.values())
    public["services"] = {
        name: service for name, service in public["services"].items() if name in kept
    }
    document["partitions"] = [public]
    path.write_text(json.dumps(document, separators=(",", ":")), encoding="utf-8")


def _remove(paths: Iterable[Path]) -> None:
    for path in list(paths):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
