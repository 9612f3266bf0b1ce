"""Whichever service throttles or is down for a moment, the door says 503 and when to come back."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from local import aws_calls
from shared.edge import problems
from tests.functions.visiting import browser
from tests.support import NOW, call

ANSWERS = [
    ("kms", "ThrottlingException", 400),
    ("kms", "LimitExceededException", 400),
    ("kms", "KMSInternalException", 500),
    ("kms", "DependencyTimeoutException", 503),
    ("s3", "SlowDown", 503),
    ("s3", "InternalError", 500),
    ("secretsmanager", "ThrottlingException", 400),
    ("secretsmanager", "InternalServiceError", 500),
]


def fault(code: str, status: int) -> ClientError:
    told: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(told, "Any")


@pytest.mark.parametrize(("_service", "code", "status"), ANSWERS)
def test_what_passes_is_busy(_service: str, code: str, status: int) -> None:
    assert problems.find(fault(code, status)).status == 503


@pytest.mark.parametrize("kind", [EndpointConnectionError, ReadTimeoutError])
def test_so_is_a_service_out_of_reach(kind: Any) -> None:
    assert problems.find(kind(endpoint_url="https://kms.example")).status == 503


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize(("code", "status"), [each[1:] for each in ANSWERS if each[0] == "kms"])
def test_a_receipt_that_cannot_be_signed_for_now_is_asked_for_again(code: str, status: int) -> None:
    """K10.2."""

    def throttle(*_: Any) -> None:
        raise fault(code, status)

    where, path = "/v1/consents/{consent_id}/receipt", {"consent_id": browser(NOW)}
    signed = {"Accept": "application/jose"}
    with aws_calls.seen(["kms"], throttle):
        answer = call("consent", "GET", where, path=path, headers=signed)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert call("consent", "GET", where, path=path, headers=signed).status == 200
