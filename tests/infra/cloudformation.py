"""As much of CloudFormation as decides whether a deployment can be made again.

No imitation of CloudFormation takes these templates, so what matters of it is written here from its
user guide: resources are made in the order in which they refer to each other; one that fails ends
the stack, which rolls back in the opposite order ("Stack failure options"); what is taken back and
what stays is each resource's DeletionPolicy ("DeletionPolicy attribute": RetainExceptOnCreate goes
with the operation that made it, Retain does not); a name that is taken already fails ("Name type":
a custom name is of one resource at a time); a table or user pool that is protected refuses to be
deleted, and so does a bucket or a vault that holds something; a stack whose creation was rolled
back is deleted before it is made again, which termination protection refuses ("Protect
CloudFormation stacks from being deleted"). An update that fails takes back what it had made; what
refuses three times is left to nobody, and the stack stands as before ("Why is my stack stuck in
the UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS state?"). Nothing is known here of what the
resources do.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Template = Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """A template's resources, and their ids so that each comes after all that it refers to."""

    resources: Mapping[str, Any]
    order: tuple[str, ...]


# Where a type's custom name is, if that must be one of a kind in an account and region; the other
# types either are named by CloudFormation or within another resource, or share their names.
NAMED = {
    "AWS::ApiGateway::DomainName": "DomainName",
    "AWS::Backup::BackupVault": "BackupVaultName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::Cognito::UserPoolDomain": "Domain",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::SES::EmailIdentity": "EmailIdentity",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Scheduler::ScheduleGroup": "Name",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::WAFv2::WebACL": "Name",
}
# Names within something of the stack's own, that may be the same elsewhere, or that are no names.
WITHIN = {
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::Authorizer",
    "AWS::ApiGateway::BasePathMapping",
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Resource",
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::Backup::BackupPlan",
    "AWS::Backup::BackupSelection",
    "AWS::Cognito::ManagedLoginBranding",
    "AWS::Cognito::UserPool",
    "AWS::Cognito::UserPoolClient",
    "AWS::Cognito::UserPoolGroup",
    "AWS::Cognito::UserPoolResourceServer",
    "AWS::IAM::Policy",
    "AWS::KMS::Key",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission",
    "AWS::S3::BucketPolicy",
    "AWS::SES::ConfigurationSetEventDestination",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::Schedule",
    "AWS::WAFv2::WebACLAssociation",
}
# What costs by the month, used or not, or by what it holds.
COSTS = {
    "AWS::Backup::BackupVault",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
    "AWS::WAFv2::WebACL",
}
# What CloudFormation cannot delete while something is in it.
FILLED = {"AWS::Backup::BackupVault", "AWS::S3::Bucket"}
_STANDS = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
PROTECTED = {
    "AWS::Cognito::UserPool": ("DeletionProtection", "ACTIVE"),
    "AWS::DynamoDB::Table": ("DeletionProtectionEnabled", True),
}


class Failed(Exception):
    """An operation ended otherwise than asked; the message begins with the stack's status."""


@dataclass(frozen=True, slots=True)
class Made:
    """A resource that exists: of which type, called what, and of which logical id."""

    kind: str
    name: str
    logical_id: str


@dataclass
class Stack:
    """A stack that exists, with what it made so far, in that order."""

    name: str
    number: int
    status: str = "CREATE_IN_PROGRESS"
    made: list[Made] = field(default_factory=list)
    protected: bool = False


@dataclass
class Account:
    """An account's one region: its stacks, and every resource in it, owned by a stack or not."""

    stacks: dict[str, Stack] = field(default_factory=dict)
    resources: set[Made] = field(default_factory=set)
    holding: set[str] = field(default_factory=set)
    _taken: set[tuple[str, str]] = field(default_factory=set)
    _made: int = 0

    def create(
        self, name: str, plan: Plan, *, fails: str | None = None, protected: bool = False
    ) -> None:
        """Make a stack, as the CDK's command does; the resource `fails` fails, once all else is.

        A stack that stands is left as it is. One that was rolled back is deleted first.

        Raises:
            Failed: with ROLLBACK_COMPLETE or ROLLBACK_FAILED, or the one before cannot go.
        """
        before = self.stacks.get(name)
        if before is not None and before.status in _STANDS:
            return
        if before is not None:
            if before.protected:
                raise Failed(f"{before.status}: {name} is protected from termination")
            if before.status != "ROLLBACK_COMPLETE":
                raise Failed(f"{before.status}: {name} must be mended by hand")
        self._made += 1
        stack = self.stacks[name] = Stack(name, self._made, protected=protected)
        try:
            self._make(stack, plan, fails)
        except Failed as why:
            left = self._take_back(stack, plan, kept=("Retain",))
            stack.status = "ROLLBACK_FAILED" if left else "ROLLBACK_COMPLETE"
            raise Failed(f"{stack.status}: {why}") from None
        stack.status = "CREATE_COMPLETE"

    def update(self, name: str, plan: Plan, *, fails: str | None = None) -> None:
        """Add to a stack that stands what a newer template has more; `fails` as for `create`.

        Raises:
            Failed: with UPDATE_ROLLBACK_COMPLETE; the stack is as it was before.
        """
        stack = self.stacks[name]
        before, self._made = list(stack.made), self._made + 1
        try:
            self._make(stack, plan, fails)
        except Failed as why:
            stack.made = [made for made in stack.made if made not in before]
            self._take_back(stack, plan, kept=("Retain",))
            stack.made, stack.status = before, "UPDATE_ROLLBACK_COMPLETE"
            raise Failed(f"{stack.status}: {why}") from None
        stack.status = "UPDATE_COMPLETE"

    def _make(self, stack: Stack, plan: Plan, fails: str | None) -> None:
        """Make what a stack has not got yet, each after all that it needs.

        Raises:
            Failed: as asked, or a name is taken.
        """
        there = {made.logical_id for made in stack.made}
        for logical_id in (each for each in plan.order if each not in there):
            resource = plan.resources[logical_id]
            made = Made(resource["Type"], self._name(stack, logical_id, resource), logical_id)
            if (made.kind, made.name) in self._taken:
                raise Failed(f"{logical_id} failed: {made.name} already exists")
            if logical_id == fails:
                raise Failed(f"{logical_id} failed: as asked")
            self.resources.add(made)
            self._taken.add((made.kind, made.name))
            stack.made.append(made)

    def delete(self, name: str, plan: Plan) -> None:
        """Delete a stack that stands.

        Raises:
            Failed: it is protected, or something of it refuses to go.
        """
        stack = self.stacks[name]
        if stack.protected:
            raise Failed(f"{stack.status}: {name} is protected from termination")
        left = self._take_back(stack, plan, kept=("Retain", "RetainExceptOnCreate"))
        if left:
            stack.status = "DELETE_FAILED"
            raise Failed(f"DELETE_FAILED: {', '.join(sorted(left))}")
        del self.stacks[name]

    def owned_by_nobody(self) -> set[Made]:
        """Return what no stack owns any more."""
        return self.resources - {made for stack in self.stacks.values() for made in stack.made}

    def _take_back(self, stack: Stack, plan: Plan, *, kept: tuple[str, ...]) -> set[str]:
        """Delete what may go, last made first; return the ids of what refused."""
        refused = set()
        for made in reversed(stack.made):
            resource = plan.resources[made.logical_id]
            if resource.get("DeletionPolicy") in kept:
                continue
            setting, on = PROTECTED.get(made.kind, ("", None))
            protected = on is not None and resource.get("Properties", {}).get(setting) == on
            if protected or (made.kind in FILLED and made.logical_id in self.holding):
                refused.add(made.logical_id)
            else:
                self.resources.discard(made)
                self._taken.discard((made.kind, made.name))
        stack.made = [made for made in stack.made if made.logical_id in refused]
        return refused

    def _name(self, stack: Stack, logical_id: str, resource: Mapping[str, Any]) -> str:
        custom = resource.get("Properties", {}).get(NAMED.get(resource["Type"], ""))
        if custom is None:
            return f"{stack.name}-{logical_id}-{self._made}"
        return _resolved(custom, stack)


def plan(template: Template) -> Plan:
    """Put a template's resources in an order in which each comes after all that it needs.

    Raises:
        Failed: they need each other.
    """
    resources = template["Resources"]
    done: dict[str, None] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise Failed(f"a circle: {' -> '.join((*above, name))}")
        if name in done:
            return
        for other in sorted(_needed(resources[name]) & set(resources)):
            visit(other, (*above, name))
        done[name] = None

    for name in resources:
        visit(name, ())
    return Plan(resources, tuple(done))


def before(later: Plan, new: str) -> Plan:
    """Return the plan of the template that had not yet `new`, nor what needs it."""
    gone = {new}
    for name in later.order:
        if gone & _needed(later.resources[name]):
            gone.add(name)
    kept = tuple(name for name in later.order if name not in gone)
    return Plan({name: later.resources[name] for name in kept}, kept)


def _needed(resource: Mapping[str, Any]) -> set[str]:
    after = resource.get("DependsOn", [])
    return {*([after] if isinstance(after, str) else after), *_referred(resource)}


def _referred(value: Any) -> Iterator[str]:
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::GetAtt": str(name)}:
            yield name.partition(".")[0]
        case {"Fn::Sub": [str(text), dict(given)]}:
            yield from (name for name in _in(text) if name not in given)
            yield from _referred(given)
        case {"Fn::Sub": str(text)}:
            yield from _in(text)
        case dict():
            for inner in value.values():
                yield from _referred(inner)
        case list():
            for inner in value:
                yield from _referred(inner)


def _in(text: str) -> list[str]:
    return [name.partition(".")[0] for name in re.findall(r"\$\{([^!}][^}]*)\}", text)]


def _resolved(value: Any, stack: Stack) -> str:
    """Say what a custom name comes to; each stack, also each time it is made, has an id."""
    match value:
        case str():
            return value
        case {"Ref": "AWS::StackName"}:
            return stack.name
        case {"Ref": "AWS::StackId"}:
            return f"arn:aws:cloudformation:eu-west-1:1:stack/{stack.name}/{stack.number}-0-0-0-0"
        case {"Ref": str(name)}:
            return name
        case {"Fn::Join": [str(between), list(parts)]}:
            return between.join(_resolved(part, stack) for part in parts)
        case {"Fn::Split": [str(_), _]} | {"Fn::Select": [int(_), _]}:
            return str(_chosen(value, stack))
        case _:
            raise ValueError(f"a custom name of {value!r}")


def _chosen(value: Any, stack: Stack) -> Any:
    match value:
        case {"Fn::Select": [number, inner]}:
            return _chosen(inner, stack)[int(number)]
        case {"Fn::Split": [between, inner]}:
            return str(_chosen(inner, stack)).split(between)
        case _:
            return _resolved(value, stack)
