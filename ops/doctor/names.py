"""The checks of what the DNS says: where the API's own name leads, and whose mail ours is."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from ops.doctor import dns
from ops.doctor.deployment import Deployment
from ops.doctor.findings import Finding, judged

_GUIDE = "docs/operations/first-day.md, mail and DNS"


def check(one: Deployment, _: datetime) -> Iterable[Finding]:
    """Look whether the world sees the records that the outputs and Amazon SES ask for."""
    wrong: dict[str, str] = {}
    for host, target in _hosts(one):
        if dns.ask(host, dns.CNAME) != [target] and not _alias(host, target):
            wrong[f"{host} does not lead to the API"] = f"{host} CNAME {target}"
    for name, value in _signatures(one):
        if dns.ask(name, dns.CNAME) != [value]:
            wrong[f"{name} is not what proves our mail"] = f"{name} CNAME {value}"
    told = one.environment("notifications")
    sender, inbox = (told[name].rpartition("@")[2] for name in ("MAIL_SENDER", "MAIL_INBOX"))
    if not _begins(f"_dmarc.{sender}", "v=DMARC1"):
        wrong[f"{sender} does not say what becomes of forged mail (DMARC)"] = _GUIDE
    if not dns.ask(inbox, dns.MX):
        wrong[f"{inbox}, where staff read mail, takes none (MX)"] = (
            f"give {inbox} an MX record, or configure another mail_inbox"
        )
    wrong |= dict(_mail_from(one, sender))
    return judged("names", wrong, f"{sender} is proved as ours, and names lead where they should")


def _hosts(one: Deployment) -> Iterator[tuple[str, str]]:
    for host in one.of_type("AWS::ApiGateway::DomainName").values():
        told = one.client("apigateway").get_domain_name(domainName=host)
        yield host, str(told["regionalDomainName"]).lower()


def _alias(host: str, target: str) -> bool:
    """Tell whether a name has the other's addresses, as Route 53's aliases do."""
    return bool(dns.addresses(host) & dns.addresses(target))


def _signatures(one: Deployment) -> Iterator[tuple[str, str]]:
    """Yield the DKIM records that the stores' outputs name; none where another made the domain."""
    for name, said in sorted(one.outputs().items()):
        if name.startswith("MailDkim"):
            record, _, value = said.split()
            yield record.lower(), value.lower()


def _mail_from(one: Deployment, domain: str) -> Iterator[tuple[str, str]]:
    """Look at the domain that bounces come back to, where one of our own was set."""
    mail = one.client("sesv2")
    try:
        identity = mail.get_email_identity(EmailIdentity=domain)
    except mail.exceptions.NotFoundException:
        return  # as the check of mail says
    from_ = identity.get("MailFromAttributes", {}).get("MailFromDomain")
    if not from_:
        return
    server = f"feedback-smtp.{mail.meta.region_name}.amazonses.com"
    if dns.ask(from_, dns.MX) != [server]:
        yield f"bounces to {from_} are lost", f"{from_} MX 10 {server}"
    if not _begins(from_, "v=spf1"):
        yield f"{from_} names no senders (SPF)", f'{from_} TXT "v=spf1 include:amazonses.com ~all"'


def _begins(name: str, words: str) -> bool:
    return any(text.startswith(words) for text in dns.ask(name, dns.TXT))
