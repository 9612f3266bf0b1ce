"""A deployment as the doctor knows it: its two stacks, and what they are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from infra.declarations import title
from ops import stores


class Missing(Exception):
    """A part that every deployment has is in neither stack; the message names it."""


@dataclass(frozen=True)
class Deployment:
    """The stack of the service by name, and all resources of both stacks by logical id."""

    stack: str
    resources: Mapping[str, stores.Resource]

    @classmethod
    def of(cls, stack: str) -> Self:
        """Find it by either of its stacks.

        Raises:
            CommandError: there is none of that name.
        """
        return cls(stack.removesuffix(stores.STORES), stores.listed(stack))

    @property
    def stacks(self) -> tuple[str, str]:
        """Name both stacks, in the order of their deployment."""
        return self.stack + stores.STORES, self.stack

    @property
    def in_production(self) -> bool:
        """Tell whether it is the stage whose data is to outlive everything."""
        return self.stack.endswith("-prod")

    def of_type(self, kind: str) -> dict[str, str]:
        """Return the physical names of all resources of a type by their logical ids."""
        return {
            name: resource.physical
            for name, resource in self.resources.items()
            if resource.kind == kind
        }

    def every(self, kind: str) -> dict[str, str]:
        """Return as `of_type` does; of what every deployment has, none is a fault, not all well.

        Raises:
            Missing: neither stack has one.
        """
        found = self.of_type(kind)
        if not found:
            raise Missing(kind)
        return found

    def named(self, logical_id: str) -> str:
        """Return the physical name of a resource.

        Raises:
            Missing: neither stack has it.
        """
        if logical_id not in self.resources:
            raise Missing(logical_id)
        return self.resources[logical_id].physical

    def only(self, kind: str) -> str:
        """Return the physical name of the one resource of its type.

        Raises:
            Missing: neither stack has one.
        """
        found = self.of_type(kind)
        if not found:
            raise Missing(kind)
        (name,) = found.values()
        return name

    def outputs(self) -> dict[str, str]:
        """Return what both stacks say of themselves, by the outputs' names."""
        return {
            output["OutputKey"]: str(output["OutputValue"])
            for name in self.stacks
            for output in (self.stack_called(name) or {}).get("Outputs", ())
        }

    def stack_called(self, name: str) -> dict[str, Any] | None:
        """Return what a stack says of itself; None if its deployment never came so far."""
        from botocore.exceptions import ClientError  # noqa: PLC0415 - AWS is asked

        try:
            (stack,) = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        except ClientError as refusal:
            if "does not exist" not in refusal.response["Error"]["Message"]:
                raise
            return None
        return dict(stack)

    def environment(self, function: str) -> dict[str, str]:
        """Return the environment that a function of the catalogue runs with.

        Raises:
            Missing: it is not there.
        """
        beginning = f"{title(function)}Function"
        functions = self.of_type("AWS::Lambda::Function")
        found = [name for id_, name in functions.items() if id_.startswith(beginning)]
        if not found:
            raise Missing(beginning)
        told = self.client("lambda").get_function_configuration(FunctionName=found[0])
        return dict(told["Environment"]["Variables"])

    def client(self, service: str) -> Any:
        """Return a client of an AWS service."""
        from shared.storage.aws_clients import client  # noqa: PLC0415 - needs botocore

        return client(service)
