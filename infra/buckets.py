"""Buckets: encrypted with the key for data, over TLS only, owned by us, public to nobody.

What is overwritten or deleted by mistake can be fetched back for a day; then it is gone, as
erasure promises. There is no access log: whoever fetches their copy would be in it by address.
In a locked bucket nothing that is there can be changed or removed, by administrators neither.
"""

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra import keeping
from infra.context import Context

# What retention should have deleted long before goes by itself; half uploads within a day.
_DAYS_AT_MOST = 45
_DAYS_UNFINISHED = 1
_DAYS_AFTER_DELETION = 1
_CORS_SECONDS = 600
# As long as the decisions that a head covers are kept, and one more.
_YEARS_LOCKED = 7
_DAYS_LOCKED_IN_A_TRIAL = 1

_PRIVATE = s3.CfnBucket.PublicAccessBlockConfigurationProperty(
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
)
_OURS = s3.CfnBucket.OwnershipControlsProperty(
    rules=[s3.CfnBucket.OwnershipControlsRuleProperty(object_ownership="BucketOwnerEnforced")]
)


def build(scope: Construct, context: Context, logical_id: str, key: kms.CfnKey) -> s3.CfnBucket:
    """Declare a bucket and its policy.

    Scripts of the websites may fetch a copy by the link that its owner was given.
    """
    bucket = s3.CfnBucket(
        scope,
        logical_id,
        bucket_encryption=_encrypted_with(key),
        cors_configuration=s3.CfnBucket.CorsConfigurationProperty(
            cors_rules=[
                s3.CfnBucket.CorsRuleProperty(
                    allowed_methods=["GET"],
                    allowed_origins=list(context.origins),
                    allowed_headers=["*"],
                    exposed_headers=["Content-Disposition", "Content-Length"],
                    max_age=_CORS_SECONDS,
                )
            ]
        ),
        public_access_block_configuration=_PRIVATE,
        ownership_controls=_OURS,
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
    return _made(scope, context, logical_id, bucket)


def build_locked(
    scope: Construct, context: Context, logical_id: str, key: kms.CfnKey
) -> s3.CfnBucket:
    """Declare a bucket whose objects nobody can change or remove while their time lasts."""
    lock = s3.CfnBucket.DefaultRetentionProperty(
        mode="COMPLIANCE" if context.kept else "GOVERNANCE",
        years=_YEARS_LOCKED if context.kept else None,
        days=None if context.kept else _DAYS_LOCKED_IN_A_TRIAL,
    )
    bucket = s3.CfnBucket(
        scope,
        logical_id,
        bucket_encryption=_encrypted_with(key),
        public_access_block_configuration=_PRIVATE,
        ownership_controls=_OURS,
        object_lock_enabled=True,
        object_lock_configuration=s3.CfnBucket.ObjectLockConfigurationProperty(
            object_lock_enabled="Enabled",
            rule=s3.CfnBucket.ObjectLockRuleProperty(default_retention=lock),
        ),
        versioning_configuration=s3.CfnBucket.VersioningConfigurationProperty(status="Enabled"),
    )
    return _made(scope, context, logical_id, bucket)


def _made(
    scope: Construct, context: Context, logical_id: str, bucket: s3.CfnBucket
) -> s3.CfnBucket:
    bucket.override_logical_id(logical_id)
    keeping.keep(bucket, context)
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
