"""The staff's sign-in: who gets in, with what, and for how long."""

from typing import Any

from infra import routes, staff
from infra.gateway_body import STAFF_SCHEME
from local.cloud import of_type
from tests.infra.reading import only


def test_accounts_are_made_by_an_administrator(template: dict[str, Any]) -> None:
    """S11: nobody signs up by themselves."""
    pool = only(template, "AWS::Cognito::UserPool")
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert pool["UsernameAttributes"] == ["email"]


def test_a_password_alone_lets_nobody_in(template: dict[str, Any]) -> None:
    """S11: an authenticator app beside it; text messages can be taken over."""
    pool = only(template, "AWS::Cognito::UserPool")
    assert pool["MfaConfiguration"] == "ON"
    assert pool["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    password = pool["Policies"]["PasswordPolicy"]
    assert password["MinimumLength"] >= 14
    for kind in ("Lowercase", "Numbers", "Symbols", "Uppercase"):
        assert password[f"Require{kind}"] is True
    assert password["TemporaryPasswordValidityDays"] <= 3


def test_leaked_passwords_and_odd_sign_ins_are_refused(template: dict[str, Any]) -> None:
    """S11."""
    pool = only(template, "AWS::Cognito::UserPool")
    assert pool["UserPoolTier"] == "PLUS"
    assert pool["UserPoolAddOns"] == {"AdvancedSecurityMode": "ENFORCED"}


def test_the_pool_outlives_the_stack_under_a_name_for_ever(template: dict[str, Any]) -> None:
    (name,) = of_type(template, "AWS::Cognito::UserPool")
    resource = template["Resources"][name]
    assert name == staff.POOL_ID == "StaffPool"
    kept = (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
    assert kept == ("RetainExceptOnCreate", "Retain")


def test_the_groups_are_those_of_the_desk(template: dict[str, Any]) -> None:
    """S11: who may do what hangs on these names."""
    groups = of_type(template, "AWS::Cognito::UserPoolGroup").values()
    assert {group["Properties"]["GroupName"] for group in groups} == {
        "auditor",
        "privacy_officer",
        "support",
    }
    assert not [group for group in groups if "RoleArn" in group["Properties"]]


def test_a_token_is_short_and_never_made_from_a_password_sent(template: dict[str, Any]) -> None:
    """S11: SRP proves the password without sending it; no secret sits in the staff's tools."""
    client = only(template, "AWS::Cognito::UserPoolClient")
    assert set(client["ExplicitAuthFlows"]) == {"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}
    assert client["IdTokenValidity"] == client["AccessTokenValidity"] == 15
    assert client["RefreshTokenValidity"] == 8 * 60
    assert set(client["TokenValidityUnits"].values()) == {"minutes"}
    assert client["GenerateSecret"] is False
    assert client["EnableTokenRevocation"] is True
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert not client.get("AllowedOAuthFlows")


def test_every_route_of_the_desk_asks_for_the_pools_token(template: dict[str, Any]) -> None:
    """S11: and what the authoriser found is asked anew for each call."""
    body = only(template, "AWS::ApiGateway::RestApi")["Body"]
    scheme = body["components"]["securitySchemes"][STAFF_SCHEME]
    assert scheme["x-amazon-apigateway-authtype"] == "cognito_user_pools"
    authorizer = scheme["x-amazon-apigateway-authorizer"]
    assert authorizer["providerARNs"] == [{"Fn::GetAtt": [staff.POOL_ID, "Arn"]}]
    assert authorizer["authorizerResultTtlInSeconds"] == 0
    guarded = {
        (method.upper(), path)
        for path, operations in body["paths"].items()
        for method, operation in operations.items()
        if operation["security"] == [{STAFF_SCHEME: []}]
    }
    declared = [operation.route for operation in routes.declared()]
    assert guarded == {(r.method, r.path) for r in declared if r.audience == "staff"}
    assert guarded
