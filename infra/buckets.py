"""Buckets: encrypted with a key of their own, over TLS only, owned by us, public to nobody.

What is overwritten or deleted by mistake can be fetched back for a day; then it is gone, as
erasure promises. There is no access log: whoever fetches their copy would be in it by address.
"""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

# What retention should have deleted long before goes by itself; half uploads within a day.
_DAYS_AT_MOST = 45
_DAYS_UNFINISHED = 1
_DAYS_AFTER_DELETION = 1


def build(scope: Construct, logical_id: str, key: kms.CfnKey) -> s3.CfnBucket:
    """Declare a bucket and its policy; it stays when the stack goes."""
    bucket = s3.CfnBucket(
        scope,
        logical_id,
        bucket_encryption=_encrypted_with(key),
        public_access_block_configuration=s3.CfnBucket.PublicAccessBlockConfigurationProperty(
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        ),
        ownership_controls=s3.CfnBucket.OwnershipControlsProperty(
            rules=[
                s3.CfnBucket.OwnershipControlsRuleProperty(object_ownership="BucketOwnerEnforced")
            ]
        ),
        lifecycle_configuration=s3.CfnBucket.LifecycleConfigurationProperty(
            rules=[
                s3.CfnBucket.RuleProperty(
                    status="Enabled",
                    expiration_in_days=_DAYS_AT_MOST,
                    abort_incomplete_multipart_upload=(
                        s3.CfnBucket.AbortIncompleteMultipartUploadProperty(
                            days_after_initiation=_DAYS_UNFINISHED
                        )
                    ),
                    noncurrent_version_expiration=(
                        s3.CfnBucket.NoncurrentVersionExpirationProperty(
                            noncurrent_days=_DAYS_AFTER_DELETION
                        )
                    ),
                ),
                s3.CfnBucket.RuleProperty(status="Enabled", expired_object_delete_marker=True),
            ]
        ),
        versioning_configuration=s3.CfnBucket.VersioningConfigurationProperty(status="Enabled"),
    )
    bucket.override_logical_id(logical_id)
    bucket.apply_removal_policy(RemovalPolicy.RETAIN)
    _over_tls_only(scope, logical_id, bucket)
    return bucket


def _encrypted_with(key: kms.CfnKey) -> s3.CfnBucket.BucketEncryptionProperty:
    return s3.CfnBucket.BucketEncryptionProperty(
        server_side_encryption_configuration=[
            s3.CfnBucket.ServerSideEncryptionRuleProperty(
                bucket_key_enabled=True,
                server_side_encryption_by_default=s3.CfnBucket.ServerSideEncryptionByDefaultProperty(
                    sse_algorithm="aws:kms", kms_master_key_id=key.attr_arn
                ),
            )
        ]
    )


def _over_tls_only(scope: Construct, logical_id: str, bucket: s3.CfnBucket) -> None:
    s3.CfnBucketPolicy(
        scope,
        f"{logical_id}Policy",
        bucket=bucket.ref,
        policy_document={
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "OverTlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [bucket.attr_arn, f"{bucket.attr_arn}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        },
    )
