"""The dashboard: is everything well, and if not, where does it hurt?"""

from collections.abc import Mapping, Sequence

from aws_cdk import Aws, Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import alarm_definitions, waf
from infra.catalogue import FUNCTIONS

_PERIOD = Duration.minutes(5)
_DAY = Duration.days(1)
_WHOLE, _HALF = 24, 12


def build(
    scope: Construct,
    functions: Mapping[str, lambda_.Function],
    api: apigateway.SpecRestApi,
    alarms: Sequence[cloudwatch.Alarm],
) -> None:
    """Declare it: alarms above, then what callers see, the functions, and the promises."""
    called = list(functions.values())
    fed = [functions[row.name] for row in FUNCTIONS if row.streams]
    rows: list[list[cloudwatch.IWidget]] = [
        [cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=_WHOLE, height=6)],
        [
            _graph("Calls and faults", [api.metric_count(), *_faults(api)]),
            _graph("Latency (ms)", [_latency(api, "p50"), _latency(api, "p99")]),
        ],
        [
            _graph("Function errors", [f.metric_errors(period=_PERIOD) for f in called]),
            _graph("Function throttles", [f.metric_throttles(period=_PERIOD) for f in called]),
        ],
        [
            _graph("Waiting records (ms)", [alarm_definitions.age(f) for f in fed]),
            _graph("Turned away at the front door", [waf.blocked(_PERIOD)]),
        ],
        [
            _graph(
                "Promises",
                [
                    alarm_definitions.reported(name, _DAY)
                    for name in ("OverdueRequests", "OverdueItems", "RetentionFailed")
                ],
            ),
            _graph("Mails that failed", [alarm_definitions.reported("MailsFailed")]),
        ],
    ]
    cloudwatch.Dashboard(scope, "Dashboard", dashboard_name=Aws.STACK_NAME, widgets=rows)


def _faults(api: apigateway.SpecRestApi) -> list[cloudwatch.IMetric]:
    return [api.metric_client_error(period=_PERIOD), api.metric_server_error(period=_PERIOD)]


def _latency(api: apigateway.SpecRestApi, statistic: str) -> cloudwatch.IMetric:
    return api.metric_latency(period=_PERIOD, statistic=statistic)


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=_HALF)
