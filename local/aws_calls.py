"""Seeing every call that functions of this process make to AWS, whichever client makes it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from shared.storage.aws_clients import client
from shared.storage.aws_json.client import JsonClient

Fields = dict[str, Any]
Before = Callable[[str, str, Fields], None]
After = Callable[[str, str, Mapping[str, Any]], None]


@contextmanager
def seen(
    services: Iterable[str], before: Before | None = None, after: After | None = None
) -> Iterator[None]:
    """Tell of each call while the block runs: its service, its operation and its parameters.

    `before` may change the parameters, or raise to stop the call; `after` is told the answer.
    """
    with ExitStack() as stack:
        for service in services:
            one = client(service)
            if isinstance(one, JsonClient):
                stack.enter_context(_of_our_own(one, service, before, after))
            stack.enter_context(_of_botocore(one, service, before, after))
        yield


@contextmanager
def _of_our_own(
    one: JsonClient, service: str, before: Before | None, after: After | None
) -> Iterator[None]:
    plain = one.request

    def request(operation: str, parameters: Fields) -> Fields:
        if before is not None:
            before(service, operation, parameters)
        answer = plain(operation, parameters)
        if after is not None:
            after(service, operation, answer)
        return answer

    vars(one)["request"] = request
    try:
        yield
    finally:
        del vars(one)["request"]
        if plain != one.request:  # another watch is around this one
            vars(one)["request"] = plain


@contextmanager
def _of_botocore(
    one: Any, service: str, before: Before | None, after: After | None
) -> Iterator[None]:
    def note(params: Fields, model: Any, **_: Any) -> None:
        if before is not None:
            before(service, model.name, params)

    def told(parsed: Mapping[str, Any], model: Any, **_: Any) -> None:
        if after is not None:
            after(service, model.name, parsed)

    events = one.meta.events
    events.register("provide-client-params", note)
    events.register("after-call", told)
    try:
        yield
    finally:
        events.unregister("provide-client-params", note)
        events.unregister("after-call", told)
