"""The desk over HTTP: each module declares its operations at the door."""

from desk.audit import routes as audit_routes  # noqa: F401 - importing declares their routes
from desk.authorization import api
from desk.breaches import routes as breach_routes  # noqa: F401 - importing declares their routes
from desk.complaints import routes as complaint_routes  # noqa: F401 - importing declares their routes
from desk.disclosures import routes as disclosure_routes  # noqa: F401 - importing declares their routes
from desk.holds import routes as hold_routes  # noqa: F401 - importing declares their routes
from desk.imports import routes as import_routes  # noqa: F401 - importing declares their routes
from desk.people import routes as people_routes  # noqa: F401 - importing declares their routes
from desk.processing import routes as processing_routes  # noqa: F401 - importing declares their routes
from desk.reports import routes as report_routes  # noqa: F401 - importing declares their routes
from desk.requests import copy_review  # noqa: F401 - importing declares their routes
from desk.requests import letters as request_letters  # noqa: F401 - importing declares their routes
from desk.requests import routes as request_routes  # noqa: F401 - importing declares their routes
from desk.retention import routes as retention_routes  # noqa: F401 - importing declares their routes
from desk.statistics import routes as statistics_routes  # noqa: F401 - importing declares their routes
from desk.today import routes as today_routes  # noqa: F401 - importing declares their routes

__all__ = ["api"]
