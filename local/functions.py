"""Running the functions themselves, each with the environment that the template gives it."""

import importlib
import os
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

from local.cloud import Cloud


class Handler(Protocol):
    """A Lambda handler."""

    def __call__(self, event: Any, context: Any, /) -> Any:
        """Handle one event."""


@dataclass(frozen=True)
class Context:
    """What Lambda tells a handler of its invocation, as far as handlers look."""

    function_name: str
    aws_request_id: str = "local"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:local"

    def get_remaining_time_in_millis(self) -> int:
        """Tell how long the invocation may still take."""
        return 60_000


@dataclass
class Functions:
    """The template's functions in this process.

    `serial` puts one invocation after the other: moto does not guard a conditional write
    against another thread, a real engine does.
    """

    cloud: Cloud
    serial: bool
    handlers: dict[str, Handler] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def prepare(self) -> None:
        """Set the environment and import every handler, so that errors show at the start."""
        for name in self.cloud.functions():
            os.environ.update(self.cloud.environment(name))
        for name, resource in self.cloud.functions().items():
            module, _, attribute = resource["Properties"]["Handler"].rpartition(".")
            self.handlers[name] = getattr(importlib.import_module(module), attribute)

    def invoke(self, name: str, event: Mapping[str, Any]) -> Any:
        """Run a function on an event, in this process, and return its result.

        Raises:
            KeyError: the template has no such function.
        """
        handler = self.handlers[name]
        guard: AbstractContextManager[Any] = self._lock if self.serial else nullcontext()
        with guard:
            return handler(event, Context(name))
