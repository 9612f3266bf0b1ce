"""Who the privacy staff are: a Cognito user pool in the stack's region, and what lets them in.

Accounts are made by an administrator, never by whoever asks; a password alone lets nobody in.
"""

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra import keeping
from infra.context import Context
from infra.rows import title

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


def client(scope: Construct, pool: cognito.IUserPool) -> cognito.UserPoolClient:
    """Declare what the staff's tools sign in as."""
    made = cognito.UserPoolClient(
        scope,
        "StaffClient",
        user_pool=pool,
        auth_flows=cognito.AuthFlow(user_srp=True),
        disable_o_auth=True,
        generate_secret=False,
        prevent_user_existence_errors=True,
        enable_token_revocation=True,
        id_token_validity=Duration.minutes(15),
        access_token_validity=Duration.minutes(15),
        refresh_token_validity=Duration.hours(8),
    )
    CfnOutput(
        scope,
        "StaffClientId",
        value=made.user_pool_client_id,
        description="What the staff's tools sign in as.",
    )
    return made


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
    return made
