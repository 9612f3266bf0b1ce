"""The REST API: every route that the handlers declare, and nothing else.

Its body is one document (infra/gateway_body.py); what is here is what stands around it.
"""

from collections.abc import Mapping

from aws_cdk import Aws, CfnOutput, Size
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as certificates
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import access_logs, gateway_body, resource_policy, routes
from infra.context import Context
from infra.log_groups import log_group

# TLS 1.2 or 1.3, with keys of each connection's own; agreed against quantum computers if both can.
_TLS = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
# What such a policy must be set with, on an API and on a host name alike.
_ACCESS = "BASIC"


def build(scope: Construct, context: Context) -> apigateway.SpecRestApi:
    """Declare the API, still without routes: functions need its address before it needs them."""
    api = apigateway.SpecRestApi(
        scope,
        "Api",
        api_definition=apigateway.ApiDefinition.from_inline({"openapi": "3.0.1"}),
        mode=apigateway.RestApiMode.OVERWRITE,
        fail_on_warnings=True,
        rest_api_name=f"privacy-{context.stage}",
        endpoint_types=[apigateway.EndpointType.REGIONAL],
        min_compression_size=Size.bytes(1024),
        disable_execute_api_endpoint=context.domain is not None
        and not context.keep_default_endpoint,
        cloud_watch_role=False,
        deploy_options=_stage(scope, context),
        domain_name=_domain(scope, context),
        policy=resource_policy.policy(),
    )
    resource = _resource(api)
    resource.security_policy = _TLS
    resource.endpoint_access_mode = _ACCESS
    if (name := api.domain_name) is not None:
        _answer_under(scope, name)
    api.node.try_remove_child("Endpoint")  # an output by CDK; stack.py has our own
    api.deployment_stage.node.add_dependency(access_logs.account(scope))
    return api


def url(api: apigateway.SpecRestApi, context: Context) -> str:
    """Return the address that websites call; paths such as /v1/policy follow it.

    It is made of the API's id and the stage's name alone: to name the stage itself would
    make a circle of stage, methods, functions and their environment.
    """
    if context.domain:
        return f"https://{context.domain}"
    host = f"{api.rest_api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}"
    return f"https://{host}/{context.stage}"


def tell(api: apigateway.SpecRestApi, values: Mapping[str, str]) -> None:
    """Tell functions, with each call, what depends on the API's own address (stage variables).

    In a function's environment it would make a circle of API, functions and what is told.
    """
    stage = api.deployment_stage.node.default_child
    if not isinstance(stage, apigateway.CfnStage):
        raise TypeError("CDK no longer makes a stage of one resource")
    stage.variables = values


def serve(
    api: apigateway.SpecRestApi,
    context: Context,
    functions: Mapping[str, lambda_.Function],
    staff_pool: str,
) -> None:
    """Give the API its body, in which `functions` answer their routes, and let it call them.

    `staff_pool` is the ARN of the pool whose tokens the desk's routes ask for.

    Raises:
        ValueError: a route's audience has no authoriser.
    """
    arns = {name: function.function_arn for name, function in functions.items()}
    policy = resource_policy.policy().to_json()
    _resource(api).body = gateway_body.document(context, arns, staff_pool, policy)
    gateway = iam.ServicePrincipal("apigateway.amazonaws.com")
    for name in sorted({operation.function for operation in routes.declared()}):
        functions[name].add_permission(
            "Gateway", principal=gateway, source_arn=api.arn_for_execute_api()
        )


def _resource(api: apigateway.SpecRestApi) -> apigateway.CfnRestApi:
    resource = api.node.default_child
    if not isinstance(resource, apigateway.CfnRestApi):
        raise TypeError("CDK no longer makes an API of one resource")
    return resource


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
            for path in routes.mailing()
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
    )


def _answer_under(scope: Construct, name: apigateway.DomainName) -> None:
    """Let the host name ask for the same ciphers as the API, and say what its DNS must say."""
    resource = name.node.default_child
    if not isinstance(resource, apigateway.CfnDomainName):
        raise TypeError("CDK no longer makes a host name of one resource")
    resource.security_policy = _TLS
    resource.endpoint_access_mode = _ACCESS
    for output, value, said in (
        ("ApiHost", name.domain_name_alias_domain_name, "Where its CNAME, or its alias, leads."),
        ("ApiHostedZone", name.domain_name_alias_hosted_zone_id, "The zone of that alias."),
    ):
        CfnOutput(scope, output, value=value, description=f"For the DNS of `domain`. {said}")
