"""Amazon Elastic Container Registry.

Sources: ECR API reference (DescribeRepositories, GetRepositoryPolicy, GetLifecyclePolicy,
GetRegistryScanningConfiguration, DescribeRegistry, DescribeImages, ListTagsForResource), AWS
provider 5.100.0 documentation of the types below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader, tag_map
from auditor.dates import date_text
from auditor.patterns import glob
from auditor.resource import Block, Blocks, Bool, Json, Link, Node, Num, Resource, Str, StrMap
from auditor.values import Unknown, any_of, some

REPOSITORY = "aws_ecr_repository"


class EncryptionConfiguration(Node):
    """How images are encrypted; without a key KMS uses `aws/ecr`."""

    encryption_type = Str(default="AES256")
    kms_key = Link("aws_kms_key", "aws_kms_alias", by=("key_id", "name"))


class ImageScanning(Node):
    """Whether an image is scanned when it is pushed."""

    scan_on_push = Bool(default=False)


class EcrRepository(Resource, tf="aws_ecr_repository"):
    """A repository of images."""

    identity = ("name",)
    arn = Str(computed=True)
    encryption_configuration = Block(EncryptionConfiguration)
    force_delete = Bool(default=False)
    image_scanning_configuration = Block(ImageScanning)
    image_tag_mutability = Str(default="MUTABLE")
    name = Str()
    repository_url = Str(computed=True)
    tags = StrMap()


class EcrRepositoryPolicy(Resource, tf="aws_ecr_repository_policy"):
    """Who may use a repository."""

    policy = Json()
    repository = Link(REPOSITORY, by=("name",))


class EcrLifecyclePolicy(Resource, tf="aws_ecr_lifecycle_policy"):
    """When images are deleted."""

    policy = Json()
    repository = Link(REPOSITORY, by=("name",))


class RepositoryFilter(Node):
    """Repositories by name: `WILDCARD` with `*`, or `PREFIX_MATCH`."""

    filter = Str()
    filter_type = Str()


class ScanningRule(Node):
    """Which repositories are scanned how often."""

    repository_filter = Blocks(RepositoryFilter, unordered=True)
    scan_frequency = Str()


class EcrRegistryScanning(Resource, tf="aws_ecr_registry_scanning_configuration"):
    """How the registry scans: it overrides what repositories say."""

    rule = Blocks(ScanningRule, unordered=True)
    scan_type = Str()


class ReplicaDestination(Node):
    """Where images are copied to."""

    region_ = Str()
    registry_id = Str()


class ReplicationRule(Node):
    """Which repositories are copied; without a filter all are."""

    destination = Blocks(ReplicaDestination)
    repository_filter = Blocks(RepositoryFilter)


class Replication(Node):
    """The rules of a registry."""

    rule = Blocks(ReplicationRule)


class EcrReplication(Resource, tf="aws_ecr_replication_configuration"):
    """What the registry copies elsewhere."""

    replication_configuration = Block(Replication)


class EcrImage(Resource, tf="aws_ecr_image"):
    """The newest tagged image of a repository, of a live account only.

    scan_status: of its last scan, `None` when there was none. findings: severity → how many.
    """

    findings = StrMap()
    image_digest = Str()
    image_pushed_at = Str()
    repository = Link(REPOSITORY, by=("name",))
    scan_status = Str()
    tag_count = Num()


def covers(filters: Iterable[RepositoryFilter], name: str | Unknown | None) -> bool:
    """Whether one of the filters holds for a repository's name."""
    return some(filters, lambda one: _matches(one, name))


def _matches(one: RepositoryFilter, name: str | Unknown | None) -> bool:
    pattern = one.filter
    if pattern == "*":
        return True
    if isinstance(name, Unknown):
        name.undetermined()
    if isinstance(pattern, Unknown):
        return any_of(lambda: pattern == name, pattern.undetermined)
    if one.filter_type == "PREFIX_MATCH":
        return (name or "").startswith(pattern or "")
    # A wildcard filter without any `*` matches names that contain it.
    text = pattern or ""
    return bool(glob(text if "*" in text else f"*{text}*").fullmatch(name or ""))


# -- live ----------------------------------------------------------------------------------------


@reader(
    yields=(EcrRepository,),
    calls=("ecr.describe_repositories", "ecr.list_tags_for_resource"),
    details={"ecr.list_tags_for_resource": ("tags",)},
)
def repositories(aws: Aws) -> Iterator[Resource]:
    """Repositories with their tags."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        reply = aws.ask("ecr.list_tags_for_resource", resourceArn=item["repositoryArn"])
        tags = reply if isinstance(reply, Unknown) else reply.get("tags", [])
        yield aws.resource(EcrRepository, item["repositoryName"], _repository(item, tags))

    yield from aws.parallel(read, aws.list("ecr.describe_repositories", "repositories"))


def _repository(item: Mapping[str, Any], tags: Any) -> dict[str, Any]:
    encryption = item.get("encryptionConfiguration") or {"encryptionType": "AES256"}
    return {
        "arn": item["repositoryArn"],
        "name": item["repositoryName"],
        "repository_url": item.get("repositoryUri"),
        "encryption_configuration": [
            {
                "encryption_type": encryption.get("encryptionType"),
                "kms_key": encryption.get("kmsKey"),
            }
        ],
        # Only a configuration says it.
        "force_delete": None,
        "image_scanning_configuration": [
            {"scan_on_push": item.get("imageScanningConfiguration", {}).get("scanOnPush", False)}
        ],
        "image_tag_mutability": item.get("imageTagMutability"),
        "tags": tag_map(tags),
    }


@reader(
    yields=(EcrRepositoryPolicy,),
    calls=("ecr.describe_repositories", "ecr.get_repository_policy"),
)
def repository_policies(aws: Aws) -> Iterator[Resource]:
    """Policies of repositories."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        name = item["repositoryName"]
        reply = aws.ask(
            "ecr.get_repository_policy",
            repositoryName=name,
            absent=("RepositoryPolicyNotFoundException",),
        )
        yield from _policy_of(aws, EcrRepositoryPolicy, name, reply, "policyText")

    yield from aws.parallel(read, aws.list("ecr.describe_repositories", "repositories"))


@reader(
    yields=(EcrLifecyclePolicy,), calls=("ecr.describe_repositories", "ecr.get_lifecycle_policy")
)
def lifecycle_policies(aws: Aws) -> Iterator[Resource]:
    """Lifecycle policies of repositories."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        name = item["repositoryName"]
        reply = aws.ask(
            "ecr.get_lifecycle_policy",
            repositoryName=name,
            absent=("LifecyclePolicyNotFoundException",),
        )
        yield from _policy_of(aws, EcrLifecyclePolicy, name, reply, "lifecyclePolicyText")

    yield from aws.parallel(read, aws.list("ecr.describe_repositories", "repositories"))


def _policy_of(
    aws: Aws, cls: type[Resource], name: str, reply: Any, key: str
) -> Iterator[Resource]:
    """The policy of a repository, if it has one; it may exist where the call failed."""
    if isinstance(reply, Unknown):
        yield aws.resource(cls, name, reply, named={"repository": name})
    elif reply is not None:
        yield aws.resource(cls, name, {"repository": name, "policy": reply.get(key)})


@reader(yields=(EcrRegistryScanning,), calls=("ecr.get_registry_scanning_configuration",))
def registry_scanning(aws: Aws) -> Iterator[Resource]:
    """The registry's scanning configuration; every registry has one, maybe without rules."""
    reply = aws.ask("ecr.get_registry_scanning_configuration")
    found = reply["scanningConfiguration"]
    if isinstance(found, Unknown):
        yield aws.resource(EcrRegistryScanning, aws.account_id, found)
        return
    yield aws.resource(
        EcrRegistryScanning,
        aws.account_id,
        {
            "scan_type": found.get("scanType", "BASIC"),
            "rule": [
                {
                    "scan_frequency": rule.get("scanFrequency"),
                    "repository_filter": _filters(rule),
                }
                for rule in found.get("rules", [])
            ],
        },
    )


def _filters(rule: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"filter": one.get("filter"), "filter_type": one.get("filterType")}
        for one in rule.get("repositoryFilters", [])
    ]


@reader(yields=(EcrReplication,), calls=("ecr.describe_registry",))
def registry_replication(aws: Aws) -> Iterator[Resource]:
    """What the registry copies elsewhere, if anything."""
    reply = aws.ask("ecr.describe_registry")
    found = reply["replicationConfiguration"]
    if isinstance(found, Unknown):
        yield aws.resource(EcrReplication, aws.account_id, found)
        return
    rules = [
        {
            "destination": [
                {"region": one.get("region"), "registry_id": one.get("registryId")}
                for one in rule.get("destinations", [])
            ],
            "repository_filter": _filters(rule),
        }
        for rule in found.get("rules", [])
    ]
    if rules:
        yield aws.resource(
            EcrReplication, aws.account_id, {"replication_configuration": [{"rule": rules}]}
        )


@reader(yields=(EcrImage,), calls=("ecr.describe_repositories", "ecr.describe_images"))
def newest_images(aws: Aws) -> Iterator[Resource]:
    """The newest tagged image of each repository; repositories without one have none."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        name = item["repositoryName"]
        images = aws.ask_all(
            "ecr.describe_images",
            "imageDetails",
            repositoryName=name,
            filter={"tagStatus": "TAGGED"},
        )
        if isinstance(images, Unknown):
            yield aws.resource(EcrImage, name, images, named={"repository": name})
        elif images:
            yield aws.resource(EcrImage, name, _image(name, max(images, key=_pushed)))

    yield from aws.parallel(read, aws.list("ecr.describe_repositories", "repositories"))


def _pushed(image: Mapping[str, Any]) -> str:
    return date_text(image.get("imagePushedAt")) or ""


def _image(name: str, image: Mapping[str, Any]) -> dict[str, Any]:
    summary = image.get("imageScanFindingsSummary", {})
    return {
        "repository": name,
        "image_digest": image.get("imageDigest"),
        "image_pushed_at": _pushed(image),
        "scan_status": image.get("imageScanStatus", {}).get("status"),
        "findings": dict(summary.get("findingSeverityCounts", {})),
        "tag_count": len(image.get("imageTags", [])),
    }
