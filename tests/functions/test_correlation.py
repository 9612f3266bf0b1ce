"""One search by the website's request id finds a form, its mail and what went wrong between."""

from collections.abc import Iterator

import boto3
import pytest

from shared.edge import current_time, log
from shared.storage import correlation
from shared.storage.dynamodb import database
from tests.functions.asking import Asker
from tests.functions.people import Person, somebody
from tests.support import NOW


@pytest.fixture
def sam(monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.setattr(current_time, "now", lambda: NOW)
    return somebody()


@pytest.fixture(autouse=True)
def _nobodys() -> Iterator[None]:
    """Leave no request's name behind for the next test."""
    yield
    correlation.begin(None)


def said(logged: pytest.LogCaptureFixture, request_id: str) -> list[str]:
    ours = (line for line in logged.records if line.name == log.LOGGER.name)
    known = (line for line in ours if hasattr(line, "correlation_id"))
    return [line.getMessage() for line in known if vars(line)["correlation_id"] == request_id]


@pytest.mark.usefixtures("cloud")
def test_a_forms_mail_names_the_request(sam: Person, logged: pytest.LogCaptureFixture) -> None:
    request_id = sam.send("/v1/newsletter").headers["X-Request-Id"]
    correlation.begin(None)  # the worker is another process
    sam.deliver()
    assert said(logged, request_id) == ["mail newsletter_confirmation sent"]


def test_so_do_a_data_subject_requests_mails(
    cloud: object, functions: object, sam: Person, logged: pytest.LogCaptureFixture
) -> None:
    asker = Asker(sam, functions)  # type: ignore[arg-type]
    request_id = asker.ask("access").headers["X-Request-Id"]
    correlation.begin(None)
    asker.deliver()
    assert said(logged, request_id) == ["mail request_received sent"]


@pytest.mark.usefixtures("cloud")
def test_so_does_what_went_wrong(
    sam: Person, logged: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(letter: object) -> None:
        raise OSError(str(letter))

    monkeypatch.setattr("notifications.sender.ses.send", fails)
    request_id = sam.send("/v1/newsletter").headers["X-Request-Id"]
    correlation.begin(None)
    with pytest.raises(AssertionError):
        sam.deliver()
    assert said(logged, request_id) == ["fault OSError"]


@pytest.mark.usefixtures("cloud")
def test_what_comes_from_no_request_names_none(logged: pytest.LogCaptureFixture) -> None:
    correlation.follow({"dynamodb": {"NewImage": {}}})
    log.LOGGER.info("daily")
    correlation.follow({"dynamodb": {"Keys": {}}})
    log.LOGGER.info("daily")
    assert [hasattr(line, "correlation_id") for line in logged.records] == [False, False]


@pytest.mark.usefixtures("cloud")
def test_it_is_no_part_of_the_evidence(sam: Person) -> None:
    """S51: the chain's hashes cover the decision, not how it is found in a log."""
    sam.subscribe()
    item = boto3.client("dynamodb").query(
        TableName=database.table("ledger"),
        KeyConditionExpression="subject = :person",
        ExpressionAttributeValues={":person": {"S": sam.id}},
    )["Items"][0]
    assert item["correlation_id"]["S"]
    assert all("correlation_id" not in event for event in sam.events)
