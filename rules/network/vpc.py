"""Networks: public addresses, endpoints, network ACLs, peering."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from auditor.network import cover_world, covers, covers_every_port, covers_port, is_world
from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.elasticache import ElasticacheSubnetGroup
from auditor.services.rds import DbSubnetGroup
from auditor.services.vpc import DefaultSubnet, DefaultVpc, Subnet, Vpc, VpcEndpoint
from auditor.services.vpc_routing import (
    ROUTING,
    DefaultNetworkAcl,
    DefaultRouteTable,
    NetworkAcl,
    NetworkAclRule,
    Route,
    RouteTable,
    public_route,
)
from auditor.values import Undetermined, Unknown, all_of, any_of, ends_with, every, matching, some


@rule(
    "NET-VPC-SUBNET-NO-AUTO-PUBLIC-IP",
    severity="medium",
    on=Subnet,
    family="network",
    aliases={
        "checkov": "CKV_AWS_130",
        "trivy": "AWS-0164",
        "prowler": "vpc_subnet_no_public_ip_by_default",
    },
    frameworks={
        "fsbp": "EC2.15",
        "nist-800-53-r5": (
            "AC-3 AC-3(7) AC-4 AC-4(21) AC-6 AC-21 SC-7 SC-7(3) SC-7(4) SC-7(9) "
            "SC-7(11) SC-7(16) SC-7(20) SC-7(21)"
        ),
    },
)
def hands_out_public_addresses(subnet: Subnet) -> Finding | None:
    """Subnets do not hand out public IPv4 addresses at launch.

    Why: whatever is launched there is on the internet without anyone having decided it.
    Fix: remove `map_public_ip_on_launch = true` and give public addresses where they are needed.
    Source: EC2 API, Subnet.MapPublicIpOnLaunch; provider default false.
    """
    if subnet.map_public_ip_on_launch:
        return subnet.finding("hands out public addresses", at="map_public_ip_on_launch")
    return None


@rule(
    "NET-VPC-DEFAULT-VPC-UNUSED",
    severity="medium",
    on=(DefaultVpc, DefaultSubnet),
    family="network",
    where=("code",),
    aliases={
        "checkov": "CKV_AWS_148",
        "trivy": "AWS-0101",
    },
)
def default_vpc_in_use(vpc: DefaultVpc | DefaultSubnet) -> Finding:
    """The account's default VPC is not used for workloads.

    Why: the default VPC's subnets are public and its groups and ACLs are open.
    Fix: build a VPC of your own (`aws_vpc`), and delete the default one.
    Source: VPC User Guide, "Default VPCs".
    """
    return vpc.finding("takes over the default VPC")


@rule(
    "NET-VPC-NACL-NO-REMOTE-ADMIN",
    severity="medium",
    on=(NetworkAcl, DefaultNetworkAcl, NetworkAclRule),
    family="network",
    covered_by=("NET-VPC-NACL-NO-ALL-PORTS",),
    aliases={
        "checkov": "CKV_AWS_231 CKV_AWS_232",
        "trivy": "AWS-0105",
        "prowler": (
            "ec2_networkacl_allow_ingress_tcp_port_22 ec2_networkacl_allow_ingress_tcp_port_3389"
        ),
    },
    frameworks={
        "fsbp": "EC2.21",
        "cis-aws-3.0": "5.1",
        "cis-aws-5.0": "5.2",
        "nist-800-53-r5": "AC-4(21) CA-9(1) CM-2 CM-2(2) CM-7 SC-7 SC-7(5) SC-7(21)",
        "pci-dss-4": "1.2.8 1.3.1 1.3.2 1.4.2 1.5.1 A1.1.3",
    },
)
def acl_admits_remote_administration(acl: Acl) -> Iterator[Finding]:
    """Network ACLs do not admit SSH or RDP from any address.

    Why: the ACL is the second lock behind security groups, and is open.
    Fix: deny tcp 22 and 3389 from `0.0.0.0/0` and `::/0` before the rule that allows them, or
    name the networks that need them.
    Source: EC2 API, NetworkAclEntry: rules decide in the order of their numbers.
    """
    yield from _admitted(acl, (22, 3389), "remote administration")


@rule(
    "NET-VPC-NACL-NO-FTP",
    severity="medium",
    on=(NetworkAcl, DefaultNetworkAcl, NetworkAclRule),
    family="network",
    covered_by=("NET-VPC-NACL-NO-ALL-PORTS",),
    aliases={
        "checkov": "CKV_AWS_229 CKV_AWS_230",
    },
)
def acl_admits_ftp(acl: Acl) -> Iterator[Finding]:
    """Network ACLs do not admit FTP from any address.

    Why: FTP sends passwords and files in the clear.
    Fix: deny tcp 20 and 21 from `0.0.0.0/0` and `::/0` before the rule that allows them.
    Source: EC2 API, NetworkAclEntry: rules decide in the order of their numbers.
    """
    yield from _admitted(acl, (20, 21), "FTP")


@rule(
    "NET-VPC-NACL-NO-ALL-PORTS",
    severity="high",
    on=(NetworkAcl, DefaultNetworkAcl, NetworkAclRule),
    family="network",
    aliases={
        "checkov": "CKV_AWS_352",
        "trivy": "AWS-0102",
        "prowler": "ec2_networkacl_allow_ingress_any_port",
    },
    frameworks={
        "cis-aws-3.0": "5.1",
        "cis-aws-5.0": "5.2",
        "nist-800-53-r5": (
            "AC-4(21) AC-17 AC-17(1) AC-17(4) AC-17(9) AC-17(10) CM-2 CM-2(2) CM-6 "
            "CM-7 CM-8(6) CM-9 SC-7 SC-7(5) SC-7(7) SC-7(11) SC-7(12) SC-7(16) "
            "SC-7(21) SC-7(24) SC-7(25) SC-7(26) SC-7(27) SC-7(28)"
        ),
    },
)
def acl_admits_everything(acl: Acl) -> Iterator[Finding]:
    """Network ACLs do not admit every port from any address.

    Why: an ACL that lets everything in is no second lock.
    Fix: allow the ports that are needed (and 1024-65535 for replies) instead of protocol -1.
    Source: EC2 API, NetworkAclEntry; the default ACL that AWS makes allows everything.
    """

    for entry in matching(_entries(acl), _lets_in(acl, _covers_everything)):
        yield entry.finding("admits every port from anywhere", key=_key(entry, acl))


Acl = NetworkAcl | DefaultNetworkAcl | NetworkAclRule


Table = RouteTable | DefaultRouteTable | Route


def _names(acl: Acl) -> tuple[str, str]:
    """How entries of an ACL call their action and number."""
    if isinstance(acl, NetworkAclRule):
        return "rule_action", "rule_number"
    return "action", "rule_no"


def _entries(acl: Acl) -> Iterator[Any]:
    """The inbound entries of an ACL; of a rule resource, itself."""
    if isinstance(acl, NetworkAclRule):
        if not acl.egress:
            yield acl
    else:
        yield from acl.ingress


def _key(entry: Any, acl: Acl) -> str:
    return f"rule {entry.get(_names(acl)[1])}"


def _from_world(entry: Any) -> bool:
    return any_of(
        lambda: is_world(entry.get("cidr_block")), lambda: is_world(entry.get("ipv6_cidr_block"))
    )


def _admitted(acl: Acl, ports: tuple[int, ...], what: str) -> Iterator[Finding]:
    for port in ports:
        for entry in matching(_entries(acl), _lets_in(acl, _covers(port))):
            yield entry.finding(
                f"admits {what} from anywhere (tcp {port})", key=f"{_key(entry, acl)} {port}"
            )


Ports = Callable[[Any], bool]
"""Whether an entry is about certain ports."""


def _lets_in(acl: Acl, ports: Ports) -> Ports:
    """Whether an entry lets ports in from everywhere, and none before it denies that."""

    def admits(entry: Any) -> bool:
        return all_of(
            lambda: _decides(entry, "allow", acl),
            lambda: any_of(
                lambda: _from_world(entry), lambda: _from_world_with_others(entry, ports, acl)
            ),
            lambda: ports(entry),
            lambda: _undenied(entry, ports, acl),
        )

    return admits


def _decides(entry: Any, action: str, acl: Acl) -> bool:
    """Whether an entry allows or denies; the provider takes any case in blocks."""
    written = entry.get(_names(acl)[0])
    return bool(written == action or (isinstance(written, str) and written.lower() == action))


def _range_in(name: str, entry: Any, other: Any) -> bool:
    inner = entry.get(name)
    return inner is None or inner == "" or covers(other.get(name), inner)


def _from_world_with_others(entry: Any, ports: Ports, acl: Acl) -> bool:
    """Whether its range and those of entries before it are everything only together.

    So the last of `0.0.0.0/1` and `128.0.0.0/1` is the one that opens the ACL.
    """
    if not any(own.endswith(_WIDE) for own in _ranges(entry)):
        return False
    number = _names(acl)[1]

    def counts(other: Any) -> bool:
        if other.get(number) > entry.get(number):
            return False
        return _decides(other, "allow", acl) and ports(other) and _undenied(other, ports, acl)

    return cover_world(r for other in _certain(_entries(acl), counts) for r in _ranges(other))


_WIDE = ("/1", "/2", "/3", "/4", "/5")
"""Of the 40 entries that an ACL may have, one is as wide as that if they cover everything."""


def _ranges(entry: Any) -> list[str]:
    """Its ranges, as far as they are known."""
    values = (entry.get("cidr_block"), entry.get("ipv6_cidr_block"))
    return [value for value in values if isinstance(value, str)]


def _certain(entries: Iterator[Any], holds: Ports) -> list[Any]:
    """The entries of which it is certainly true; the others are looked at by themselves."""
    found = []
    try:
        for entry in matching(entries, holds):
            found.append(entry)  # noqa: PERF402 - the loop may end in a doubt
    except Undetermined:
        pass
    return found


def _covers(port: int) -> Ports:
    return lambda entry: covers_port(
        port, "tcp", entry.get("protocol"), entry.get("from_port"), entry.get("to_port")
    )


def _covers_everything(entry: Any) -> bool:
    return covers_every_port(entry.get("protocol"), entry.get("from_port"), entry.get("to_port"))


def _undenied(entry: Any, ports: Ports, acl: Acl) -> bool:
    if isinstance(acl, NetworkAclRule):
        return every(
            acl.everything(NetworkAclRule), lambda other: not _may_be_denied(acl, other, ports)
        )
    return every(_entries(acl), lambda e: not _denied_before(e, entry, ports, acl))


def _may_be_denied(rule: NetworkAclRule, other: NetworkAclRule, ports: Ports) -> bool:
    """Whether a rule beside one whose ACL was not read denies it; they may be of one ACL."""
    if other is rule or other.folded_into is not None or other.egress:
        return False
    if not _denied_before(other, rule, ports, rule):
        return False
    mine, its = rule.get("network_acl_id"), other.get("network_acl_id")
    if isinstance(mine, str) and isinstance(its, str):
        return mine == its
    raise Undetermined(Unknown(because=f"{other.address} may deny it before"))


def _denied_before(denial: Any, entry: Any, ports: Ports, acl: Acl) -> bool:
    """Whether another entry denies the ports from the same range before this one allows them."""
    _, number = _names(acl)
    return all_of(
        lambda: _decides(denial, "deny", acl),
        lambda: denial.get(number) < entry.get(number),
        lambda: _range_in("cidr_block", entry, denial),
        lambda: _range_in("ipv6_cidr_block", entry, denial),
        lambda: ports(denial),
    )


@rule(
    "NET-VPC-DEFAULT-ROUTE-NOT-INSTANCE",
    severity="medium",
    on=(RouteTable, DefaultRouteTable, Route),
    family="network",
    aliases={
        "checkov": "CKV2_AWS_35",
    },
)
def default_route_to_an_instance(
    table: RouteTable | DefaultRouteTable | Route,
) -> Iterator[Finding]:
    """The default route of private subnets goes to a NAT gateway, not to an instance.

    Why: an instance is a single point of failure that someone has to patch.
    Fix: point the route at an `aws_nat_gateway` with `nat_gateway_id`.
    Source: EC2 API, Route.InstanceId and NetworkInterfaceId.
    """

    def leads_everywhere(route: Any) -> bool:
        return any(route.is_set(target) for target in _INSTANCES) and some(
            _destinations(table), lambda name: is_world(route.get(name))
        )

    for route in matching(_routes(table), leads_everywhere):
        for target in _INSTANCES:
            if route.is_set(target):
                yield route.finding("sends everything through an instance", at=target)


_INSTANCES = ("instance_id", "network_interface_id")


def _leads_everywhere(route: Any) -> Callable[[str], bool]:
    return lambda name: is_world(route.get(name))


def _routes(table: Table) -> Iterator[Any]:
    if isinstance(table, Route):
        yield table
    else:
        yield from table.route


def _destinations(table: Table) -> tuple[str, str]:
    if isinstance(table, Route):
        return "destination_cidr_block", "destination_ipv6_cidr_block"
    return "cidr_block", "ipv6_cidr_block"


@rule(
    "NET-VPC-PEERING-ROUTES-NARROW",
    severity="medium",
    on=(RouteTable, DefaultRouteTable, Route),
    family="network",
    aliases={
        "checkov": "CKV2_AWS_44",
        "prowler": "vpc_peering_routing_tables_with_least_privilege",
    },
    frameworks={
        "cis-aws-3.0": "5.5",
        "cis-aws-5.0": "5.6",
    },
)
def wide_route_over_peering(table: Table) -> Iterator[Finding]:
    """Routes over a peering connection target only the subnets that need it.

    Why: a default route into another network hands all traffic to its owner.
    Fix: name the peer's subnets as destinations.
    Source: VPC Peering Guide, "Update route tables".
    """
    for route in matching(_routes(table), lambda r: r.is_set("vpc_peering_connection_id")):
        for name in matching(_destinations(table), _leads_everywhere(route)):
            yield route.finding("sends everything over a peering connection", at=name)


@rule(
    "NET-VPC-ENDPOINT-GATEWAY-S3-DYNAMODB",
    severity="low",
    on=Vpc,
    family="network",
    reads=(VpcEndpoint,),
)
def no_gateway_endpoints(vpc: Vpc) -> Iterator[Finding]:
    """Private subnets reach S3 and DynamoDB through gateway endpoints.

    Why: without them that traffic leaves through NAT and the internet, and is paid for.
    Fix: add an `aws_vpc_endpoint` each for `com.amazonaws.<region>.s3` and `.dynamodb` with the
    private route tables.
    Source: VPC User Guide, "Gateway endpoints".
    """
    for service in ("s3", "dynamodb"):
        if not some(vpc.related(VpcEndpoint), _is_for(service)):
            yield vpc.finding(f"has no endpoint for {service}", key=service)


@rule(
    "NET-RDS-PRIVATE-SUBNETS",
    severity="high",
    on=DbSubnetGroup,
    family="network",
    reads=(Subnet, DefaultSubnet, Vpc, DefaultVpc, *ROUTING),
    frameworks={
        "fsbp": "RDS.46",
    },
)
def databases_in_public_subnets(group: DbSubnetGroup) -> Iterator[Finding]:
    """DB subnet groups hold only subnets without an internet gateway route.

    Why: one flag or one group away from it, the database is on the internet.
    Fix: list subnets whose route table has no route to an internet gateway.
    Source: RDS User Guide, "Working with a DB instance in a VPC"; a subnet is public by its route
    table (VPC User Guide).
    """
    yield from _public_members(group)


@rule(
    "NET-ELASTICACHE-PRIVATE-SUBNETS",
    severity="medium",
    on=ElasticacheSubnetGroup,
    family="network",
    reads=(Subnet, DefaultSubnet, Vpc, DefaultVpc, *ROUTING),
    aliases={
        "prowler": "elasticache_cluster_uses_public_subnet",
    },
    frameworks={
        "pci-dss-4": "1.3.1 1.3.2 1.4.1 1.4.4",
    },
)
def caches_in_public_subnets(group: ElasticacheSubnetGroup) -> Iterator[Finding]:
    """Cache subnet groups hold only private subnets.

    Why: one flag or one group away from it, the cache is on the internet.
    Fix: list subnets whose route table has no route to an internet gateway.
    Source: ElastiCache User Guide, "Subnets and subnet groups"; a subnet is public by its route
    table (VPC User Guide).
    """
    yield from _public_members(group)


def _is_for(service: str) -> Callable[[VpcEndpoint], bool]:
    return lambda endpoint: ends_with(endpoint.service_name, f".{service}")


def _public_members(group: DbSubnetGroup | ElasticacheSubnetGroup) -> Iterator[Finding]:
    def is_public(subnet: Any) -> bool:
        return public_route(subnet) is not None

    for subnet in matching(group.follow_all("subnet_ids"), is_public):
        yield group.finding(
            f"holds {subnet.address}, which has a route to an internet gateway",
            at="subnet_ids",
            key=subnet.address,
        )
