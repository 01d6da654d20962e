"""Security groups: what they let in from, and out to, the whole internet.

A rule looks at permissions, whichever way they were written (see auditor.services.security_groups).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from auditor.network import cover_world, is_public_range, is_world, prefix_length
from auditor.resource import Finding, Resource
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.elasticache import ElasticacheCluster, ElasticacheReplicationGroup
from auditor.services.rds import DbInstance, RdsCluster
from auditor.services.security_groups import (
    CARRIERS,
    NAMED_RANGES,
    DefaultSecurityGroup,
    Permission,
    SecurityGroup,
    Source,
    permissions,
)
from auditor.services.vpc import Vpc
from auditor.values import Undetermined, Unknown, any_of, matching, some

Test = Callable[[Permission], bool]

EVERY_PORT = "NET-SG-ALL-PORTS-OPEN"
"""The rule that tells of an open group what the rules on single ports would each tell again."""
HIGH_RISK = "NET-SG-HIGH-RISK-PORTS"
_ADMINISTRATION = ("NET-SG-SSH-OPEN", "NET-SG-RDP-OPEN")
_OTHER_PORTS = (
    *("NET-SG-CASSANDRA-OPEN", "NET-SG-CIFS-OPEN", "NET-SG-KAFKA-OPEN", "NET-SG-KERBEROS-OPEN"),
    *("NET-SG-LDAP-OPEN", "NET-SG-MEMCACHED-OPEN", "NET-SG-MONGODB-OPEN", "NET-SG-ORACLE-OPEN"),
    "NET-SG-REDIS-OPEN",
)
"""Rules on ports that are not in the list of high-risk ports."""

DATA_STORES = (DbInstance, RdsCluster, ElasticacheReplicationGroup, ElasticacheCluster)


def open_to_the_world(
    resource: Resource,
    direction: str,
    holds: Test,
    message: Callable[[Permission], str],
    wide: Callable[[str], bool] = is_world,
) -> Iterator[Finding]:
    """A finding at each range that is the whole internet in a permission of which `holds` is true.

    Certain ones first; raises `Undetermined` if others might be open. Ranges that are the whole
    internet only together (`0.0.0.0/1`, `128.0.0.0/1`) are found at the first of them.
    wide: what counts as a range that is too wide.
    """
    causes: list[Unknown] = []
    pieces: list[tuple[Permission, Source]] = []
    found = False
    try:
        for permission in permissions(resource, direction):
            try:
                for source in matching(_noting(permission, pieces), lambda s: wide(s[2])):
                    if holds(permission):
                        found = True
                        yield _at(permission, source, message, direction)
            except Undetermined as doubt:
                if not _certainly_not(holds, permission):
                    causes += doubt.causes
    except Undetermined as open_end:
        causes += open_end.causes
    if not found:
        for permission, source in _covering_together(pieces, holds):
            yield _at(permission, source, message, direction)
    if causes:
        raise Undetermined(*causes)


def _noting(permission: Permission, seen: list[tuple[Permission, Source]]) -> Iterator[Source]:
    """The ranges of a permission, put down as they are asked for."""
    for source in permission.sources():
        seen.append((permission, source))
        yield source


def _covering_together(
    pieces: list[tuple[Permission, Source]], holds: Test
) -> list[tuple[Permission, Source]]:
    """The first of some ranges that are only together the whole internet, if they are."""
    known = [(p, s) for p, s in pieces if isinstance(s[2], str)]
    if not any(s[2].endswith(_HALVES) for _, s in known):
        return []
    open_ones = [(p, s) for p, s in known if not _in_doubt(holds, p)]
    return open_ones[:1] if cover_world(s[2] for _, s in open_ones) else []


_HALVES = ("/1", "/2", "/3", "/4", "/5")
"""Of the 60 rules that a group has by default, one is as wide as that if they cover everything."""


def _in_doubt(holds: Test, permission: Permission) -> bool:
    try:
        return not holds(permission)
    except Undetermined:
        return True


def _at(
    permission: Permission, source: Source, message: Callable[[Permission], str], direction: str
) -> Finding:
    name, position, cidr = source
    key = f"{direction} {permission.ports_text()} {cidr}"
    return permission.finding(message(permission), name, position, key)


def _certainly_not(holds: Test, permission: Permission) -> bool:
    """Whether an unknown range does not matter, as the ports are certainly others."""
    try:
        return not holds(permission)
    except Undetermined:
        return False


@rule(
    EVERY_PORT,
    severity="critical",
    on=CARRIERS,
    reads=NAMED_RANGES,
    family="network",
    aliases={
        "checkov": "CKV_AWS_277",
        "prowler": "ec2_securitygroup_allow_ingress_from_internet_to_all_ports",
    },
    frameworks={
        "cis-aws-3.0": "5.2 5.3",
        "cis-aws-5.0": "5.3 5.4",
        "nist-800-53-r5": (
            "AC-4(21) AC-17 AC-17(1) AC-17(4) AC-17(9) AC-17(10) SC-7 SC-7(5) SC-7(7) "
            "SC-7(11) SC-7(12) SC-7(16) SC-7(21) SC-7(24)"
        ),
        "pci-dss-4": (
            "1.2.5 1.2.8 1.3.1 1.3.2 1.4.2 1.5.1 2.2.5 7.2.1 7.3.1 11.3.1.1 11.3.1.3 "
            "11.5.1.1 11.5.2 A1.1.3"
        ),
    },
)
def every_port_open(group: Resource) -> Iterator[Finding]:
    """No security group opens every port to the internet.

    Why: whatever listens, now or later, is reachable by anyone.
    Fix: name the ports that the service needs, and the networks that need them.
    Source: EC2 API, IpPermission: protocol -1, or ports 0 to 65535 of tcp or udp.
    """
    yield from open_to_the_world(
        group,
        "ingress",
        lambda permission: permission.all_ports,
        lambda permission: f"opens {permission.ports_text()} to the internet",
    )


@rule(
    HIGH_RISK,
    severity="critical",
    on=CARRIERS,
    reads=NAMED_RANGES,
    family="network",
    covered_by=(EVERY_PORT,),
    aliases={"prowler": ("ec2_securitygroup_allow_ingress_from_internet_to_high_risk_tcp_ports")},
    frameworks={
        "fsbp": "EC2.19",
        "nist-800-53-r5": (
            "AC-4 AC-4(21) CA-9(1) CM-2 CM-2(2) CM-7 SC-7 SC-7(4) SC-7(5) SC-7(11) "
            "SC-7(16) SC-7(21)"
        ),
        "pci-dss-4": (
            "1.2.5 1.2.8 1.3.1 1.3.2 1.4.2 1.5.1 2.2.5 7.2.1 7.3.1 11.3.1.1 11.3.1.3 "
            "11.5.1.1 11.5.2 A1.1.3"
        ),
    },
)
def high_risk_ports(
    group: Resource,
    *,
    ports: tuple[int, ...] = (
        20,
        21,
        22,
        23,
        25,
        110,
        135,
        143,
        445,
        1433,
        1434,
        3000,
        3306,
        3389,
        4333,
        5000,
        5432,
        5500,
        5601,
        8080,
        8088,
        8888,
        9200,
        9300,
    ),
) -> Iterator[Finding]:
    """No security group opens high-risk ports to the internet.

    Why: these ports are where administration, databases and development servers listen, and are
    the first that scanners try.
    Fix: name the networks or security groups that need the port instead of the whole internet.
    Source: Security Hub control EC2.19, list of ports.
    """
    yield from open_to_the_world(
        group,
        "ingress",
        lambda permission: some(ports, permission.admits),
        lambda permission: f"opens high-risk ports to the internet ({permission.ports_text()})",
    )


@rule(
    "NET-SG-EGRESS-OPEN",
    severity="medium",
    on=CARRIERS,
    reads=NAMED_RANGES,
    family="network",
    aliases={"checkov": "CKV_AWS_382", "trivy": "AWS-0104"},
    frameworks={},
)
def egress_open(group: Resource) -> Iterator[Finding]:
    """Outbound rules do not allow every port to any address.

    Why: whoever gets into a workload can send data anywhere and reach any command server.
    Fix: list the destinations and ports that are needed, such as tcp 443 to a prefix list.
    Source: EC2 API, IpPermission; a group without `egress` has none in Terraform, as the provider
    removes the rule that AWS adds.
    """
    yield from open_to_the_world(
        group,
        "egress",
        lambda permission: permission.all_ports,
        lambda permission: f"lets {permission.ports_text()} out to the whole internet",
    )


@rule(
    "NET-SG-UNAUTHORISED-PORTS",
    severity="high",
    on=CARRIERS,
    reads=NAMED_RANGES,
    family="network",
    covered_by=(EVERY_PORT, HIGH_RISK, *_OTHER_PORTS),
    aliases={"prowler": "ec2_securitygroup_allow_ingress_from_internet_to_any_port"},
    frameworks={
        "fsbp": "EC2.18",
        "nist-800-53-r5": "AC-4 AC-4(21) SC-7 SC-7(4) SC-7(5) SC-7(11) SC-7(16) SC-7(21)",
        "pci-dss-4": "1.2.5 1.2.8 1.3.1 1.3.2 1.4.2 1.5.1 2.2.5 A1.1.3",
    },
)
def unauthorised_ports(
    group: Resource, *, authorised: tuple[int, ...] = (80, 443)
) -> Iterator[Finding]:
    """Internet-open inbound rules cover authorised ports only.

    Why: every further port is one more thing to attack.
    Fix: serve the public through the authorised ports, or add the port to the rule's parameter
    `authorised` in auditor.toml if it is meant to be public.
    Source: Security Hub control EC2.18 (default list 80 and 443).
    """

    def beyond(permission: Permission) -> bool:
        if permission.protocol in ("icmp", "icmpv6"):
            return False
        return not (permission.is_one_port and some(authorised, permission.admits))

    yield from open_to_the_world(
        group,
        "ingress",
        beyond,
        lambda permission: f"opens {permission.ports_text()} to the internet, beyond {authorised}",
    )


@rule(
    "NET-VPC-DEFAULT-SG-CLOSED",
    severity="high",
    on=(DefaultSecurityGroup, Vpc),
    family="network",
    aliases={
        "checkov": "CKV2_AWS_12",
        "trivy": "AWS-0173",
        "prowler": "ec2_securitygroup_default_restrict_traffic",
    },
    frameworks={
        "fsbp": "EC2.2",
        "cis-aws-3.0": "5.4",
        "cis-aws-5.0": "5.5",
        "nist-800-53-r5": "AC-4 AC-4(21) SC-7 SC-7(4) SC-7(5) SC-7(11) SC-7(16) SC-7(21)",
        "pci-dss-4": "7.2.1",
    },
)
def default_group_open(resource: DefaultSecurityGroup | Vpc) -> Iterator[Finding]:
    """Default security group of each VPC carries no inbound and no outbound rule.

    Why: whatever is launched without a group of its own lands in the default group, and trusts
    everything else in it.
    Fix: adopt it with an `aws_default_security_group` that has the VPC's `vpc_id` and no `ingress`
    and `egress` blocks.
    Source: EC2 User Guide, default security groups: AWS puts in a rule from itself and one to
    everywhere.
    """
    if isinstance(resource, Vpc):
        if not some(resource.related(DefaultSecurityGroup), lambda _group: True):
            yield resource.finding("leaves its default security group as AWS makes it, open")
        return
    for direction in ("ingress", "egress"):
        for permission in permissions(resource, direction):
            yield permission.node.finding(
                f"still has an {direction} rule ({permission.ports_text()})",
                key=f"{direction} {permission.ports_text()}",
            )


@rule(
    "NET-SG-REMOTE-ADMIN-IPV4",
    severity="high",
    on=CARRIERS,
    family="network",
    covered_by=(EVERY_PORT, HIGH_RISK, *_ADMINISTRATION),
    reads=NAMED_RANGES,
    aliases={
        "prowler": (
            "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22 "
            "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_3389 "
            "ec2_securitygroup_allow_ingress_from_internet_to_all_ports"
        ),
    },
    frameworks={
        "fsbp": "EC2.53",
        "cis-aws-3.0": "5.2",
        "cis-aws-5.0": "5.3",
        "nist-800-53-r5": (
            "AC-17 AC-17(1) AC-17(9) AC-17(10) CM-9 SC-7 SC-7(7) SC-7(11) SC-7(12) "
            "SC-7(16) SC-7(21) SC-7(24) SC-7(25) SC-7(26) SC-7(27) SC-7(28)"
        ),
        "pci-dss-4": "1.2.8 1.3.1 1.3.2 1.4.2 1.5.1 A1.1.3",
    },
)
def remote_administration_over_ipv4(group: Resource) -> Iterator[Finding]:
    """No security group opens remote administration ports to 0.0.0.0/0.

    Why: whoever finds the port can try credentials and unpatched flaws of SSH or RDP against it.
    Fix: name the networks that administrators come from, or close the port and use Session
    Manager.
    Source: EC2 API, IpPermission.IpRanges; tcp 22 and 3389. Protocol -1 covers every port.
    """
    yield from _remote_administration(group, 4)


@rule(
    "NET-SG-REMOTE-ADMIN-IPV6",
    severity="high",
    on=CARRIERS,
    family="network",
    covered_by=(EVERY_PORT, HIGH_RISK, *_ADMINISTRATION),
    reads=NAMED_RANGES,
    aliases={
        "prowler": (
            "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22 "
            "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_3389 "
            "ec2_securitygroup_allow_ingress_from_internet_to_all_ports"
        ),
    },
    frameworks={
        "fsbp": "EC2.54",
        "cis-aws-3.0": "5.3",
        "cis-aws-5.0": "5.4",
        "nist-800-53-r5": (
            "AC-17 AC-17(1) AC-17(9) AC-17(10) CM-9 SC-7 SC-7(7) SC-7(11) SC-7(12) "
            "SC-7(16) SC-7(21) SC-7(24) SC-7(25) SC-7(26) SC-7(27) SC-7(28)"
        ),
        "pci-dss-4": "1.2.8 1.3.1 1.3.2 1.4.2 1.5.1 A1.1.3",
    },
)
def remote_administration_over_ipv6(group: Resource) -> Iterator[Finding]:
    """No security group opens remote administration ports to ::/0.

    Why: IPv6 is forgotten when IPv4 is locked, and leads to the same SSH or RDP.
    Fix: name the networks that administrators come from, or close the port and use Session
    Manager.
    Source: EC2 API, IpPermission.Ipv6Ranges; tcp 22 and 3389. Protocol -1 covers every port.
    """
    yield from _remote_administration(group, 6)


def _remote_administration(group: Resource, version: int) -> Iterator[Finding]:
    def admits(permission: Permission) -> bool:
        return some((22, 3389), permission.admits)

    def is_whole(cidr: str | Unknown) -> bool:
        other_family = isinstance(cidr, str) and (":" in cidr) is not (version == 6)
        return not other_family and is_world(cidr)

    yield from open_to_the_world(
        group,
        "ingress",
        admits,
        lambda permission: (
            f"opens remote administration to the internet over IPv{version} "
            f"({permission.ports_text()})"
        ),
        is_whole,
    )


@rule(
    "NET-SG-WIDE-PUBLIC-CIDR",
    severity="high",
    on=CARRIERS,
    family="network",
    reads=NAMED_RANGES,
    aliases={
        "prowler": "ec2_securitygroup_allow_wide_open_public_ipv4",
    },
)
def wide_public_range(group: Resource, *, narrowest: int = 23) -> Iterator[Finding]:
    """Rules do not name very wide public IPv4 ranges.

    Why: hundreds of addresses of strangers are let in beside the few that were meant.
    Fix: name the addresses that are needed (`/32`, or the partner's own network).
    Source: EC2 API, IpPermission.IpRanges; IANA registries for what is public. `narrowest` is the
    longest prefix that still counts as wide. Outbound rules are left to NET-SG-EGRESS-OPEN, as a
    wide destination is narrower than none.
    """

    def is_wide(cidr: str | Unknown) -> bool:
        if isinstance(cidr, str) and ":" in cidr:
            return False
        length = prefix_length(cidr)
        return length is not None and 0 < length <= narrowest and is_public_range(cidr)

    for permission in permissions(group, "ingress"):
        for name, position, cidr in matching(permission.sources(), lambda s: is_wide(s[2])):
            key = f"ingress {permission.ports_text()} {cidr}"
            yield permission.finding(f"lets the wide range {cidr} in", name, position, key)


@rule(
    "NET-SG-DATA-TIER-SG-REFERENCE",
    severity="high",
    on=(SecurityGroup, DefaultSecurityGroup),
    family="network",
    reads=(*NAMED_RANGES, *DATA_STORES),
)
def public_range_into_data_tier(group: Resource) -> Iterator[Finding | NotApplicable]:
    """Security groups of databases and caches admit only other security groups or private ranges.

    Why: a data store talks to applications of the same network; a public address in its group is a
    way in from outside, whatever the subnet.
    Fix: name the application's group (`referenced_security_group_id`, or `security_groups`), or a
    range of the VPC.
    Source: EC2 API, IpPermission; RDS DBInstance.VpcSecurityGroups, ElastiCache
    CacheCluster.SecurityGroups.
    """
    if not _is_of_data_store(group):
        yield not_applicable("no database or cache uses it")
        return
    for permission in permissions(group, "ingress"):
        for name, position, cidr in matching(permission.sources(), lambda s: is_public_range(s[2])):
            key = f"ingress {permission.ports_text()} {cidr}"
            message = f"lets the public range {cidr} into a data store ({permission.ports_text()})"
            yield permission.finding(message, name, position, key)


def _is_of_data_store(group: Resource) -> bool:
    def used_by(cls: type[Resource], link: str) -> Callable[[], bool]:
        return lambda: some(group.related(cls, link), lambda _store: True)

    return any_of(
        used_by(DbInstance, "vpc_security_group_ids"),
        used_by(RdsCluster, "vpc_security_group_ids"),
        used_by(ElasticacheReplicationGroup, "security_group_ids"),
        used_by(ElasticacheCluster, "security_group_ids"),
    )
