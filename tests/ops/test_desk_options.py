"""What the desk's operations take, the terminal takes: by `do`, and by the usual names."""

import argparse
import json
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from desk.holds.schemas import NewHold
from desk.imports.schemas import ImportQuery
from desk.requests.schemas import OfflineRequest, StaffAction
from infra.pages import operations as forms
from ops import desk
from ops.desk import operations, show
from ops.desk.operations import Short

USUAL: tuple[tuple[Short, type[BaseModel]], ...] = (
    (Short("act", "act-on-request"), StaffAction),
    (Short("take-in", "take-in-request", ("type",)), OfflineRequest),
    (Short("hold", "place-hold"), NewHold),
)


def taken(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Name the members of a body that a parser takes, those within others by the first name."""
    for action in parser._actions:
        if action.dest.startswith("body."):
            yield action.dest.removeprefix("body.").partition(".")[0]


@pytest.mark.parametrize(("short", "model"), USUAL, ids=[short.name for short, _ in USUAL])
def test_a_usual_command_takes_every_field_of_its_operation(
    short: Short, model: type[BaseModel]
) -> None:
    fields = {field.alias or name for name, field in model.model_fields.items()}
    assert set(taken(operations.parser(short))) == fields


def test_do_takes_every_operation_with_every_field() -> None:
    known = {name.replace("_", "-"): one for name, one in forms.operations().items()}
    calls = {call.name: call for call in operations._calls()}
    assert set(known) == set(calls)
    for name, call in calls.items():
        offered = set(taken(operations.parser(Short(name, name))))
        fields = {field["name"].partition(".")[0] for field in known[name]["fields"]}
        assert offered == fields, name
        assert offered == {field["name"].partition(".")[0] for field in call.body}, name


def test_an_import_says_all_that_is_said_of_its_rows() -> None:
    parser = argparse.ArgumentParser()
    desk.add_arguments(parser)
    words = ["import", "x.csv", "--source", "a", "--obtained-on", "b", "--lawful-basis", "c"]
    chosen = vars(parser.parse_args([*words, "--purpose", "d"]))
    said = set(ImportQuery.model_fields) - {"dry_run", "readmit"}
    assert said <= {name for name, value in chosen.items() if value is not None}


def test_where_an_agents_answers_go_is_said_with_the_action() -> None:
    parser = operations.parser(Short("act", "act-on-request"))
    chosen = parser.parse_args(["r_1", "authority", "--answers-to", "agent", "--reason", "Seen."])
    assert vars(chosen)["body.answers_to"] == "agent"


def test_an_answer_is_facts_and_tables_for_people_and_whole_for_programs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = {
        "due_on": None,
        "overdue": False,
        "facts": {"received": "2026-01-30"},
        "actions": ["note", "refusal"],
        "timeline": [{"at": "09:00", "action": "opened", "details": {}}],
        "details": "Red\x1b[31m ink",
    }
    show.document(found, as_json=False)
    told = capsys.readouterr().out.splitlines()
    assert told[:3] == ["overdue: no", "facts:", "  received: 2026-01-30"]
    assert told[3:6] == ["actions: note, refusal", "timeline:", "at     action"]
    assert told[-1] == "details: Red [31m ink"
    show.document(found, as_json=True)
    assert json.loads(capsys.readouterr().out) == found
