"""The staff's sign-in: who gets in, with what, and for how long."""

from typing import Any

from infra import cognito, routes, sign_in, synth
from infra.gateway_body import STAFF_SCHEME
from local.cloud import of_type
from tests.infra.reading import only


def test_accounts_are_made_by_an_administrator(template: dict[str, Any]) -> None:
    """S11: nobody signs up by themselves."""
    pool = only(template, "AWS::Cognito::UserPool")
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert pool["UsernameAttributes"] == ["email"]


def test_a_password_alone_lets_nobody_in(template: dict[str, Any]) -> None:
    """S11: an authenticator app beside it, or an unlocked passkey; texts can be taken over."""
    pool = only(template, "AWS::Cognito::UserPool")
    assert pool["MfaConfiguration"] == "ON"
    assert pool["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    assert pool["WebAuthnFactorConfiguration"] == "MULTI_FACTOR_WITH_USER_VERIFICATION"
    assert pool["WebAuthnUserVerification"] == "required"
    assert pool["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"] == ["PASSWORD"]
    password = pool["Policies"]["PasswordPolicy"]
    assert password["MinimumLength"] >= 14
    for kind in ("Lowercase", "Numbers", "Symbols", "Uppercase"):
        assert password[f"Require{kind}"] is True
    assert password["TemporaryPasswordValidityDays"] <= 3


def test_passkeys_come_with_a_later_deployment_and_change_nothing_else() -> None:
    """Refused to a new pool they would end the first one; refused later, all stays as it was."""
    (before,), (after,) = (
        of_type(synth.template(context), "AWS::Cognito::UserPool").values()
        for context in ({}, {"passkeys": True})
    )
    factors = after["Properties"]["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"]
    assert factors == ["PASSWORD", "WEB_AUTHN"]
    factors.remove("WEB_AUTHN")
    assert after == before


def test_leaked_passwords_and_odd_sign_ins_are_refused(template: dict[str, Any]) -> None:
    """S11."""
    pool = only(template, "AWS::Cognito::UserPool")
    assert pool["UserPoolTier"] == "PLUS"
    assert pool["UserPoolAddOns"] == {"AdvancedSecurityMode": "ENFORCED"}


def test_the_pool_outlives_the_stack_under_a_name_for_ever(template: dict[str, Any]) -> None:
    (name,) = of_type(template, "AWS::Cognito::UserPool")
    resource = template["Resources"][name]
    assert name == cognito.POOL_ID == "StaffPool"
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


def test_a_sign_in_is_a_code_that_only_who_began_it_can_use(template: dict[str, Any]) -> None:
    """S11: no implicit flow, no secret in the staff's tools, a short token, a day at most."""
    client = only(template, "AWS::Cognito::UserPoolClient")
    assert client["AllowedOAuthFlowsUserPoolClient"] is True
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["ExplicitAuthFlows"] == ["ALLOW_USER_AUTH"], "no password goes past the pages"
    assert client["SupportedIdentityProviders"] == ["COGNITO"]
    assert client["IdTokenValidity"] == client["AccessTokenValidity"] == 5
    assert client["RefreshTokenValidity"] == 8 * 60
    assert client["RefreshTokenRotation"]["Feature"] == "ENABLED"
    assert set(client["TokenValidityUnits"].values()) == {"minutes"}
    assert client["GenerateSecret"] is False
    assert client["EnableTokenRevocation"] is True
    assert client["PreventUserExistenceErrors"] == "ENABLED"


def test_the_clients_scopes_are_those_that_the_routes_ask_for(template: dict[str, Any]) -> None:
    """S11: what the client may get, what the resource server has and what the API asks fit."""
    client = only(template, "AWS::Cognito::UserPoolClient")
    server = only(template, "AWS::Cognito::UserPoolResourceServer")
    (name,) = of_type(template, "AWS::Cognito::UserPoolResourceServer")
    assert {f"{server['Identifier']}/{each['ScopeName']}" for each in server["Scopes"]} == {
        sign_in.SCOPE
    }
    own = {"Fn::Join": ["", [{"Ref": name}, f"/{sign_in.SCOPE_NAME}"]]}
    assert client["AllowedOAuthScopes"] == ["openid", own]
    assert client["UserPoolId"] == server["UserPoolId"] == {"Ref": cognito.POOL_ID}


def test_the_browser_comes_back_to_the_console_or_to_its_own_machine(
    template: dict[str, Any],
) -> None:
    client = only(template, "AWS::Cognito::UserPoolClient")
    console, *loopback = client["CallbackURLs"]
    output = template["Outputs"]["ApiUrl"]["Value"]
    assert resolved(console) == f"{resolved(output)}/desk/sign-in"
    assert loopback == [f"http://localhost:{port}/signed-in" for port in sign_in.LOOPBACK_PORTS]
    assert list(map(resolved, client["LogoutURLs"])) == [f"{resolved(output)}/desk/signed-out"]
    pages = {o.route.path for o in routes.declared() if o.function == "pages"}
    assert "/desk/{view}" in pages


def test_with_a_domain_of_ones_own_the_console_is_there() -> None:
    domain = "privacy.example.com"
    arn = "arn:aws:acm:eu-west-1:123456789012:certificate/a-b"
    made = synth.template({"domain": domain, "certificate": arn})
    client = only(made, "AWS::Cognito::UserPoolClient")
    assert client["CallbackURLs"][0] == f"https://{domain}/desk/sign-in"


def test_the_pages_are_told_where_to_sign_in_and_as_what(template: dict[str, Any]) -> None:
    stage = only(template, "AWS::ApiGateway::Stage")
    (client,) = of_type(template, "AWS::Cognito::UserPoolClient")
    domain = only(template, "AWS::Cognito::UserPoolDomain")
    assert domain["ManagedLoginVersion"] == 2
    told = stage["Variables"]
    assert told["sign_in_client"] == {"Ref": client}
    assert resolved(told["sign_in_url"]) == (
        f"https://{resolved(domain['Domain'])}.auth.AWS::Region.amazoncognito.com"
    )
    looks = only(template, "AWS::Cognito::ManagedLoginBranding")
    assert (looks["ClientId"], looks["UseCognitoProvidedValues"]) == ({"Ref": client}, True)


def test_every_route_of_the_desk_asks_for_the_pools_token(template: dict[str, Any]) -> None:
    """S11: and what the authoriser found is asked anew for each call."""
    body = only(template, "AWS::ApiGateway::RestApi")["Body"]
    scheme = body["components"]["securitySchemes"][STAFF_SCHEME]
    assert scheme["x-amazon-apigateway-authtype"] == "cognito_user_pools"
    authorizer = scheme["x-amazon-apigateway-authorizer"]
    assert authorizer["providerARNs"] == [{"Fn::GetAtt": [cognito.POOL_ID, "Arn"]}]
    assert authorizer["authorizerResultTtlInSeconds"] == 0
    guarded = {
        (method.upper(), path)
        for path, operations in body["paths"].items()
        for method, operation in operations.items()
        if operation["security"] == [{STAFF_SCHEME: [sign_in.SCOPE]}]
    }
    declared = [operation.route for operation in routes.declared()]
    assert guarded == {(r.method, r.path) for r in declared if r.audience == "staff"}
    assert guarded


def resolved(value: Any) -> str:
    """Write a joined text with the names of what it refers to."""
    match value:
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(map(resolved, parts))
        case {"Ref": str(name)}:
            return name
        case _:
            return str(value)
