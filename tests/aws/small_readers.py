"""Readers and classes for tests of the machinery: one per protocol that AWS speaks."""

from __future__ import annotations

from auditor.aws.reader import GLOBAL, reader
from auditor.resource import Bool, Link, Resource, Str, StrMap


class Queue(Resource, tf="test_queue"):
    identity = ("url",)
    url = Str()
    encrypted = Bool()


class Database(Resource, tf="test_database"):
    identity = ("name",)
    name = Str()
    encrypted = Bool()


class Function(Resource, tf="test_function"):
    identity = ("name",)
    name = Str()
    secret = Str(sensitive=True)


class Bucket(Resource, tf="test_bucket"):
    identity = ("bucket",)
    bucket = Str()
    tags = StrMap()


class BucketPolicy(Resource, tf="test_bucket_policy"):
    bucket = Link("test_bucket", by=("bucket",))
    policy = Str()


class BucketFlags(Resource, tf="test_bucket_flags"):
    bucket = Link("test_bucket", by=("bucket",))
    versioned = Bool()
    blocked = Bool()


class Volume(Resource, tf="test_volume"):
    size = Str()


@reader(yields=(Queue,), calls=("sqs.list_queues", "sqs.get_queue_attributes"))
def queues(aws):
    """JSON: a listing and a call for each."""

    def read(url):
        reply = aws.ask("sqs.get_queue_attributes", QueueUrl=url, AttributeNames=["All"])
        attributes = reply["Attributes"]
        yield aws.resource(
            Queue,
            url.rpartition("/")[2],
            {"url": url, "encrypted": lambda: attributes.get("SqsManagedSseEnabled") == "true"},
        )

    yield from aws.parallel(read, aws.list("sqs.list_queues", "QueueUrls"))


@reader(yields=(Database,), calls=("rds.describe_db_instances",))
def databases(aws):
    """Query: all in a listing."""
    for item in aws.list("rds.describe_db_instances", "DBInstances"):
        name = item["DBInstanceIdentifier"]
        yield aws.resource(
            Database, name, {"name": name, "encrypted": item.get("StorageEncrypted", False)}
        )


@reader(yields=(Volume,), calls=("ec2.describe_volumes",))
def volumes(aws):
    """EC2's own query."""
    for item in aws.list("ec2.describe_volumes", "Volumes"):
        yield aws.resource(Volume, item["VolumeId"], {"size": item["Size"]})


@reader(yields=(Function,), calls=("lambda.list_event_source_mappings",))
def functions(aws):
    """REST with JSON."""
    for item in aws.list("lambda.list_event_source_mappings", "EventSourceMappings"):
        yield aws.resource(
            Function, item["UUID"], {"name": item["UUID"], "secret": item["FunctionArn"]}
        )


@reader(yields=(Bucket,), calls=("s3.list_buckets", "s3.get_bucket_tagging"), scope=GLOBAL)
def buckets(aws):
    """REST with XML, global."""

    def read(bucket):
        name = bucket["Name"]
        reply = aws.ask("s3.get_bucket_tagging", Bucket=name, absent=("NoSuchTagSet",))
        tags = {} if reply is None else reply["TagSet"]
        yield aws.resource(Bucket, name, {"bucket": name, "tags": tags}, region="eu-west-1")

    yield from aws.parallel(read, aws.list("s3.list_buckets", "Buckets"))


@reader(yields=(BucketPolicy,), calls=("s3.list_buckets", "s3.get_bucket_policy"), scope=GLOBAL)
def bucket_policies(aws):
    """A satellite: whether it exists at all hangs on a call."""

    def read(bucket):
        name = bucket["Name"]
        reply = aws.ask("s3.get_bucket_policy", Bucket=name, absent=("NoSuchBucketPolicy",))
        if reply is not None:
            known = {"bucket": name}
            policy = reply["Policy"]
            shaped = known | {"policy": policy} if isinstance(policy, str) else reply
            yield aws.resource(BucketPolicy, name, shaped, named=known)

    yield from aws.parallel(read, aws.list("s3.list_buckets", "Buckets"))


@reader(
    yields=(BucketFlags,),
    calls=("s3.list_buckets", "s3.get_bucket_versioning", "s3.get_public_access_block"),
    scope=GLOBAL,
)
def bucket_flags(aws):
    """Replies in which an absent element means something."""

    def read(bucket):
        name = bucket["Name"]
        versioning = aws.ask("s3.get_bucket_versioning", Bucket=name)
        block = aws.ask("s3.get_public_access_block", Bucket=name)
        flags = block["PublicAccessBlockConfiguration"]
        yield aws.resource(
            BucketFlags,
            name,
            {
                "bucket": name,
                "versioned": lambda: versioning.get("Status", "Disabled") == "Enabled",
                "blocked": lambda: bool(flags.get("BlockPublicPolicy", False)),
            },
        )

    yield from aws.parallel(read, aws.list("s3.list_buckets", "Buckets"))


READERS = [queues, databases, volumes, functions, buckets, bucket_policies, bucket_flags]


def populate(client) -> None:
    """Three of each, in eu-west-1. client: the fixture `make_client`."""
    for name in ("one", "two", "three"):
        client("sqs").create_queue(QueueName=name, Attributes={"SqsManagedSseEnabled": "true"})
        client("rds").create_db_instance(
            DBInstanceIdentifier=name,
            DBInstanceClass="db.t3.micro",
            Engine="postgres",
            AllocatedStorage=20,
            MasterUsername="u",
            MasterUserPassword="password",
        )
        client("ec2").create_volume(Size=1, AvailabilityZone="eu-west-1a")
        client("s3").create_bucket(
            Bucket=f"{name}-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        client("s3").put_bucket_policy(
            Bucket=f"{name}-bucket",
            Policy='{"Version": "2012-10-17", "Statement": []}',
        )
        client("s3").put_bucket_versioning(
            Bucket=f"{name}-bucket", VersioningConfiguration={"Status": "Enabled"}
        )
        flags = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls")
        client("s3").put_public_access_block(
            Bucket=f"{name}-bucket",
            PublicAccessBlockConfiguration=dict.fromkeys((*flags, "RestrictPublicBuckets"), True),
        )
