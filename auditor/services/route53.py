"""Amazon Route 53.

Sources: Route 53 API reference (ListHostedZones, ListResourceRecordSets, ListQueryLoggingConfigs,
GetDNSSEC, GetHostedZone, ListTagsForResources), AWS provider 5.100.0 documentation of
`aws_route53_zone`, `aws_route53_record`, `aws_route53_query_log`,
`aws_route53_hosted_zone_dnssec`, `aws_route53_key_signing_key`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import GLOBAL, Aws, reader, tag_map
from auditor.resource import Block, Blocks, Bool, Link, Node, Num, Resource, Str, StrMap, Strs
from auditor.values import Unknown

ZONE = "aws_route53_zone"


class ZoneVpc(Node):
    """A VPC that a private zone answers in."""

    vpc_id = Link("aws_vpc", "aws_default_vpc")
    vpc_region = Str(computed=True)


class Route53Zone(Resource, tf=ZONE):
    """A hosted zone: private with `vpc` blocks, else public."""

    comment = Str(default="Managed by Terraform")
    name = Str()
    tags = StrMap()
    vpc = Blocks(ZoneVpc, unordered=True)


class RecordAlias(Node):
    """What an alias record points to."""

    evaluate_target_health = Bool()
    name = Str()
    zone_id = Str()


class Route53Record(Resource, tf="aws_route53_record"):
    """A record."""

    identity = ("zone_id", "name", "type", "set_identifier")
    alias = Block(RecordAlias)
    health_check_id = Str()
    name = Str()
    records = Strs(unordered=True)
    set_identifier = Str()
    ttl = Num()
    type_ = Str()
    zone_id = Link(ZONE, by=("zone_id",))


class Route53QueryLog(Resource, tf="aws_route53_query_log"):
    """Where queries to a zone are logged."""

    cloudwatch_log_group_arn = Link("aws_cloudwatch_log_group")
    zone_id = Link(ZONE, by=("zone_id",))


class Route53Dnssec(Resource, tf="aws_route53_hosted_zone_dnssec"):
    """Whether a zone is signed."""

    hosted_zone_id = Link(ZONE, by=("zone_id",))
    signing_status = Str(default="SIGNING")


class Route53KeySigningKey(Resource, tf="aws_route53_key_signing_key"):
    """The key that vouches for a zone's other keys."""

    hosted_zone_id = Link(ZONE, by=("zone_id",))
    key_management_service_arn = Link("aws_kms_key")
    name = Str()
    status = Str(default="ACTIVE")


# -- live ----------------------------------------------------------------------------------------


def _id(zone: Mapping[str, Any]) -> str:
    return str(zone["Id"]).rpartition("/")[2]


def _zones(aws: Aws) -> Iterator[Mapping[str, Any]]:
    yield from aws.list("route53.list_hosted_zones", "HostedZones")


def _is_private(zone: Mapping[str, Any]) -> bool:
    return bool(zone.get("Config", {}).get("PrivateZone"))


@reader(
    yields=(Route53Zone,),
    calls=(
        "route53.list_hosted_zones",
        "route53.get_hosted_zone",
        "route53.list_tags_for_resources",
    ),
    scope=GLOBAL,
)
def zones(aws: Aws) -> Iterator[Resource]:
    """Zones; the VPCs of private ones are only said of each, tags of ten at a time."""

    def read(batch: list[Mapping[str, Any]]) -> Iterator[Resource]:
        reply = aws.ask(
            "route53.list_tags_for_resources",
            ResourceType="hostedzone",
            ResourceIds=[_id(zone) for zone in batch],
        )
        for zone in batch:
            id = _id(zone)
            attributes = {
                "arn": f"arn:{aws.partition}:route53:::hostedzone/{id}",
                "comment": zone.get("Config", {}).get("Comment"),
                "name": str(zone.get("Name", "")).rstrip("."),
                "tags": _tags_of(reply, id),
                "vpc": _vpcs(aws, id) if _is_private(zone) else [],
                "zone_id": id,
            }
            yield aws.resource(Route53Zone, id, attributes)

    yield from aws.parallel(read, aws.batches(_zones(aws), 10))


def _tags_of(reply: Any, id: str) -> Any:
    if isinstance(reply, Unknown):
        return reply
    found = [s["Tags"] for s in reply.get("ResourceTagSets", []) if s.get("ResourceId") == id]
    return tag_map(found[0]) if found else {}


def _vpcs(aws: Aws, id: str) -> Any:
    reply = aws.ask("route53.get_hosted_zone", Id=id)
    if isinstance(reply, Unknown):
        # That it is private is known: so there is some VPC.
        named = {"vpc_id": Unknown(because=reply.reason), "vpc_region": None}
        return Unknown(because=reply.reason, items=(named,))
    return [
        {"vpc_id": vpc.get("VPCId"), "vpc_region": vpc.get("VPCRegion")}
        for vpc in reply.get("VPCs", [])
    ]


@reader(
    yields=(Route53Record,),
    calls=("route53.list_hosted_zones", "route53.list_resource_record_sets"),
    scope=GLOBAL,
)
def records(aws: Aws) -> Iterator[Resource]:
    """Records of each zone, but those that Route 53 makes itself."""

    def read(zone: Mapping[str, Any]) -> Iterator[Resource]:
        id, apex = _id(zone), zone.get("Name")
        call = "route53.list_resource_record_sets"
        listed = aws.ask_all(call, "ResourceRecordSets", HostedZoneId=id)
        if isinstance(listed, Unknown):
            yield aws.resource(Route53Record, f"{id}_?", listed, named={"zone_id": id})
            return
        for item in listed:
            if not (item.get("Name") == apex and item.get("Type") in ("NS", "SOA")):
                yield _record(aws, id, item)

    yield from aws.parallel(read, _zones(aws))


def _record(aws: Aws, zone: str, item: Mapping[str, Any]) -> Resource:
    # Route 53 writes * as \052 and ends names with a dot; Terraform does neither.
    name = str(item["Name"]).replace("\\052", "*").rstrip(".")
    alias, group = item.get("AliasTarget"), item.get("SetIdentifier")
    attributes = {
        "alias": [
            {
                "evaluate_target_health": alias.get("EvaluateTargetHealth"),
                "name": str(alias.get("DNSName", "")).rstrip("."),
                "zone_id": alias.get("HostedZoneId"),
            }
        ]
        if alias
        else [],
        "health_check_id": item.get("HealthCheckId"),
        "name": name,
        "records": [record["Value"] for record in item.get("ResourceRecords", [])],
        "set_identifier": group,
        "ttl": item.get("TTL"),
        "type": item["Type"],
        "zone_id": zone,
    }
    id = "_".join(part for part in (zone, name, item["Type"], group) if part)
    return aws.resource(Route53Record, id, attributes)


@reader(yields=(Route53QueryLog,), calls=("route53.list_query_logging_configs",), scope=GLOBAL)
def query_logs(aws: Aws) -> Iterator[Resource]:
    """Query logs of all zones."""
    for item in aws.list("route53.list_query_logging_configs", "QueryLoggingConfigs"):
        attributes = {
            "arn": f"arn:{aws.partition}:route53:::queryloggingconfig/{item['Id']}",
            "cloudwatch_log_group_arn": item.get("CloudWatchLogsLogGroupArn"),
            "zone_id": item.get("HostedZoneId"),
        }
        yield aws.resource(Route53QueryLog, item["Id"], attributes)


@reader(
    yields=(Route53Dnssec, Route53KeySigningKey),
    calls=("route53.list_hosted_zones", "route53.get_dnssec"),
    scope=GLOBAL,
)
def dnssec(aws: Aws) -> Iterator[Resource]:
    """Signing and its keys, of public zones: private ones cannot be signed."""

    def read(zone: Mapping[str, Any]) -> Iterator[Resource]:
        if _is_private(zone):
            return
        id = _id(zone)
        reply = aws.ask("route53.get_dnssec", HostedZoneId=id)
        named = {"hosted_zone_id": id}
        if isinstance(reply, Unknown):
            yield aws.resource(Route53Dnssec, id, reply, named=named)
            yield aws.resource(Route53KeySigningKey, f"{id},?", reply, named=named)
            return
        status = reply.get("Status", {}).get("ServeSignature")
        if status != "NOT_SIGNING":
            yield aws.resource(Route53Dnssec, id, {**named, "signing_status": status})
        for key in reply.get("KeySigningKeys", []):
            attributes = {
                **named,
                "key_management_service_arn": key.get("KmsArn"),
                "name": key.get("Name"),
                "status": key.get("Status"),
            }
            yield aws.resource(Route53KeySigningKey, f"{id},{key.get('Name')}", attributes)

    yield from aws.parallel(read, _zones(aws))
