"""AWS clients: built when first used, once per process, each call with a time-out and retries.

What a request waits for goes over a client of our own, which is used as botocore's is
(`aws_json/client.py`); `BOTOCORE_ONLY` in the environment has botocore do everything, and so has a
proxy, of which our own knows nothing.

botocore is what boto3 is made of: boto3's own imports are 21 ms of every cold start and nothing
here needs them (docs/decisions/0003-cold-start.md).
"""

import os
from functools import cache, partial
from typing import Any

from shared.storage.aws_json.client import SERVICES, JsonClient

# A mail that SES took, but answered late about, would be sent twice by a second try within the
# call; its stream's record comes again anyway.
# Objects under a KMS key are only given to signatures of version 4; links are for the region's own
# host (`virtual`), not one that redirects; a part of 8 MB takes longer than an item.
_OF_SERVICE: dict[str, dict[str, Any]] = {
    "sesv2": {
        "connect_timeout": 3,
        "read_timeout": 10,
        "retries": {"mode": "standard", "total_max_attempts": 1},
    },
    "s3": {
        "signature_version": "s3v4",
        "s3": {"addressing_style": "virtual"},
        "connect_timeout": 5,
        "read_timeout": 60,
    },
}


_BOTOCORES = ("BOTOCORE_ONLY", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")


@cache
def client(service: str) -> Any:
    """Return the one client of `service`, e.g. `dynamodb`."""
    made = partial(_botocore_client, service)
    if service in SERVICES and not any(map(os.environ.get, _BOTOCORES)):
        return JsonClient(service, made)
    return made()


def _botocore_client(service: str) -> Any:
    import botocore.session  # noqa: PLC0415 - 30 ms that few requests need
    from botocore.config import Config  # noqa: PLC0415

    config = Config(
        **{
            "connect_timeout": 1,
            "read_timeout": 3,
            "retries": {"mode": "standard", "total_max_attempts": 3},
            # Two habits that cost more than our own work on a request: checking shapes that are
            # our own and tested (60 us a call), and describing this machine anew (110 us).
            "parameter_validation": False,
            "user_agent": "privacy-api/1",
            **_OF_SERVICE.get(service, {}),
        }
    )
    return botocore.session.get_session().create_client(service, config=config)
