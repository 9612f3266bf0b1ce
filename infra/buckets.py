"""Buckets: encrypted with the key for data, over TLS only, owned by us, public to nobody.

What is overwritten or deleted by mistake can be fetched back for a day; then it is gone, as
erasure promises. There is no access log: whoever fetches their copy would be in it by address.
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
