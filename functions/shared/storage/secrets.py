"""Secrets that the stack created, read at run time and kept for the life of the process."""

import os
from functools import cache

from shared.storage.aws import client


@cache
def identity() -> bytes:
    """Give the key of the hashes that stand for people and retried first captures."""
    return _value("SECRET_IDENTITY")


@cache
def sources() -> bytes:
    """Give what the keys that sign the calls to each of the company's other systems come from."""
    return _value("SECRET_SOURCES")


@cache
def _value(variable: str) -> bytes:
    answer = client("secretsmanager").get_secret_value(SecretId=os.environ[variable])
    return str(answer["SecretString"]).encode()
