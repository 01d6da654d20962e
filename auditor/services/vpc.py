"""Amazon VPC: networks, subnets, flow logs, endpoints, gateways, peering.

Sources: EC2 API reference (DescribeVpcs, DescribeVpcAttribute, DescribeSubnets, DescribeFlowLogs,
DescribeVpcEndpoints, DescribeNatGateways, DescribeInternetGateways, DescribeAddresses,
DescribeVpcPeeringConnections), AWS provider 5.100.0 documentation of the types below. Routing is
in auditor.services.vpc_routing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader, tag_map
from auditor.resource import Bool, Json, Link, Links, Resource, Str, StrMap

VPCS = ("aws_vpc", "aws_default_vpc")
SUBNETS = ("aws_subnet", "aws_default_subnet")


class Vpc(Resource, tf="aws_vpc"):
    """A VPC."""

    arn = Str(computed=True)
    cidr_block = Str(computed=True)
    enable_dns_hostnames = Bool(default=False)
    enable_dns_support = Bool(default=True)
    instance_tenancy = Str(default="default")
    ipv6_cidr_block = Str()
    tags = StrMap()


class DefaultVpc(Resource, tf="aws_default_vpc"):
    """The VPC that AWS makes in every region of an account."""

    arn = Str(computed=True)
    cidr_block = Str(computed=True)
    enable_dns_hostnames = Bool(default=True)
    enable_dns_support = Bool(default=True)
    tags = StrMap()


class Subnet(Resource, tf="aws_subnet"):
    """A subnet, in one Availability Zone."""

    arn = Str(computed=True)
    assign_ipv6_address_on_creation = Bool(default=False)
    availability_zone = Str(computed=True)
    cidr_block = Str()
    map_public_ip_on_launch = Bool(default=False)
    tags = StrMap()
    vpc_id = Link(*VPCS)


class DefaultSubnet(Resource, tf="aws_default_subnet"):
    """A subnet of the default VPC; it hands out public addresses."""

    arn = Str(computed=True)
    availability_zone = Str()
    cidr_block = Str(computed=True)
    map_public_ip_on_launch = Bool(default=True)
    tags = StrMap()
    vpc_id = Link(*VPCS, computed=True)


class FlowLog(Resource, tf="aws_flow_log"):
    """Records of the traffic of a VPC, subnet or network interface."""

    iam_role_arn = Link("aws_iam_role")
    log_destination = Str(computed=True)
    log_destination_type = Str(default="cloud-watch-logs")
    subnet_id = Link(*SUBNETS)
    traffic_type = Str()
    vpc_id = Link(*VPCS)


class VpcEndpoint(Resource, tf="aws_vpc_endpoint"):
    """A way to an AWS service that does not leave the network."""

    policy = Json()
    private_dns_enabled = Bool(default=False, computed=True)
    route_table_ids = Links("aws_route_table", "aws_default_route_table", computed=True)
    security_group_ids = Links("aws_security_group", "aws_default_security_group", computed=True)
    service_name = Str()
    subnet_ids = Links(*SUBNETS, computed=True)
    tags = StrMap()
    vpc_endpoint_type = Str(default="Gateway")
    vpc_id = Link(*VPCS)


class InternetGateway(Resource, tf="aws_internet_gateway"):
    """The door of a VPC to the internet."""

    tags = StrMap()
    vpc_id = Link(*VPCS)


class NatGateway(Resource, tf="aws_nat_gateway"):
    """Lets private subnets out."""

    allocation_id = Link("aws_eip")
    connectivity_type = Str(default="public")
    subnet_id = Link(*SUBNETS)
    tags = StrMap()


class Eip(Resource, tf="aws_eip"):
    """A public address that is kept."""

    association_id = Str(computed=True)
    domain = Str(computed=True)
    instance = Link("aws_instance")
    network_interface = Link("aws_network_interface")
    public_ip = Str(computed=True)
    tags = StrMap()


class VpcPeeringConnection(Resource, tf="aws_vpc_peering_connection"):
    """A connection between two VPCs."""

    peer_owner_id = Str()
    peer_region = Str()
    peer_vpc_id = Link(*VPCS)
    tags = StrMap()
    vpc_id = Link(*VPCS)


# -- live ----------------------------------------------------------------------------------------


def arn_of(aws: Aws, item: Mapping[str, Any], kind: str, id: str) -> str:
    """The ARN of an EC2 thing, of which most replies give only the id."""
    owner = item.get("OwnerId") or aws.account_id
    return f"arn:{aws.partition}:ec2:{aws.region}:{owner}:{kind}/{id}"


@reader(
    yields=(Vpc, DefaultVpc),
    calls=("ec2.describe_vpcs", "ec2.describe_vpc_attribute"),
    details={"ec2.describe_vpc_attribute": ("enable_dns_hostnames", "enable_dns_support")},
)
def vpcs(aws: Aws) -> Iterator[Resource]:
    """VPCs; each region's default one is Terraform's `aws_default_vpc`."""

    def read(item: Mapping[str, Any]) -> Iterator[Resource]:
        id = item["VpcId"]
        hostnames = aws.ask("ec2.describe_vpc_attribute", VpcId=id, Attribute="enableDnsHostnames")
        support = aws.ask("ec2.describe_vpc_attribute", VpcId=id, Attribute="enableDnsSupport")
        ipv6 = item.get("Ipv6CidrBlockAssociationSet") or [{}]
        yield aws.resource(
            DefaultVpc if item.get("IsDefault") else Vpc,
            id,
            {
                "arn": arn_of(aws, item, "vpc", id),
                "cidr_block": item.get("CidrBlock"),
                "enable_dns_hostnames": lambda: hostnames["EnableDnsHostnames"]["Value"],
                "enable_dns_support": lambda: support["EnableDnsSupport"]["Value"],
                "instance_tenancy": item.get("InstanceTenancy"),
                "ipv6_cidr_block": ipv6[0].get("Ipv6CidrBlock"),
                "tags": tag_map(item.get("Tags")),
            },
        )

    yield from aws.parallel(read, aws.list("ec2.describe_vpcs", "Vpcs"))


@reader(yields=(Subnet, DefaultSubnet), calls=("ec2.describe_subnets",))
def subnets(aws: Aws) -> Iterator[Resource]:
    """Subnets; those that AWS made with the default VPC are `aws_default_subnet`."""
    for item in aws.list("ec2.describe_subnets", "Subnets"):
        id = item["SubnetId"]
        yield aws.resource(
            DefaultSubnet if item.get("DefaultForAz") else Subnet,
            id,
            {
                "arn": item.get("SubnetArn") or arn_of(aws, item, "subnet", id),
                "assign_ipv6_address_on_creation": item.get("AssignIpv6AddressOnCreation", False),
                "availability_zone": item.get("AvailabilityZone"),
                "cidr_block": item.get("CidrBlock"),
                "map_public_ip_on_launch": item.get("MapPublicIpOnLaunch", False),
                "tags": tag_map(item.get("Tags")),
                "vpc_id": item["VpcId"],
            },
        )


@reader(yields=(FlowLog,), calls=("ec2.describe_flow_logs",))
def flow_logs(aws: Aws) -> Iterator[Resource]:
    """Flow logs that are active."""
    for item in aws.list("ec2.describe_flow_logs", "FlowLogs"):
        if item.get("FlowLogStatus", "ACTIVE") != "ACTIVE":
            continue
        watched = item.get("ResourceId", "")
        yield aws.resource(
            FlowLog,
            item["FlowLogId"],
            {
                "arn": arn_of(aws, item, "vpc-flow-log", item["FlowLogId"]),
                "iam_role_arn": item.get("DeliverLogsPermissionArn"),
                "log_destination": item.get("LogDestination") or item.get("LogGroupName"),
                "log_destination_type": item.get("LogDestinationType", "cloud-watch-logs"),
                "subnet_id": watched if watched.startswith("subnet-") else None,
                "traffic_type": item.get("TrafficType"),
                "vpc_id": watched if watched.startswith("vpc-") else None,
            },
        )


@reader(yields=(VpcEndpoint,), calls=("ec2.describe_vpc_endpoints",))
def endpoints(aws: Aws) -> Iterator[Resource]:
    """Endpoints, with their policies."""
    for item in aws.list("ec2.describe_vpc_endpoints", "VpcEndpoints"):
        yield aws.resource(
            VpcEndpoint,
            item["VpcEndpointId"],
            {
                "arn": arn_of(aws, item, "vpc-endpoint", item["VpcEndpointId"]),
                "policy": item.get("PolicyDocument"),
                "private_dns_enabled": item.get("PrivateDnsEnabled", False),
                "route_table_ids": item.get("RouteTableIds", []),
                "security_group_ids": [g["GroupId"] for g in item.get("Groups", [])],
                "service_name": item.get("ServiceName"),
                "subnet_ids": item.get("SubnetIds", []),
                "tags": tag_map(item.get("Tags")),
                "vpc_endpoint_type": item.get("VpcEndpointType"),
                "vpc_id": item.get("VpcId"),
            },
        )


@reader(yields=(InternetGateway,), calls=("ec2.describe_internet_gateways",))
def internet_gateways(aws: Aws) -> Iterator[Resource]:
    """Internet gateways."""
    for item in aws.list("ec2.describe_internet_gateways", "InternetGateways"):
        id = item["InternetGatewayId"]
        attached = item.get("Attachments") or [{}]
        yield aws.resource(
            InternetGateway,
            id,
            {
                "arn": arn_of(aws, item, "internet-gateway", id),
                "tags": tag_map(item.get("Tags")),
                "vpc_id": attached[0].get("VpcId"),
            },
        )


@reader(yields=(NatGateway,), calls=("ec2.describe_nat_gateways",))
def nat_gateways(aws: Aws) -> Iterator[Resource]:
    """NAT gateways that are not deleted."""
    for item in aws.list("ec2.describe_nat_gateways", "NatGateways"):
        if item.get("State") in ("deleted", "deleting", "failed"):
            continue
        id = item["NatGatewayId"]
        addresses = item.get("NatGatewayAddresses") or [{}]
        yield aws.resource(
            NatGateway,
            id,
            {
                "arn": arn_of(aws, item, "natgateway", id),
                "allocation_id": addresses[0].get("AllocationId"),
                "connectivity_type": item.get("ConnectivityType", "public"),
                "subnet_id": item.get("SubnetId"),
                "tags": tag_map(item.get("Tags")),
            },
        )


@reader(yields=(Eip,), calls=("ec2.describe_addresses",))
def addresses(aws: Aws) -> Iterator[Resource]:
    """Elastic IP addresses."""
    for item in aws.list("ec2.describe_addresses", "Addresses"):
        id = item.get("AllocationId") or item["PublicIp"]
        yield aws.resource(
            Eip,
            id,
            {
                "arn": arn_of(aws, item, "elastic-ip", id),
                "association_id": item.get("AssociationId"),
                "domain": item.get("Domain"),
                "instance": item.get("InstanceId") or None,
                "network_interface": item.get("NetworkInterfaceId") or None,
                "public_ip": item.get("PublicIp"),
                "tags": tag_map(item.get("Tags")),
            },
        )


@reader(yields=(VpcPeeringConnection,), calls=("ec2.describe_vpc_peering_connections",))
def peering_connections(aws: Aws) -> Iterator[Resource]:
    """Peering connections that are not gone."""
    listed = aws.list("ec2.describe_vpc_peering_connections", "VpcPeeringConnections")
    for item in listed:
        if item.get("Status", {}).get("Code") in ("deleted", "rejected", "expired", "failed"):
            continue
        id = item["VpcPeeringConnectionId"]
        mine, other = item.get("RequesterVpcInfo", {}), item.get("AccepterVpcInfo", {})
        yield aws.resource(
            VpcPeeringConnection,
            id,
            {
                "arn": arn_of(aws, item, "vpc-peering-connection", id),
                "peer_owner_id": other.get("OwnerId"),
                "peer_region": other.get("Region"),
                "peer_vpc_id": other.get("VpcId"),
                "tags": tag_map(item.get("Tags")),
                "vpc_id": mine.get("VpcId"),
            },
        )
