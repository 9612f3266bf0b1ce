"""What a deployment may choose: the context values of cdk.json and of `cdk -c key=value`."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

# The AWS regions inside the European Economic Area; London and Zurich are not in it.
EEA = {
    "eu-central-1": "Germany",
    "eu-north-1": "Sweden",
    "eu-south-1": "Italy",
    "eu-south-2": "Spain",
    "eu-west-1": "Ireland",
    "eu-west-3": "France",
}
# Those that this product is made for. Others lack a part (a firewall before user pools), must be
# opted into, or let an API take fewer requests: docs/operations/aws-facts.md.
MADE_FOR = ("eu-west-1",)
PRODUCTION = "prod"

_ORIGIN = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(:\d{1,5})?")
_LOCAL_ORIGIN = re.compile(r"http://(localhost|127\.0\.0\.1)(:\d{1,5})?")
# Lambda gives a log group only these lengths of keeping, in days.
LogDays = Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365]

# What is called privacy-… beside the stages' own: docs/operations/first-day.md, delivery.md.
_NOT_OF_A_STAGE = ("account", "delivery", "execution", "stores")
_AMAZONS = ("amazon", "aws", "cognito")
# A month before `erasure_list` of the policy forgets who was erased (P1Y).
MAX_BACKUP_DAYS = 330


class InvalidConfiguration(Exception):
    """A context value that no deployment may have, told in one sentence that names its key."""


def _in_the_eea(region: str) -> str:
    if region not in EEA:
        raise ValueError(
            f"{region} is outside the European Economic Area, where the notice promises that"
            f" personal data stays (promise S12); choose {' or '.join(MADE_FOR)}"
        )
    if region not in MADE_FOR:
        raise ValueError(
            f"nobody has tried {region} ({EEA[region]}); choose {' or '.join(MADE_FOR)}"
        )
    return region


def _a_stage(name: str) -> str:
    """Let no stage's stacks have the names of others, nor its sign-in pages words of Amazon's.

    The parts of a name are looked at: `prod-stores` is what keeps production's data.
    """
    if taken := [part for part in name.split("-") if part in _NOT_OF_A_STAGE]:
        raise ValueError(f"{taken[-1]} is the name of another stack")
    if reserved := [word for word in _AMAZONS if word in name]:
        raise ValueError(f"Cognito takes no address of sign-in pages with {reserved[0]} in it")
    return name


def _separated(value: object) -> object:
    return value.replace(",", " ").split() if isinstance(value, str) else value


def _number(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


Name = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,19}$"), AfterValidator(_a_stage)
]
Address = Annotated[str, StringConstraints(pattern=r"^[^\s@<>\"]+@[a-z0-9-]+(\.[a-z0-9-]+)+$")]
HostName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]
CertificateArn = Annotated[
    str, StringConstraints(pattern=r"^arn:aws:acm:[a-z0-9-]+:\d{12}:certificate/[a-z0-9-]+$")
]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
SourceUrl = Annotated[
    str, StringConstraints(pattern=r"^https://[a-z0-9-]+(\.[a-z0-9-]+)+(:\d{1,5})?(/[\w./-]*)?$")
]
SourceName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Parameter = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][\w-]{0,31}$")]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Logo = Annotated[str, StringConstraints(pattern=r"^[\w./-]+\.svg$")]
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
OrNone = BeforeValidator(_empty_is_none)
FromText = BeforeValidator(_number)


class Context(BaseModel):
    """Every context value; defaults are in cdk.json, words in docs/operations/configuration.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stage: Name = Field(description="Names the deployment: its stack and the API's stage.")
    region: Annotated[str, AfterValidator(_in_the_eea)] = Field(
        description="AWS region of every resource; only eu-west-1, inside the EEA (S12), is "
        "accepted."
    )
    origins: Annotated[tuple[str, ...], BeforeValidator(_separated), Field(min_length=1)] = Field(
        description="Origins whose pages may call the API (CORS), comma-separated; https only, "
        "but outside stage prod also http://localhost:PORT."
    )
    domain: Annotated[HostName | None, OrNone] = Field(
        description="Host name of the API; empty for the one that API Gateway gives."
    )
    keep_default_endpoint: bool = Field(
        description="Whether the API also answers under API Gateway's own name beside `domain`: "
        "for the days until everybody calls the new one."
    )
    certificate: Annotated[CertificateArn | None, OrNone] = Field(
        description="ARN of the ACM certificate of `domain`, in the same region."
    )
    site: Annotated[SourceUrl | None, OrNone] = Field(
        description="https address at which the company has pages of its own for mailed links; "
        "empty for the API's own pages."
    )
    mail_sender: Address = Field(description="Address that mails come from.")
    mail_identity: Literal["create", "existing"] = Field(
        description="Whether the sender's domain is made known to Amazon SES by this stage, or the "
        "account has it already (by another stage, or for other mail): existing."
    )
    mail_inbox: Address = Field(description="Address at which the privacy staff read mail.")
    alarm_address: Annotated[Address | None, OrNone] = Field(
        description="Address told about alarms; empty for none."
    )
    brand_colour: Colour = Field(
        description="The company's colour, #rrggbb; the pages make it readable by themselves."
    )
    logo: Annotated[Logo | None, OrNone] = Field(
        description="The company's logo, an SVG file's path from here; empty for its name in words."
    )
    languages: Annotated[tuple[LanguageCode, ...], BeforeValidator(_separated)] = Field(
        min_length=1,
        description="Languages of the pages, comma-separated, each with a catalogue in "
        "web/pages/locales (English needs none); the first is for who speaks none of them. Mails "
        "are in those of them that have a folder in functions/shared/languages, else in English.",
    )
    regime: Literal["uk_gdpr", "dpa_1998"] = Field(
        description="Fees and deadlines of requests: uk_gdpr (free, one month) or dpa_1998 "
        "(the published notice's nominal fee and 40 days; no longer lawful in the UK)."
    )
    sources: dict[SourceName, SourceUrl] = Field(
        description="The company's other systems that hold data about people: name to https "
        "address, as docs/sources.md describes; {} for none."
    )
    visit_parameters: Annotated[tuple[Parameter, ...], BeforeValidator(_separated)] = Field(
        description="Query parameters that are kept in the addresses of visited pages, "
        "comma-separated; all others are cut off (S7)."
    )
    retention_time: TimeOfDay = Field(
        description="Time of day, London's, at which what is due is deleted."
    )
    log_time: TimeOfDay = Field(
        description="Time of day, London's, at which the log over all ledgers is signed."
    )
    reminder_time: TimeOfDay = Field(
        description="Time of day, London's, at which staff are reminded of requests that are due."
    )
    rate: Annotated[int, FromText, Field(ge=1, le=10_000)] = Field(
        description="Requests per second that each method of each path takes, whoever calls, "
        "before it answers 429."
    )
    burst: Annotated[int, FromText, Field(ge=1, le=5_000)] = Field(
        description="The same at one moment."
    )
    mail_rate: Annotated[int, FromText, Field(ge=1, le=1_000)] = Field(
        description="Requests per second that each route takes which has a mail sent to the "
        "address in its body."
    )
    ip_rate: Annotated[int, FromText, Field(ge=10, le=2_000_000)] = Field(
        description="Requests in five minutes that one IP address may make before the firewall "
        "answers 429."
    )
    ip_mail_rate: Annotated[int, FromText, Field(ge=10, le=2_000_000)] = Field(
        description="The same for the routes that have a mail sent."
    )
    backup_days: Annotated[int, FromText, Field(ge=1, le=MAX_BACKUP_DAYS)] = Field(
        description="Days that backups are kept; fewer than the list of erasures is, so that a "
        "restored one can always be cleared of who was erased since."
    )
    backup_lock: bool = Field(
        description="Whether nobody, AWS included, can delete a backup before its time; three "
        "days after the deployment this cannot be undone."
    )
    log_days: Annotated[LogDays, FromText] = Field(
        description="Days that logs are kept; there is no personal data in them."
    )
    passkeys: bool = Field(
        description="Whether staff may sign in by passkey as well as by password and app: true "
        "once the first deployment stands, for Amazon Cognito may refuse it to a new pool."
    )
    dashboard: bool = Field(
        description="Whether CloudWatch shows alarms and figures on one page, for 3 USD a month."
    )
    protect: bool = Field(
        description="Whether stacks, tables and staff of stage prod refuse to be deleted: true "
        "once the first deployment stands (`make protect`), for until then it could not be "
        "repeated."
    )
    rehearsal: bool = Field(
        description="Whether stage prod may be deployed with addresses under .example, which "
        "nobody can send mail from."
    )

    @field_validator("retention_time", "log_time", "reminder_time")
    @classmethod
    def _exists_every_day(cls, time: str) -> str:
        if time.startswith("01:"):
            raise ValueError(
                f"{time} does not exist on the day that clocks go forward, and is skipped then;"
                " choose a time outside 01:00 to 01:59"
            )
        return time

    @field_validator("origins")
    @classmethod
    def _origins_are_exact(cls, origins: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        prod = info.data.get("stage") == PRODUCTION
        for origin in origins:
            if _ORIGIN.fullmatch(origin) or (not prod and _LOCAL_ORIGIN.fullmatch(origin)):
                continue
            kind = "an https origin" if prod else "an https origin or http://localhost:PORT"
            raise ValueError(f"{origin} is not {kind} such as https://www.example.com")
        return origins

    @model_validator(mode="after")
    def _certificate_of_the_domain(self) -> Self:
        if (self.domain is None) != (self.certificate is None):
            raise ValueError('"domain" and "certificate" come together or not at all')
        if self.certificate is not None and self.certificate.split(":")[3] != self.region:
            raise ValueError(f'"certificate" must be in "region" {self.region}')
        return self

    def told(self, name: str) -> str:
        """Return a value as a function's environment holds it: words, or JSON of what has names."""
        value = getattr(self, name)
        return json.dumps(value, sort_keys=True) if isinstance(value, dict) else " ".join(value)

    @property
    def kept(self) -> bool:
        """Tell whether what the stage stores is to outlive its stacks."""
        return self.stage == PRODUCTION

    @property
    def protected(self) -> bool:
        """Tell whether stacks, tables and staff refuse to be deleted."""
        return self.kept and self.protect

    @property
    def mail_domain(self) -> str:
        """The domain of the sender's address."""
        return self.mail_sender.rpartition("@")[2]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences that synthesis says aloud without refusing."""
        fee = (_FEE_WARNING,) if self.regime == "dpa_1998" else ()
        return fee if self.alarm_address else (*fee, _ALARM_WARNING)

    def deployable(self) -> None:
        """Check what a template may still be made with, and an account not be given.

        Raises:
            InvalidConfiguration: production would run under a name that is nobody's (RFC 2606),
                or by a law that is repealed.
        """
        if self.kept and not self.rehearsal and self.regime != "uk_gdpr":
            raise InvalidConfiguration(_FEE_WARNING)
        if self.kept and not self.rehearsal:
            for key in ("mail_sender", "mail_inbox", "origins"):
                value = getattr(self, key)
                for name in (value,) if isinstance(value, str) else value:
                    if name.endswith(".example"):
                        raise InvalidConfiguration(
                            f'Context value "{key}": {name} is an example; set your own in'
                            " cdk.json, or rehearse with -c rehearsal=true."
                        )


_ALARM_WARNING = 'Context value "alarm_address" is empty: nobody is told when an alarm rings.'
_FEE_WARNING = (
    'Context value "regime" is dpa_1998: a fee for everyone and 40 days to answer have not been '
    "lawful in the UK since 25 May 2018 (UK GDPR Art. 12(3) and (5))."
)


def read(values: Mapping[str, Any]) -> Context:
    """Check context values; keys of CDK itself (with `:` or `@` in them) are passed over.

    Raises:
        InvalidConfiguration: a value is missing, unknown or wrong.
    """
    ours = {key: value for key, value in values.items() if not re.search("[:@]", key)}
    try:
        return Context.model_validate(ours)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        said = first["msg"].removeprefix("Value error, ")
        subject = f'Context value "{first["loc"][0]}"' if first["loc"] else "Context value"
        raise InvalidConfiguration(f"{subject}: {_sentence(first['type'], said)}.") from None


def _sentence(kind: str, said: str) -> str:
    if kind == "extra_forbidden":
        return f"there is none of that name, only {', '.join(Context.model_fields)}"
    return said


def rows() -> list[tuple[str, str]]:
    """Return each key with its description, for the table in docs/operations/configuration.md."""
    return [(key, field.description or "") for key, field in Context.model_fields.items()]
