"""Finding a deployment's tables and bucket, for commands that go to them directly."""

import argparse
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from infra.catalogue import SIGNING_KEYS
from infra.declarations import title
from ops import CommandError

# What the name of the stack that keeps data has after the other's (infra/stacks.py).
STORES = "-stores"


@dataclass(frozen=True, slots=True)
class Resource:
    """A deployed resource: its type, e.g. `AWS::SQS::Queue`, and what it is called in AWS."""

    kind: str
    physical: str


def add_stack(parser: argparse.ArgumentParser) -> None:
    """Let a command be told which deployment it is about."""
    parser.add_argument(
        "--stack", metavar="NAME", required=True, help="the deployment's stack, e.g. privacy-prod"
    )


def add_arguments(parser: argparse.ArgumentParser) -> argparse._MutuallyExclusiveGroup:
    """Let a command be told where the stores are; other ways to find them may join the group."""
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--stack", metavar="NAME", help="the deployment's stack, e.g. privacy-prod")
    where.add_argument(
        "--table-prefix",
        metavar="PREFIX",
        help="what the tables' names begin with, e.g. privacy-prod- of privacy-prod-RecordsTable…; "
        "bucket is then in BUCKET_EXPORTS, the secret in SECRET_IDENTITY, keys in KEY_…",
    )
    return where


def find(
    chosen: argparse.Namespace,
    tables: Iterable[str],
    *,
    bucket: bool = False,
    secret: bool = False,
    keys: bool = False,
    heads: bool = False,
) -> None:
    """Tell the storage modules where `tables` are, bucket, secret and keys, as Lambda would.

    Raises:
        CommandError: one of them is not found.
    """
    wanted = {f"TABLE_{name.upper()}": f"{name.title().replace('_', '')}Table" for name in tables}
    know_the_region()
    if bucket:
        wanted["BUCKET_EXPORTS"] = "ExportsBucket"
    if heads:
        wanted["BUCKET_HEADS"] = "HeadsBucket"
    if secret:
        wanted["SECRET_IDENTITY"] = "IdentitySecret"  # noqa: S105 - its name
    if keys:
        wanted |= {f"KEY_{name.upper()}": f"{title(name)}SigningKey" for name in SIGNING_KEYS}
    place = resources(chosen.stack).get if chosen.stack else _of_prefix(chosen.table_prefix)
    for variable, logical_id in wanted.items():
        found = place(logical_id) or os.environ.get(variable)
        if found is None:
            raise CommandError(f"{logical_id} is not found: set {variable}.")
        os.environ[variable] = found


def know_the_region() -> None:
    """Let botocore and our own client know the region from wherever the AWS CLI reads it.

    Raises:
        CommandError: nothing tells in which region the deployment is.
    """
    from botocore.session import get_session  # noqa: PLC0415 - only where AWS is asked

    told = os.environ.get("AWS_REGION") or get_session().get_config_variable("region")
    if not told:
        raise CommandError("Set AWS_REGION to the deployment's region, e.g. eu-west-1.")
    os.environ["AWS_DEFAULT_REGION"] = told


def resources(stack: str) -> dict[str, str]:
    """Return the physical names of a deployment's resources by their logical ids.

    Raises:
        CommandError: as `listed`.
    """
    return {logical_id: resource.physical for logical_id, resource in listed(stack).items()}


def listed(stack: str) -> dict[str, Resource]:
    """Return a deployment's resources by their logical ids.

    A deployment is two stacks, of which the one with the stores is called as the other and
    `-stores`: whichever is named, both are looked at.

    Raises:
        CommandError: there is no such stack here, or it may not be looked at.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415 - only where AWS is asked

    know_the_region()
    service = stack.removesuffix(STORES)
    found: dict[str, Resource] = {}
    for name in (service, service + STORES):
        try:
            found |= _of_stack(name)
        except ClientError as error:
            said = str(error.response["Error"]["Message"])
            if "does not exist" in said and name != stack:
                continue  # what is missed in the other one the caller says
            raise CommandError(f"The stack {name}: {said}") from None
    return found


def _of_stack(name: str) -> dict[str, Resource]:
    from shared.storage.aws_clients import client  # noqa: PLC0415 - needs botocore

    pages = client("cloudformation").get_paginator("list_stack_resources")
    return {
        str(each["LogicalResourceId"]): Resource(
            str(each["ResourceType"]), str(each["PhysicalResourceId"])
        )
        for page in pages.paginate(StackName=name)
        for each in page["StackResourceSummaries"]
        if "PhysicalResourceId" in each and each["ResourceStatus"] != "DELETE_COMPLETE"
    }


def _of_prefix(prefix: str) -> Callable[[str], str | None]:
    from shared.storage.aws_clients import client  # noqa: PLC0415 - needs botocore

    pages = client("dynamodb").get_paginator("list_tables")
    names = [str(name) for page in pages.paginate() for name in page["TableNames"]]

    def place(logical_id: str) -> str | None:
        fitting = [name for name in names if name.startswith(f"{prefix}{logical_id}")]
        if len(fitting) > 1:
            both = ", ".join(fitting)
            raise CommandError(f"{prefix}{logical_id} is the beginning of several tables: {both}.")
        return fitting[0] if fitting else None

    return place
