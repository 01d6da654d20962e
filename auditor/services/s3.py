"""Amazon S3: buckets and what is configured beside them.

Sources: S3 API reference (ListBuckets and the GetBucket… operations), S3 User Guide, AWS provider
5.100.0 documentation of `aws_s3_bucket` and the `aws_s3_bucket_*` resources.

The configuration of a bucket stands in resources of their own. The deprecated arguments inside
`aws_s3_bucket` are taken apart into those (auditor.quirks.s3_inline), so rules know one form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from auditor.aws.reader import GLOBAL, Aws, Reader, reader, tag_map
from auditor.resource import Block, Blocks, Bool, Json, Link, Node, Num, Resource, Str, StrMap
from auditor.values import Unknown

BUCKETS = ("aws_s3_bucket",)


class S3Bucket(Resource, tf="aws_s3_bucket"):
    """A bucket. Its name is its id."""

    identity = ("bucket",)
    arn = Str(computed=True)
    bucket = Str(computed=True)
    bucket_prefix = Str()
    force_destroy = Bool(default=False)
    object_lock_enabled = Bool(default=False, computed=True)
    tags = StrMap()


class VersioningStatus(Node):
    """Whether versions are kept: `Enabled`, `Suspended` or `Disabled`."""

    status = Str()
    mfa_delete = Str(default="Disabled")


class S3BucketVersioning(Resource, tf="aws_s3_bucket_versioning"):
    """Whether a bucket keeps object versions."""

    bucket = Link("aws_s3_bucket", by=("bucket",))
    versioning_configuration = Block(VersioningStatus)


class EncryptionDefault(Node):
    """How objects are encrypted when the request does not say."""

    kms_master_key_id = Link("aws_kms_key", "aws_kms_alias", "aws_kms_replica_key")
    sse_algorithm = Str()


class EncryptionRule(Node):
    """One encryption rule."""

    apply_server_side_encryption_by_default = Block(EncryptionDefault)
    bucket_key_enabled = Bool()


class S3BucketEncryption(Resource, tf="aws_s3_bucket_server_side_encryption_configuration"):
    """Default encryption of a bucket."""

    bucket = Link("aws_s3_bucket", by=("bucket",))
    rule = Blocks(EncryptionRule, unordered=True)


class _FourFlags(Resource):
    """The four Block Public Access flags; an argument left out is false."""

    block_public_acls = Bool(default=False)
    block_public_policy = Bool(default=False)
    ignore_public_acls = Bool(default=False)
    restrict_public_buckets = Bool(default=False)


FLAGS = (
    "block_public_acls",
    "block_public_policy",
    "ignore_public_acls",
    "restrict_public_buckets",
)


class S3BucketPublicAccessBlock(_FourFlags, tf="aws_s3_bucket_public_access_block"):
    """Block Public Access of a bucket."""

    bucket = Link("aws_s3_bucket", by=("bucket",))


class S3AccountPublicAccessBlock(_FourFlags, tf="aws_s3_account_public_access_block"):
    """Block Public Access of the whole account."""

    account_id = Str(computed=True)


class S3BucketPolicy(Resource, tf="aws_s3_bucket_policy"):
    """The policy of a bucket."""

    bucket = Link("aws_s3_bucket", by=("bucket",))
    policy = Json()


class S3BucketLogging(Resource, tf="aws_s3_bucket_logging"):
    """Server access logging of a bucket."""

    bucket = Link("aws_s3_bucket", by=("bucket",))
    target_bucket = Link("aws_s3_bucket", by=("bucket",))
    target_prefix = Str()


class AbortMultipart(Node):
    """When unfinished multipart uploads are removed, in days."""

    days_after_initiation = Num()


class Expiry(Node):
    """When objects (or noncurrent versions) are removed, in days."""

    days = Num()
    noncurrent_days = Num()


class LifecycleRule(Node):
    """One lifecycle rule; an empty or absent filter and prefix mean the whole bucket."""

    abort_incomplete_multipart_upload = Block(AbortMultipart)
    expiration = Block(Expiry)
    filter = Blocks(Node)
    id = Str()
    noncurrent_version_expiration = Block(Expiry)
    prefix = Str()
    status = Str()


class S3BucketLifecycle(Resource, tf="aws_s3_bucket_lifecycle_configuration"):
    """Lifecycle rules of a bucket."""

    bucket = Link("aws_s3_bucket", by=("bucket",))
    rule = Blocks(LifecycleRule)


class ReplicationDestination(Node):
    """Where objects are copied to."""

    account = Str()
    bucket = Link("aws_s3_bucket", by=("arn",))
    storage_class = Str()


class ReplicationRule(Node):
    """One replication rule."""

    destination = Block(ReplicationDestination)
    id = Str()
    status = Str()


class S3BucketReplication(Resource, tf="aws_s3_bucket_replication_configuration"):
    """Replication of a bucket."""

    bucket = Link("aws_s3_bucket", by=("bucket",))
    role = Link("aws_iam_role")
    rule = Blocks(ReplicationRule)


class OwnershipRule(Node):
    """`BucketOwnerEnforced` switches ACLs off."""

    object_ownership = Str()


class S3BucketOwnership(Resource, tf="aws_s3_bucket_ownership_controls"):
    """Who owns objects, and whether ACLs count."""

    bucket = Link("aws_s3_bucket", by=("bucket",))
    rule = Blocks(OwnershipRule)


class Grantee(Node):
    """Who a grant is for; the groups AllUsers and AuthenticatedUsers are told by `uri`."""

    id = Str()
    type = Str()
    uri = Str()


class Grant(Node):
    """One grant of an ACL."""

    grantee = Block(Grantee)
    permission = Str()


class AccessControlPolicy(Node):
    """An ACL in full."""

    grant = Blocks(Grant, unordered=True)


class S3BucketAcl(Resource, tf="aws_s3_bucket_acl"):
    """The ACL of a bucket: a canned one (`acl`) or grants."""

    access_control_policy = Block(AccessControlPolicy)
    acl = Str()
    bucket = Link("aws_s3_bucket", by=("bucket",))


class S3BucketNotification(Resource, tf="aws_s3_bucket_notification"):
    """Event notifications of a bucket."""

    bucket = Link("aws_s3_bucket", by=("bucket",))
    eventbridge = Bool(default=False)
    lambda_function = Blocks(Node)
    queue = Blocks(Node)
    topic = Blocks(Node)


class S3BucketWebsite(Resource, tf="aws_s3_bucket_website_configuration"):
    """Static website hosting of a bucket."""

    bucket = Link("aws_s3_bucket", by=("bucket",))


class DefaultRetention(Node):
    """How long new objects are locked."""

    days = Num()
    mode = Str()
    years = Num()


class ObjectLockRule(Node):
    """The default rule of Object Lock."""

    default_retention = Block(DefaultRetention)


class S3BucketObjectLock(Resource, tf="aws_s3_bucket_object_lock_configuration"):
    """Object Lock of a bucket."""

    bucket = Link("aws_s3_bucket", by=("bucket",))
    object_lock_enabled = Str(default="Enabled")
    rule = Block(ObjectLockRule)


# -- live ----------------------------------------------------------------------------------------

_LIST = "s3.list_buckets"


def _region(aws: Aws, bucket: Mapping[str, Any]) -> Any:
    """ListBuckets gives the region; where it does not, GetBucketLocation (us-east-1 is null).

    AWS always gives it. Of an emulator that does not, it is asked for where a rule reads it.
    """
    if "BucketRegion" in bucket:
        return bucket["BucketRegion"]
    reply = aws.ask("s3.get_bucket_location", Bucket=bucket["Name"])
    return reply["LocationConstraint"] if isinstance(reply, Unknown) else _old_names(reply)


def _old_names(reply: Mapping[str, Any]) -> str:
    place = reply.get("LocationConstraint") or "us-east-1"
    return "eu-west-1" if place == "EU" else str(place)


@reader(
    yields=(S3Bucket,),
    calls=(
        _LIST,
        "s3.get_bucket_location",
        "s3.get_bucket_tagging",
        "s3.get_object_lock_configuration",
    ),
    scope=GLOBAL,
    details={
        "s3.get_bucket_location": ("region",),
        "s3.get_bucket_tagging": ("tags",),
        "s3.get_object_lock_configuration": ("object_lock_enabled",),
    },
)
def buckets(aws: Aws) -> Iterator[Resource]:
    """All buckets of the account, in whichever region."""

    def read(bucket: Mapping[str, Any]) -> Iterator[Resource]:
        name = bucket["Name"]
        region = _region(aws, bucket)
        tags = aws.ask("s3.get_bucket_tagging", Bucket=name, absent=("NoSuchTagSet",))
        lock = _lock(aws, name)
        yield aws.resource(
            S3Bucket,
            name,
            {
                "arn": f"arn:{aws.partition}:s3:::{name}",
                "bucket": name,
                # Only a configuration says these.
                "bucket_prefix": None,
                "force_destroy": None,
                "object_lock_enabled": lock if isinstance(lock, Unknown) else lock is not None,
                "tags": {} if tags is None else tag_map(tags["TagSet"]),
            },
            region=region if isinstance(region, str) else None,
        )

    yield from aws.parallel(read, aws.list(_LIST, "Buckets"))


def _lock(aws: Aws, name: str) -> Any:
    return aws.ask(
        "s3.get_object_lock_configuration",
        Bucket=name,
        absent=("ObjectLockConfigurationNotFoundError",),
    )


def _satellite(
    cls: type[Resource],
    method: str,
    absent: tuple[str, ...],
    attributes: Callable[[Mapping[str, Any]], dict[str, Any] | None],
    *,
    where: Callable[[Aws, str], bool] = lambda aws, name: True,
    asks: tuple[str, ...] = (),
) -> Reader:
    """A reader of one `get_bucket_…` call per bucket.

    attributes: the reply in Terraform's shape, or `None` when it says that nothing is configured.
    where: whether a bucket can have it at all; `asks`, with which calls that is found out.
    """
    call = f"s3.{method}"

    def read_all(aws: Aws) -> Iterator[Resource]:
        def read(bucket: Mapping[str, Any]) -> Iterator[Resource]:
            name = bucket["Name"]
            if not where(aws, name):
                return
            reply = aws.ask(call, Bucket=name, absent=absent)
            if isinstance(reply, Unknown):
                yield aws.resource(cls, name, reply, named={"bucket": name})
                return
            shaped = None if reply is None else attributes(reply)
            if shaped is not None:
                yield aws.resource(cls, name, {"bucket": name, **shaped})

        yield from aws.parallel(read, aws.list(_LIST, "Buckets"))

    read_all.__name__ = method
    return reader(yields=(cls,), calls=(_LIST, call, *asks), scope=GLOBAL)(read_all)


def _versioning(reply: Mapping[str, Any]) -> dict[str, Any] | None:
    if "Status" not in reply:
        return None  # never switched on
    status = {"status": reply["Status"], "mfa_delete": reply.get("MFADelete", "Disabled")}
    return {"versioning_configuration": [status]}


def _encryption(reply: Mapping[str, Any]) -> dict[str, Any]:
    rules = reply["ServerSideEncryptionConfiguration"]["Rules"]
    return {"rule": [_encryption_rule(each) for each in rules]}


def _encryption_rule(each: Mapping[str, Any]) -> dict[str, Any]:
    default = each.get("ApplyServerSideEncryptionByDefault")
    return {
        "apply_server_side_encryption_by_default": default
        and [
            {
                "sse_algorithm": default["SSEAlgorithm"],
                "kms_master_key_id": default.get("KMSMasterKeyID"),
            }
        ],
        "bucket_key_enabled": each.get("BucketKeyEnabled", False),
    }


def flags(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The four flags of a PublicAccessBlockConfiguration, absent ones false."""
    return {
        "block_public_acls": configuration.get("BlockPublicAcls", False),
        "block_public_policy": configuration.get("BlockPublicPolicy", False),
        "ignore_public_acls": configuration.get("IgnorePublicAcls", False),
        "restrict_public_buckets": configuration.get("RestrictPublicBuckets", False),
    }


def _logging(reply: Mapping[str, Any]) -> dict[str, Any] | None:
    enabled = reply.get("LoggingEnabled")
    if not enabled:
        return None
    return {
        "target_bucket": enabled["TargetBucket"],
        "target_prefix": enabled.get("TargetPrefix", ""),
    }


def _lifecycle(reply: Mapping[str, Any]) -> dict[str, Any]:
    return {"rule": [_lifecycle_rule(each) for each in reply.get("Rules", [])]}


def _lifecycle_rule(each: Mapping[str, Any]) -> dict[str, Any]:
    abort = each.get("AbortIncompleteMultipartUpload")
    expiration = each.get("Expiration")
    noncurrent = each.get("NoncurrentVersionExpiration")
    narrow = {k: v for k, v in each.get("Filter", {}).items() if v not in ("", None, {})}
    return {
        "id": each.get("ID"),
        "status": each["Status"],
        "prefix": each.get("Prefix"),
        "filter": [narrow] if narrow else [],
        "abort_incomplete_multipart_upload": abort
        and [{"days_after_initiation": abort.get("DaysAfterInitiation")}],
        "expiration": expiration and [{"days": expiration.get("Days"), "noncurrent_days": None}],
        "noncurrent_version_expiration": noncurrent
        and [{"days": None, "noncurrent_days": noncurrent.get("NoncurrentDays")}],
    }


def _replication(reply: Mapping[str, Any]) -> dict[str, Any]:
    configuration = reply["ReplicationConfiguration"]
    return {
        "role": configuration.get("Role"),
        "rule": [
            {
                "id": each.get("ID"),
                "status": each["Status"],
                "destination": [
                    {
                        "account": each["Destination"].get("Account"),
                        "bucket": each["Destination"]["Bucket"],
                        "storage_class": each["Destination"].get("StorageClass"),
                    }
                ],
            }
            for each in configuration.get("Rules", [])
        ],
    }


def _keeps_versions(aws: Aws, name: str) -> bool:
    """Whether objects may be replicated: AWS allows it with versions only, and then keeps them.

    Source: S3 API reference, PutBucketReplication; PutBucketVersioning (InvalidBucketState).
    """
    reply = aws.ask("s3.get_bucket_versioning", Bucket=name)
    return isinstance(reply, Unknown) or reply.get("Status") == "Enabled"


def _ownership(reply: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "rule": [
            {"object_ownership": each["ObjectOwnership"]}
            for each in reply["OwnershipControls"]["Rules"]
        ]
    }


def _acl(reply: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "acl": None,
        "access_control_policy": [
            {
                "grant": [
                    {
                        "permission": grant["Permission"],
                        "grantee": [
                            {
                                "id": grant["Grantee"].get("ID"),
                                "type": grant["Grantee"].get("Type"),
                                "uri": grant["Grantee"].get("URI"),
                            }
                        ],
                    }
                    for grant in reply.get("Grants", [])
                ]
            }
        ],
    }


def _notification(reply: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "eventbridge": "EventBridgeConfiguration" in reply,
        "lambda_function": [{} for _ in reply.get("LambdaFunctionConfigurations", [])],
        "queue": [{} for _ in reply.get("QueueConfigurations", [])],
        "topic": [{} for _ in reply.get("TopicConfigurations", [])],
    }


def _object_lock(reply: Mapping[str, Any]) -> dict[str, Any]:
    configuration = reply["ObjectLockConfiguration"]
    retention = configuration.get("Rule", {}).get("DefaultRetention")
    return {
        "object_lock_enabled": configuration.get("ObjectLockEnabled", "Enabled"),
        "rule": retention
        and [
            {
                "default_retention": [
                    {
                        "days": retention.get("Days"),
                        "mode": retention.get("Mode"),
                        "years": retention.get("Years"),
                    }
                ]
            }
        ],
    }


versioning = _satellite(S3BucketVersioning, "get_bucket_versioning", (), _versioning)
# AWS encrypts every bucket and always answers; an emulator may say that nothing is set.
encryption = _satellite(
    S3BucketEncryption,
    "get_bucket_encryption",
    ("ServerSideEncryptionConfigurationNotFoundError",),
    _encryption,
)
public_access_block = _satellite(
    S3BucketPublicAccessBlock,
    "get_public_access_block",
    ("NoSuchPublicAccessBlockConfiguration",),
    lambda reply: flags(reply["PublicAccessBlockConfiguration"]),
)
policy = _satellite(
    S3BucketPolicy,
    "get_bucket_policy",
    ("NoSuchBucketPolicy",),
    lambda reply: {"policy": reply["Policy"]},
)
access_logging = _satellite(S3BucketLogging, "get_bucket_logging", (), _logging)
lifecycle = _satellite(
    S3BucketLifecycle,
    "get_bucket_lifecycle_configuration",
    ("NoSuchLifecycleConfiguration",),
    _lifecycle,
)
replication = _satellite(
    S3BucketReplication,
    "get_bucket_replication",
    ("ReplicationConfigurationNotFoundError",),
    _replication,
    where=_keeps_versions,
    asks=("s3.get_bucket_versioning",),
)
ownership = _satellite(
    S3BucketOwnership,
    "get_bucket_ownership_controls",
    ("OwnershipControlsNotFoundError",),
    _ownership,
)
acl = _satellite(S3BucketAcl, "get_bucket_acl", (), _acl)
notification = _satellite(
    S3BucketNotification, "get_bucket_notification_configuration", (), _notification
)
website = _satellite(
    S3BucketWebsite, "get_bucket_website", ("NoSuchWebsiteConfiguration",), lambda _: {}
)
object_lock = _satellite(
    S3BucketObjectLock,
    "get_object_lock_configuration",
    ("ObjectLockConfigurationNotFoundError",),
    _object_lock,
)


@reader(
    yields=(S3AccountPublicAccessBlock,), calls=("s3control.get_public_access_block",), scope=GLOBAL
)
def account_public_access_block(aws: Aws) -> Iterator[Resource]:
    """Block Public Access of the account; nothing configured means nothing blocked."""
    reply = aws.ask(
        "s3control.get_public_access_block",
        AccountId=aws.account_id,
        absent=("NoSuchPublicAccessBlockConfiguration",),
    )
    if isinstance(reply, Unknown):
        yield aws.resource(S3AccountPublicAccessBlock, aws.account_id, reply)
        return
    shaped = flags(reply["PublicAccessBlockConfiguration"] if reply else {})
    yield aws.resource(
        S3AccountPublicAccessBlock, aws.account_id, {"account_id": aws.account_id, **shaped}
    )
