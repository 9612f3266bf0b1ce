"""The checks, each of one area: what is asked of AWS, what is right, and what mends it.

None of them changes anything. Each gives findings for one deployment at one moment.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from infra.catalogue import TABLES
from infra.declarations import Table, title
from ops import staff
from ops.doctor import account, names, stacks
from ops.doctor.deployment import Deployment
from ops.doctor.findings import Finding, judged

Check = Callable[[Deployment, datetime], Iterable[Finding]]

# Of the mails that may be sent in a day; above it, one campaign of forms is turned away.
MAX_OF_THE_QUOTA = 0.8
CERTIFICATE_DAYS = 30
# As infra/cognito.py and infra/backups.py have them, which need the CDK.
STAFF_POOL = "StaffPool"
BACKED_UP = tuple(row.name for row in TABLES if row.backed_up)
BACKED_UP_WITHIN = timedelta(hours=50)
# A day has 25 hours when clocks go back.
RAN_WITHIN = timedelta(hours=26)
TOLD_WITHIN = timedelta(days=14)
RECENTLY = timedelta(hours=1)
LATE_MS = 15 * 60 * 1000
_AGAIN = "deploy again: make deploy"
_PROTECT = "make protect"


def _tables(one: Deployment, _: datetime) -> Iterable[Finding]:
    wrong: dict[str, str] = {}
    for row in TABLES:
        logical_id = f"{title(row.name)}Table"
        resource = one.resources.get(logical_id)
        if resource is None:
            wrong[f"{row.name} is not in the stack"] = _AGAIN
            continue
        wrong |= _of_table(one, row, resource.physical)
    return judged("tables", wrong, f"{len(TABLES)} active, recoverable, as declared")


def _of_table(one: Deployment, row: Table, name: str) -> dict[str, str]:
    dynamodb = one.client("dynamodb")
    table = dynamodb.describe_table(TableName=name)["Table"]
    kept = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    wrong: dict[str, str] = {}
    if table["TableStatus"] not in ("ACTIVE", "UPDATING"):
        wrong[f"{row.name} is {table['TableStatus']}"] = "docs/operations/restore.md"
    recovery = kept.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    if recovery != "ENABLED":
        wrong[f"{row.name} cannot be recovered to a moment"] = _AGAIN
    if one.in_production and not table.get("DeletionProtectionEnabled"):
        wrong[f"{row.name} may be deleted"] = _PROTECT
    if row.stream and not table.get("StreamSpecification", {}).get("StreamEnabled"):
        wrong[f"{row.name} has no stream"] = _AGAIN
    if table.get("SSEDescription", {}).get("SSEType") != "KMS":
        wrong[f"{row.name} is not under our key"] = _AGAIN
    if row.ttl:
        ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        if ttl.get("AttributeName") != row.ttl or ttl["TimeToLiveStatus"] != "ENABLED":
            wrong[f"{row.name} does not let go of what is over"] = _AGAIN
    return wrong


def _keys(one: Deployment, _: datetime) -> Iterable[Finding]:
    kms, wrong = one.client("kms"), {}
    found = one.every("AWS::KMS::Key")
    for name, key in found.items():
        about = kms.describe_key(KeyId=key)["KeyMetadata"]
        if about["KeyState"] == "PendingDeletion":
            wrong[f"{name} is about to be deleted, and what it encrypts with it"] = (
                f"now: aws kms cancel-key-deletion --key-id {key}; then enable-key"
            )
        elif about["KeyState"] != "Enabled":
            wrong[f"{name} is {about['KeyState']}"] = f"aws kms enable-key --key-id {key}"
        elif about["KeyUsage"] == "ENCRYPT_DECRYPT" and not _rotates(kms, key):
            wrong[f"{name} is never rotated"] = _AGAIN
    return judged("keys", wrong, f"{len(found)} enabled")


def _rotates(kms: Any, key: str) -> bool:
    return bool(kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"])


def _mappings(one: Deployment, now: datetime) -> Iterable[Finding]:
    called, wrong = one.client("lambda"), {}
    found = one.every("AWS::Lambda::EventSourceMapping")
    for name, uuid in found.items():
        mapping = called.get_event_source_mapping(UUID=uuid)
        if mapping["State"] != "Enabled":
            wrong[f"{name} is {mapping['State']}: its worker hears nothing"] = (
                f"aws lambda update-event-source-mapping --uuid {uuid} --enabled"
            )
        elif str(mapping.get("LastProcessingResult", "")).startswith("PROBLEM"):
            wrong[f"{name}: {mapping['LastProcessingResult']}"] = (
                "docs/operations/runbooks/function-errors.md"
            )
    for name, physical in one.of_type("AWS::Lambda::Function").items():
        ages = _figures(
            one, "AWS/Lambda", "IteratorAge", ("FunctionName", physical), "Maximum", now, RECENTLY
        )
        if max(ages, default=0) > LATE_MS:
            wrong[f"{name} is {max(ages) / 60_000:,.0f} minutes behind"] = (
                "docs/operations/runbooks/stream-late.md"
            )
    return judged("streams", wrong, f"{len(found)} mappings enabled, none late")


def _figures(
    one: Deployment,
    namespace: str,
    name: str,
    dimension: tuple[str, str],
    statistic: str,
    now: datetime,
    since: timedelta,
) -> list[float]:
    """Return what CloudWatch counted of something since then; nothing if it never was."""
    told = one.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": dimension[0], "Value": dimension[1]}],
        StartTime=now - since,
        EndTime=now,
        Period=int(since.total_seconds()),
        Statistics=[statistic],
    )
    return [float(point[statistic]) for point in told["Datapoints"]]


def _queues(one: Deployment, _: datetime) -> Iterable[Finding]:
    sqs, wrong = one.client("sqs"), {}
    found = one.every("AWS::SQS::Queue")
    for name, url in found.items():
        told = sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        waiting = int(told["Attributes"]["ApproximateNumberOfMessages"])
        if waiting:
            wrong[f"{waiting} wait in {name[:-8]}"] = "docs/operations/runbooks/dead-letters.md"
    return judged("dead letters", wrong, f"none in {len(found)} queues")


def _schedules(one: Deployment, now: datetime) -> Iterable[Finding]:
    scheduler, wrong = one.client("scheduler"), {}
    found = one.every("AWS::Scheduler::Schedule")
    for logical_id, name in found.items():
        group = one.named(f"{logical_id}Group")
        state = scheduler.get_schedule(Name=name.split("|")[-1], GroupName=group)["State"]
        if state != "ENABLED":
            wrong[f"{logical_id} is {state}"] = _AGAIN
        runs = _figures(
            one,
            "AWS/Scheduler",
            "InvocationAttemptCount",
            ("ScheduleGroup", group),
            "Sum",
            now,
            RAN_WITHIN,
        )
        if not sum(runs):
            wrong[f"{logical_id} did not run in {RAN_WITHIN.total_seconds() / 3600:.0f} hours"] = (
                "on the first day wait for the night, later"
                " docs/operations/runbooks/schedules-silent.md"
            )
    return judged("schedules", wrong, f"{len(found)} enabled, and they ran")


def _mail(one: Deployment, _: datetime) -> Iterable[Finding]:
    mail, wrong = one.client("sesv2"), {}
    account = mail.get_account()
    guide = "docs/operations/first-day.md, mail"
    if not account.get("SendingEnabled"):
        wrong["sending is paused"] = "docs/operations/runbooks/mails-paused.md"
    if not account.get("ProductionAccessEnabled"):
        wrong["the account is in the sandbox: mail goes to verified addresses only"] = guide
    quota = account.get("SendQuota", {})
    most, sent = quota.get("Max24HourSend", 0), quota.get("SentLast24Hours", 0)
    if most > 0 and sent > MAX_OF_THE_QUOTA * most:
        wrong[f"{sent:,.0f} of {most:,.0f} mails of a day are sent"] = "ask for a higher quota"
    told = one.environment("notifications")
    domain, inbox = told["MAIL_SENDER"].rpartition("@")[2], told["MAIL_INBOX"]
    if _given_up(mail, inbox):
        wrong[f"{inbox}, where staff read mail, bounced: SES sends nothing there"] = (
            f"aws sesv2 delete-suppressed-destination --email-address {inbox}"
        )
    try:
        identity = mail.get_email_identity(EmailIdentity=domain)
    except mail.exceptions.NotFoundException:
        wrong[f"{domain} is not known to Amazon SES"] = "deploy with mail_identity=create"
    else:
        if identity.get("DkimAttributes", {}).get("Status") != "SUCCESS":
            wrong[f"{domain} is not proved: its DKIM records are missing in DNS"] = guide
        if identity.get("MailFromAttributes", {}).get("MailFromDomainStatus") == "FAILED":
            wrong[f"the MAIL FROM domain of {domain} has lost its records"] = guide
    return judged("mail", wrong, f"{domain} may send to anybody")


def _given_up(mail: Any, address: str) -> bool:
    """Tell whether SES keeps an address on the account's list of those that it passes over."""
    try:
        mail.get_suppressed_destination(EmailAddress=address)
    except mail.exceptions.NotFoundException:
        return False
    return True


def _alarms(one: Deployment, now: datetime) -> Iterable[Finding]:
    wrong: dict[str, str] = {}
    topic = one.only("AWS::SNS::Topic")
    pages = one.client("sns").get_paginator("list_subscriptions_by_topic")
    told = [each for page in pages.paginate(TopicArn=topic) for each in page["Subscriptions"]]
    if not [each for each in told if each["SubscriptionArn"].startswith("arn:")]:
        wrong["nobody is told: no address is confirmed"] = (
            "set alarm_address and deploy; then open the link that AWS mails there"
        )
    alarms = one.client("cloudwatch").get_paginator("describe_alarms")
    count = 0
    for page in alarms.paginate(AlarmNamePrefix=f"{one.stack}-"):
        for alarm in page["MetricAlarms"]:
            count += 1
            if alarm["StateValue"] == "ALARM":
                wrong[f"{alarm['AlarmName']} rings"] = alarm["AlarmDescription"]
            if not alarm["ActionsEnabled"]:
                wrong[f"{alarm['AlarmName']} is muted"] = (
                    f"aws cloudwatch enable-alarm-actions --alarm-names {alarm['AlarmName']}"
                )
    if not count:
        wrong["there are no alarms"] = _AGAIN
    for page in (
        one.client("cloudwatch")
        .get_paginator("describe_alarm_history")
        .paginate(HistoryItemType="Action", StartDate=now - TOLD_WITHIN, EndDate=now)
    ):
        for told_of in page["AlarmHistoryItems"]:
            name = told_of["AlarmName"]
            if name.startswith(f"{one.stack}-") and told_of["HistorySummary"].startswith("Failed"):
                wrong[f"{name} rang, and the topic did not take it"] = (
                    f"aws cloudwatch describe-alarm-history --alarm-name {name}"
                )
    return judged("alarms", wrong, f"{count} quiet, and somebody is told")


def _backups(one: Deployment, now: datetime) -> Iterable[Finding]:
    backup, wrong = one.client("backup"), {}
    settings = backup.describe_region_settings()
    for setting, mend in (
        ("ResourceTypeOptInPreference", "--resource-type-opt-in-preference DynamoDB=true"),
        ("ResourceTypeManagementPreference", "--resource-type-management-preference DynamoDB=true"),
    ):
        if not settings.get(setting, {}).get("DynamoDB"):
            wrong[f"AWS Backup's {setting} leaves DynamoDB out"] = (
                f"aws backup update-region-settings {mend}"
            )
    vault = one.only("AWS::Backup::BackupVault")
    jobs = backup.get_paginator("list_backup_jobs").paginate(
        ByBackupVaultName=vault, ByState="COMPLETED", ByCreatedAfter=now - BACKED_UP_WITHIN
    )
    done = {job["ResourceArn"].rpartition("/")[2] for page in jobs for job in page["BackupJobs"]}
    for name in BACKED_UP:
        resource = one.resources.get(f"{title(name)}Table")
        if resource is not None and resource.physical not in done:
            wrong[f"{name} has no backup of the last two days"] = (
                "docs/operations/runbooks/backups-failed.md"
            )
    return judged("backups", wrong, f"{len(BACKED_UP)} tables in two days")


def _api(one: Deployment, now: datetime) -> Iterable[Finding]:
    gateway, wrong = one.client("apigateway"), {}
    api, name = one.only("AWS::ApiGateway::RestApi"), one.only("AWS::ApiGateway::Stage")
    stage = gateway.get_stage(restApiId=api, stageName=name)
    if stage.get("tracingEnabled"):
        wrong["X-Ray keeps addresses and whole paths of callers"] = _AGAIN
    if not stage.get("accessLogSettings"):
        wrong["calls are not logged"] = _AGAIN
    region = gateway.meta.region_name
    arn = f"arn:aws:apigateway:{region}::/restapis/{api}/stages/{name}"
    if not one.client("wafv2").get_web_acl_for_resource(ResourceArn=arn).get("WebACL"):
        wrong["no firewall stands before it"] = _AGAIN
    for domain in one.of_type("AWS::ApiGateway::DomainName").values():
        shown = gateway.get_domain_name(domainName=domain)["regionalCertificateArn"]
        about = one.client("acm").describe_certificate(CertificateArn=shown)["Certificate"]
        if about["NotAfter"] < now + timedelta(days=CERTIFICATE_DAYS):
            wrong[f"the certificate of {domain} ends on {about['NotAfter']:%d %B %Y}"] = (
                "see that its DNS record for renewal is there"
            )
    return judged("api", wrong, "logged, behind the firewall, not traced")


def _staff(one: Deployment, _: datetime) -> Iterable[Finding]:
    pool, wrong = one.named(STAFF_POOL), {}
    about = one.client("cognito-idp").describe_user_pool(UserPoolId=pool)["UserPool"]
    if about.get("MfaConfiguration") != "ON":
        wrong["a password alone lets staff in"] = _AGAIN
    if one.in_production and about.get("DeletionProtection") != "ACTIVE":
        wrong["the user pool may be deleted"] = _PROTECT
    if not one.client("wafv2").get_web_acl_for_resource(ResourceArn=about["Arn"]).get("WebACL"):
        wrong["no firewall stands before the sign-in"] = _AGAIN
    inside = [member for member in staff.members(pool) if member["state"] == "active"]
    if not [member for member in inside if "privacy_officer" in member["groups"]]:
        wrong["no privacy officer has signed in yet"] = (
            f"python -m ops staff --stack {one.stack} add EMAIL privacy_officer"
        )
    return judged("staff", wrong, f"{len(inside)} can sign in, with an app beside the password")


ALL: dict[str, Check] = {
    "stacks": stacks.stand,
    "tables": _tables,
    "evidence": stacks.evidence,
    "keys": _keys,
    "streams": _mappings,
    "dead letters": _queues,
    "schedules": _schedules,
    "mail": _mail,
    "names": names.check,
    "alarms": _alarms,
    "backups": _backups,
    "limits": account.limits,
    "trail": account.trail,
    "budget": account.budget,
    "delivery": account.delivery,
    "api": _api,
    "staff": _staff,
}
