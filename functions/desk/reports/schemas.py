"""What a month's report holds."""

from typing_extensions import TypedDict

from shared.domain.monthly_report import RequestFigures


class ConsentRate(TypedDict):
    """Decisions on one purpose; null stands for fewer than five, `rate` is the part granted."""

    purpose: str
    granted: int | None
    refused: int | None
    withdrawn: int | None
    rate: float | None


class RetentionFigures(TypedDict):
    """What all runs of the month did to one record class."""

    record_class: str
    found: int
    removed: int
    held: int
    failed: int


class BreachFigures(TypedDict):
    """Breaches recorded in the month, and of those how many were reported, or too late."""

    recorded: int
    low: int
    medium: int
    high: int
    reported: int
    reported_late: int


class MonthlyReport(TypedDict):
    """A month in figures; `explained` says how those of consents are to be read."""

    month: str
    complete: bool
    requests: list[RequestFigures]
    consents: list[ConsentRate]
    explained: str
    retention_runs: int
    retention: list[RetentionFigures]
    breaches: BreachFigures
