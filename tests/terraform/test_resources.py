"""Resources: the provider's schema, unknown parts, secrets, data sources."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from configurations import evaluated, resource

from auditor.model import Settings
from auditor.terraform.schema import aws
from auditor.values import Sensitive, Unknown


def test_values_have_the_types_of_the_schema(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        'resource "aws_db_instance" "d" {\n  allocated_storage = "20"\n'
        '  storage_encrypted = "true"\n'
        '  enabled_cloudwatch_logs_exports = ["upgrade", "postgresql", "upgrade"]\n  port = null\n'
        "  tags = { n = 1 }\n}\n",
    )
    data = resource(found, "aws_db_instance.d").data
    assert data["allocated_storage"] == 20
    assert data["storage_encrypted"] is True
    assert data["enabled_cloudwatch_logs_exports"] == ["postgresql", "upgrade"]
    assert data["tags"] == {"n": "1"}
    assert (data["port"], "port" in data, "iops" in data) == (None, True, False)


def test_secrets_are_wrapped_by_variable_and_by_schema(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        'variable "token" {\n  default = "t0ken"\n  sensitive = true\n}\n'
        'resource "aws_db_instance" "d" {\n  password = "hunter2"\n  tags = { t = var.token }\n}\n'
        'resource "aws_s3_bucket" "b" {\n  bucket = aws_db_instance.d.password\n}\n',
    )
    data = resource(found, "aws_db_instance.d").data
    assert isinstance(data["password"], Sensitive)
    assert isinstance(data["tags"]["t"], Sensitive)
    assert isinstance(resource(found, "aws_s3_bucket.b").data["bucket"], Sensitive)
    assert "hunter2" not in repr(data)


def test_references_are_exact_and_absolute(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        {
            "main.tf": 'module "m" {\n  source = "./m"\n  for_each = toset(["a.b"])\n}\n',
            "m/main.tf": 'resource "aws_kms_key" "k" {\n  count = 2\n}\n'
            'resource "aws_s3_bucket" "b" {\n  bucket = "x-${aws_kms_key.k[1].key_id}"\n'
            "  tags = { key = aws_kms_key.k[1].arn }\n}\n",
        },
    )
    data = resource(found, 'module.m["a.b"].aws_s3_bucket.b').data
    key = data["tags"]["key"]
    assert (key.exact, str(key.refs[0])) == (True, 'module.m["a.b"].aws_kms_key.k[1].arn')
    assert data["bucket"].parts[0] == "x-"
    assert str(data["bucket"].parts[1].refs[0]) == 'module.m["a.b"].aws_kms_key.k[1].key_id'


def test_blocks_of_an_unknown_collection_keep_the_known_ones(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        'variable "more" {\n  type = list(number)\n}\n'
        'resource "aws_security_group" "g" {\n  dynamic "ingress" {\n'
        "    for_each = concat([22], var.more)\n    content {\n      from_port = ingress.value\n"
        '      to_port = ingress.value\n      protocol = "tcp"\n    }\n  }\n  ingress {\n'
        '    from_port = 443\n    to_port = 443\n    protocol = "tcp"\n  }\n}\n',
    )
    ingress = resource(found, "aws_security_group.g").data["ingress"]
    assert isinstance(ingress, Unknown)
    assert [rule["from_port"] for rule in ingress.items or ()] == [22, 443]
    assert ingress.reason == "var.more"


def test_another_providers_resource_is_read_without_a_schema(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        'resource "random_id" "r" {\n  byte_length = 4\n  keepers {\n    a = 1\n  }\n}\n'
        'resource "aws_s3_bucket" "b" {\n  bucket = "b-${random_id.r.hex}"\n'
        "  tags = { n = random_id.r.byte_length }\n}\n",
    )
    assert found.problems == []
    assert resource(found, "random_id.r").data == {"byte_length": 4, "keepers": [{"a": 1}]}
    data = resource(found, "aws_s3_bucket.b").data
    assert data["tags"] == {"n": "4"}
    assert data["bucket"].parts[0] == "b-"
    assert str(data["bucket"].refs[0]) == "random_id.r.hex"


POLICY = """
resource "aws_s3_bucket" "b" {}
data "aws_iam_policy_document" "p" {
  statement {
    actions   = ["s3:*"]
    resources = ["${aws_s3_bucket.b.arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
resource "aws_s3_bucket_policy" "p" {
  bucket = aws_s3_bucket.b.id
  policy = data.aws_iam_policy_document.p.json
}
"""


def test_a_policy_document_that_waits_has_its_known_part(tmp_path: Path) -> None:
    policy = resource(evaluated(tmp_path, POLICY), "aws_s3_bucket_policy.p").data["policy"]
    assert isinstance(policy, Unknown)
    assert str(policy.refs[0]) == "data.aws_iam_policy_document.p.json"
    text = "".join(part if isinstance(part, str) else "HOLE" for part in policy.parts or ())
    assert json.loads(text)["Statement"] == [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "HOLE/*", "Principal": "*"}
    ]


def test_a_document_that_waits_for_its_order_only_is_known_as_a_part(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        'resource "aws_s3_bucket" "b" {}\ndata "aws_iam_policy_document" "p" {\n'
        "  depends_on = [aws_s3_bucket.b]\n}\n",
    )
    document = resource(found, "data.aws_iam_policy_document.p").data["json"]
    assert isinstance(document, Unknown)
    assert document.parts == ('{\n  "Version": "2012-10-17"\n}',)


@pytest.mark.parametrize(
    ("region", "partition", "domain"),
    [("eu-west-1", "aws", "amazonaws.com"), ("cn-north-1", "aws-cn", "amazonaws.com.cn")],
)
def test_region_partition_and_account_from_settings(
    tmp_path: Path, region: str, partition: str, domain: str
) -> None:
    found = evaluated(
        tmp_path,
        'data "aws_region" "r" {}\ndata "aws_partition" "p" {}\ndata "aws_caller_identity" "c" {}\n'
        'output "o" {\n  value = [data.aws_region.r.name, data.aws_partition.p.partition,\n'
        "    data.aws_partition.p.dns_suffix, data.aws_caller_identity.c.account_id]\n}\n",
        settings=Settings(account_id="123456789012", region=region),
    )
    assert found.outputs["o"].value == [region, partition, domain, "123456789012"]


def test_without_settings_they_are_unknown_by_name(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        'data "aws_caller_identity" "c" {}\noutput "o" {\n'
        "  value = data.aws_caller_identity.c.account_id\n}\n",
    )
    assert str(found.outputs["o"].value.refs[0]) == "data.aws_caller_identity.c.account_id"


def test_zones_follow_from_the_region_and_have_no_name_without_one(tmp_path: Path) -> None:
    text = (
        'data "aws_availability_zones" "z" {}\noutput "o" {\n'
        "  value = slice(data.aws_availability_zones.z.names, 0, 2)\n}\n"
    )
    known = evaluated(tmp_path, text, settings=Settings(region="ap-northeast-1"))
    assert known.outputs["o"].value == ["ap-northeast-1a", "ap-northeast-1c"]
    first, second = evaluated(tmp_path, text).outputs["o"].value
    assert str(second.refs[0]) == "data.aws_availability_zones.z.names[1]"
    assert first.exact


def test_a_newer_providers_arguments_are_no_mistake(tmp_path: Path) -> None:
    found = evaluated(tmp_path, 'resource "aws_vpc" "v" {\n  region = "eu-west-1"\n}\n')
    assert found.problems == []
    assert found.resources[0].region == "eu-west-1"


def test_the_schema_knows_its_types() -> None:
    group = aws().resource("aws_security_group")
    assert group is not None
    assert group.attributes["ingress"].type.json()[0] == "set"
    assert group.blocks["timeouts"].nesting == "single"
    assert aws().resource("aws_no_such_thing") is None
    assert aws().data_source("aws_ami") is not None
    password = (aws().resource("aws_db_instance") or group).attributes["password"]
    assert password.sensitive
    assert len(aws().resource_names()) > 1600


def test_conditions_that_fail_are_warnings(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        'variable "env" {\n  default = "qa"\n  validation {\n'
        '    condition = contains(["dev", "prod"], var.env)\n'
        '    error_message = "env must be dev or prod, not ${var.env}."\n  }\n}\n'
        'resource "aws_s3_bucket" "b" {\n  bucket = var.env\n}\n',
    )
    (problem,) = found.problems
    assert (problem.level, problem.summary) == ("warning", "Invalid value for variable")
    assert problem.detail == "env must be dev or prod, not qa."
    assert found.resources[0].data["bucket"] == "qa"


def test_variables_with_who_set_them(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        {
            "main.tf": 'variable "a" {}\nvariable "b" {\n  default = 1\n}\nvariable "c" {}\n'
            'variable "d" {\n  type = number\n}\n',
            "x.tfvars": 'a = "file"\n',
        },
        var_files=["x.tfvars"],
        arguments=[("d", "7")],
    )
    shown = {v.name: (v.is_set, v.required) for v in found.variables.values()}
    assert shown == {
        "a": (True, True), "b": (False, False), "c": (False, True), "d": (True, True),
    }  # fmt: skip
    assert found.variables["a"].value == "file"
    assert found.variables["d"].value == 7
    step = found.variables["a"].step
    assert step is not None
    assert step.location is not None
    assert step.location.line == 1
    assert str(found.variables["c"].value.refs[0]) == "var.c"


def test_ephemeral_values_may_only_go_where_nothing_keeps_them(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        'ephemeral "aws_secretsmanager_secret_version" "s" {\n  secret_id = "x"\n}\n'
        'resource "aws_db_instance" "d" {\n'
        "  password_wo = ephemeral.aws_secretsmanager_secret_version.s.secret_string\n"
        "  username = ephemeral.aws_secretsmanager_secret_version.s.secret_string\n}\n",
    )
    (problem,) = [p for p in found.problems if p.code == "ephemeral-value"]
    assert problem.location is not None
    assert problem.location.line == 6


def test_lookups_in_provenance_lead_to_the_callers_line(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        {
            "main.tf": 'module "sg" {\n  source = "./sg"\n  rules = [\n    {\n'
            '      from = 22\n      cidr = "0.0.0.0/0"\n    },\n  ]\n}\n',
            "sg/main.tf": 'variable "rules" {}\nresource "aws_security_group_rule" "r" {\n'
            "  count = length(var.rules)\n"
            '  cidr_blocks = split(",", lookup(var.rules[count.index], "cidr", "10.0.0.0/8"))\n'
            "  from_port = var.rules[count.index].from\n}\n",
        },
    )
    rule = resource(found, "module.sg.aws_security_group_rule.r[0]")
    lines = {
        name: [step.location.line for step in rule.provenance.trace((name,)).via if step.location]
        for name in ("cidr_blocks", "from_port")
    }
    assert lines == {"cidr_blocks": [6], "from_port": [5]}


def test_a_dynamic_block_that_makes_none_is_no_block(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        'resource "aws_instance" "i" {\n  dynamic "metadata_options" {\n    for_each = []\n'
        '    content {\n      http_tokens = "required"\n    }\n  }\n}\n',
    )
    assert resource(found, "aws_instance.i").data == {}


WORKSPACE = """
locals {
  sizes = { development = 1, production = 2 }
}
resource "aws_sqs_queue" "q" {
  delay_seconds = local.sizes[terraform.workspace]
}
"""


def test_a_key_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    """Terraform shows the values below its message; a workspace is what it mostly hangs on."""
    (problem,) = evaluated(tmp_path, WORKSPACE).problems
    assert problem.summary == "Invalid index"
    assert problem.detail == (
        "The given key does not identify an element in this collection value. "
        'The key is "default"; there is "development", "production". '
        "Where it comes from terraform.workspace, name the workspace with --workspace."
    )


def test_a_key_that_is_secret_is_not_named(tmp_path: Path) -> None:
    text = WORKSPACE.replace("terraform.workspace", "var.key") + (
        'variable "key" {\n  sensitive = true\n  default = "hunter2"\n}\n'
    )
    (problem,) = evaluated(tmp_path, text).problems
    assert problem.detail == (
        "The given key does not identify an element in this collection value."
    )
