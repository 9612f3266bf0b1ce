"""Quiet while items are put back: nobody writes, and no worker hears of what is only old.

An item that is put back is new to the stream: older forms would send their mails and events again.
A worker that is merely stopped would hear of it later; a mapping that lets nothing through passes
over it. Who writes is stopped first, so that nothing new is passed over with it.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.catalogue import FUNCTIONS
from infra.declarations import Function, Table, title
from ops.stores import STORES, Resource

# What a closed mapping lets through: nothing, for there is no such event.
CLOSED = {"Filters": [{"Pattern": '{"eventName":["NEVER"]}'}]}
PAUSE_SECONDS = 5.0
_WRITES = {f"dynamodb:{verb}Item" for verb in ("Put", "Update", "Delete")}


@dataclass(frozen=True)
class Quiet:
    """What writes to one table, and what hears of it, in one deployment."""

    stack: str
    table: Table
    resources: Mapping[str, Resource]
    stream: str | None
    client: Callable[[str], Any]

    def stop_writers(self) -> None:
        """Let the functions that answer people, or run by the day, run no more for now.

        Workers of streams go on, so that what was stored is done before their mappings close.
        """
        for name, physical in self._writers().items():
            self.client("lambda").put_function_concurrency(
                FunctionName=physical, ReservedConcurrentExecutions=0
            )
            print(f"{name} is stopped")

    def close_mappings(self) -> None:
        """Let no worker hear of what comes into the table from now on."""
        for uuid in self._mappings().values():
            self._filter(uuid, CLOSED)
        print(f"{len(self._mappings())} mappings are closed")

    def end(self) -> None:
        """Open the mappings as the deployed template has them, and let everybody write again."""
        for logical_id, uuid in self._mappings().items():
            self._filter(uuid, self._deployed(logical_id))
        print(f"{len(self._mappings())} mappings are open")
        for name, physical in self._writers().items():
            self.client("lambda").delete_function_concurrency(FunctionName=physical)
            print(f"{name} runs again")

    def _writers(self) -> dict[str, str]:
        found = self._of_type("AWS::Lambda::Function")
        return {
            row.name: physical
            for row in FUNCTIONS
            if (not row.streams or row.daily) and self.table.name not in row.streams
            if row.tables.get(self.table.name, frozenset()) & _WRITES
            for logical_id, physical in found.items()
            if _is(row, logical_id)
        }

    def _mappings(self) -> dict[str, str]:
        """Return those of the table's stream by logical id."""
        if self.stream is None:
            return {}
        pages = self.client("lambda").get_paginator("list_event_source_mappings")
        heard = {
            each["UUID"]
            for page in pages.paginate(EventSourceArn=self.stream)
            for each in page["EventSourceMappings"]
        }
        ours = self._of_type("AWS::Lambda::EventSourceMapping")
        return {name: uuid for name, uuid in ours.items() if uuid in heard}

    def _filter(self, uuid: str, criteria: Mapping[str, Any]) -> None:
        called = self.client("lambda")
        called.update_event_source_mapping(UUID=uuid, FilterCriteria=criteria)
        while called.get_event_source_mapping(UUID=uuid)["State"] not in ("Enabled", "Disabled"):
            time.sleep(PAUSE_SECONDS)

    def _deployed(self, logical_id: str) -> Mapping[str, Any]:
        service = self.stack.removesuffix(STORES)
        answer = self.client("cloudformation").get_template(StackName=service)
        body = answer["TemplateBody"]
        template = json.loads(body) if isinstance(body, str) else body
        declared: dict[str, Any] = template["Resources"][logical_id]["Properties"]
        criteria: Mapping[str, Any] = declared.get("FilterCriteria", {})
        return criteria

    def _of_type(self, kind: str) -> dict[str, str]:
        return {name: each.physical for name, each in self.resources.items() if each.kind == kind}


def _is(row: Function, logical_id: str) -> bool:
    return logical_id.startswith(f"{title(row.name)}Function")
