"""Rules about instances, launch templates and images."""

from __future__ import annotations

import base64

import pytest
from auditor.rules.iam import ec2 as iam
from auditor.rules.logging import ec2 as logs
from auditor.rules.network import ec2 as network
from auditor.rules.operations import ec2 as operations
from auditor.rules.secrets import ec2 as secrets

from auditor.engine import evaluate
from auditor.model import Model
from auditor.resource import Resource
from auditor.rule import Rule
from auditor.testing import check_rule, judge_code

TEXT = 'variable "v" { type = string }\n'
FLAG = 'variable "v" { type = bool }\n'
NUMBER = 'variable "v" { type = number }\n'


def instance(body: str = "") -> str:
    return f'resource "aws_instance" "i" {{\n  ami = "ami-1"\n{body}\n}}\n'


def template(body: str = "") -> str:
    return f'resource "aws_launch_template" "t" {{\n  name = "t"\n{body}\n}}\n'


def configuration(body: str = "") -> str:
    return (
        'resource "aws_launch_configuration" "c" {\n  image_id = "ami-1"\n'
        f'  instance_type = "t3.micro"\n{body}\n}}\n'
    )


def metadata(body: str) -> str:
    return f"metadata_options {{\n  {body}\n}}"


def statuses(rule: Rule, text: str) -> list[str]:
    return [v.status for v in judge_code(rule, text)]


REQUIRED = metadata('http_tokens = "required"')
OPTIONAL = metadata('http_tokens = "optional"')
OFF = metadata('http_endpoint = "disabled"')
UNSET = metadata("http_tokens = var.v")
FROM_TEMPLATE = "launch_template {\n  id = aws_launch_template.t.id\n}"
DEFAULTS = 'resource "aws_ec2_instance_metadata_defaults" "d" {\n  http_tokens = %s\n}\n'


@pytest.mark.parametrize(
    ("rule", "made"),
    [
        (operations.instance_answers_without_token, instance),
        (operations.template_answers_without_token, template),
        (operations.template_answers_without_token, configuration),
    ],
)
def test_metadata_wants_tokens(rule: Rule, made: object):
    assert callable(made)
    check_rule(
        rule,
        bad=made(OPTIONAL),
        good=made(REQUIRED),
        unknown=TEXT + made(UNSET),
        at="metadata_options",
    )
    check_rule(rule, bad=made(), good=made(OFF))
    check_rule(
        rule,
        bad=made() + DEFAULTS % '"optional"',
        good=made() + DEFAULTS % '"required"',
        unknown=TEXT + made() + DEFAULTS % "var.v",
    )
    assert statuses(rule, made(OPTIONAL) + DEFAULTS % '"required"') == ["fail"]


def test_metadata_of_the_launch_template():
    check_rule(
        operations.instance_answers_without_token,
        bad=template(OPTIONAL) + instance(FROM_TEMPLATE),
        good=template(REQUIRED) + instance(FROM_TEMPLATE),
        unknown=TEXT + instance(FROM_TEMPLATE.replace("aws_launch_template.t.id", "var.v")),
    )
    named = FROM_TEMPLATE.replace("id = aws_launch_template.t.id", 'name = "t"')
    assert statuses(
        operations.instance_answers_without_token, template(REQUIRED) + instance(named)
    ) == ["pass"]


def test_the_region_s_default():
    check_rule(
        operations.region_does_not_require_tokens,
        bad=DEFAULTS % "null",
        good=DEFAULTS % '"required"',
        unknown=TEXT + DEFAULTS % "var.v",
        at="http_tokens",
    )


@pytest.mark.parametrize("made", [template, configuration])
def test_hops(made: object):
    assert callable(made)
    check_rule(
        operations.metadata_reaches_further,
        bad=made(metadata("http_put_response_hop_limit = 2")),
        good=made(metadata("http_put_response_hop_limit = 1")),
        unknown=NUMBER + made(metadata("http_put_response_hop_limit = var.v")),
        at="metadata_options[0].http_put_response_hop_limit",
    )
    assert statuses(operations.metadata_reaches_further, made()) == ["pass"]


def test_key_pairs():
    for made in (instance, template):
        check_rule(
            operations.has_key_pair, bad=made('key_name = "admin"'), good=made(), at="key_name"
        )


def test_unused_addresses():
    address = 'resource "aws_eip" "a" {\n  %s\n}\n'
    gateway = (
        'resource "aws_nat_gateway" "n" {\n  subnet_id = "subnet-1"\n'
        "  allocation_id = aws_eip.a.id\n}\n"
    )
    balancer = (
        'resource "aws_lb" "l" {\n  load_balancer_type = "network"\n  subnet_mapping {\n'
        '    subnet_id = "subnet-1"\n    allocation_id = %s\n  }\n}\n'
    )
    check_rule(
        operations.address_unused,
        bad=address % "",
        good=address % "" + gateway,
        unknown=TEXT + address % "" + balancer % "var.v",
    )
    used = address % "instance = aws_instance.i.id" + instance()
    assert statuses(operations.address_unused, used) == ["pass"]
    assert statuses(operations.address_unused, address % "" + balancer % "aws_eip.a.id") == ["pass"]
    association = (
        'resource "aws_eip_association" "x" {\n  allocation_id = aws_eip.a.id\n'
        "  instance_id = aws_instance.i.id\n}\n"
    )
    assert statuses(operations.address_unused, address % "" + association + instance()) == ["pass"]


SUBNET = 'resource "aws_subnet" "s" {\n  vpc_id = "vpc-1"\n  map_public_ip_on_launch = %s\n}\n'
IN_SUBNET = "subnet_id = aws_subnet.s.id"


def test_public_addresses():
    check_rule(
        network.instance_on_the_internet,
        bad=instance("associate_public_ip_address = true"),
        good=instance("associate_public_ip_address = false"),
        unknown=FLAG + instance("associate_public_ip_address = var.v"),
        at="associate_public_ip_address",
    )
    check_rule(
        network.instance_on_the_internet,
        bad=SUBNET % "true" + instance(IN_SUBNET),
        good=SUBNET % "false" + instance(IN_SUBNET),
        unknown=TEXT + instance("subnet_id = var.v"),
    )
    check_rule(
        network.instance_on_the_internet,
        bad=instance(),  # a default subnet hands out addresses
        good=instance(
            'network_interface {\n  device_index = 0\n  network_interface_id = "eni-1"\n}'
        ),
    )
    interfaces = "network_interfaces {{\n  associate_public_ip_address = {}\n}}"
    start = SUBNET % "false" + instance(f"{IN_SUBNET}\n{FROM_TEMPLATE}")
    check_rule(
        network.instance_on_the_internet,
        bad=template(interfaces.format("true")) + start,
        good=template(interfaces.format("false")) + start,
    )
    address = 'resource "aws_eip" "a" {\n  instance = aws_instance.i.id\n}\n'
    private = SUBNET % "false" + instance(IN_SUBNET)
    assert statuses(network.instance_on_the_internet, private + address) == ["fail"]


def test_templates_give_no_public_addresses():
    interfaces = "network_interfaces {{\n  associate_public_ip_address = {}\n}}"
    check_rule(
        network.template_gives_public_addresses,
        bad=template(interfaces.format("true")),
        good=template(interfaces.format("false")) + configuration(),
        unknown=TEXT + template(interfaces.format("var.v")),
        at="network_interfaces",
    )
    check_rule(
        network.template_gives_public_addresses,
        bad=configuration("associate_public_ip_address = true"),
        good=configuration("associate_public_ip_address = false") + template(),
        at="associate_public_ip_address",
    )


def test_source_and_destination():
    check_rule(
        network.forwards_packets,
        bad=instance("source_dest_check = false"),
        good=instance(),
        unknown=FLAG + instance("source_dest_check = var.v"),
        at="source_dest_check",
    )


def test_public_images():
    permission = 'resource "aws_ami_launch_permission" "p" {\n  image_id = "ami-1"\n  %s\n}\n'
    check_rule(
        network.image_for_everybody,
        bad=permission % 'group = "all"',
        good=permission % 'account_id = "123456789012"',
        unknown=TEXT + permission % "group = var.v",
        at="group",
    )
    block = 'resource "aws_ec2_image_block_public_access" "b" {\n  state = %s\n}\n'
    check_rule(
        network.images_may_be_public,
        bad=block % '"unblocked"',
        good=block % '"block-new-sharing"',
        unknown=TEXT + block % "var.v",
        at="state",
    )


PROFILE = """
resource "aws_iam_role" "r" {
  name = "r"
  assume_role_policy = "{}"
}
resource "aws_iam_instance_profile" "p" {
  role = aws_iam_role.r.name
}
"""
HAS_PROFILE = "iam_instance_profile = aws_iam_instance_profile.p.name"


def test_profiles():
    check_rule(
        iam.no_profile,
        bad=instance(),
        good=PROFILE + instance(HAS_PROFILE),
        at="iam_instance_profile",
    )
    given = template('iam_instance_profile {\n  name = "p"\n}')
    check_rule(
        iam.no_profile,
        bad=template() + instance(FROM_TEMPLATE),
        good=given + instance(FROM_TEMPLATE),
    )


def test_public_instances_carry_no_credentials():
    public = "associate_public_ip_address = {}\n"
    check_rule(
        iam.public_with_profile,
        bad=PROFILE + instance(public.format("true") + HAS_PROFILE),
        good=PROFILE + instance(public.format("false") + HAS_PROFILE),
        unknown=FLAG + PROFILE + instance(public.format("var.v") + HAS_PROFILE),
        at="iam_instance_profile",
    )
    assert statuses(iam.public_with_profile, instance(public.format("true"))) == ["pass"]


def inline(action: str) -> str:
    return (
        'resource "aws_iam_role_policy" "x" {\n  role = aws_iam_role.r.id\n'
        "  policy = jsonencode({\n"
        f'    Statement = [{{ Effect = "Allow", Action = "{action}", Resource = "*" }}]\n'
        "  })\n}\n"
    )


def attached(arn: str) -> str:
    return (
        'resource "aws_iam_role_policy_attachment" "x" {\n  role = aws_iam_role.r.name\n'
        f"  policy_arn = {arn}\n}}\n"
    )


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        (inline("iam:CreateUser"), inline("s3:GetObject")),
        (inline("kms:*"), inline("kms:Decrypt")),
        (
            attached('"arn:aws:iam::aws:policy/AdministratorAccess"'),
            attached('"arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"'),
        ),
    ],
)
def test_dangerous_roles(bad: str, good: str):
    start = PROFILE + instance(HAS_PROFILE)
    check_rule(
        iam.role_can_do_harm,
        bad=start + bad,
        good=start + good,
        unknown=TEXT + start + attached("var.v"),
        not_for=instance(),
        at="iam_instance_profile",
    )


def test_a_role_with_a_policy_of_aws_that_nobody_read():
    start = PROFILE + instance(HAS_PROFILE)
    text = start + attached('"arn:aws:iam::aws:policy/service-role/SomethingElse"')
    assert statuses(iam.role_can_do_harm, text) == ["undetermined"]
    both = text + inline("iam:CreateUser").replace('"x"', '"y"')
    assert statuses(iam.role_can_do_harm, both) == ["fail"]


def test_detailed_monitoring():
    check_rule(
        logs.metrics_every_five_minutes,
        bad=instance(),
        good=instance("monitoring = true"),
        unknown=FLAG + instance("monitoring = var.v"),
        at="monitoring",
    )
    check_rule(
        logs.metrics_every_five_minutes,
        bad=template(),
        good=template("monitoring {\n  enabled = true\n}"),
        unknown=FLAG + template("monitoring {\n  enabled = var.v\n}"),
    )


KEY = "AKIA" + "IOSFODNN7EXAMPLE"
SCRIPT = "user_data = <<-EOT\n    #!/bin/bash\n    {}\n    systemctl start app\n  EOT"


@pytest.mark.parametrize(
    "line",
    [
        f"aws configure set aws_access_key_id {KEY}",
        "export DB_PASSWORD=hunter2hunter2",
        '  - "API_TOKEN: 8f1c9a7be0aa41f3"',
        "-----BEGIN RSA PRIVATE KEY-----",
    ],
)
def test_secrets_in_user_data(line: str):
    check_rule(
        secrets.secret_in_user_data,
        bad=instance(SCRIPT.format(line)),
        good=instance(SCRIPT.format("export DB_HOST=db.internal")) + configuration() + template(),
        unknown=TEXT + instance("user_data = var.v"),
        at="user_data",
    )


def test_encoded_user_data():
    script = "#!/bin/bash\nexport DB_PASSWORD=hunter2hunter2\n"
    check_rule(
        secrets.secret_in_user_data,
        bad=template(f'user_data = base64encode("{script.encode("unicode_escape").decode()}")'),
        good=template('user_data = base64encode("yum update -y")'),
        unknown=template('user_data = "/////w=="'),  # no text
        at="user_data",
    )
    encoded = base64.b64encode(script.encode()).decode()
    check_rule(
        secrets.secret_in_user_data,
        bad=instance(f'user_data_base64 = "{encoded}"'),
        good=instance('user_data_base64 = base64gzip("yum update -y")'),
        at="user_data_base64",
    )


def test_user_data_with_holes():
    known = instance(SCRIPT.format("export DB_HOST=${var.v}"))
    check_rule(
        secrets.secret_in_user_data,
        bad=TEXT + instance(SCRIPT.format(f"echo ${{var.v}} {KEY}")),
        good=TEXT + known,
        unknown=TEXT + instance(SCRIPT.format("export DB_PASSWORD=${var.v}")),
    )
    made = 'resource "random_password" "p" {\n  length = 20\n}\n'
    text = made + instance(SCRIPT.format("export DB_PASSWORD=${random_password.p.result}"))
    assert statuses(secrets.secret_in_user_data, text) == ["fail"]


def test_a_hash_of_user_data_decides_nothing():
    """A state holds the SHA-1 of it."""
    hashed = {"user_data": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}
    state = Resource("aws_instance.i", "aws_instance", hashed, source="state")
    model = Model([state])
    assert [v.status for v in evaluate([secrets.secret_in_user_data], model)] == ["undetermined"]
