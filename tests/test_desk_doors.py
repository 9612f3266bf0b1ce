"""Every group tried on every route of the desk, with each route's sample event (S5, S11)."""

import json
from pathlib import Path
from typing import Any

import pytest

from desk.authorization import ALLOWED_GROUPS, EVERYBODY
from desk.handler import api
from local.functions import Functions
from shared.edge.content_negotiation import CSV
from shared.edge.http import STAFF

EVENTS = Path(__file__).parent.parent / "events" / "desk"
ROUTES = {place: route.handler.__name__ for place, route in api.routes.items()}


def event(place: tuple[str, str], groups: str) -> Any:
    """Return a route's sample event, as if the sign-in were in these groups."""
    text = (EVENTS / f"{ROUTES[place]}.json").read_text(encoding="utf-8")
    found = json.loads(text)
    found["requestContext"]["authorizer"]["claims"]["cognito:groups"] = groups
    return found


def test_every_route_is_for_staff_and_names_its_groups() -> None:
    assert set(ROUTES) == set(ALLOWED_GROUPS)
    assert all(route.audience == STAFF for route in api.routes.values())
    assert all(groups and groups <= EVERYBODY for groups in ALLOWED_GROUPS.values())


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("place", sorted(ROUTES), ids=" ".join)
def test_a_group_that_a_route_is_not_for_is_turned_away(
    functions: Functions, place: tuple[str, str]
) -> None:
    outside = sorted(EVERYBODY - ALLOWED_GROUPS[place])
    for groups in [*outside, "[" + " ".join(outside) + "]", "", "cleaner", "privacy_officers"]:
        answer = functions.invoke("desk", event(place, groups))
        assert answer["statusCode"] == 403, groups
        assert json.loads(answer["body"])["type"].endswith(":forbidden")


def test_auditors_change_nothing() -> None:
    changing = {
        place
        for place, groups in ALLOWED_GROUPS.items()
        if "auditor" in groups and place[0] != "GET" and not place[1].endswith("/search")
    }
    assert changing == set()


def test_every_list_is_a_file_too() -> None:
    lists = {
        path
        for (method, path), route in api.routes.items()
        if method == "GET" and "next" in getattr(route.answer, "__annotations__", {})
    }
    # Lists within one thing are its page's; what a person is to get as a file is a copy.
    registers = {path for path in lists if "{" not in path}
    assert len(registers) >= 7
    assert {path for path in registers if CSV not in api.routes["GET", path].produces} == set()
