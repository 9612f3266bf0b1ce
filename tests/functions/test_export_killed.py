"""A copy whose worker is stopped at any call to AWS and begun again ends as if undisturbed."""

import random
import tempfile
from pathlib import Path
from typing import Any

import pytest

from fulfilment.access_copy import access_export
from local.functions import Functions
from shared.storage import objects
from shared.storage.aws_clients import client
from tests.functions.asking import Asker
from tests.functions.people import Person
from tests.functions.test_erasure_killed import LATER, everything, killed, restore
from tests.functions.visiting import browser, visit
from tests.support import NOW

LEAST = 5 * 1024 * 1024


@pytest.fixture
def asker(
    cloud: object,
    functions: Functions,
    sam: Person,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Asker:
    """Somebody with a linked browser, whose request for access is in progress."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    linked = browser(NOW)
    visit(linked, NOW, "/")
    sam.send("/v1/contact", name="Sam", message="No", marketing_opt_out=True, consent_id=linked)
    asker = Asker(sam, functions)
    asker.ask("access")
    asker.verify()
    return asker


def state(asker: Asker) -> dict[str, Any]:
    """Return all items, and what is in each object of the request."""
    found = everything()
    folder = f"exports/{asker.id}/"
    return found | {key: content(key) for key in found if key.startswith(folder)}


def content(key: str) -> bytes:
    found = client("s3").get_object(Bucket=objects.bucket(), Key=key)
    return bytes(found["Body"].read())


def test_stopped_at_any_call_it_ends_the_same(asker: Asker, tmp_path: Path) -> None:
    """Tables, objects with their content, and scratch space are the same, whichever call it was."""
    before, case = everything(), asker.case
    with killed(0) as count:
        access_export.carry_out(case, LATER)
    calls, wanted = count(), state(asker)
    assert calls > 12
    assert asker.case.status == "completed"
    for at in range(1, calls + 1):
        drop(asker)
        restore(before, everything())
        with killed(at) as count:
            access_export.carry_out(asker.case, LATER)
        assert count() >= at, f"call {at} was not made"
        assert not list(tmp_path.iterdir()), "nothing is left in scratch space"
        if asker.case.open:
            access_export.carry_out(asker.case, LATER)
        assert state(asker) == wanted, f"stopped at call {at}"


def test_stopped_again_and_again_it_still_ends(asker: Asker) -> None:
    chance = random.Random(17)
    for _ in range(100):
        if not asker.case.open:
            break
        with killed(chance.randint(1, 40)):
            access_export.carry_out(asker.case, LATER)
    assert asker.case.status == "completed"
    assert asker.timeline().count("fulfilled") == 1


def test_stopped_between_parts_nothing_half_is_left(asker: Asker, monkeypatch: Any) -> None:
    """What goes up in parts is there whole or not at all, at each of its calls."""
    monkeypatch.setattr(objects, "PART", LEAST)
    whole = random.Random(3).randbytes(LEAST * 2 + 17)

    def put() -> None:
        with objects.Upload(f"exports/{asker.id}/big", "application/zip") as upload:
            upload.write(whole)

    with killed(0) as count:
        put()
    calls = count()
    assert calls == 5, "begin, three parts, end"
    for at in range(1, calls + 1):
        client("s3").delete_object(Bucket=objects.bucket(), Key=f"exports/{asker.id}/big")
        with killed(at):
            put()
        listed = client("s3").list_multipart_uploads(Bucket=objects.bucket())
        assert "Uploads" not in listed
        put()
        assert content(f"exports/{asker.id}/big") == whole


def drop(asker: Asker) -> None:
    """Take the objects of an earlier try away; items are put back by `restore`."""
    listed = client("s3").list_objects_v2(Bucket=objects.bucket(), Prefix=f"exports/{asker.id}/")
    for found in listed.get("Contents", ()):
        client("s3").delete_object(Bucket=objects.bucket(), Key=found["Key"])
