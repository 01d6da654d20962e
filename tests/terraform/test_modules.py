"""Modules: where their code is, what they get, and instances that are not certain."""

from __future__ import annotations

import json
from pathlib import Path

from configurations import evaluated, resource, write

from auditor.terraform import find_roots
from auditor.terraform.boundary import Boundary
from auditor.terraform.load import Project
from auditor.values import Unknown

BUCKET = 'variable "name" {}\nresource "aws_s3_bucket" "b" {\n  bucket = var.name\n}\n'


def test_fetched_modules_are_found_by_their_manifest(tmp_path: Path) -> None:
    manifest = {
        "Modules": [
            {"Key": "", "Source": "", "Dir": "."},
            {"Key": "net", "Source": "x/net/aws", "Dir": ".terraform/modules/net"},
            {"Key": "net.sub", "Source": "git::x", "Dir": ".terraform/modules/net.sub/inner"},
        ]
    }  # fmt: skip
    found = evaluated(
        tmp_path,
        {
            "main.tf": 'module "net" {\n  source = "x/net/aws"\n  name = "n"\n}\n',
            ".terraform/modules/modules.json": json.dumps(manifest),
            ".terraform/modules/net/main.tf": BUCKET
            + 'module "sub" {\n  source = "git::https://x"\n  name = "sub-${var.name}"\n}\n',
            ".terraform/modules/net.sub/inner/main.tf": BUCKET,
        },
    )
    assert found.problems == []
    assert resource(found, "module.net.module.sub.aws_s3_bucket.b").data["bucket"] == "sub-n"
    assert [(m.address, m.instances) for m in found.modules] == [
        ("module.net", 1),
        ("module.net.module.sub", 1),
    ]


def test_a_module_in_a_link_inside_the_repository(tmp_path: Path) -> None:
    write(tmp_path, {"shared/bucket/main.tf": BUCKET})
    (tmp_path / "linked").symlink_to(tmp_path / "shared")
    found = evaluated(tmp_path, 'module "b" {\n  source = "./linked/bucket"\n  name = "x"\n}\n')
    assert [r.address for r in found.resources] == ["module.b.aws_s3_bucket.b"]


def test_a_count_that_is_not_known_has_one_instance_that_may_not_exist(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        'variable "create" {\n  type = bool\n}\n'
        'resource "aws_s3_bucket" "b" {\n  count = var.create ? 1 : 0\n  bucket = "x"\n}\n'
        'resource "aws_s3_bucket_policy" "p" {\n  bucket = aws_s3_bucket.b[0].id\n'
        '  policy = "{}"\n}\n',
    )
    bucket = resource(found, "aws_s3_bucket.b[*]")
    assert isinstance(bucket.exists, Unknown)
    assert bucket.exists.reason == "var.create"
    assert bucket.data["bucket"] == "x"
    assert found.problems == []


def test_known_keys_exist_though_others_may(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        'variable "more" {\n  type = map(string)\n}\n'
        'resource "aws_s3_bucket" "b" {\n  for_each = merge({ logs = "l" }, var.more)\n'
        "  bucket = each.value\n}\n",
    )
    assert {r.address: r.exists is True for r in found.resources} == {
        'aws_s3_bucket.b["logs"]': True,
        "aws_s3_bucket.b[*]": False,
    }


def test_what_is_in_a_module_that_may_not_exist_may_not_exist(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        {
            "main.tf": 'variable "n" {\n  type = number\n}\n'
            'module "m" {\n  source = "./m"\n  count = var.n\n  name = "x"\n}\n',
            "m/main.tf": BUCKET,
        },
    )
    (bucket,) = found.resources
    assert bucket.address == "module.m[*].aws_s3_bucket.b"
    assert isinstance(bucket.exists, Unknown)


def test_providers_are_passed_on(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        {
            "main.tf": """
provider "aws" {
  region = "eu-west-1"
}
provider "aws" {
  alias  = "us"
  region = "us-east-1"
  default_tags {
    tags = { team = "core" }
  }
}
module "here" {
  source = "./m"
}
module "there" {
  source    = "./m"
  providers = { aws = aws.us }
}
""",
            "m/main.tf": 'resource "aws_s3_bucket" "b" {\n  tags = { a = "b" }\n}\n'
            'data "aws_region" "r" {}\noutput "region" {\n  value = data.aws_region.r.name\n}\n',
        },
    )
    here = resource(found, "module.here.aws_s3_bucket.b")
    there = resource(found, "module.there.aws_s3_bucket.b")
    assert (here.region, there.region) == ("eu-west-1", "us-east-1")
    assert there.data["tags_all"] == {"team": "core", "a": "b"}
    assert here.data["tags_all"] == {"a": "b"}
    assert [(p.name, p.alias, p.region) for p in found.providers] == [
        ("aws", "", "eu-west-1"),
        ("aws", "us", "us-east-1"),
    ]


def test_roots_are_folders_that_nothing_calls(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "environments/prod/main.tf": 'provider "aws" {}\nmodule "m" {\n  source = '
            '"../../modules/used"\n}\n',
            "environments/dev/main.tf": 'terraform {\n  backend "s3" {}\n}\n' + BUCKET,
            "modules/used/main.tf": BUCKET,
            "modules/unused/main.tf": BUCKET,
            "modules/only_variables/main.tf": 'variable "x" {}\n',
            "node_modules/x/main.tf": BUCKET,
            ".hidden/main.tf": BUCKET,
            ".terraform/modules/x/main.tf": BUCKET,
        },
    )
    roots = find_roots(tmp_path, Project(Boundary(tmp_path, tmp_path)))
    names = {Path(r.path).relative_to(tmp_path).as_posix(): r.stand_alone for r in roots}
    assert names == {
        "environments/dev": False,
        "environments/prod": False,
        "modules/unused": True,
    }


def test_a_module_that_examples_call_is_no_root_but_one_with_a_backend_is(tmp_path: Path) -> None:
    files = {
        "main.tf": BUCKET,
        "examples/x/main.tf": 'module "m" {\n  source = "../../"\n  name = "x"\n}\n',
    }
    project = Project(Boundary(write(tmp_path / "module", files), tmp_path))
    assert [Path(r.path).name for r in find_roots(tmp_path / "module", project)] == ["x"]
    files["backend.tf"] = 'terraform {\n  backend "s3" {}\n}\n'
    project = Project(Boundary(write(tmp_path / "root", files), tmp_path))
    assert [Path(r.path).name for r in find_roots(tmp_path / "root", project)] == ["root", "x"]


def test_folders_that_only_call_each_other_are_seen(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a/main.tf": 'module "b" {\n  source = "../b"\n}\n',
            "b/main.tf": 'module "a" {\n  source = "../a"\n}\n',
        },
    )
    project = Project(Boundary(tmp_path, tmp_path))
    assert [Path(r.path).name for r in find_roots(tmp_path, project)] == ["a"]


def test_open_tofu_files(tmp_path: Path) -> None:
    only = evaluated(tmp_path / "only", {"main.tofu": 'output "o" {\n  value = "tofu"\n}\n'})
    assert only.outputs["o"].value == "tofu"
    both = {"main.tf": 'output "o" {\n  value = "tf"\n}\n',
            "main.tofu": 'output "o" {\n  value = "tofu"\n}\n'}  # fmt: skip
    ignored = evaluated(tmp_path / "both", both)
    assert ignored.outputs["o"].value == "tf"
    assert [p.code for p in ignored.problems] == ["tofu-file-ignored"]
    assert evaluated(tmp_path / "asked", both, tofu=True).outputs["o"].value == "tofu"


def test_backend_moves_and_imports(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        {
            "main.tf": """
terraform {
  backend "s3" {
    bucket = "state"
    key    = "prod/terraform.tfstate"
  }
}
resource "aws_s3_bucket" "new" {}
moved {
  from = aws_s3_bucket.old
  to   = aws_s3_bucket.new
}
module "m" {
  source = "./m"
}
import {
  to = aws_s3_bucket.new
  id = "bucket-${1 + 1}"
}
output "id" {
  value = aws_s3_bucket.new.id
}
""",
            "m/main.tf": "moved {\n  from = aws_vpc.a\n  to   = aws_vpc.b\n}\n",
        },
    )
    assert found.backend is not None
    assert (found.backend.type, found.backend.attributes["bucket"]) == ("s3", "state")
    assert [(m.from_, m.to) for m in found.moved] == [
        ("aws_s3_bucket.old", "aws_s3_bucket.new"),
        ("module.m.aws_vpc.a", "module.m.aws_vpc.b"),
    ]
    assert found.imports == {"aws_s3_bucket.new": "bucket-2"}
    assert found.outputs["id"].value == "bucket-2"
