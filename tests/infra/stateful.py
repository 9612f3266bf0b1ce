"""What of the template holds data, and by what CloudFormation would take it for something new.

`python -m tests.infra.stateful > tests/infra/stateful.json` writes it down anew, once a
migration is planned (docs/operations/runbooks).
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

from infra import synth

# A change of one of these properties, or of the logical id, is a new and empty resource; a
# secret's generator is run anew if it changes.
REPLACED_BY = {
    "AWS::ApiGateway::RestApi": (),  # its id is in the address that mailed links lead to
    "AWS::Backup::BackupVault": ("BackupVaultName", "EncryptionKeyArn"),
    "AWS::Cognito::UserPool": ("AliasAttributes", "Schema", "UsernameAttributes"),
    "AWS::DynamoDB::Table": ("KeySchema", "TableName"),
    "AWS::Events::EventBus": ("Name",),
    "AWS::KMS::Key": ("KeySpec", "KeyUsage"),
    "AWS::S3::Bucket": ("BucketName",),
    "AWS::SES::EmailIdentity": ("EmailIdentity",),
    "AWS::SecretsManager::Secret": ("GenerateSecretString", "Name"),
}


def found(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return every resource with data by logical id: its type and what must not change of it."""
    return {
        name: {"Type": resource["Type"], **_fixed(resource)}
        for name, resource in sorted(template["Resources"].items())
        if resource["Type"] in REPLACED_BY
    }


def _fixed(resource: Mapping[str, Any]) -> dict[str, Any]:
    properties = resource.get("Properties", {})
    fixed = {name: properties.get(name) for name in REPLACED_BY[resource["Type"]]}
    if "KeySchema" in fixed:
        kinds = {a["AttributeName"]: a["AttributeType"] for a in properties["AttributeDefinitions"]}
        fixed["KeySchema"] = [
            f"{key['AttributeName']} {key['KeyType']} {kinds[key['AttributeName']]}"
            for key in properties["KeySchema"]
        ]
    return {name: value for name, value in fixed.items() if value is not None}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(found(synth.template()), indent=2) + "\n")
