"""Mail by Amazon SES: the sender's domain, proved by DKIM, and who may send as it."""

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ses as ses
from constructs import Construct

from infra.context import Context


def identity(scope: Construct, context: Context) -> ses.CfnEmailIdentity:
    """Declare the domain of the configured sender; its DKIM records then go into DNS."""
    domain = context.mail_sender.rpartition("@")[2]
    return ses.CfnEmailIdentity(scope, "MailIdentity", email_identity=domain)


def environment(context: Context, api_url: str) -> dict[str, str]:
    """Give what a function that sends mails is told."""
    return {
        "API_URL": api_url,
        "MAIL_INBOX": context.mail_inbox,
        "MAIL_SENDER": context.mail_sender,
    }


def may_send(domain: ses.CfnEmailIdentity) -> iam.PolicyStatement:
    """Allow sending as the domain; SES asks for the raw action when a whole message is given."""
    arn = f"arn:{Aws.PARTITION}:ses:{Aws.REGION}:{Aws.ACCOUNT_ID}:identity/{domain.ref}"
    return iam.PolicyStatement(actions=["ses:SendEmail", "ses:SendRawEmail"], resources=[arn])
