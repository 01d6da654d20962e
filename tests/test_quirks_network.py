"""Quirks: what is written beside a thing or inside it becomes one way to say it."""

from __future__ import annotations

from auditor.services import (  # noqa: F401 - they take part
    elbv2,
    security_groups,
    sns,
    sqs,
    vpc_routing,
)
from auditor.testing import model_of

ACL = 'resource "aws_network_acl" "a" {\n  vpc_id = "vpc-1"\n}\n'


def test_a_route_folds_into_its_table():
    model = model_of(
        'resource "aws_route_table" "t" {\n  vpc_id = "vpc-1"\n}\n'
        'resource "aws_route" "r" {\n  route_table_id = aws_route_table.t.id\n'
        '  destination_cidr_block = "10.1.0.0/16"\n  nat_gateway_id = "nat-1"\n}\n'
    )
    (route,) = model.by_address["aws_route_table.t"].get("route")
    assert (route.cidr_block, route.nat_gateway_id) == ("10.1.0.0/16", "nat-1")
    table = model.by_address["aws_route_table.t"]
    assert model.by_address["aws_route.r"].folded_into is table
    place = table.provenance.trace(("route", 0, "cidr_block")).location
    assert place is not None
    assert place.line == 6


def test_another_name_of_a_type_is_that_type():
    model = model_of(
        'resource "aws_alb" "a" {\n  internal = true\n}\n'
        'resource "aws_alb_listener" "l" {\n  load_balancer_arn = aws_alb.a.arn\n  port = 80\n'
        '  default_action {\n    type = "forward"\n    target_group_arn = "t"\n  }\n}\n'
    )
    balancer = model.by_address["aws_alb.a"]
    assert (balancer.type, balancer.address) == ("aws_lb", "aws_alb.a")
    assert isinstance(balancer, elbv2.Lb)
    assert "aws_alb" not in model.by_type
    listener = model.by_address["aws_alb_listener.l"]
    assert listener.follow("load_balancer_arn") is balancer
    assert [each.address for each in balancer.related(elbv2.LbListener)] == ["aws_alb_listener.l"]


def test_rules_fold_into_a_group_whose_blocks_only_terraform_does_not_know():
    model = model_of(
        'resource "aws_vpc" "v" {\n  cidr_block = "10.0.0.0/16"\n}\n'
        "locals {\n  from = [{ cidr = aws_vpc.v.ipv6_cidr_block }]\n}\n"
        'resource "aws_security_group" "g" {\n  dynamic "ingress" {\n'
        '    for_each = try(local.from, [])\n    content {\n      protocol = "tcp"\n'
        "      from_port = 443\n      to_port = 443\n"
        "      ipv6_cidr_blocks = [ingress.value.cidr]\n    }\n  }\n}\n"
        'resource "aws_vpc_security_group_ingress_rule" "r" {\n'
        '  security_group_id = aws_security_group.g.id\n  ip_protocol = "-1"\n'
        '  cidr_ipv4 = "10.0.0.0/8"\n}\n'
    )
    group = model.by_address["aws_security_group.g"]
    ingress = list(security_groups.permissions(group, "ingress"))
    assert [each.protocol for each in ingress] == ["tcp", "all"]


def test_an_acl_rule_folds_into_its_acl():
    rule = (
        'resource "aws_network_acl_rule" "{name}" {{\n  network_acl_id = aws_network_acl.a.id\n'
        '  rule_number = 7\n  rule_action = "deny"\n  protocol = "tcp"\n'
        '  cidr_block = "0.0.0.0/0"\n{more}}}\n'
    )
    model = model_of(
        ACL + rule.format(name="i", more="") + rule.format(name="e", more="  egress = true\n")
    )
    acl = model.by_address["aws_network_acl.a"]
    for direction in ("ingress", "egress"):
        (entry,) = acl.get(direction)
        assert (entry.rule_no, entry.action, entry.cidr_block) == (7, "deny", "0.0.0.0/0")
    place = acl.provenance.trace(("ingress", 0, "rule_no")).location
    assert place is not None
    assert place.line == 6


def test_a_rule_in_an_unknown_direction_stays_alone():
    model = model_of(
        'variable "v" { type = bool }\n'
        + ACL
        + 'resource "aws_network_acl_rule" "r" {\n  network_acl_id = aws_network_acl.a.id\n'
        '  rule_number = 7\n  rule_action = "deny"\n  protocol = "tcp"\n  egress = var.v\n}\n'
    )
    assert model.by_address["aws_network_acl_rule.r"].folded_into is None
    assert model.by_address["aws_network_acl.a"].get("ingress") == []


def test_policies_inside_become_resources():
    model = model_of(
        'resource "aws_sqs_queue" "q" {\n  policy = "{}"\n  redrive_policy = "{}"\n}\n'
        'resource "aws_sns_topic" "t" {\n  policy = "{}"\n}\n'
        'resource "aws_kms_key" "k" {\n  policy = "{}"\n}\n'
        'resource "aws_secretsmanager_secret" "s" {\n  policy = "{}"\n}\n'
    )
    made = {
        "aws_sqs_queue.q.policy": ("aws_sqs_queue_policy", "queue_url", "aws_sqs_queue.q"),
        "aws_sqs_queue.q.redrive_policy": (
            "aws_sqs_queue_redrive_policy",
            "queue_url",
            "aws_sqs_queue.q",
        ),
        "aws_sns_topic.t.policy": ("aws_sns_topic_policy", "arn", "aws_sns_topic.t"),
        "aws_kms_key.k.policy": ("aws_kms_key_policy", "key_id", "aws_kms_key.k"),
        "aws_secretsmanager_secret.s.policy": (
            "aws_secretsmanager_secret_policy",
            "secret_arn",
            "aws_secretsmanager_secret.s",
        ),
    }
    for address, (kind, link, owner) in made.items():
        resource = model.by_address[address]
        assert resource.type == kind
        assert resource.follow(link).address == owner


def test_a_policy_inside_is_found_at_its_own_line():
    model = model_of('resource "aws_sqs_queue" "q" {\n  name = "q"\n  policy = "{}"\n}\n')
    place = model.by_address["aws_sqs_queue.q.policy"].provenance.trace(("policy",)).location
    assert place is not None
    assert place.line == 3


def test_an_owner_without_a_policy_gets_none():
    model = model_of('resource "aws_sqs_queue" "q" {\n  name = "q"\n}\n')
    assert "aws_sqs_queue_policy" not in model.by_type
