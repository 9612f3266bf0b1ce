"""The desk over HTTP: each module declares its operations at the door."""

from desk import (  # noqa: F401 - importing declares their routes
    audit,
    breaches,
    disclosures,
    holds,
    imports,
    insights,
    people,
    reports,
    requests,
    retention,
)
from desk.door import api

__all__ = ["api"]
