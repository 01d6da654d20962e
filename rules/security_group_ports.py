"""Security groups: ports of well-known services that are open to the whole internet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from auditor.resource import Finding, Resource
from auditor.rule import Rule, rule
from auditor.services.elbv2 import Lb
from auditor.services.security_groups import (
    CARRIERS,
    NAMED_RANGES,
    DefaultSecurityGroup,
    Permission,
    SecurityGroup,
)
from auditor.values import some

from .security_groups import EVERY_PORT, HIGH_RISK, open_to_the_world


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
        reads=NAMED_RANGES,
        family="network",
        aliases=row.aliases,
        frameworks=row.frameworks,
        covered_by=(EVERY_PORT, HIGH_RISK),
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
    "NET-SG-HTTP80-OPEN",
    severity="low",
    on=CARRIERS,
    family="network",
    covered_by=(EVERY_PORT,),
    reads=(*NAMED_RANGES, Lb),
    aliases={
        "checkov": "CKV_AWS_260",
    },
)
def plain_http_open(group: Resource) -> Iterator[Finding]:
    """Plain HTTP port 80 is not open to any address except on load balancers.

    Why: what is sent over it can be read and changed on the way.
    Fix: serve HTTPS on 443; let only a load balancer that redirects listen on 80, with a group of
    its own in `security_groups` of `aws_lb`.
    Source: EC2 API, IpPermission; tcp 80.
    """
    findings = open_to_the_world(
        group,
        "ingress",
        lambda permission: permission.admits(80),
        lambda permission: f"opens plain HTTP to the internet ({permission.ports_text()})",
    )
    for finding in findings:
        if not _is_of_load_balancer(group):
            yield finding


def _is_of_load_balancer(carrier: Resource) -> bool:
    alone = not isinstance(carrier, SecurityGroup | DefaultSecurityGroup)
    group = carrier.follow("security_group_id") if alone else carrier
    return some(group.related(Lb, "security_groups"), lambda _balancer: True)
