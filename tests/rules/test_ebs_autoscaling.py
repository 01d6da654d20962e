"""Rules about volumes, snapshots and Auto Scaling groups."""

from __future__ import annotations

import pytest
from auditor.rules.backups import ebs as backups
from auditor.rules.encryption import ebs as encryption
from auditor.rules.multi_az import autoscaling as availability
from auditor.rules.network import ebs as network
from auditor.rules.operations import autoscaling as operations

from auditor.rule import Rule
from auditor.testing import check_rule, judge_code

TEXT = 'variable "v" { type = string }\n'
FLAG = 'variable "v" { type = bool }\n'
LIST = 'variable "v" { type = list(string) }\n'
DEFAULT = 'resource "aws_ebs_encryption_by_default" "d" {\n  enabled = %s\n}\n'


def volume(body: str = "") -> str:
    return f'resource "aws_ebs_volume" "v" {{\n  availability_zone = "eu-west-1a"\n{body}\n}}\n'


def instance(body: str = "") -> str:
    return f'resource "aws_instance" "i" {{\n  ami = "ami-1"\n{body}\n}}\n'


def configuration(body: str = "") -> str:
    return (
        'resource "aws_launch_configuration" "c" {\n  image_id = "ami-1"\n'
        f'  instance_type = "t3.micro"\n{body}\n}}\n'
    )


def template(body: str = "") -> str:
    return f'resource "aws_launch_template" "t" {{\n  name = "t"\n{body}\n}}\n'


def root(value: str) -> str:
    return f"root_block_device {{\n  encrypted = {value}\n}}\n"


def device(value: str) -> str:
    return f'ebs_block_device {{\n  device_name = "/dev/sdb"\n  encrypted = {value}\n}}\n'


def mapped(value: str) -> str:
    return (
        'block_device_mappings {\n  device_name = "/dev/sdb"\n  ebs {\n'
        f"    encrypted = {value}\n  }}\n}}\n"
    )


def statuses(rule: Rule, text: str) -> list[str]:
    return [v.status for v in judge_code(rule, text)]


def test_encryption_by_default():
    check_rule(
        encryption.no_encryption_by_default,
        bad=DEFAULT % "false",
        good=DEFAULT % "null",
        unknown=FLAG + DEFAULT % "var.v",
        at="enabled",
    )


def test_volumes():
    check_rule(
        encryption.volume_in_the_clear,
        bad=volume("encrypted = false"),
        good=volume("encrypted = true"),
        unknown=FLAG + volume("encrypted = var.v"),
        at="encrypted",
    )
    check_rule(
        encryption.volume_in_the_clear,
        bad=volume() + DEFAULT % "false",
        good=volume() + DEFAULT % "true",
        unknown=FLAG + volume() + DEFAULT % "var.v",
    )
    snapshot = (
        'resource "aws_ebs_snapshot_copy" "s" {\n  source_region = "eu-west-1"\n'
        '  source_snapshot_id = "snap-1"\n  encrypted = %s\n}\n'
    )
    of_it = volume("snapshot_id = aws_ebs_snapshot_copy.s.id")
    check_rule(
        encryption.volume_in_the_clear,
        bad=of_it + snapshot % "false",
        good=of_it + snapshot % "true",
        unknown=TEXT + volume("snapshot_id = var.v"),
    )


@pytest.mark.parametrize("made", [instance, configuration])
def test_block_devices(made: object):
    assert callable(made)
    check_rule(
        encryption.volume_in_the_clear,
        bad=made(root("false")),
        good=made(root("true")),
        unknown=FLAG + made(root("var.v")),
        at="root_block_device[0].encrypted",
    )
    check_rule(
        encryption.volume_in_the_clear,
        bad=made(root("true") + device("false")),
        good=made(root("true") + device("true")),
        unknown=FLAG + made(root("true") + device("var.v")),
        at="ebs_block_device[0].encrypted",
    )
    check_rule(
        encryption.volume_in_the_clear,
        bad=made(),
        good=made() + DEFAULT % "true",
        at="root_block_device",
    )


def test_volumes_of_a_launch_template():
    start = instance("launch_template {\n  id = aws_launch_template.t.id\n}")
    check_rule(
        encryption.volume_in_the_clear,
        bad=start + template(mapped("false")),
        good=start + template(mapped("true")),
        unknown=FLAG + start + template(mapped("var.v")),
    )
    check_rule(
        encryption.template_in_the_clear,
        bad=template(mapped("false")),
        good=template(mapped("true")) + template().replace('"t"', '"none"'),
        unknown=FLAG + template(mapped("var.v")),
        at="block_device_mappings[0].ebs",
    )
    check_rule(
        encryption.template_in_the_clear,
        bad=template(mapped("null")),
        good=template(mapped("null")) + DEFAULT % "true",
    )


def test_own_keys():
    check_rule(
        encryption.volume_without_own_key,
        bad=volume("encrypted = true"),
        good=volume("kms_key_id = aws_kms_key.k.arn") + 'resource "aws_kms_key" "k" {}\n',
        unknown=volume('kms_key_id = "arn:aws:kms:eu-west-1:123456789012:key/k"'),
        at="kms_key_id",
    )
    check_rule(
        encryption.volume_without_own_key,
        bad=volume('kms_key_id = "alias/aws/ebs"'),
        good=volume('kms_key_id = "alias/volumes"'),
    )


def test_snapshots():
    snapshot = 'resource "aws_ebs_snapshot" "s" {\n  volume_id = aws_ebs_volume.v.id\n}\n'
    check_rule(
        encryption.snapshot_in_the_clear,
        bad=snapshot + volume(),
        good=snapshot + volume("encrypted = true"),
        unknown=FLAG + snapshot + volume("encrypted = var.v"),
        at="encrypted",
    )
    copy = (
        'resource "aws_ebs_snapshot_copy" "c" {\n  source_region = "eu-west-1"\n'
        '  source_snapshot_id = "snap-1"\n  %s\n}\n'
    )
    check_rule(encryption.snapshot_in_the_clear, bad=copy % "", good=copy % "encrypted = true")


def test_images():
    image = (
        'resource "aws_ami" "a" {\n  name = "a"\n  ebs_block_device {\n'
        '    device_name = "/dev/xvda"\n    %s\n  }\n}\n'
    )
    check_rule(
        encryption.image_in_the_clear,
        bad=image % "",
        good=image % "encrypted = true",
        unknown=TEXT + image % "snapshot_id = var.v",
        at="ebs_block_device[0].encrypted",
    )
    copy = (
        'resource "aws_ami_copy" "c" {\n  name = "c"\n  source_ami_id = "ami-1"\n'
        '  source_ami_region = "eu-west-1"\n  %s\n}\n'
    )
    key = 'kms_key_id = "arn:aws:kms:eu-west-1:123456789012:key/k"'
    for bad in ("", "encrypted = true"):
        check_rule(
            encryption.image_in_the_clear, bad=copy % bad, good=copy % f"encrypted = true\n{key}"
        )


def test_public_snapshots_are_blocked():
    block = 'resource "aws_ebs_snapshot_block_public_access" "b" {\n  state = %s\n}\n'
    check_rule(
        network.snapshots_may_be_public,
        bad=block % '"unblocked"',
        good=block % '"block-all-sharing"',
        unknown=TEXT + block % "var.v",
        at="state",
    )


@pytest.mark.parametrize(
    ("rule", "made", "address"),
    [
        (backups.volume_not_in_a_plan, volume, "aws_ebs_volume.v"),
        (backups.instance_not_in_a_plan, instance, "aws_instance.i"),
    ],
)
def test_backup_plans(rule: Rule, made: object, address: str):
    assert callable(made)
    selection = (
        'resource "aws_backup_selection" "s" {\n  name = "s"\n  plan_id = "plan-1"\n'
        '  iam_role_arn = "arn:aws:iam::123456789012:role/b"\n  resources = [%s]\n}\n'
    )
    check_rule(
        rule,
        bad=made(),
        good=made() + selection % f"{address}.arn",
        unknown=TEXT + made() + selection % "var.v",
    )


def group(body: str = "") -> str:
    return (
        'resource "aws_autoscaling_group" "g" {\n  name = "g"\n  min_size = 2\n  max_size = 4\n'
        f"{body}\n}}\n"
    )


SUBNETS = "".join(
    f'resource "aws_subnet" "{zone}" {{\n  vpc_id = "vpc-1"\n'
    f'  availability_zone = "eu-west-1{zone}"\n}}\n'
    for zone in "ab"
)


def test_groups_over_zones():
    check_rule(
        availability.group_in_one_zone,
        bad=group('availability_zones = ["eu-west-1a"]'),
        good=group('availability_zones = ["eu-west-1a", "eu-west-1b"]'),
        unknown=LIST + group("availability_zones = var.v"),
        at="availability_zones",
    )
    check_rule(
        availability.group_in_one_zone,
        bad=SUBNETS + group("vpc_zone_identifier = [aws_subnet.a.id]"),
        good=SUBNETS + group("vpc_zone_identifier = [aws_subnet.a.id, aws_subnet.b.id]"),
        unknown=LIST + group("vpc_zone_identifier = var.v"),
        at="vpc_zone_identifier",
    )


def test_a_zone_named_twice_is_one_zone():
    twice = group('availability_zones = ["eu-west-1a", "eu-west-1a"]')
    assert statuses(availability.group_in_one_zone, twice) == ["fail"]


def test_health_checks():
    behind = 'target_group_arns = ["arn:aws:elasticloadbalancing:x"]\n'
    check_rule(
        availability.balancer_is_not_asked,
        bad=group(behind),
        good=group(behind + 'health_check_type = "ELB"'),
        unknown=TEXT + group(behind + "health_check_type = var.v"),
        not_for=group(),
        at="health_check_type",
    )
    attachment = (
        'resource "aws_autoscaling_attachment" "a" {\n  autoscaling_group_name = %s\n'
        '  lb_target_group_arn = "arn:aws:elasticloadbalancing:x"\n}\n'
    )
    check_rule(
        availability.balancer_is_not_asked,
        bad=group() + attachment % "aws_autoscaling_group.g.name",
        good=group('health_check_type = "ELB"') + attachment % "aws_autoscaling_group.g.name",
        unknown=TEXT + group() + attachment % "var.v",
    )


def mixed(*types: str) -> str:
    overrides = "\n".join(f'override {{\n  instance_type = "{each}"\n}}' for each in types)
    return (
        "mixed_instances_policy {\n  instances_distribution {\n"
        "    on_demand_percentage_above_base_capacity = 0\n  }\n  launch_template {\n"
        '    launch_template_specification {\n      launch_template_name = "t"\n    }\n'
        f"{overrides}\n  }}\n}}\n"
    )


ZONES = 'availability_zones = ["eu-west-1a", "eu-west-1b"]\n'


def test_instance_types():
    rule = availability.one_instance_type
    check_rule(
        rule,
        bad=group(ZONES),
        good=group(ZONES + mixed("m5.large", "m6i.large")),
        unknown=TEXT + group(ZONES + mixed("m5.large", "${var.v}")),
        at="mixed_instances_policy",
    )
    assert statuses(rule, group(ZONES + mixed("m5.large"))) == ["fail"]
    one = group('availability_zones = ["eu-west-1a"]\n' + mixed("m5.large", "m6i.large"))
    assert statuses(rule, one) == ["fail"]


def test_spot_capacity():
    check_rule(
        availability.waits_for_interruption,
        bad=group(mixed("m5.large")),
        good=group(mixed("m5.large") + "capacity_rebalance = true"),
        unknown=FLAG + group(mixed("m5.large") + "capacity_rebalance = var.v"),
        not_for=group(),
        at="capacity_rebalance",
    )


def test_suspended_processes():
    check_rule(
        availability.process_suspended,
        bad=group('suspended_processes = ["ReplaceUnhealthy"]'),
        good=group(),
        unknown=LIST + group("suspended_processes = var.v"),
        at="suspended_processes",
    )


def test_launch_templates():
    check_rule(
        operations.starts_from_a_configuration,
        bad=group("launch_configuration = aws_launch_configuration.c.name") + configuration(),
        good=group('launch_template {\n  name = "t"\n}')
        + group(mixed("m5.large")).replace('"g"', '"mixed"'),
        at="launch_configuration",
    )


def test_tags():
    tag = 'tag {{\n  key = "team"\n  value = "a"\n  propagate_at_launch = {}\n}}\n'
    check_rule(
        operations.tags_stay_behind,
        bad=group(tag.format("false")),
        good=group(tag.format("true")),
        unknown=FLAG + group(tag.format("var.v")),
        at="tag",
    )
    assert statuses(operations.tags_stay_behind, group()) == ["fail"]
