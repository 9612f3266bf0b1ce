"""Which faults of AWS's services pass: the same call may work in a moment."""

from botocore import exceptions

from shared.domain.errors import Busy

_SERVER_FAULT = 500
_SLOW_DOWN = frozenset({"LimitExceededException", "RequestLimitExceeded", "SlowDown"})


def passes(fault: Exception) -> bool:
    """Tell whether a service was throttling, down or out of reach for a moment."""
    if isinstance(fault, exceptions.ClientError):
        status = fault.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        code = fault.response.get("Error", {}).get("Code", "")
        return status >= _SERVER_FAULT or "Throttl" in code or code in _SLOW_DOWN
    passing = (exceptions.ConnectionError, exceptions.HTTPClientError, exceptions.ChecksumError)
    return isinstance(fault, (Busy, *passing))
