"""The person and the words of the functions' own tests."""

from tests.functions.conftest import first_version, sam

__all__ = ["first_version", "sam"]
