"""Routes and network ACLs of VPCs.

Sources: EC2 API reference (DescribeRouteTables, DescribeNetworkAcls), AWS provider 5.100.0
documentation of `aws_route_table`, `aws_route`, `aws_route_table_association`, `aws_network_acl`,
`aws_network_acl_rule` and the `aws_default_…` forms.

Routes and ACL rules that are resources of their own are folded into their table or ACL
(auditor.quirks.vpc_rules), as AWS knows only the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import Aws, reader, tag_map
from auditor.network import is_world
from auditor.resource import Blocks, Bool, Link, Links, Node, Num, Resource, Str, StrMap
from auditor.services.vpc import SUBNETS, VPCS, arn_of
from auditor.values import Unknown, all_of, any_of, matching

TABLES = ("aws_route_table", "aws_default_route_table")
ACLS = ("aws_network_acl", "aws_default_network_acl")
TARGETS = (
    "carrier_gateway_id",
    "core_network_arn",
    "egress_only_gateway_id",
    "gateway_id",
    "local_gateway_id",
    "nat_gateway_id",
    "network_interface_id",
    "transit_gateway_id",
    "vpc_endpoint_id",
    "vpc_peering_connection_id",
)


class TableRoute(Node):
    """One route of a table; exactly one destination and one target are set."""

    cidr_block = Str()
    destination_prefix_list_id = Str()
    egress_only_gateway_id = Str()
    gateway_id = Link("aws_internet_gateway", "aws_vpn_gateway")
    instance_id = Link("aws_instance")
    ipv6_cidr_block = Str()
    nat_gateway_id = Link("aws_nat_gateway")
    network_interface_id = Link("aws_network_interface")
    transit_gateway_id = Str()
    vpc_endpoint_id = Link("aws_vpc_endpoint")
    vpc_peering_connection_id = Link("aws_vpc_peering_connection")


class RouteTable(Resource, tf="aws_route_table"):
    """A route table."""

    route = Blocks(TableRoute, unordered=True)
    tags = StrMap()
    vpc_id = Link(*VPCS)


class DefaultRouteTable(Resource, tf="aws_default_route_table"):
    """The main route table of a VPC, adopted: subnets without an association use it."""

    default_route_table_id = Str()
    route = Blocks(TableRoute, unordered=True)
    tags = StrMap()
    vpc_id = Link(*VPCS, computed=True)


class Route(Resource, tf="aws_route"):
    """One route, as a resource of its own."""

    destination_cidr_block = Str()
    destination_ipv6_cidr_block = Str()
    destination_prefix_list_id = Str()
    egress_only_gateway_id = Str()
    gateway_id = Link("aws_internet_gateway", "aws_vpn_gateway")
    instance_id = Link("aws_instance")
    nat_gateway_id = Link("aws_nat_gateway")
    network_interface_id = Link("aws_network_interface")
    route_table_id = Link(*TABLES)
    transit_gateway_id = Str()
    vpc_endpoint_id = Link("aws_vpc_endpoint")
    vpc_peering_connection_id = Link("aws_vpc_peering_connection")


class RouteTableAssociation(Resource, tf="aws_route_table_association"):
    """Which table a subnet uses."""

    gateway_id = Link("aws_internet_gateway", "aws_vpn_gateway")
    route_table_id = Link(*TABLES)
    subnet_id = Link(*SUBNETS)


class MainRouteTableAssociation(Resource, tf="aws_main_route_table_association"):
    """Which table is a VPC's main one: subnets without an association use it."""

    route_table_id = Link(*TABLES)
    vpc_id = Link(*VPCS)


class AclEntry(Node):
    """One rule of a network ACL. Lower numbers decide first."""

    action = Str()
    cidr_block = Str()
    from_port = Num()
    icmp_type = Num()
    ipv6_cidr_block = Str()
    protocol = Str()
    rule_no = Num()
    to_port = Num()


class NetworkAcl(Resource, tf="aws_network_acl"):
    """A network ACL. What no rule allows is denied."""

    egress = Blocks(AclEntry, unordered=True)
    ingress = Blocks(AclEntry, unordered=True)
    subnet_ids = Links(*SUBNETS, computed=True)
    tags = StrMap()
    vpc_id = Link(*VPCS)


class DefaultNetworkAcl(Resource, tf="aws_default_network_acl"):
    """A VPC's default ACL, adopted; Terraform takes away the rules that it does not list."""

    default_network_acl_id = Str()
    egress = Blocks(AclEntry, unordered=True)
    ingress = Blocks(AclEntry, unordered=True)
    subnet_ids = Links(*SUBNETS)
    tags = StrMap()
    vpc_id = Link(*VPCS, computed=True)


class NetworkAclRule(Resource, tf="aws_network_acl_rule"):
    """One rule of a network ACL, as a resource of its own."""

    cidr_block = Str()
    egress = Bool(default=False)
    from_port = Num()
    icmp_type = Num()
    ipv6_cidr_block = Str()
    network_acl_id = Link(*ACLS)
    protocol = Str()
    rule_action = Str()
    rule_number = Num()
    to_port = Num()


# -- questions ------------------------------------------------------------------------------------


def internet_route(table: Resource) -> TableRoute | None:
    """A route of a table that leads everywhere through an internet gateway, if it has one."""

    def leads_out(route: TableRoute) -> bool:
        return all_of(
            lambda: any_of(
                lambda: is_world(route.cidr_block), lambda: is_world(route.ipv6_cidr_block)
            ),
            lambda: is_internet_gateway(route),
        )

    for route in matching(table.get("route"), leads_out):
        found: TableRoute = route
        return found
    return None


def is_internet_gateway(route: TableRoute) -> bool:
    """Whether a route's gateway is an internet gateway (not a VPN gateway, not `local`)."""
    gateway = route.gateway_id
    if gateway is None:
        return False
    if isinstance(gateway, Unknown) and gateway.exact:
        return ".aws_internet_gateway." in f".{gateway.refs[0].address}"
    return gateway.startswith("igw-")


def public_route(subnet: Resource) -> TableRoute | None:
    """The route that makes a subnet public, if it has one.

    A subnet without an association uses the VPC's main table, which has no such route unless
    someone put it there (VPC User Guide, "Main route table").
    """
    associated = False
    for association in subnet.related(RouteTableAssociation):
        associated = True
        found = internet_route(association.follow("route_table_id"))
        if found is not None:
            return found
    if associated:
        return None
    vpc = subnet.follow("vpc_id")
    for table in _main_tables(vpc) if vpc is not None else ():
        found = internet_route(table)
        if found is not None:
            return found
    return None


def _main_tables(vpc: Resource) -> Iterator[Resource]:
    """The table that another was replaced with, or the one that came with the VPC."""
    replaced = False
    for association in vpc.related(MainRouteTableAssociation):
        replaced = True
        yield association.follow("route_table_id")
    if not replaced:
        yield from vpc.related(DefaultRouteTable)


ROUTING = (RouteTable, DefaultRouteTable, RouteTableAssociation, MainRouteTableAssociation)
"""What `public_route` reads, beside subnets and VPCs."""


# -- live ----------------------------------------------------------------------------------------

_ROUTE = {
    "carrier_gateway_id": "CarrierGatewayId",
    "cidr_block": "DestinationCidrBlock",
    "core_network_arn": "CoreNetworkArn",
    "destination_prefix_list_id": "DestinationPrefixListId",
    "egress_only_gateway_id": "EgressOnlyInternetGatewayId",
    "instance_id": "InstanceId",
    "ipv6_cidr_block": "DestinationIpv6CidrBlock",
    "local_gateway_id": "LocalGatewayId",
    "nat_gateway_id": "NatGatewayId",
    "network_interface_id": "NetworkInterfaceId",
    "transit_gateway_id": "TransitGatewayId",
    "vpc_peering_connection_id": "VpcPeeringConnectionId",
}


def _route(item: Mapping[str, Any]) -> dict[str, Any]:
    gateway = item.get("GatewayId")
    endpoint = gateway if gateway and gateway.startswith("vpce-") else None
    return {
        **{name: item.get(key) for name, key in _ROUTE.items()},
        "gateway_id": None if endpoint else gateway,
        "vpc_endpoint_id": endpoint,
    }


@reader(
    yields=(RouteTable, DefaultRouteTable, RouteTableAssociation),
    calls=("ec2.describe_route_tables",),
)
def route_tables(aws: Aws) -> Iterator[Resource]:
    """Route tables without the routes that AWS keeps itself, and the subnets that use them."""
    for item in aws.list("ec2.describe_route_tables", "RouteTables"):
        id = item["RouteTableId"]
        associations = item.get("Associations", [])
        main = any(association.get("Main") for association in associations)
        routes = [_route(route) for route in item.get("Routes", []) if _is_written(route)]
        attributes = {
            "arn": arn_of(aws, item, "route-table", id),
            "route": routes,
            "tags": tag_map(item.get("Tags")),
            "vpc_id": item.get("VpcId"),
        }
        if main:
            attributes["default_route_table_id"] = id
        yield aws.resource(DefaultRouteTable if main else RouteTable, id, attributes)
        for association in associations:
            if not association.get("Main"):
                yield aws.resource(
                    RouteTableAssociation,
                    association["RouteTableAssociationId"],
                    {
                        "gateway_id": association.get("GatewayId"),
                        "route_table_id": id,
                        "subnet_id": association.get("SubnetId"),
                    },
                )


@reader(yields=(NetworkAcl, DefaultNetworkAcl), calls=("ec2.describe_network_acls",))
def network_acls(aws: Aws) -> Iterator[Resource]:
    """Network ACLs, without the last rule that denies the rest."""
    for item in aws.list("ec2.describe_network_acls", "NetworkAcls"):
        id = item["NetworkAclId"]
        attributes = {
            "arn": arn_of(aws, item, "network-acl", id),
            "ingress": [_entry(e) for e in item.get("Entries", []) if _mine(e, egress=False)],
            "egress": [_entry(e) for e in item.get("Entries", []) if _mine(e, egress=True)],
            "subnet_ids": [a["SubnetId"] for a in item.get("Associations", []) if "SubnetId" in a],
            "tags": tag_map(item.get("Tags")),
            "vpc_id": item.get("VpcId"),
        }
        if item.get("IsDefault"):
            attributes["default_network_acl_id"] = id
        yield aws.resource(
            DefaultNetworkAcl if item.get("IsDefault") else NetworkAcl, id, attributes
        )


def _is_written(route: Mapping[str, Any]) -> bool:
    """Whether someone made the route: not AWS's own, a VPN's, or that of a gateway endpoint."""
    gateway = route.get("GatewayId") or ""
    if gateway == "local" or route.get("Origin") == "EnableVgwRoutePropagation":
        return False
    return not (route.get("DestinationPrefixListId") and gateway.startswith("vpce-"))


_LAST_RULE = 32767


def _mine(entry: Mapping[str, Any], *, egress: bool) -> bool:
    return bool(entry.get("Egress")) is egress and entry.get("RuleNumber", 0) < _LAST_RULE


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    ports = entry.get("PortRange") or {}
    return {
        "action": entry.get("RuleAction"),
        "cidr_block": entry.get("CidrBlock"),
        "from_port": ports.get("From", 0),
        "icmp_type": (entry.get("IcmpTypeCode") or {}).get("Type"),
        "ipv6_cidr_block": entry.get("Ipv6CidrBlock"),
        "protocol": entry.get("Protocol"),
        "rule_no": entry.get("RuleNumber"),
        "to_port": ports.get("To", 0),
    }
