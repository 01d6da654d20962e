"""Security groups: what they let in from, and out to, the whole internet.

A rule looks at permissions, whichever way they were written (see auditor.services.security_groups).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from auditor.network import is_world

from auditor.resource import Finding, Resource
from auditor.rule import Rule, rule
from auditor.services.security_groups import (
    CARRIERS,
    DefaultSecurityGroup,
    Permission,
    permissions,
)
from auditor.values import Undetermined, Unknown, matching, some

Test = Callable[[Permission], bool]


def open_to_the_world(
    resource: Resource, direction: str, holds: Test, message: Callable[[Permission], str]
) -> Iterator[Finding]:
    """A finding at each range that is the whole internet in a permission of which `holds` is true.

    Certain ones first; raises `Undetermined` if others might be open.
    """
    causes: list[Unknown] = []
    try:
        for permission in permissions(resource, direction):
            try:
                for name, position, cidr in matching(
                    permission.sources(), lambda s: is_world(s[2])
                ):
                    if holds(permission):
                        key = f"{direction} {permission.ports_text()} {cidr}"
                        yield permission.finding(message(permission), name, position, key)
            except Undetermined as doubt:
                if not _certainly_not(holds, permission):
                    causes += doubt.causes
    except Undetermined as open_end:
        causes += open_end.causes
    if causes:
        raise Undetermined(*causes)


def _certainly_not(holds: Test, permission: Permission) -> bool:
    """Whether an unknown range does not matter, as the ports are certainly others."""
    try:
        return not holds(permission)
    except Undetermined:
        return False


@dataclass(frozen=True, slots=True)
class _Ports:
    """What a rule about one protocol's ports needs besides the common evaluator."""

    id: str
    title: str
    name: str
    ports: tuple[int, ...]
    transports: tuple[str, ...] = ("tcp",)
    aliases: Mapping[str, str] = field(default_factory=dict)
    frameworks: Mapping[str, str] = field(default_factory=dict)


_DOC = """{title}.

Why: {name} on the internet is found by scanners within minutes, and then tried for weak
credentials and unpatched flaws.
Fix: name the networks or security groups that need it instead of `0.0.0.0/0` or `::/0`; for
administration use Session Manager or a VPN.
Source: EC2 API, IpPermission; {name} uses {ports}. Protocol -1 covers every port.
"""


def _port_rule(row: _Ports) -> Rule:
    def exposed(group: Resource) -> Iterator[Finding]:
        def admits(permission: Permission) -> bool:
            pairs = [(p, t) for t in row.transports for p in row.ports]
            return some(pairs, lambda pair: permission.admits(*pair))

        def message(permission: Permission) -> str:
            return f"opens {row.name} to the internet ({permission.ports_text()})"

        yield from open_to_the_world(group, "ingress", admits, message)

    listed = ", ".join(f"{'/'.join(row.transports)} {port}" for port in row.ports)
    exposed.__doc__ = _DOC.format(title=row.title, name=row.name, ports=listed)
    exposed.__name__ = exposed.__qualname__ = row.id.lower().replace("-", "_")
    make = rule(
        row.id,
        severity="high",
        on=CARRIERS,
        family="network",
        aliases=row.aliases,
        frameworks=row.frameworks,
    )
    return make(exposed)


_PORTS = (
    _Ports(
        "NET-SG-SSH-OPEN",
        "No security group admits SSH from any address",
        "SSH",
        (22,),
        aliases={
            "checkov": "CKV_AWS_24",
            "trivy": "AWS-0107",
            "prowler": (
                "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22 "
                "ec2_instance_port_ssh_exposed_to_internet"
            ),
        },
        frameworks={
            "fsbp": "EC2.13",
            "cis-aws-3.0": "5.2 5.3",
            "cis-aws-5.0": "5.3 5.4",
            "nist-800-53-r5": (
                "AC-4 AC-4(21) CM-7 SC-7 SC-7(4) SC-7(5) SC-7(11) SC-7(16) SC-7(21)"
            ),
            "pci-dss-4": (
                "1.2.8 1.3.1 1.3.2 1.4.2 1.5.1 7.2.1 7.3.1 11.3.1.1 11.3.1.3 11.5.1.1 11.5.2 A1.1.3"
            ),
        },
    ),
    _Ports(
        "NET-SG-RDP-OPEN",
        "No security group admits RDP from any address",
        "RDP",
        (3389,),
        aliases={
            "checkov": "CKV_AWS_25",
            "trivy": "AWS-0107",
            "prowler": (
                "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_3389 "
                "ec2_instance_port_rdp_exposed_to_internet"
            ),
        },
        frameworks={"fsbp": "EC2.14", "cis-aws-3.0": "5.2 5.3", "cis-aws-5.0": "5.3 5.4"},
    ),
    _Ports(
        "NET-SG-CIFS-OPEN",
        "SMB/CIFS ports are not open to the internet",
        "SMB/CIFS",
        (139, 445),
        aliases={"prowler": "ec2_instance_port_cifs_exposed_to_internet"},
        frameworks={"cis-aws-5.0": "5.1.2"},
    ),
    _Ports(
        "NET-SG-FTP-OPEN",
        "FTP ports are not open to the internet",
        "FTP",
        (20, 21),
        aliases={
            "prowler": (
                "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_ftp_20_21 "
                "ec2_instance_port_ftp_exposed_to_internet"
            )
        },
    ),
    _Ports(
        "NET-SG-TELNET-OPEN",
        "Telnet is not open to the internet",
        "Telnet",
        (23,),
        aliases={
            "prowler": (
                "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_telnet_23 "
                "ec2_instance_port_telnet_exposed_to_internet"
            )
        },
    ),
    _Ports(
        "NET-SG-POSTGRES-OPEN",
        "PostgreSQL port is not open to the internet",
        "PostgreSQL",
        (5432,),
        aliases={
            "prowler": (
                "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_postgres_5432 "
                "ec2_instance_port_postgresql_exposed_to_internet"
            )
        },
    ),
    _Ports(
        "NET-SG-MYSQL-OPEN",
        "MySQL port is not open to the internet",
        "MySQL",
        (3306,),
        aliases={
            "prowler": (
                "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_mysql_3306 "
                "ec2_instance_port_mysql_exposed_to_internet"
            )
        },
    ),
    _Ports(
        "NET-SG-MSSQL-OPEN",
        "SQL Server ports are not open to the internet",
        "SQL Server",
        (1433, 1434),
        aliases={
            "prowler": (
                "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_sql_server_143 "
                "3_1434 ec2_instance_port_sqlserver_exposed_to_internet"
            )
        },
    ),
    _Ports(
        "NET-SG-ORACLE-OPEN",
        "Oracle listener ports are not open to the internet",
        "Oracle",
        (1521, 2483, 2484),
        aliases={
            "prowler": (
                "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_oracle_1521_24 "
                "83 ec2_instance_port_oracle_exposed_to_internet"
            )
        },
    ),
    _Ports(
        "NET-SG-MONGODB-OPEN",
        "MongoDB ports are not open to the internet",
        "MongoDB",
        (27017, 27018),
        aliases={
            "prowler": (
                "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_mongodb_27017_ "
                "27018 ec2_instance_port_mongodb_exposed_to_internet"
            )
        },
    ),
    _Ports(
        "NET-SG-REDIS-OPEN",
        "Redis/Valkey port is not open to the internet",
        "Redis",
        (6379,),
        aliases={
            "prowler": (
                "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_redis_6379 "
                "ec2_instance_port_redis_exposed_to_internet"
            )
        },
    ),
    _Ports(
        "NET-SG-MEMCACHED-OPEN",
        "Memcached port is not open to the internet",
        "Memcached",
        (11211,),
        transports=("tcp", "udp"),
        aliases={
            "prowler": (
                "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_memcached_1121 "
                "1 ec2_instance_port_memcached_exposed_to_internet"
            )
        },
    ),
    _Ports(
        "NET-SG-CASSANDRA-OPEN",
        "Cassandra ports are not open to the internet",
        "Cassandra",
        (7000, 7001, 7199, 8888, 9042, 9160),
        aliases={
            "prowler": (
                "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_cassandra_7199 "
                "_9160_8888 ec2_instance_port_cassandra_exposed_to_internet"
            )
        },
    ),
    _Ports(
        "NET-SG-KAFKA-OPEN",
        "Kafka port is not open to the internet",
        "Kafka",
        (9092,),
        aliases={
            "prowler": (
                "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_kafka_9092 "
                "ec2_instance_port_kafka_exposed_to_internet"
            )
        },
    ),
    _Ports(
        "NET-SG-ELASTIC-KIBANA-OPEN",
        "Elasticsearch and Kibana ports are not open to the internet",
        "Elasticsearch and Kibana",
        (9200, 9300, 5601),
        aliases={
            "prowler": (
                "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_elasticsearch_ "
                "kibana_9200_9300_5601 "
                "ec2_instance_port_elasticsearch_kibana_exposed_to_internet"
            )
        },
    ),
    _Ports(
        "NET-SG-LDAP-OPEN",
        "LDAP ports are not open to the internet",
        "LDAP",
        (389, 636),
        aliases={"prowler": "ec2_instance_port_ldap_exposed_to_internet"},
    ),
    _Ports(
        "NET-SG-KERBEROS-OPEN",
        "Kerberos ports are not open to the internet",
        "Kerberos",
        (88, 464, 749, 750),
        aliases={"prowler": "ec2_instance_port_kerberos_exposed_to_internet"},
    ),
)

PORT_RULES = tuple(_port_rule(row) for row in _PORTS)


@rule(
    "NET-SG-ALL-PORTS-OPEN",
    severity="critical",
    on=CARRIERS,
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
    "NET-SG-HIGH-RISK-PORTS",
    severity="critical",
    on=CARRIERS,
    family="network",
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
    family="network",
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
    on=DefaultSecurityGroup,
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
def default_group_open(group: DefaultSecurityGroup) -> Iterator[Finding]:
    """Default security group of each VPC carries no inbound and no outbound rule.

    Why: whatever is launched without a group of its own lands in the default group, and trusts
    everything else in it.
    Fix: adopt it with an `aws_default_security_group` without `ingress` and `egress` blocks.
    Source: EC2 User Guide, default security groups: AWS puts in a rule from itself and one to
    everywhere.
    """
    for direction in ("ingress", "egress"):
        for permission in permissions(group, direction):
            yield permission.node.finding(
                f"still has an {direction} rule ({permission.ports_text()})",
                key=f"{direction} {permission.ports_text()}",
            )
