"""CloudFormation's own handlers may do what they say that they do, with the deployment's policy.

Each type's schema, which cfn-lint brings, names the permissions that making, reading, changing and
removing it takes. The policy of infra/execution.yaml has to have them, and what of them is asked of
a key its own policy has to let through: that one is not the account's to widen.
"""

import fnmatch
import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import pytest

from infra import synth
from tests.infra.reading import actions, statements
from tests.test_delivery import execution

SCHEMAS = files("cfnlint") / "data" / "schemas"
# What handlers can do and ours are never asked to, by action or by the beginning of many.
NEVER_ASKED = {
    "amplify:*": "a web ACL of an app of theirs",
    "apprunner:*": "a web ACL of a service of theirs",
    "appsync:*": "a web ACL of a GraphQL API",
    "backup-storage:Mount": "what MountCapsule is called in IAM's own list",
    "bedrock-agentcore:*": "a web ACL of a gateway of theirs",
    "cloudfront:*": "sign-in pages under a name of one's own",
    "ec2:*": "functions in a VPC, a web ACL of verified access",
    "elasticfilesystem:*": "functions with a file system",
    "elasticloadbalancing:*": "a web ACL of a load balancer",
    "firehose:*": "logs that are delivered elsewhere",
    "iam:*Group*": "inline policies of groups",
    "iam:*PermissionsBoundary": "roles with a boundary",
    "iam:*User*": "inline policies of users",
    "kinesis:*": "tables that stream to Kinesis",
    "payments:*": "a web ACL that charges",
    "s3files:*": "functions with a file system",
    "s3tables:*": "buckets with tables of their metadata",
}
# What KMS is asked of no key of ours.
OF_NO_KEY = {
    "kms:CreateKey": "before there is one",
    "kms:ListAliases": "of the account",
    "kms:ReEncrypt": "no action of KMS; a bus has no key here",
}


@cache
def needed() -> dict[str, set[str]]:
    """Return what each permission is for, of all types that any of our contexts deploys."""
    known = json.loads((SCHEMAS / "providers" / "eu-west-1.json").read_text("utf-8"))
    found: dict[str, set[str]] = {}
    for kind in kinds():
        schema = json.loads((SCHEMAS / "resources" / f"{known[kind]}.json").read_text("utf-8"))
        for handler, may in schema["handlers"].items():
            for action in may["permissions"] if handler != "list" else ():
                found.setdefault(action, set()).add(f"{handler} {kind}")
    return found


def kinds() -> set[str]:
    options = {
        "alarm_address": "ops@example.com",
        "certificate": "arn:aws:acm:eu-west-1:123456789012:certificate/a",
        "dashboard": True,
        "domain": "privacy.example.com",
    }
    templates = synth.templates(options).values()
    return {each["Type"] for template in templates for each in template["Resources"].values()}


def among(action: str, patterns: Any) -> bool:
    return any(fnmatch.fnmatch(action.lower(), pattern.lower()) for pattern in patterns)


def test_the_deployments_policy_has_what_each_handler_needs() -> None:
    allowed = {action for statement in execution() for action in actions(statement)}
    lacking = {each: why for each, why in needed().items() if not among(each, allowed)}
    assert {each: why for each, why in lacking.items() if not among(each, NEVER_ASKED)} == {}
    assert [each for each in NEVER_ASKED if not any(among(a, [each]) for a in lacking)] == []


def key_policies() -> Iterator[tuple[str, set[str]]]:
    for template in synth.templates().values():
        for name, kind, statement in statements(template):
            encrypts = "KeySpec" not in template["Resources"][name]["Properties"]
            if kind == "AWS::KMS::Key" and encrypts:
                yield name, actions(statement)


@pytest.mark.parametrize("name", ["BackupKey", "DataKey"])
def test_a_keys_policy_lets_the_handlers_through(name: str) -> None:
    """A backup vault's is refused without RetireGrant, and with it the first deployment."""
    allowed = dict(key_policies())[name]
    asked = {action for action in needed() if action.startswith("kms:")}
    assert asked - allowed == set(OF_NO_KEY)
    assert "kms:RetireGrant" in asked
