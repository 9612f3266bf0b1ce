"""Buckets: what is in them can be read by few, over TLS, and not for long."""

from typing import Any

import pytest

from infra import synth
from infra.catalogue import BUCKETS, FUNCTIONS, LOCKED_BUCKETS
from infra.declarations import FETCH, LIST, REMOVE, title
from local.cloud import of_type

BY_BUCKET = pytest.mark.parametrize("name", BUCKETS)
EVERY_BUCKET = pytest.mark.parametrize("name", [*BUCKETS, *LOCKED_BUCKETS])


def bucket(template: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = template["Resources"][f"{title(name)}Bucket"]
    return found


def test_there_are_exactly_the_buckets_of_the_catalogue(template: dict[str, Any]) -> None:
    names = {*BUCKETS, *LOCKED_BUCKETS}
    assert set(of_type(template, "AWS::S3::Bucket")) == {f"{title(n)}Bucket" for n in names}


@pytest.mark.parametrize("name", LOCKED_BUCKETS)
def test_what_is_in_a_locked_bucket_nobody_changes_or_removes(
    template: dict[str, Any], name: str
) -> None:
    """S51: for longer than what it proves is kept; no lifecycle, and no function may remove."""
    properties = bucket(template, name)["Properties"]
    assert properties["ObjectLockEnabled"] is True
    rule = properties["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert rule == {"Mode": "COMPLIANCE", "Years": 7}
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert "LifecycleConfiguration" not in properties
    trial = bucket(synth.template({"stage": "trial"}), name)["Properties"]
    rule = trial["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert rule == {"Mode": "GOVERNANCE", "Days": 1}
    assert not any(row.buckets.get(name, FETCH) & (REMOVE | LIST) for row in FUNCTIONS)


@EVERY_BUCKET
def test_a_bucket_is_protected(template: dict[str, Any], name: str) -> None:
    """S11: encrypted, no ACLs, nothing public, and it outlives the stack."""
    resource = bucket(template, name)
    properties = resource["Properties"]
    (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is True
    assert rule["ServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": {"Fn::GetAtt": ["DataKey", "Arn"]},
    }
    public = properties["PublicAccessBlockConfiguration"]
    assert len(public) == 4
    assert set(public.values()) == {True}
    assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    kept = (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
    assert kept == ("RetainExceptOnCreate", "Retain")


@BY_BUCKET
def test_scripts_of_the_websites_may_fetch_a_copy(name: str) -> None:
    """S52: by its link, which is the right to it; a page of another site reads nothing."""
    two = synth.template({"origins": "https://a.example.com,https://b.example.com"})
    (rule,) = bucket(two, name)["Properties"]["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedOrigins"] == ["https://a.example.com", "https://b.example.com"]
    assert rule["AllowedMethods"] == ["GET"]


@EVERY_BUCKET
def test_a_bucket_is_reached_over_tls_only(template: dict[str, Any], name: str) -> None:
    """S11."""
    (policy,) = (
        resource["Properties"]["PolicyDocument"]["Statement"]
        for resource in of_type(template, "AWS::S3::BucketPolicy").values()
        if resource["Properties"]["Bucket"] == {"Ref": f"{title(name)}Bucket"}
    )
    (statement,) = policy
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(statement["Resource"]) == 2


@BY_BUCKET
def test_what_is_deleted_is_gone_within_a_day(template: dict[str, Any], name: str) -> None:
    """S13: versions undo a mistake, and do not outlive an erasure."""
    properties = bucket(template, name)["Properties"]
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    objects, markers = properties["LifecycleConfiguration"]["Rules"]
    assert objects["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    assert objects["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert objects["ExpirationInDays"] <= 45
    assert markers["ExpiredObjectDeleteMarker"] is True
    assert objects["Status"] == markers["Status"] == "Enabled"


@BY_BUCKET
def test_no_log_tells_who_fetched_their_copy(template: dict[str, Any], name: str) -> None:
    """S6: it would hold full IP addresses."""
    assert "LoggingConfiguration" not in bucket(template, name)["Properties"]
