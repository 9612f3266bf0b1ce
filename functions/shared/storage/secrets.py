"""Secrets that the stack created, read at run time and kept for the life of the process."""

import os
from functools import cache

from shared.storage.aws import client


@cache
def identity() -> bytes:
    """Give the key of the hashes that stand for people and retried first captures."""
    answer = client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET_IDENTITY"])
    return str(answer["SecretString"]).encode()
