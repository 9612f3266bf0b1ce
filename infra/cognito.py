"""Who the privacy staff are: a Cognito user pool in the stack's region, and what lets them in.

Accounts are made by an administrator, never by whoever asks; a password alone lets nobody in.
They sign in on Cognito's own pages (managed login), by authenticator app or, where the context says
so, by passkey, and come back to the console or to the terminal with a code that is worth nothing
without the verifier that stayed there (RFC 7636). The access token has the scope and the groups
that the desk's routes ask for.
"""

from aws_cdk import Aws, CfnOutput, Duration
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra import keeping
from infra.context import Context
from infra.declarations import title
from infra.sign_in import (
    CONSOLE_LEFT,
    CONSOLE_RETURN,
    LOOPBACK_PORTS,
    LOOPBACK_RETURN,
    RESOURCE,
    SCOPE_NAME,
)

# Who may do what is in functions/desk; here are only the names.
GROUPS = {
    "privacy_officer": "Decides: refuses, completes, notifies, holds, discloses.",
    "support": "Takes requests in and works on them.",
    "auditor": "Reads everything and changes nothing.",
}
# For ever: with another id CloudFormation would make a new pool, without its staff.
POOL_ID = "StaffPool"
_PASSWORD = cognito.PasswordPolicy(
    min_length=14,
    require_digits=True,
    require_lowercase=True,
    require_symbols=True,
    require_uppercase=True,
    temp_password_validity=Duration.days(3),
)


def client(scope: Construct, pool: cognito.IUserPool, api_url: str) -> cognito.UserPoolClient:
    """Declare what console and terminal sign in as; both are public, neither has a secret.

    An access token lives for five minutes, Cognito's least: whoever is put out is out by then.
    What renews it is another one each time, and ends after a working day.
    """
    made = cognito.UserPoolClient(
        scope,
        "StaffClient",
        user_pool=pool,
        auth_flows=cognito.AuthFlow(user=True),
        supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
        o_auth=_code_flow(scope, pool, api_url),
        generate_secret=False,
        prevent_user_existence_errors=True,
        enable_token_revocation=True,
        id_token_validity=Duration.minutes(5),
        access_token_validity=Duration.minutes(5),
        refresh_token_validity=Duration.hours(8),
        refresh_token_rotation_grace_period=Duration.seconds(30),
    )
    cognito.CfnManagedLoginBranding(
        scope,
        "StaffSignInLooks",
        user_pool_id=pool.user_pool_id,
        client_id=made.user_pool_client_id,
        use_cognito_provided_values=True,
    )
    CfnOutput(
        scope,
        "StaffClientId",
        value=made.user_pool_client_id,
        description="What the staff's tools sign in as.",
    )
    return made


def _code_flow(scope: Construct, pool: cognito.IUserPool, api_url: str) -> cognito.OAuthSettings:
    desk = cognito.ResourceServerScope(
        scope_name=SCOPE_NAME, scope_description="Work at the privacy desk."
    )
    server = cognito.UserPoolResourceServer(
        scope, "DeskResource", user_pool=pool, identifier=RESOURCE, scopes=[desk]
    )
    loopback = [LOOPBACK_RETURN.format(port=port) for port in LOOPBACK_PORTS]
    return cognito.OAuthSettings(
        flows=cognito.OAuthFlows(authorization_code_grant=True),
        scopes=[cognito.OAuthScope.OPENID, cognito.OAuthScope.resource_server(server, desk)],
        callback_urls=[f"{api_url}{CONSOLE_RETURN}", *loopback],
        logout_urls=[f"{api_url}{CONSOLE_LEFT}"],
    )


def sign_in_url(context: Context) -> str:
    """Return the address of Cognito's sign-in pages: named after account and stage, so unique."""
    return f"https://{_prefix(context)}.auth.{Aws.REGION}.amazoncognito.com"


def _prefix(context: Context) -> str:
    return f"privacy-{context.stage}-{Aws.ACCOUNT_ID}"


def pool(scope: Construct, context: Context) -> cognito.UserPool:
    """Declare the pool and its groups."""
    made = _pool(scope, context)
    for name, about in GROUPS.items():
        cognito.CfnUserPoolGroup(
            scope,
            f"{title(name)}Group",
            user_pool_id=made.user_pool_id,
            group_name=name,
            description=about,
        )
    cognito.CfnUserPoolDomain(
        scope,
        "StaffSignIn",
        user_pool_id=made.user_pool_id,
        domain=_prefix(context),
        managed_login_version=2,
    )
    CfnOutput(scope, "StaffPoolId", value=made.user_pool_id, description="Where staff sign in.")
    return made


def _pool(scope: Construct, context: Context) -> cognito.UserPool:
    """Declare the pool itself; leaked passwords and odd sign-ins are refused."""
    made = cognito.UserPool(
        scope,
        "Staff",
        self_sign_up_enabled=False,
        sign_in_aliases=cognito.SignInAliases(email=True),
        auto_verify=cognito.AutoVerifiedAttrs(email=True),
        account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
        mfa=cognito.Mfa.REQUIRED,
        mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
        sign_in_policy=cognito.SignInPolicy(
            allowed_first_auth_factors=cognito.AllowedFirstAuthFactors(
                password=True, passkey=context.passkeys
            )
        ),
        passkey_user_verification=cognito.PasskeyUserVerification.REQUIRED,
        password_policy=_PASSWORD,
        deletion_protection=context.protected,
        removal_policy=keeping.policy(context),
        feature_plan=cognito.FeaturePlan.PLUS,
        standard_threat_protection_mode=cognito.StandardThreatProtectionMode.FULL_FUNCTION,
    )
    resource = made.node.default_child
    if not isinstance(resource, cognito.CfnUserPool):
        raise TypeError("CDK no longer makes a user pool of one resource")
    resource.override_logical_id(POOL_ID)
    # A passkey that was unlocked by its owner is two factors: what they have, and are or know.
    resource.web_authn_factor_configuration = "MULTI_FACTOR_WITH_USER_VERIFICATION"
    return made
