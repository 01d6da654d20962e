"""Rules about security groups, in every form that Terraform has for their rules."""

from __future__ import annotations

import pytest
from auditor.rules import security_groups as sg
from auditor.rules.security_group_ports import PORT_RULES, plain_http_open

from auditor.rule import Rule
from auditor.testing import check_rule, judge_code, model_of

SSH = next(rule for rule in PORT_RULES if rule.id == "NET-SG-SSH-OPEN")
TEXT = 'variable "v" { type = string }\n'
LIST = 'variable "v" { type = list(string) }\n'
WORLD = 'cidr_blocks = ["0.0.0.0/0"]'
OFFICE = 'cidr_blocks = ["198.51.100.0/24"]'


def group(body: str = "", kind: str = "aws_security_group") -> str:
    return f'resource "{kind}" "g" {{\n{body}\n}}\n'


def block(who: str, ports: str = "22", protocol: str = '"tcp"', direction: str = "ingress") -> str:
    first, _, last = ports.partition("..")
    return (
        f"{direction} {{\n  protocol = {protocol}\n  from_port = {first}\n"
        f"  to_port = {last or first}\n  {who}\n}}\n"
    )


def old_rule(who: str, ports: str = "22", more: str = "") -> str:
    first, _, last = ports.partition("..")
    return (
        'resource "aws_security_group_rule" "r" {\n  type = "ingress"\n'
        f'  security_group_id = aws_security_group.g.id\n  protocol = "tcp"\n'
        f"  from_port = {first}\n  to_port = {last or first}\n  {who}\n{more}}}\n"
    )


def new_rule(who: str, port: str = "22", direction: str = "ingress") -> str:
    return (
        f'resource "aws_vpc_security_group_{direction}_rule" "r" {{\n'
        f'  security_group_id = aws_security_group.g.id\n  ip_protocol = "tcp"\n'
        f"  from_port = {port}\n  to_port = {port}\n  {who}\n}}\n"
    )


def found(rule: Rule, text: str) -> list[tuple[str, str, int]]:
    """Resource, argument and line of each finding."""
    return [
        (f.resource.address, f.attribute, location.line)
        for verdict in judge_code(rule, text)
        for f in verdict.findings
        if (location := f.resource.provenance.trace(f.path).location)
    ]


@pytest.mark.parametrize(
    ("bad", "good", "at"),
    [
        (group(block(WORLD)), group(block(OFFICE)), "ingress[0].cidr_blocks[0]"),
        (
            group(block('cidr_blocks = ["10.0.0.0/8", "0.0.0.0/0"]')),
            group(block('cidr_blocks = ["10.0.0.0/8", "192.0.2.1/32"]')),
            "ingress[0].cidr_blocks[1]",
        ),
        (
            group(block('ipv6_cidr_blocks = ["::/0"]')),
            group(block('ipv6_cidr_blocks = ["2001:db8::/32"]')),
            "ingress[0].ipv6_cidr_blocks[0]",
        ),
        (
            group(block('ipv6_cidr_blocks = ["0:0::0/0"]')),
            group(block("self = true")),
            "ingress[0].ipv6_cidr_blocks[0]",
        ),
        (
            group(block(WORLD, "0..1024")),
            group(block(WORLD, "23..1024")),
            "ingress[0].cidr_blocks[0]",
        ),
        (
            group(block(WORLD, "0", '"-1"')),
            group(block(WORLD, "22", '"udp"')),
            "ingress[0].cidr_blocks[0]",
        ),
        (
            group(block(WORLD, "22", '"6"')),
            group(block(WORLD, "-1", '"icmp"')),
            "ingress[0].cidr_blocks[0]",
        ),
        (
            group(block(OFFICE) + block(WORLD, "20..25")),
            group(block(WORLD, direction="egress")),
            "ingress[1].cidr_blocks[0]",
        ),
        (group() + old_rule(WORLD), group() + old_rule(OFFICE), "ingress[0].cidr_blocks[0]"),
        (
            group() + old_rule(WORLD),
            group()
            + group().replace('"g"', '"h"')
            + old_rule("source_security_group_id = aws_security_group.h.id"),
            "ingress[0].cidr_blocks[0]",
        ),
        (
            group() + new_rule('cidr_ipv4 = "0.0.0.0/0"'),
            group() + new_rule('cidr_ipv4 = "10.0.0.0/8"'),
            "ingress[0].cidr_blocks[0]",
        ),
        (
            group() + new_rule('cidr_ipv6 = "::/0"'),
            group() + new_rule('cidr_ipv4 = "0.0.0.0/0"', direction="egress"),
            "ingress[0].ipv6_cidr_blocks[0]",
        ),
        (
            group(block(WORLD), "aws_default_security_group"),
            group("", "aws_default_security_group"),
            "ingress[0].cidr_blocks[0]",
        ),
    ],
)
def test_ssh_is_found_however_it_is_opened(bad: str, good: str, at: str):
    check_rule(SSH, bad=bad, good=good, at=at)


@pytest.mark.parametrize(
    "unknown",
    [
        LIST + group(block("cidr_blocks = var.v")),
        TEXT + group(block("cidr_blocks = [var.v]")),
        TEXT + group(block(WORLD, "var.v")),
        TEXT + group(block(WORLD, protocol="var.v")),
        TEXT + group() + old_rule("cidr_blocks = [var.v]"),
        TEXT + group() + new_rule("cidr_ipv4 = var.v"),
        TEXT + group() + new_rule("prefix_list_id = var.v"),
        group(block('prefix_list_ids = ["pl-0123456789abcdef0"]')),
        'variable "v" { type = number }\n' + group("count = var.v\n" + block(WORLD)),
        'variable "v" { type = number }\n' + group() + old_rule(WORLD, more="count = var.v\n"),
        LIST
        + group(
            f'dynamic "ingress" {{\n for_each = var.v\n content {{\n{block("")[9:-2]}'
            "  cidr_blocks = [ingress.value]\n }\n}"
        ),
    ],
)
def test_what_is_not_known_is_in_doubt(unknown: str):
    statuses = {v.status for v in judge_code(SSH, unknown)}
    assert "undetermined" in statuses
    assert "fail" not in statuses


@pytest.mark.parametrize(
    "text",
    [
        LIST + group(block("cidr_blocks = var.v", "443")),
        TEXT + group(block('cidr_blocks = ["${var.v}/32"]')),
        'data "aws_prefix_list" "s3" { name = "com.amazonaws.eu-west-1.s3" }\n'
        + group(block("prefix_list_ids = [data.aws_prefix_list.s3.id]")),
        'data "aws_ec2_managed_prefix_list" "cf" {\n'
        '  name = "com.amazonaws.global.cloudfront.origin-facing"\n}\n'
        + group(block("prefix_list_ids = [data.aws_ec2_managed_prefix_list.cf.id]")),
        'data "aws_ec2_managed_prefix_list" "s3" {\n  filter {\n    name = "prefix-list-name"\n'
        '    values = ["com.amazonaws.eu-west-1.s3"]\n  }\n}\n'
        + group(block("prefix_list_ids = [data.aws_ec2_managed_prefix_list.s3.id]")),
        'resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }\n'
        + group(block("cidr_blocks = [aws_vpc.v.cidr_block]")),
    ],
)
def test_what_is_not_known_but_cannot_matter(text: str):
    assert [v.status for v in judge_code(SSH, text)] == ["pass"]


def test_a_world_open_element_beside_an_unknown_one():
    """A dynamic block of a `for_each` group: the place is the value's own."""
    text = """variable "x" {
  type = list(string)
}
resource "aws_security_group" "g" {
  for_each = { admin = 22, web = 443 }
  dynamic "ingress" {
    for_each = [each.value]
    content {
      protocol  = "tcp"
      from_port = ingress.value
      to_port   = ingress.value
      cidr_blocks = concat(
        ["0.0.0.0/0"],
        var.x,
      )
    }
  }
}
"""
    assert found(SSH, text) == [
        ('aws_security_group.g["admin"]', "ingress[0].cidr_blocks[0]", 13),
    ]


def test_a_rule_of_its_own_is_found_at_its_own_line():
    text = group() + old_rule('cidr_blocks = [\n    "10.0.0.0/8",\n    "0.0.0.0/0",\n  ]')
    assert found(SSH, text) == [("aws_security_group.g", "ingress[0].cidr_blocks[1]", 12)]
    text = group() + new_rule('cidr_ipv4 = "0.0.0.0/0"')
    assert found(SSH, text) == [("aws_security_group.g", "ingress[0].cidr_blocks[0]", 9)]


def test_a_rule_whose_group_is_elsewhere_is_judged_alone():
    text = TEXT + new_rule('cidr_ipv4 = "0.0.0.0/0"').replace("aws_security_group.g.id", "var.v")
    assert found(SSH, text) == [("aws_vpc_security_group_ingress_rule.r", "cidr_ipv4", 7)]


def test_rules_go_to_the_instance_that_they_name():
    text = """resource "aws_security_group" "g" {
  for_each = toset(["a", "b"])
}
resource "aws_vpc_security_group_ingress_rule" "r" {
  for_each          = { a = "0.0.0.0/0", b = "10.0.0.0/8" }
  security_group_id = aws_security_group.g[each.key].id
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_ipv4         = each.value
}
"""
    verdicts = {v.resource.address: v.status for v in judge_code(SSH, text) if v.resource}
    assert verdicts == {'aws_security_group.g["a"]': "fail", 'aws_security_group.g["b"]': "pass"}


def test_ranges_that_are_everything_together():
    """Two halves in one rule, or in two, open what `0.0.0.0/0` opens."""
    check_rule(
        SSH,
        bad=group(block('cidr_blocks = ["0.0.0.0/1", "128.0.0.0/1"]')),
        good=group(block('cidr_blocks = ["0.0.0.0/1", "128.0.0.0/2"]')),
        at="ingress[0].cidr_blocks[0]",
    )
    check_rule(
        SSH,
        bad=group(
            block('cidr_blocks = ["0.0.0.0/1"]') + block('cidr_blocks = ["128.0.0.0/1"]', "0..99")
        ),
        good=group(
            block('cidr_blocks = ["0.0.0.0/1"]') + block('cidr_blocks = ["128.0.0.0/1"]', "80")
        ),
    )


def test_prefix_lists_are_looked_into():
    entry = 'entry {{\n    cidr = "{}"\n  }}'

    def listed(cidr: str) -> str:
        return (
            'resource "aws_ec2_managed_prefix_list" "p" {\n  name = "p"\n  max_entries = 5\n'
            f'  address_family = "IPv4"\n  {entry.format(cidr)}\n}}\n'
        )

    use = group(block("prefix_list_ids = [aws_ec2_managed_prefix_list.p.id]"))
    check_rule(
        SSH,
        bad=listed("0.0.0.0/0") + use,
        good=listed("198.51.100.7/32") + use,
        unknown=TEXT + listed("${var.v}") + use,
        at="ingress[0].prefix_list_ids[0]",
    )
    alone = (
        'resource "aws_ec2_managed_prefix_list" "p" {\n  name = "p"\n  max_entries = 5\n'
        '  address_family = "IPv4"\n}\nresource "aws_ec2_managed_prefix_list_entry" "e" {\n'
        '  prefix_list_id = aws_ec2_managed_prefix_list.p.id\n  cidr = "0.0.0.0/0"\n}\n'
    )
    assert [v.status for v in judge_code(SSH, alone + use)] == ["fail"]


def test_either_of_two_ports_is_certain_enough():
    text = 'variable "v" { type = bool }\n' + group(block(WORLD, "22..var.v ? 22 : 25"))
    assert [v.status for v in judge_code(SSH, text)] == ["fail"]


@pytest.mark.parametrize(
    ("id", "port", "transport"),
    [
        ("NET-SG-RDP-OPEN", 3389, "tcp"),
        ("NET-SG-CIFS-OPEN", 445, "tcp"),
        ("NET-SG-FTP-OPEN", 21, "tcp"),
        ("NET-SG-TELNET-OPEN", 23, "tcp"),
        ("NET-SG-POSTGRES-OPEN", 5432, "tcp"),
        ("NET-SG-MYSQL-OPEN", 3306, "tcp"),
        ("NET-SG-MSSQL-OPEN", 1434, "tcp"),
        ("NET-SG-ORACLE-OPEN", 2483, "tcp"),
        ("NET-SG-MONGODB-OPEN", 27018, "tcp"),
        ("NET-SG-REDIS-OPEN", 6379, "tcp"),
        ("NET-SG-MEMCACHED-OPEN", 11211, "udp"),
        ("NET-SG-CASSANDRA-OPEN", 9160, "tcp"),
        ("NET-SG-KAFKA-OPEN", 9092, "tcp"),
        ("NET-SG-ELASTIC-KIBANA-OPEN", 5601, "tcp"),
        ("NET-SG-LDAP-OPEN", 636, "tcp"),
        ("NET-SG-KERBEROS-OPEN", 464, "tcp"),
    ],
)
def test_ports_of_services(id: str, port: int, transport: str):
    check_rule(
        next(rule for rule in PORT_RULES if rule.id == id),
        bad=group(block(WORLD, str(port), f'"{transport}"')),
        good=group(block(OFFICE, str(port), f'"{transport}"') + block(WORLD, "443")),
        unknown=LIST + group(block("cidr_blocks = var.v", str(port), f'"{transport}"')),
        at="ingress[0].cidr_blocks[0]",
    )


def test_every_port():
    check_rule(
        sg.every_port_open,
        bad=group(block(WORLD, "0", '"-1"')),
        good=group(block(WORLD, "443") + block(OFFICE, "0", '"-1"')),
        unknown=TEXT + group(block(WORLD, "0..var.v")),
        at="ingress[0].cidr_blocks[0]",
    )
    check_rule(
        sg.every_port_open,
        bad=group(block(WORLD, "0..65535")),
        good=group(block(WORLD, "0..65534")),
    )


def test_high_risk_ports():
    check_rule(
        sg.high_risk_ports,
        bad=group(block(WORLD, "8080")),
        good=group(block(WORLD, "443")),
        unknown=TEXT + group(block(WORLD, "var.v")),
        at="ingress[0].cidr_blocks[0]",
    )


def test_egress():
    check_rule(
        sg.egress_open,
        bad=group(block(WORLD, "0", '"-1"', "egress")),
        good=group(block(WORLD, "443", direction="egress")) + group().replace('"g"', '"none"'),
        unknown=LIST + group(block("cidr_blocks = var.v", "0", '"-1"', "egress")),
        at="egress[0].cidr_blocks[0]",
    )
    every = new_rule('cidr_ipv4 = "0.0.0.0/0"', direction="egress").replace('"tcp"', '"-1"')
    check_rule(
        sg.egress_open,
        bad=group() + every.replace("from_port = 22", "").replace("to_port = 22", ""),
        good=group() + new_rule('cidr_ipv4 = "0.0.0.0/0"', direction="egress"),
    )


def test_unauthorised_ports():
    check_rule(
        sg.unauthorised_ports,
        bad=group(block(WORLD, "8443")),
        good=group(block(WORLD, "443") + block(WORLD, "-1", '"icmp"') + block(OFFICE, "8443")),
        unknown=TEXT + group(block(WORLD, "var.v")),
        at="ingress[0].cidr_blocks[0]",
    )
    check_rule(
        sg.unauthorised_ports,
        bad=group(block(WORLD, "80..443")),
        good=group(block(WORLD, "80")),
    )


@pytest.mark.parametrize(
    ("rule", "mine", "other"),
    [
        (sg.remote_administration_over_ipv4, WORLD, 'ipv6_cidr_blocks = ["::/0"]'),
        (sg.remote_administration_over_ipv6, 'ipv6_cidr_blocks = ["::/0"]', WORLD),
    ],
)
def test_remote_administration(rule: Rule, mine: str, other: str):
    argument = mine.partition(" ")[0]
    check_rule(
        rule,
        bad=group(block(mine, "3389")),
        good=group(block(other, "22") + block(mine, "443")),
        unknown=LIST + group(block(f"{argument} = var.v")),
        at=f"ingress[0].{argument}[0]",
    )


def test_plain_http():
    balancer = 'resource "aws_lb" "l" {\n  security_groups = [%s]\n}\n'
    check_rule(
        plain_http_open,
        bad=group(block(WORLD, "80")) + balancer % "",
        good=group(block(WORLD, "80")) + balancer % "aws_security_group.g.id",
        unknown=TEXT + group(block(WORLD, "80")) + balancer % "var.v",
        at="ingress[0].cidr_blocks[0]",
    )
    check_rule(
        plain_http_open,
        bad=group() + new_rule('cidr_ipv4 = "0.0.0.0/0"', "80"),
        good=group() + new_rule('cidr_ipv4 = "0.0.0.0/0"', "443"),
        unknown=TEXT
        + new_rule('cidr_ipv4 = "0.0.0.0/0"', "80").replace("aws_security_group.g.id", "var.v"),
    )


def test_wide_public_ranges():
    check_rule(
        sg.wide_public_range,
        bad=group(block('cidr_blocks = ["52.0.0.0/8"]', "443")),
        good=group(block('cidr_blocks = ["52.1.2.0/24", "10.0.0.0/8", "0.0.0.0/0"]')),
        unknown=LIST + group(block("cidr_blocks = var.v")),
        at="ingress[0].cidr_blocks[0]",
    )


@pytest.mark.parametrize(
    "store",
    [
        'resource "aws_db_instance" "s" {\n  vpc_security_group_ids = [%s]\n}\n',
        'resource "aws_rds_cluster" "s" {\n  vpc_security_group_ids = [%s]\n}\n',
        'resource "aws_elasticache_replication_group" "s" {\n  security_group_ids = [%s]\n}\n',
        'resource "aws_elasticache_cluster" "s" {\n  security_group_ids = [%s]\n}\n',
    ],
)
def test_data_tier(store: str):
    used = store % "aws_security_group.g.id"
    check_rule(
        sg.public_range_into_data_tier,
        bad=used + group(block('cidr_blocks = ["52.1.2.3/32"]', "5432")),
        good=used
        + group(block('cidr_blocks = ["10.0.0.0/16"]', "5432") + block("self = true", "5432")),
        unknown=LIST + used + group(block("cidr_blocks = var.v", "5432")),
        not_for=store % "" + group(block(WORLD)),
        at="ingress[0].cidr_blocks[0]",
    )


def test_default_groups():
    vpc = 'resource "aws_vpc" "v" {\n  cidr_block = "10.0.0.0/16"\n}\n'
    adopted = "vpc_id = aws_vpc.v.id\n"
    kind = "aws_default_security_group"
    check_rule(
        sg.default_group_open,
        bad=vpc + group(adopted + block("self = true", "0", '"-1"'), kind),
        good=vpc + group(adopted, kind),
        unknown=LIST
        + vpc
        + group(
            adopted
            + block("cidr_blocks = var.v").replace(
                "ingress {", 'dynamic "ingress" {\n for_each = var.v\n content {'
            )
            + "}",
            kind,
        ),
        at="ingress[0]",
    )
    check_rule(
        sg.default_group_open,
        bad=vpc,
        good=vpc + group(adopted, kind),
        unknown=TEXT + vpc + group("vpc_id = var.v", kind),
    )


def test_every_form_is_the_same_below_the_rules():
    """Quirk: a rule resource of either kind folds into the block that it stands for."""
    who = 'cidr_blocks = ["10.0.0.0/8"]'
    inline = model_of(group(block(who))).by_address["aws_security_group.g"]
    old = model_of(group() + old_rule(who)).by_address["aws_security_group.g"]
    new = model_of(group() + new_rule('cidr_ipv4 = "10.0.0.0/8"'))
    wanted = [("tcp 22", ["10.0.0.0/8"])]
    for resource in (inline, old, new.by_address["aws_security_group.g"]):
        seen = [
            (p.ports_text(), [cidr for _, _, cidr in p.sources()])
            for p in sg.permissions(resource, "ingress")
        ]
        assert seen == wanted
    rule = new.by_address["aws_vpc_security_group_ingress_rule.r"]
    assert rule.folded_into is new.by_address["aws_security_group.g"]


CHOICE = 'variable "c" { type = bool }\n'


@pytest.mark.parametrize(
    ("cidrs", "expected"),
    [
        ('var.c ? ["10.0.0.0/8"] : ["10.1.0.0/16", "198.51.100.0/24"]', "pass"),
        ('var.c ? ["10.0.0.0/8"] : ["0.0.0.0/0"]', "undetermined"),
        ('var.c ? ["10.0.0.0/8", "0.0.0.0/0"] : ["0.0.0.0/0"]', "fail"),
        ('var.c ? ["10.0.0.0/8"] : null', "pass"),
        ("try(local.rule.cidrs, null)", "pass"),
    ],
)  # fmt: skip
def test_a_choice_between_lists_of_ranges(cidrs: str, expected: str) -> None:
    text = CHOICE + 'resource "aws_vpc" "v" {}\n'
    text += "locals {\n  rule = { cidrs = [aws_vpc.v.cidr_block] }\n}\n"
    text += group() + old_rule(f"cidr_blocks = {cidrs}")
    (verdict,) = judge_code(SSH, text)
    assert verdict.status == expected
