"""The REST API: every route that the handlers declare, and nothing else."""

from collections import defaultdict
from collections.abc import Mapping

from aws_cdk import Aws, Size
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as certificates
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import access_logs, callers, gateway_problems, mocks, routes, waf
from infra.context import Context
from infra.log_groups import log_group

# Who proves what to whom: subjects show their own bearer session, which the handler checks;
# other back ends sign with their role; staff show the user pool's ID token, with their groups.
_AUTHORISATION = {
    "public": apigateway.AuthorizationType.NONE,
    "subject": apigateway.AuthorizationType.NONE,
    "service": apigateway.AuthorizationType.IAM,
    "staff": apigateway.AuthorizationType.COGNITO,
}
# TLS 1.2 or 1.3, with keys of each connection's own; agreed against quantum computers if both can.
_TLS = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"


def build(scope: Construct, context: Context) -> apigateway.RestApi:
    """Declare the API, still without routes: functions need its address before it needs them."""
    api = apigateway.RestApi(
        scope,
        "Api",
        rest_api_name=f"privacy-{context.stage}",
        description="Keeps the promises of the published privacy notice.",
        endpoint_types=[apigateway.EndpointType.REGIONAL],
        min_compression_size=Size.bytes(1024),
        disable_execute_api_endpoint=context.domain is not None,
        cloud_watch_role=False,
        deploy_options=_stage(scope, context),
        domain_name=_domain(scope, context),
        policy=callers.policy(),
    )
    _over_modern_tls(api)
    api.node.try_remove_child("Endpoint")  # an output by CDK; stack.py has our own
    api.deployment_stage.node.add_dependency(access_logs.account(scope))
    gateway_problems.add(api, context.origins[0])
    return api


def url(api: apigateway.RestApi, context: Context) -> str:
    """Give the address that websites call; paths such as /v1/policy follow it.

    It is made of the API's id and the stage's name alone: to name the stage itself would
    make a circle of stage, methods, functions and their environment.
    """
    if context.domain:
        return f"https://{context.domain}"
    host = f"{api.rest_api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}"
    return f"https://{host}/{context.stage}"


def serve(
    api: apigateway.RestApi,
    context: Context,
    functions: Mapping[str, lambda_.Function],
    staff_only: apigateway.CognitoUserPoolsAuthorizer,
) -> None:
    """Add every route that the handlers of `functions` declare; `staff_only` guards the desk's.

    Raises:
        ValueError: a route's audience has no authoriser.
    """
    integrations = {
        name: apigateway.LambdaIntegration(function, scope_permission_to_method=False)
        for name, function in functions.items()
    }
    methods = defaultdict(list)
    for function, route in routes.declared():
        methods[route.path].append(route.method)
        api.root.resource_for_path(route.path).add_method(
            route.method,
            integrations[function],
            authorization_type=authorisation(route.audience, f"{route.method} {route.path}"),
            authorizer=staff_only if route.audience == "staff" else None,
        )
    for path, known in methods.items():
        resource = api.root.resource_for_path(path)
        if path.startswith(("/v1/", "/.well-known/")):  # pages are opened, not called
            mocks.preflight(resource, known, context.origins)
        mocks.wrong_method(resource, known, context.origins)


def authorisation(audience: str, operation: str) -> apigateway.AuthorizationType:
    """Say what the gateway checks before it calls a function.

    Raises:
        ValueError: nothing here can check that audience, so `operation` would stand open.
    """
    if audience not in _AUTHORISATION:
        raise ValueError(f"{operation} is for {audience}, and no authoriser lets only them in")
    return _AUTHORISATION[audience]


def _over_modern_tls(api: apigateway.RestApi) -> None:
    """Refuse TLS before 1.2 and ciphers without forward secrecy, which AWS's default allows."""
    resource = api.node.default_child
    if not isinstance(resource, apigateway.CfnRestApi):
        raise TypeError("CDK no longer makes an API of one resource")
    resource.security_policy = _TLS
    resource.endpoint_access_mode = "BASIC"


def _stage(scope: Construct, context: Context) -> apigateway.StageOptions:
    logs = log_group(scope, "ApiLogs", context)
    return apigateway.StageOptions(
        stage_name=context.stage,
        access_log_destination=apigateway.LogGroupLogDestination(logs),
        access_log_format=apigateway.AccessLogFormat.custom(access_logs.line()),
        throttling_rate_limit=context.rate,
        throttling_burst_limit=context.burst,
        method_options={
            f"{path}/POST": apigateway.MethodDeploymentOptions(
                throttling_rate_limit=context.mail_rate,
                throttling_burst_limit=2 * context.mail_rate,
                data_trace_enabled=False,
            )
            for path in waf.MAILING
        },
        tracing_enabled=False,  # its segments would hold addresses and whole paths
        data_trace_enabled=False,  # it would log bodies
    )


def _domain(scope: Construct, context: Context) -> apigateway.DomainNameOptions | None:
    if context.domain is None or context.certificate is None:
        return None
    return apigateway.DomainNameOptions(
        domain_name=context.domain,
        certificate=certificates.Certificate.from_certificate_arn(
            scope, "Certificate", context.certificate
        ),
        endpoint_type=apigateway.EndpointType.REGIONAL,
        security_policy=apigateway.SecurityPolicy.TLS_1_2,
    )
