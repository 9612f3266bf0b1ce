"""The API's access log: enough to find a fault, nothing that tells who called."""

import json

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from constructs import Construct

# The path's template, never the path: that has identifiers in it. No address, no user agent.
FORMAT = {
    "request_id": "$context.requestId",
    "method": "$context.httpMethod",
    "resource": "$context.resourcePath",
    "status": "$context.status",
    "latency_ms": "$context.responseLatency",
    "integration_latency_ms": "$context.integrationLatency",
    "error": "$context.error.responseType",
}
_WRITE_LOGS = (
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:PutLogEvents",
)


def line() -> str:
    """Write the format of one line, which API Gateway fills in."""
    return json.dumps(FORMAT)


def account(scope: Construct) -> apigateway.CfnAccount:
    """Let API Gateway write logs: one setting for the whole account and region.

    It stays when the stack goes, because other APIs of the account may rely on it.
    """
    # The role serves all APIs of the account, and API Gateway refuses one that may do less.
    write = iam.PolicyStatement(actions=list(_WRITE_LOGS), resources=["*"])
    role = iam.Role(
        scope,
        "GatewayLogsRole",
        assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
        description="API Gateway writes access logs with this role.",
        inline_policies={"WriteLogs": iam.PolicyDocument(statements=[write])},
    )
    role.apply_removal_policy(RemovalPolicy.RETAIN)
    setting = apigateway.CfnAccount(scope, "GatewayAccount", cloud_watch_role_arn=role.role_arn)
    setting.apply_removal_policy(RemovalPolicy.RETAIN)
    return setting
