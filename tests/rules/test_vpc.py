"""Rules about networks."""

from __future__ import annotations

import pytest
from auditor.rules.iam import vpc as iam
from auditor.rules.logging import vpc as logs
from auditor.rules.multi_az import vpc as availability
from auditor.rules.network import vpc as network

from auditor.rule import Rule
from auditor.testing import check_rule, judge_code

TEXT = 'variable "v" { type = string }\n'
FLAG = 'variable "v" { type = bool }\n'
LIST = 'variable "v" { type = list(string) }\n'
VPC = 'resource "aws_vpc" "v" {\n  cidr_block = "10.0.0.0/16"\n}\n'
ANYWHERE = 'cidr_block = "0.0.0.0/0"'


def acl(*entries: str, kind: str = "aws_network_acl") -> str:
    link = "vpc_id" if kind == "aws_network_acl" else "default_network_acl_id"
    lines = "\n".join(entries)
    return f'resource "{kind}" "a" {{\n  {link} = "x-1"\n{lines}\n}}\n'


def entry(
    number: str = "100",
    action: str = "allow",
    who: str = ANYWHERE,
    ports: str = "22..22",
    protocol: str = "tcp",
    direction: str = "ingress",
) -> str:
    first, last = ports.split("..")
    return (
        f'{direction} {{\n  rule_no = {number}\n  action = "{action}"\n  protocol = "{protocol}"\n'
        f"  from_port = {first}\n  to_port = {last}\n  {who}\n}}"
    )


def acl_rule(who: str = ANYWHERE, ports: str = "22..22", more: str = "") -> str:
    first, last = ports.split("..")
    return (
        'resource "aws_network_acl_rule" "r" {\n  network_acl_id = aws_network_acl.a.id\n'
        f'  rule_number = 100\n  protocol = "tcp"\n  rule_action = "allow"\n  from_port = {first}\n'
        f"  to_port = {last}\n  {who}\n{more}}}\n"
    )


def statuses(rule: Rule, text: str) -> list[str]:
    return [v.status for v in judge_code(rule, text)]


def test_subnets_hand_out_no_addresses():
    subnet = 'resource "aws_subnet" "s" {\n  vpc_id = "vpc-1"\n  %s\n}\n'
    check_rule(
        network.hands_out_public_addresses,
        bad=subnet % "map_public_ip_on_launch = true",
        good=subnet % "",
        unknown=FLAG + subnet % "map_public_ip_on_launch = var.v",
        at="map_public_ip_on_launch",
    )


@pytest.mark.parametrize("kind", ["aws_default_vpc", "aws_default_subnet"])
def test_the_default_vpc(kind: str):
    zone = 'availability_zone = "eu-west-1a"' if kind == "aws_default_subnet" else ""
    text = f'resource "{kind}" "d" {{\n  {zone}\n}}\n'
    assert statuses(network.default_vpc_in_use, text) == ["fail"]
    assert statuses(network.default_vpc_in_use, VPC) == []


@pytest.mark.parametrize(
    ("rule", "ports", "others"),
    [
        (network.acl_admits_remote_administration, "22..22", "443..443"),
        (network.acl_admits_remote_administration, "3000..4000", "23..3388"),
        (network.acl_admits_ftp, "20..21", "22..65535"),
    ],
)
def test_acls_and_ports(rule: Rule, ports: str, others: str):
    check_rule(
        rule,
        bad=acl(entry(ports=ports)),
        good=acl(entry(ports=others), entry("110", who='cidr_block = "10.0.0.0/8"', ports=ports)),
        unknown=TEXT + acl(entry(ports=ports, who="cidr_block = var.v")),
        at="ingress[0]",
    )
    check_rule(
        rule,
        bad=acl(entry(ports=ports, who='ipv6_cidr_block = "::/0"')),
        good=acl(entry(ports=ports, direction="egress")),
    )
    check_rule(
        rule,
        bad=acl() + acl_rule(ports=ports),
        good=acl() + acl_rule(ports=ports, more="  egress = true\n"),
        unknown=TEXT + acl() + acl_rule("cidr_block = var.v", ports),
        at="ingress[0]",
    )
    check_rule(
        rule,
        bad=acl(entry(ports=ports), kind="aws_default_network_acl"),
        good=acl(kind="aws_default_network_acl"),
    )


def test_lower_numbers_decide():
    rule = network.acl_admits_remote_administration
    denied = entry("90", "deny")
    assert statuses(rule, acl(denied, entry())) == ["pass"]
    assert statuses(rule, acl(denied, entry(ports="0..65535"))) == ["fail"]  # 3389
    assert statuses(rule, acl(entry("110", "deny"), entry())) == ["fail"]
    six = entry("90", "deny", 'ipv6_cidr_block = "::/0"')
    assert statuses(rule, acl(six, entry())) == ["fail"]
    number = 'variable "v" { type = number }\n'
    assert statuses(rule, number + acl(entry("var.v", "deny"), entry())) == ["undetermined"]


def test_ranges_that_are_everything_only_together():
    rule = network.acl_admits_remote_administration
    low, high = 'cidr_block = "0.0.0.0/1"', 'cidr_block = "128.0.0.0/1"'
    both = entry("100", who=low), entry("110", who=high)
    (verdict,) = judge_code(rule, acl(*both))
    assert [f.attribute for f in verdict.findings] == ["ingress[1]"]
    assert statuses(rule, acl(both[0])) == ["pass"]
    assert statuses(rule, acl(both[0], entry("110", who=high, ports="443..443"))) == ["pass"]
    assert statuses(rule, acl(entry("90", "deny", low), *both)) == ["pass"]
    private = entry("90", "deny", 'cidr_block = "10.0.0.0/8"')
    assert statuses(rule, acl(private, *both)) == ["fail"]
    sixes = [entry(str(n), who=f'ipv6_cidr_block = "{n}000::/2"') for n in (4, 8)]
    ends = [entry(n, who=f'ipv6_cidr_block = "{r}"') for n, r in (("1", "::/2"), ("9", "c000::/2"))]
    assert statuses(rule, acl(*sixes, *ends)) == ["fail"]


def test_blocks_say_their_action_in_any_case():
    rule = network.acl_admits_remote_administration
    assert statuses(rule, acl(entry(action="ALLOW"))) == ["fail"]
    assert statuses(rule, acl(entry("90", "Deny"), entry(action="Allow"))) == ["pass"]


def test_acls_that_let_everything_in():
    everything = entry(protocol="-1", ports="0..0")
    check_rule(
        network.acl_admits_everything,
        bad=acl(everything),
        good=acl(entry("90", "deny", protocol="-1", ports="0..0"), everything),
        unknown=TEXT + acl(entry(protocol="-1", ports="0..0", who="cidr_block = var.v")),
        at="ingress[0]",
    )
    check_rule(
        network.acl_admits_everything,
        bad=acl(entry(ports="0..65535")),
        good=acl(entry(ports="1024..65535")),
    )


def test_an_acl_rule_whose_acl_is_elsewhere():
    alone = TEXT + acl_rule().replace("aws_network_acl.a.id", "var.v")
    (verdict,) = judge_code(network.acl_admits_remote_administration, alone)
    assert verdict.status == "fail"
    assert verdict.resource is not None
    assert verdict.resource.address == "aws_network_acl_rule.r"


@pytest.mark.parametrize(
    ("acls", "expected"),
    [(("var.v", "var.w"), "undetermined"), (('"acl-1"', '"acl-1"'), "pass"),
     (('"acl-1"', '"acl-2"'), "fail")],
)  # fmt: skip
def test_an_acl_rule_beside_one_that_denies(acls, expected):
    """The ACL is not here, so which rules are of one ACL is seen by what they name only."""
    alone = acl_rule().replace("aws_network_acl.a.id", acls[0])
    denial = alone.replace('"r"', '"d"').replace('"allow"', '"deny"').replace(acls[0], acls[1])
    text = TEXT + TEXT.replace('"v"', '"w"') + alone
    text += denial.replace("rule_number = 100", "rule_number = 90")
    verdicts = judge_code(network.acl_admits_remote_administration, text)
    (found,) = [v for v in verdicts if v.resource and v.resource.address.endswith(".r")]
    assert found.status == expected


TABLE = 'resource "aws_route_table" "t" {\n  vpc_id = "vpc-1"\n%s}\n'
ROUTE = "  route {\n    %s\n    %s\n  }\n"
OWN_ROUTE = 'resource "aws_route" "r" {\n  route_table_id = aws_route_table.t.id\n  %s\n  %s\n}\n'


@pytest.mark.parametrize(
    ("rule", "target", "other", "at"),
    [
        (
            network.default_route_to_an_instance,
            'network_interface_id = "eni-1"',
            'nat_gateway_id = "nat-1"',
            "route[0].network_interface_id",
        ),
        (
            network.wide_route_over_peering,
            'vpc_peering_connection_id = "pcx-1"',
            'nat_gateway_id = "nat-1"',
            "route[0].cidr_block",
        ),
    ],
)
def test_default_routes(rule: Rule, target: str, other: str, at: str):
    check_rule(
        rule,
        bad=TABLE % (ROUTE % (ANYWHERE, target)),
        good=TABLE % (ROUTE % (ANYWHERE, other) + ROUTE % ('cidr_block = "10.9.0.0/16"', target)),
        unknown=TEXT + TABLE % (ROUTE % ("cidr_block = var.v", target)),
        at=at,
    )
    assert statuses(rule, TEXT + TABLE % (ROUTE % ("cidr_block = var.v", other))) == ["pass"]
    own = ANYWHERE.replace("cidr_block", "destination_cidr_block")
    check_rule(
        rule,
        bad=TABLE % "" + OWN_ROUTE % (own, target),
        good=TABLE % "" + OWN_ROUTE % (own, other),
        at=at,
    )
    six = 'destination_ipv6_cidr_block = "::/0"'
    alone = TEXT + (OWN_ROUTE % (six, target)).replace("aws_route_table.t.id", "var.v")
    assert statuses(rule, alone) == ["fail"]


def test_gateway_endpoints():
    endpoint = (
        'resource "aws_vpc_endpoint" "%s" {\n  vpc_id = aws_vpc.v.id\n  service_name = %s\n}\n'
    )
    s3 = endpoint % ("s", '"com.amazonaws.${data.aws_region.here.name}.s3"')
    dynamodb = endpoint % ("d", '"com.amazonaws.eu-west-1.dynamodb"')
    region = 'data "aws_region" "here" {}\n'
    check_rule(
        network.no_gateway_endpoints,
        bad=region + VPC + s3,
        good=region + VPC + s3 + dynamodb,
        unknown=TEXT + region + VPC + s3 + endpoint % ("x", "var.v"),
    )


PARTS = """
resource "aws_internet_gateway" "i" {
  vpc_id = aws_vpc.v.id
}
resource "aws_subnet" "s" {
  vpc_id            = aws_vpc.v.id
  availability_zone = "eu-west-1a"
}
resource "aws_route_table" "t" {
  vpc_id = aws_vpc.v.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.i.id
  }
}
"""
ASSOCIATION = """
resource "aws_route_table_association" "a" {
  subnet_id      = aws_subnet.s.id
  route_table_id = %s
}
"""
PRIVATE = 'resource "aws_route_table" "private" {\n  vpc_id = aws_vpc.v.id\n}\n'


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        (network.databases_in_public_subnets, "aws_db_subnet_group"),
        (network.caches_in_public_subnets, "aws_elasticache_subnet_group"),
    ],
)
def test_data_in_public_subnets(rule: Rule, kind: str):
    group = f'resource "{kind}" "g" {{\n  name = "g"\n  subnet_ids = [aws_subnet.s.id]\n}}\n'
    check_rule(
        rule,
        bad=VPC + PARTS + group + ASSOCIATION % "aws_route_table.t.id",
        good=VPC + PARTS + group + PRIVATE + ASSOCIATION % "aws_route_table.private.id",
        unknown=TEXT + VPC + PARTS + group + ASSOCIATION % "var.v",
        at="subnet_ids",
    )
    main = (
        'resource "aws_main_route_table_association" "m" {\n  vpc_id = aws_vpc.v.id\n'
        "  route_table_id = %s\n}\n"
    )
    check_rule(
        rule,
        bad=VPC + PARTS + group + main % "aws_route_table.t.id",
        good=VPC + PARTS + group + PRIVATE + main % "aws_route_table.private.id",
        unknown=TEXT + VPC + PARTS + group + main % "var.v",
    )
    assert statuses(rule, VPC + PARTS + group) == ["pass"]  # the table that came with the VPC
    unlisted = LIST + group.replace("[aws_subnet.s.id]", "var.v")
    assert statuses(rule, unlisted) == ["undetermined"]


def test_flow_logs():
    log = 'resource "aws_flow_log" "f" {\n  vpc_id = %s\n  traffic_type = %s\n}\n'
    check_rule(
        logs.no_flow_logs,
        bad=VPC + log % ("aws_vpc.v.id", '"ACCEPT"'),
        good=VPC + log % ("aws_vpc.v.id", '"REJECT"'),
        unknown=TEXT + VPC + log % ("aws_vpc.v.id", "var.v"),
    )
    assert statuses(logs.no_flow_logs, VPC) == ["fail"]
    assert statuses(logs.no_flow_logs, TEXT + VPC + log % ("var.v", '"ALL"')) == ["undetermined"]


def subnets(*zones: str) -> str:
    return VPC + "".join(
        f'resource "aws_subnet" "s{i}" {{\n  vpc_id = aws_vpc.v.id\n  availability_zone = {z}\n}}\n'
        for i, z in enumerate(zones)
    )


def test_subnets_over_zones():
    listed = 'data "aws_availability_zones" "z" {}\n'
    check_rule(
        availability.one_zone,
        bad=subnets('"eu-west-1a"', '"eu-west-1a"'),
        good=subnets('"eu-west-1a"', '"eu-west-1b"'),
        unknown=TEXT + subnets('"eu-west-1a"', "var.v"),
        not_for=VPC,
    )
    check_rule(
        availability.one_zone,
        bad=subnets('"eu-west-1a"'),
        good=listed + subnets(*(f"data.aws_availability_zones.z.names[{i}]" for i in (0, 1))),
        unknown=subnets("null", "null"),
    )
    certain = TEXT + subnets("var.v", '"eu-west-1a"', '"eu-west-1b"')
    assert statuses(availability.one_zone, certain) == ["pass"]


ENDPOINT = """
resource "aws_vpc_endpoint" "e" {
  vpc_id            = "vpc-1"
  service_name      = "com.amazonaws.eu-west-1.sqs"
  vpc_endpoint_type = "Interface"
  %s
}
"""


def test_endpoints_over_zones():
    check_rule(
        availability.endpoint_in_one_zone,
        bad=ENDPOINT % 'subnet_ids = ["subnet-1"]',
        good=ENDPOINT % 'subnet_ids = ["subnet-1", "subnet-2"]',
        unknown=LIST + ENDPOINT % "subnet_ids = var.v",
        not_for=(ENDPOINT % "").replace('"Interface"', '"Gateway"'),
        at="subnet_ids",
    )


def test_endpoint_policies():
    policy = (
        'policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = "*", Action = "*",'
        ' Resource = "*"%s }] })'
    )
    inside = ', Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-1" } }'
    check_rule(
        iam.endpoint_for_anyone,
        bad=ENDPOINT % (policy % ""),
        good=ENDPOINT % (policy % inside),
        unknown=TEXT + ENDPOINT % "policy = var.v",
        at="policy",
    )
    assert statuses(iam.endpoint_for_anyone, ENDPOINT % "") == ["fail"]
