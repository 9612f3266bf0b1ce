"""Mail by Amazon SES: the sender's domain, proved by DKIM, and who may send as it."""

from aws_cdk import Aws, CfnOutput
from aws_cdk import aws_events as event_bus
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ses as ses
from constructs import Construct

from infra import keeping
from infra.context import Context


def build(scope: Construct, context: Context) -> ses.CfnEmailIdentity | None:
    """Declare the domain of the configured sender; its DKIM records are outputs, for its DNS.

    Nothing is declared where the context says that the account has the identity already: it is
    one of a kind for an account and region, and its owner is whoever made it.
    """
    if context.mail_identity == "existing":
        return None
    identity = ses.CfnEmailIdentity(scope, "MailIdentity", email_identity=context.mail_domain)
    keeping.keep(identity, context)
    for number, (name, value) in enumerate(_dkim(identity), start=1):
        CfnOutput(
            scope,
            f"MailDkim{number}",
            value=f"{name} CNAME {value}",
            description=f"Record {number} of 3 for the DNS of the mail domain.",
        )
    return identity


def _dkim(identity: ses.CfnEmailIdentity) -> list[tuple[str, str]]:
    return [
        (identity.attr_dkim_dns_token_name1, identity.attr_dkim_dns_token_value1),
        (identity.attr_dkim_dns_token_name2, identity.attr_dkim_dns_token_value2),
        (identity.attr_dkim_dns_token_name3, identity.attr_dkim_dns_token_value3),
    ]


def events(scope: Construct) -> ses.CfnConfigurationSet:
    """Have the mail service tell on the account's own bus of mails that bounce or annoy.

    What it tells has the address in it, and the tags that the mail left with.
    """
    made = ses.CfnConfigurationSet(
        scope,
        "MailEvents",
        # Whatever the account does: the service's own list of addresses is kept and heeded.
        suppression_options=ses.CfnConfigurationSet.SuppressionOptionsProperty(
            suppressed_reasons=["BOUNCE", "COMPLAINT"]
        ),
    )
    ses.CfnConfigurationSetEventDestination(
        scope,
        "MailBounces",
        configuration_set_name=made.ref,
        event_destination=ses.CfnConfigurationSetEventDestination.EventDestinationProperty(
            enabled=True,
            matching_event_types=["bounce", "complaint"],
            event_bridge_destination=(
                ses.CfnConfigurationSetEventDestination.EventBridgeDestinationProperty(
                    event_bus_arn=_bus()
                )
            ),
        ),
    )
    return made


def follow(scope: Construct, told: ses.CfnConfigurationSet, function: lambda_.Function) -> None:
    """Hand bounces and complaints of our own mails to the function that sends them.

    What cannot be handed over in a day is let go: set aside, it would keep an address.
    """
    rule = event_bus.CfnRule(
        scope,
        "BouncedMails",
        description="Mails of this service that their recipient's side refused, or called spam.",
        event_pattern={
            "source": ["aws.ses"],
            "detail-type": ["Email Bounced", "Email Complaint Received"],
            "detail": {"mail": {"tags": {"ses:configuration-set": [told.ref]}}},
        },
        targets=[
            event_bus.CfnRule.TargetProperty(
                id="notifications",
                arn=function.function_arn,
            )
        ],
    )
    function.add_permission(
        "Bounces",
        principal=iam.ServicePrincipal("events.amazonaws.com"),
        source_arn=rule.attr_arn,
    )


def _bus() -> str:
    return f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:event-bus/default"


def environment(context: Context, api_url: str, told: ses.CfnConfigurationSet) -> dict[str, str]:
    """Return what a function that sends mails is told; `SITE_URL` only where links lead there."""
    site = {"SITE_URL": context.site} if context.site else {}
    return {
        **site,
        "MAIL_EVENTS": told.ref,
        "API_URL": api_url,
        "MAIL_INBOX": context.mail_inbox,
        "MAIL_SENDER": context.mail_sender,
    }


def may_send(context: Context, told: ses.CfnConfigurationSet) -> iam.PolicyStatement:
    """Allow sending from the configured address and from no other of the domain.

    SES asks for more identities than the domain's: for the address's own if that was verified
    too, and in the sandbox for the recipient's. The condition on the sender is what narrows it.
    A whole message given raw asks for the raw action.
    """
    return iam.PolicyStatement(
        actions=["ses:SendEmail", "ses:SendRawEmail"],
        resources=[
            f"arn:{Aws.PARTITION}:ses:{Aws.REGION}:{Aws.ACCOUNT_ID}:{each}"
            for each in ("identity/*", f"configuration-set/{told.ref}")
        ],
        conditions={"StringEquals": {"ses:FromAddress": context.mail_sender}},
    )
