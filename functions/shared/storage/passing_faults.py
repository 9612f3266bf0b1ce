"""Which faults of AWS's services pass: the same call may work in a moment."""

from http import HTTPStatus

from botocore import exceptions

from shared.domain.errors import Busy

# What passes and says so neither by its status nor by its words: those of the first ask for less.
_TOO_MUCH = frozenset(
    {
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
_LATE = frozenset({"ReplicatedWriteConflictException", "RequestTimeout", "RequestTimeoutException"})


def passes(fault: Exception) -> bool:
    """Tell whether a service was throttling, down or out of reach for a moment."""
    if isinstance(fault, exceptions.ClientError):
        code, status = _told(fault)
        return throttled(fault) or code in _LATE or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    passing = (exceptions.ConnectionError, exceptions.HTTPClientError, exceptions.ChecksumError)
    return isinstance(fault, (Busy, *passing))


def throttled(fault: exceptions.ClientError) -> bool:
    """Tell whether a service was asked for more than it gives at a time."""
    code, status = _told(fault)
    return "Throttl" in code or code in _TOO_MUCH or status == HTTPStatus.TOO_MANY_REQUESTS


def _told(fault: exceptions.ClientError) -> tuple[str, int]:
    """Return what a service calls a fault, and the status it came with."""
    metadata = fault.response.get("ResponseMetadata", {})
    return fault.response.get("Error", {}).get("Code", ""), metadata.get("HTTPStatusCode", 0)
