"""Secrets that the stack created, read at run time and kept for the life of the process."""

import os
from functools import cache

from shared.storage.aws_clients import client


@cache
def identity() -> bytes:
    """Return the key of the hashes that stand for people and retried first captures."""
    return _value("SECRET_IDENTITY")


@cache
def sources() -> tuple[bytes, ...]:
    """Return what the keys that sign calls to the company's other systems come from, newest first.

    There are two while the secret is being changed: who knows either understands our calls.
    """
    try:
        return _value("SECRET_SOURCES"), _value("SECRET_SOURCES", "AWSPREVIOUS")
    except client("secretsmanager").exceptions.ResourceNotFoundException:
        return (_value("SECRET_SOURCES"),)


@cache
def _value(variable: str, stage: str = "AWSCURRENT") -> bytes:
    answer = client("secretsmanager").get_secret_value(
        SecretId=os.environ[variable], VersionStage=stage
    )
    return str(answer["SecretString"]).encode()
