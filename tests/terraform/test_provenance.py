"""Where an attribute's value stands, and the way it came."""

from __future__ import annotations

from pathlib import Path

import pytest
from configurations import evaluated, resource

from auditor.resource import Location, Resource
from auditor.values import Path as AttributePath
from auditor.values import Unknown


def place(found: Location | None) -> tuple[str, int, int]:
    assert found is not None
    return Path(found.file).name, found.line, found.column


def at(bucket: Resource, *path: str | int) -> tuple[str, int, int]:
    return place(bucket.provenance.trace(path).location)


def steps(bucket: Resource, *path: str | int) -> list[tuple[str, str, int]]:
    found = []
    for step in bucket.provenance.trace(path).via:
        name, line, _ = place(step.location)
        found.append((step.text, name, line))
    return found


GROUP = """
variable "extra" {
  type = list(string)
}
resource "aws_security_group" "g" {
  for_each = toset(["web"])
  name     = each.key
  dynamic "ingress" {
    for_each = { ssh = 22 }
    content {
      from_port = ingress.value
      to_port   = ingress.value
      protocol  = "tcp"
      cidr_blocks = concat(
        ["10.0.0.0/8",
         "0.0.0.0/0"],
        var.extra,
      )
    }
  }
}
"""


def test_a_literal_beside_an_unknown(tmp_path: Path) -> None:
    found = evaluated(tmp_path, GROUP)
    group = resource(found, 'aws_security_group.g["web"]')
    cidrs = group.data["ingress"][0]["cidr_blocks"]
    assert isinstance(cidrs, Unknown)
    assert cidrs.items == ("10.0.0.0/8", "0.0.0.0/0")
    assert str(cidrs.refs[0]) == "var.extra"
    assert at(group, "ingress", 0, "cidr_blocks", 1) == ("main.tf", 16, 10)
    assert at(group, "ingress", 0) == ("main.tf", 10, 5)
    assert at(group) == ("main.tf", 5, 1)


def test_an_argument_that_is_not_set_stands_at_its_block(tmp_path: Path) -> None:
    group = resource(evaluated(tmp_path, GROUP), 'aws_security_group.g["web"]')
    trace = group.provenance.trace(("ingress", 0, "description"))
    assert (place(trace.location), trace.absent) == (("main.tf", 10, 5), True)
    assert group.provenance.trace(("vpc_id",)).absent


def test_the_element_that_an_iterator_stands_for(tmp_path: Path) -> None:
    group = resource(evaluated(tmp_path, GROUP), 'aws_security_group.g["web"]')
    assert at(group, "ingress", 0, "from_port") == ("main.tf", 11, 19)
    assert steps(group, "ingress", 0, "from_port") == [("ingress.value", "main.tf", 9)]
    assert steps(group, "name") == [("each.key", "main.tf", 6)]


CHAIN = {
    "main.tf": """
variable "encrypted" {
  type = bool
}
locals {
  settings = {
    encrypted = var.encrypted
    cidrs     = ["10.0.0.0/8", "0.0.0.0/0"]
  }
}
module "data" {
  source = "./data"
  for_each = {
    main = { encrypted = local.settings.encrypted, cidrs = local.settings.cidrs }
  }
  encrypted = each.value.encrypted
  cidrs     = each.value.cidrs
}
""",
    "prod.auto.tfvars": "\nencrypted = false\n",
    "data/main.tf": """
variable "encrypted" {}
variable "cidrs" {}
variable "port" {
  default = 5432
}
resource "aws_db_instance" "db" {
  storage_encrypted = var.encrypted
  port              = var.port
}
resource "aws_security_group_rule" "r" {
  cidr_blocks = var.cidrs
}
output "arn" {
  value = aws_db_instance.db.arn
}
""",
}


def test_backwards_through_modules_and_locals_to_the_variable_file(tmp_path: Path) -> None:
    found = evaluated(tmp_path, CHAIN)
    db = resource(found, 'module.data["main"].aws_db_instance.db')
    assert db.data["storage_encrypted"] is False
    assert at(db, "storage_encrypted") == ("main.tf", 8, 23)
    assert steps(db, "storage_encrypted") == [
        ('module.data["main"].var.encrypted', "main.tf", 16),
        ("each.value", "main.tf", 14),
        ("local.settings", "main.tf", 7),
        ("var.encrypted", "prod.auto.tfvars", 2),
    ]


def test_an_element_of_a_list_that_came_a_long_way(tmp_path: Path) -> None:
    rule = resource(evaluated(tmp_path, CHAIN), 'module.data["main"].aws_security_group_rule.r')
    trace = rule.provenance.trace(("cidr_blocks", 1))
    assert trace.via[-1].text == "local.settings"
    assert place(trace.via[-1].location) == ("main.tf", 8, 32)


def test_a_default_of_a_variable(tmp_path: Path) -> None:
    db = resource(evaluated(tmp_path, CHAIN), 'module.data["main"].aws_db_instance.db')
    assert steps(db, "port") == [('module.data["main"].var.port (default)', "main.tf", 5)]


def test_the_module_calls_that_lead_there(tmp_path: Path) -> None:
    db = resource(evaluated(tmp_path, CHAIN), 'module.data["main"].aws_db_instance.db')
    (call,) = db.provenance.calls()
    assert (call.address, place(call.location)) == ('module.data["main"]', ("main.tf", 11, 1))


def test_a_variable_that_nobody_set(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        'variable "enc" {}\nresource "aws_ebs_volume" "v" {\n  encrypted = var.enc\n}\n',
    )
    assert steps(resource(found, "aws_ebs_volume.v"), "encrypted") == [
        ("var.enc (not set)", "main.tf", 1)
    ]


CHOICES = """
locals {
  prod = true
  tags = merge({ a = "1", b = "2" }, { b = "3" })
}
resource "aws_s3_bucket" "b" {
  bucket = local.prod ? "chosen" : "other"
  tags = {
    one = try(local.nothing.here, "fallback")
    two = coalesce(null, "", "third")
    tri = (("wrapped"))
  }
}
resource "aws_s3_bucket" "c" {
  tags = local.tags
}
"""


@pytest.mark.parametrize(
    ("path", "column"),
    [(("bucket",), 25), (("tags", "two"), 30), (("tags", "tri"), 13)],
)
def test_the_branch_that_was_taken(tmp_path: Path, path: AttributePath, column: int) -> None:
    bucket = resource(evaluated(tmp_path, CHOICES), "aws_s3_bucket.b")
    assert at(bucket, *path)[2] == column


def test_the_argument_of_merge_that_wins(tmp_path: Path) -> None:
    bucket = resource(evaluated(tmp_path, CHOICES), "aws_s3_bucket.c")
    trace = bucket.provenance.trace(("tags", "b"))
    assert place(trace.via[0].location) == ("main.tf", 4, 44)


def test_json_syntax_has_places_too(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        {"main.tf.json": '{"resource": {"aws_s3_bucket": {"b": {\n  "bucket": "x",\n'
         '  "tags": {"a": "y"}\n}}}}'},
    )  # fmt: skip
    bucket = resource(found, "aws_s3_bucket.b")
    assert at(bucket, "bucket") == ("main.tf.json", 2, 13)
    assert at(bucket, "tags", "a") == ("main.tf.json", 3, 17)


def test_what_a_plan_would_show(tmp_path: Path) -> None:
    found = evaluated(tmp_path, 'resource "aws_s3_bucket" "b" {\n  bucket = "x"\n}\n')
    planned = resource(found, "aws_s3_bucket.b").provenance.planned()  # type: ignore[attr-defined]
    assert planned["bucket"] == "x"
    assert str(planned["arn"].refs[0]) == "aws_s3_bucket.b.arn"
    assert planned["force_destroy"] is False
    assert planned["timeouts"] is None
