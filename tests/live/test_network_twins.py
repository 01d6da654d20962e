"""Rules about networks say of an emulated account what they say of Terraform."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from auditor.rules import security_groups as sg
from auditor.rules.iam import vpc as vpc_iam
from auditor.rules.logging import vpc as vpc_logging
from auditor.rules.multi_az import vpc as vpc_availability
from auditor.rules.network import vpc as vpc_network
from auditor.rules.security_group_ports import PORT_RULES, plain_http_open
from emulated_account import Account

from auditor.testing import check_twins, judge_live

pytestmark = pytest.mark.emulator

ANYWHERE = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
ANYWHERE_6 = {"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
OFFICE = {"IpRanges": [{"CidrIp": "198.51.100.0/24"}]}
PORTS = {rule.id: rule for rule in PORT_RULES}

Step = Callable[[Account], object]


@pytest.fixture
def account(make_client: Callable[..., Any]) -> Account:
    return Account(make_client)


@pytest.fixture
def twins(moto_server: Any, account: Account) -> Callable[..., None]:
    """`twins(rule, bad, good)`: each makes its state in an empty account."""

    def check(rule: Any, bad: Step, good: Step) -> None:
        check_twins(
            rule,
            moto_server.url,
            bad=lambda: bad(account),
            good=lambda: good(account),
            reset=moto_server.reset,
        )

    return check


# -- security groups ------------------------------------------------------------------------------


def ingress(who: dict[str, Any], port: int = 22, protocol: str = "tcp") -> Step:
    def make(account: Account) -> None:
        ports = {} if protocol == "-1" else {"FromPort": port, "ToPort": port}
        account.ec2.authorize_security_group_ingress(
            GroupId=account.group(), IpPermissions=[{"IpProtocol": protocol, **ports, **who}]
        )

    return make


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (PORTS["NET-SG-SSH-OPEN"], ingress(ANYWHERE), ingress(OFFICE)),
        (PORTS["NET-SG-SSH-OPEN"], ingress(ANYWHERE_6), ingress(ANYWHERE_6, 443)),
        (PORTS["NET-SG-RDP-OPEN"], ingress(ANYWHERE, protocol="-1"), ingress(OFFICE, 3389)),
        (PORTS["NET-SG-MEMCACHED-OPEN"], ingress(ANYWHERE, 11211, "udp"), ingress(OFFICE, 11211)),
        (sg.every_port_open, ingress(ANYWHERE, protocol="-1"), ingress(OFFICE, protocol="-1")),
        (sg.high_risk_ports, ingress(ANYWHERE, 8080), ingress(ANYWHERE, 443)),
        (sg.unauthorised_ports, ingress(ANYWHERE, 8443), ingress(ANYWHERE, 443)),
        (sg.remote_administration_over_ipv4, ingress(ANYWHERE), ingress(ANYWHERE_6)),
        (sg.remote_administration_over_ipv6, ingress(ANYWHERE_6), ingress(ANYWHERE)),
        (
            sg.wide_public_range,
            ingress({"IpRanges": [{"CidrIp": "52.0.0.0/8"}]}),
            ingress({"IpRanges": [{"CidrIp": "10.0.0.0/8"}]}),
        ),
        (plain_http_open, ingress(ANYWHERE, 80), ingress(ANYWHERE, 443)),
    ],
    ids=lambda each: getattr(each, "id", ""),
)
def test_what_comes_in(twins: Any, rule: Any, bad: Step, good: Step) -> None:
    twins(rule, bad, good)


def test_one_port_of_every_rule(moto_server: Any, account: Account) -> None:
    """Each rule on a service's port fails on a group that opens them all."""
    moto_server.reset()
    ingress(ANYWHERE, protocol="-1")(account)
    for rule in PORT_RULES:
        failed = [v for v in judge_live(rule, moto_server.url) if v.status == "fail"]
        assert len(failed) == 1, rule.id


def test_what_goes_out(twins: Any) -> None:
    def closed(account: Account) -> None:
        for group in account.ec2.describe_security_groups()["SecurityGroups"]:
            account.ec2.revoke_security_group_egress(
                GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"]
            )

    twins(sg.egress_open, lambda account: account.group(), closed)


def test_default_groups(twins: Any) -> None:
    def closed(account: Account) -> None:
        for group in account.ec2.describe_security_groups()["SecurityGroups"]:
            account.ec2.revoke_security_group_egress(
                GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"]
            )

    twins(sg.default_group_open, lambda account: account.vpc(), closed)


def test_data_tier(twins: Any) -> None:
    def used(who: dict[str, Any]) -> Step:
        def make(account: Account) -> None:
            ingress(who, 5432)(account)
            groups = account.ec2.describe_security_groups(GroupNames=["g"])["SecurityGroups"]
            account.client("rds", "eu-west-1").create_db_instance(
                DBInstanceIdentifier="d",
                DBInstanceClass="db.t3.micro",
                Engine="postgres",
                VpcSecurityGroupIds=[groups[0]["GroupId"]],
            )

        return make

    inside = {"IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
    twins(sg.public_range_into_data_tier, used(ANYWHERE), used(inside))


# -- vpc ------------------------------------------------------------------------------------------


def test_subnets(twins: Any) -> None:
    def made(public: bool) -> Step:
        def make(account: Account) -> None:
            subnet = account.subnet(account.vpc())
            account.ec2.modify_subnet_attribute(
                SubnetId=subnet, MapPublicIpOnLaunch={"Value": public}
            )

        return make

    twins(vpc_network.hands_out_public_addresses, made(public=True), made(public=False))

    def zones(*names: str) -> Step:
        def make(account: Account) -> None:
            vpc = account.vpc()
            for block, name in enumerate(names):
                account.subnet(vpc, name, block)

        return make

    twins(vpc_availability.one_zone, zones("a", "a"), zones("a", "b"))


def acl(*entries: tuple[int, str, str, int]) -> Step:
    """An ACL in an account of its own: (number, action, protocol, port) each."""

    def make(account: Account) -> None:
        vpc = account.only_vpc()
        for old in account.ec2.describe_network_acls()["NetworkAcls"]:
            for entry in old["Entries"]:
                if entry["RuleNumber"] < 32767:
                    account.ec2.delete_network_acl_entry(
                        NetworkAclId=old["NetworkAclId"],
                        RuleNumber=entry["RuleNumber"],
                        Egress=entry["Egress"],
                    )
        made = account.ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
        for number, action, protocol, port in entries:
            ports = {} if protocol == "-1" else {"PortRange": {"From": port, "To": port}}
            account.ec2.create_network_acl_entry(
                NetworkAclId=made,
                RuleNumber=number,
                Protocol=protocol,
                RuleAction=action,
                Egress=False,
                CidrBlock="0.0.0.0/0",
                **ports,
            )

    return make


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (
            vpc_network.acl_admits_remote_administration,
            acl((100, "allow", "6", 22)),
            acl((90, "deny", "6", 22), (100, "allow", "6", 22)),
        ),
        (
            vpc_network.acl_admits_ftp,
            acl((100, "allow", "-1", 0)),
            acl((100, "allow", "6", 443)),
        ),
        (
            vpc_network.acl_admits_everything,
            acl((100, "allow", "-1", 0)),
            acl((90, "deny", "-1", 0), (100, "allow", "-1", 0)),
        ),
    ],
)
def test_acls(twins: Any, rule: Any, bad: Step, good: Step) -> None:
    twins(rule, bad, good)


def test_default_routes(twins: Any) -> None:
    def to_instance(account: Account) -> None:
        vpc = account.vpc()
        interface = account.ec2.create_network_interface(SubnetId=account.subnet(vpc))
        table = account.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        account.ec2.create_route(
            RouteTableId=table,
            DestinationCidrBlock="0.0.0.0/0",
            NetworkInterfaceId=interface["NetworkInterface"]["NetworkInterfaceId"],
        )

    def to_gateway(account: Account) -> None:
        vpc = account.vpc()
        address = account.ec2.allocate_address(Domain="vpc")["AllocationId"]
        gateway = account.ec2.create_nat_gateway(SubnetId=account.subnet(vpc), AllocationId=address)
        table = account.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        account.ec2.create_route(
            RouteTableId=table,
            DestinationCidrBlock="0.0.0.0/0",
            NatGatewayId=gateway["NatGateway"]["NatGatewayId"],
        )

    twins(vpc_network.default_route_to_an_instance, to_instance, to_gateway)


def test_routes_over_peering(twins: Any) -> None:
    def routed(destination: str) -> Step:
        def make(account: Account) -> None:
            one, other = account.vpc(), account.vpc()
            peering = account.ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=other)
            id = peering["VpcPeeringConnection"]["VpcPeeringConnectionId"]
            table = account.ec2.create_route_table(VpcId=one)["RouteTable"]["RouteTableId"]
            account.ec2.create_route(
                RouteTableId=table, DestinationCidrBlock=destination, VpcPeeringConnectionId=id
            )

        return make

    twins(vpc_network.wide_route_over_peering, routed("0.0.0.0/0"), routed("10.9.1.0/24"))


def test_flow_logs(twins: Any) -> None:
    def logged(traffic: str) -> Step:
        def make(account: Account) -> None:
            account.client("s3", "eu-west-1").create_bucket(
                Bucket="flow-logs", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
            )
            account.ec2.create_flow_logs(
                ResourceIds=[account.only_vpc()],
                ResourceType="VPC",
                TrafficType=traffic,
                LogDestinationType="s3",
                LogDestination="arn:aws:s3:::flow-logs",
            )

        return make

    twins(vpc_logging.no_flow_logs, logged("ACCEPT"), logged("ALL"))


def endpoint(**more: Any) -> Step:
    def make(account: Account) -> None:
        vpc = account.only_vpc()
        subnets = [account.subnet(vpc, zone, i) for i, zone in enumerate("ab")]
        given = dict(more)
        if "count" in given:
            given["SubnetIds"] = subnets[: given.pop("count")]
            given["VpcEndpointType"] = "Interface"
        for service in given.pop("services", ["s3"]):
            account.ec2.create_vpc_endpoint(
                VpcId=vpc, ServiceName=f"com.amazonaws.eu-west-1.{service}", **given
            )

    return make


def document(**condition: Any) -> str:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", **condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


INSIDE = {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (vpc_availability.endpoint_in_one_zone, endpoint(count=1), endpoint(count=2)),
        (vpc_network.no_gateway_endpoints, endpoint(), endpoint(services=["s3", "dynamodb"])),
        (
            vpc_iam.endpoint_for_anyone,
            endpoint(PolicyDocument=document()),
            endpoint(PolicyDocument=document(**INSIDE)),
        ),
    ],
)
def test_endpoints(twins: Any, rule: Any, bad: Step, good: Step) -> None:
    twins(rule, bad, good)


@pytest.mark.parametrize(
    ("rule", "service"),
    [
        (vpc_network.databases_in_public_subnets, "rds"),
        (vpc_network.caches_in_public_subnets, "elasticache"),
    ],
)
def test_data_in_public_subnets(twins: Any, rule: Any, service: str) -> None:
    def made(public: bool) -> Step:
        def make(account: Account) -> None:
            vpc = account.vpc()
            subnet = account.subnet(vpc)
            table = account.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
            account.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
            if public:
                gateway = account.ec2.create_internet_gateway()["InternetGateway"]
                id = gateway["InternetGatewayId"]
                account.ec2.attach_internet_gateway(InternetGatewayId=id, VpcId=vpc)
                account.ec2.create_route(
                    RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=id
                )
            client = account.client(service, "eu-west-1")
            if service == "rds":
                client.create_db_subnet_group(
                    DBSubnetGroupName="s", DBSubnetGroupDescription="d", SubnetIds=[subnet]
                )
            else:
                client.create_cache_subnet_group(
                    CacheSubnetGroupName="s", CacheSubnetGroupDescription="d", SubnetIds=[subnet]
                )

        return make

    twins(rule, made(public=True), made(public=False))
