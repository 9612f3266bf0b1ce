"""Laying a synthesised template into the engine: tables, secrets, keys, buses, identities.

Each resource type that functions rely on has one creator; types that only AWS itself needs
(roles, alarms, log groups) have none. What a resource is called afterwards answers the
template's `Ref` and `Fn::GetAtt`, so that each function gets exactly the environment that
it would get in AWS.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3

Template = Mapping[str, Any]
Attributes = dict[str, str]

ACCOUNT = "123456789012"
REGION = "eu-west-1"
STACK = "privacy-local"


@dataclass
class Cloud:
    """What was laid: for each logical id its Ref (under `Ref`) and attributes."""

    template: Template
    resources: dict[str, Attributes] = field(default_factory=dict)

    def environment(self, function: str) -> dict[str, str]:
        """Return the environment that the template sets for a function."""
        resource = self.functions()[function]
        variables = resource["Properties"].get("Environment", {}).get("Variables", {})
        return {name: self.resolve(value) for name, value in variables.items()}

    def functions(self) -> dict[str, Mapping[str, Any]]:
        """Return the template's functions by the name of their folder."""
        found = of_type(self.template, "AWS::Lambda::Function")
        return {
            resource["Properties"]["Handler"].split(".")[0]: resource for resource in found.values()
        }

    def table(self, logical_id: str) -> str:
        """Return the name of a laid table."""
        return self.resources[logical_id]["Ref"]

    def resolve(self, value: Any) -> str:
        """Resolve the intrinsic functions that our own template uses."""
        match value:
            case str():
                return value
            case {"Ref": str(name)}:
                return self._reference(name, "Ref")
            case {"Fn::GetAtt": [str(name), str(attribute)]}:
                return self._reference(name, attribute)
            case {"Fn::Join": [str(separator), list(parts)]}:
                return separator.join(self.resolve(part) for part in parts)
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{([\w:]+)\}", lambda m: self._reference(m[1], "Ref"), text)
            case _:
                raise ValueError(f"this runner does not resolve {value!r}")

    def _reference(self, name: str, attribute: str) -> str:
        pseudo = {
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": STACK,
        }
        if name in pseudo:
            return pseudo[name]
        return self.resources.get(name, {}).get(attribute, f"{name}.{attribute}")


def of_type(template: Template, kind: str) -> dict[str, Any]:
    """Return a template's resources of one type by logical id."""
    return {
        name: resource
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def lay(template: Template) -> Cloud:
    """Create what functions rely on in the running engine."""
    cloud = Cloud(template)
    for kind, create in _CREATORS.items():
        for name, resource in of_type(template, kind).items():
            cloud.resources[name] = create(name, resource.get("Properties", {}), cloud)
    return cloud


def _table(name: str, properties: Mapping[str, Any], _cloud: Cloud) -> Attributes:
    wanted = {
        key: properties[key]
        for key in ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes")
        if key in properties
    }
    if "StreamSpecification" in properties:
        view = properties["StreamSpecification"]["StreamViewType"]
        wanted["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
    # No time to live: an engine would go by this machine's clock, which is not the one that the
    # functions are given. What is over is refused whether or not it was deleted.
    client = boto3.client("dynamodb")
    made = client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **wanted)
    described = made["TableDescription"]
    return {
        "Ref": name,
        "Arn": described["TableArn"],
        "StreamArn": described.get("LatestStreamArn", ""),
    }


def _secret(name: str, properties: Mapping[str, Any], _cloud: Cloud) -> Attributes:
    client = boto3.client("secretsmanager")
    length = properties["GenerateSecretString"]["PasswordLength"]
    words = client.get_random_password(PasswordLength=length, ExcludePunctuation=True)
    arn = client.create_secret(Name=name, SecretString=words["RandomPassword"])["ARN"]
    return {"Ref": arn, "Id": arn}


def _key(_name: str, properties: Mapping[str, Any], _cloud: Cloud) -> Attributes:
    made = boto3.client("kms").create_key(
        KeySpec=properties.get("KeySpec", "SYMMETRIC_DEFAULT"),
        KeyUsage=properties.get("KeyUsage", "ENCRYPT_DECRYPT"),
    )["KeyMetadata"]
    return {"Ref": made["KeyId"], "Arn": made["Arn"], "KeyId": made["KeyId"]}


def _bus(name: str, _properties: Mapping[str, Any], _cloud: Cloud) -> Attributes:
    arn = boto3.client("events").create_event_bus(Name=name)["EventBusArn"]
    return {"Ref": name, "Name": name, "Arn": arn}


def _identity(_name: str, properties: Mapping[str, Any], cloud: Cloud) -> Attributes:
    identity = cloud.resolve(properties["EmailIdentity"])
    boto3.client("sesv2").create_email_identity(EmailIdentity=identity)
    return {"Ref": identity}


def _bucket(name: str, _properties: Mapping[str, Any], _cloud: Cloud) -> Attributes:
    called = name.lower()
    boto3.client("s3").create_bucket(
        Bucket=called, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    return {"Ref": called, "Arn": f"arn:aws:s3:::{called}"}


def _alarm(_name: str, properties: Mapping[str, Any], cloud: Cloud) -> Attributes:
    """Lay an alarm that looks at nothing: whoever runs the workers says when it rings."""
    called = cloud.resolve(properties["AlarmName"])
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName=called,
        AlarmDescription=properties["AlarmDescription"],
        Namespace="local",
        MetricName=called,
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    return {"Ref": called}


def ring(name: str, why: str) -> None:
    """Let one of the stack's alarms ring."""
    boto3.client("cloudwatch").set_alarm_state(
        AlarmName=f"{STACK}-{name}", StateValue="ALARM", StateReason=why
    )


_CREATORS: dict[str, Callable[[str, Mapping[str, Any], Cloud], Attributes]] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::SecretsManager::Secret": _secret,
    "AWS::KMS::Key": _key,
    "AWS::Events::EventBus": _bus,
    "AWS::S3::Bucket": _bucket,
    "AWS::SES::EmailIdentity": _identity,
    "AWS::CloudWatch::Alarm": _alarm,
}
