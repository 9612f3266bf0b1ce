"""A deployment as the doctor knows it: its two stacks, and what they are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from infra.declarations import title
from ops import stores


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

    def outputs(self) -> dict[str, str]:
        """Return what both stacks say of themselves, by the outputs' names."""
        cloudformation = self.client("cloudformation")
        return {
            output["OutputKey"]: str(output["OutputValue"])
            for name in self.stacks
            for stack in cloudformation.describe_stacks(StackName=name)["Stacks"]
            for output in stack.get("Outputs", ())
        }

    def environment(self, function: str) -> dict[str, str]:
        """Return the environment that a function of the catalogue runs with."""
        (name,) = (
            physical
            for logical_id, physical in self.of_type("AWS::Lambda::Function").items()
            if logical_id.startswith(f"{title(function)}Function")
        )
        told = self.client("lambda").get_function_configuration(FunctionName=name)
        return dict(told["Environment"]["Variables"])

    def client(self, service: str) -> Any:
        """Return a client of an AWS service."""
        from shared.storage.aws_clients import client  # noqa: PLC0415 - needs botocore

        return client(service)
