"""Broken and hostile configuration: a clear message each, the rest still evaluated, bounded."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from auditor.terraform import Options, evaluate_root, find_roots
from auditor.terraform.boundary import Boundary
from auditor.terraform.configuration import Configuration
from auditor.terraform.load import Project
from auditor.values import Unknown, unknowns_in


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def evaluated(folder: Path, **files: str) -> Configuration:
    write(folder, {name.replace("__", "/") + ".tf": text for name, text in files.items()})
    return evaluate_root(folder, Options(root=str(folder)))


def codes(found: Configuration) -> set[str]:
    return {problem.code for problem in found.problems}


BUCKET = 'resource "aws_s3_bucket" "good" {\n  bucket = "good"\n}\n'


def test_a_syntax_error_leaves_the_other_files(tmp_path: Path) -> None:
    found = evaluated(tmp_path, good=BUCKET, bad='resource "aws_s3_bucket" "x" {\n  bucket = \n}\n')
    assert "aws_s3_bucket.good" in {r.address for r in found.resources}
    wrong = next(p for p in found.problems if p.code == "syntax-error")
    assert wrong.location is not None
    assert (Path(wrong.location.file).name, wrong.location.line) == ("bad.tf", 2)
    assert [Path(gap.what).name for gap in found.gaps] == ["aws_s3_bucket.x", "bad.tf"]


def test_a_binary_file(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_bytes(b"\x7fELF\0\0\0\1" * 100)
    found = evaluated(tmp_path, good=BUCKET)
    assert codes(found) == {"binary-file"}
    assert [r.address for r in found.resources] == ["aws_s3_bucket.good"]


def test_text_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_bytes(b'locals {\n  a = "\xff\xfe"\n}\n')
    found = evaluated(tmp_path, good=BUCKET)
    assert codes(found) == {"syntax-error"}


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "main.tf")
    found = evaluated(tmp_path, good=BUCKET)
    assert codes(found) == {"not-a-file"}


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    with (tmp_path / "main.tf").open("wb") as file:
        file.truncate(11 * 1024 * 1024)
    assert codes(evaluated(tmp_path, good=BUCKET)) == {"too-large"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(BUCKET)
    (tmp_path / "main.tf").chmod(0)
    assert codes(evaluated(tmp_path)) == {"unreadable"}


def test_a_link_out_of_the_repository_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "passwd.tf").symlink_to("/etc/passwd")
    found = evaluated(tmp_path, good=BUCKET)
    assert codes(found) == {"outside-root"}
    assert "root:" not in repr(found.problems)


def test_a_link_to_nothing_and_one_to_itself(tmp_path: Path) -> None:
    (tmp_path / "gone.tf").symlink_to(tmp_path / "nowhere.tf")
    (tmp_path / "loop.tf").symlink_to(tmp_path / "loop.tf")
    found = evaluated(tmp_path, good=BUCKET)
    assert len(found.problems) == 2
    assert [r.address for r in found.resources] == ["aws_s3_bucket.good"]


def test_a_folder_linked_into_itself(tmp_path: Path) -> None:
    write(tmp_path, {"a/main.tf": BUCKET})
    (tmp_path / "a" / "again").symlink_to(tmp_path / "a")
    project = Project(Boundary(tmp_path, tmp_path))
    assert [Path(r.path).name for r in find_roots(tmp_path, project)] == ["a"]


def test_a_folder_without_terraform(tmp_path: Path) -> None:
    (tmp_path / "readme.md").write_text("# nothing here")
    project = Project(Boundary(tmp_path, tmp_path))
    assert find_roots(tmp_path, project) == []
    assert evaluate_root(tmp_path).resources == []


@pytest.mark.parametrize("path", ["/etc/passwd", "../../../../etc/passwd", "~/.aws/credentials"])
def test_files_outside_are_refused(tmp_path: Path, path: str) -> None:
    found = evaluated(tmp_path, main=f'locals {{\n  a = file("{path}")\n}}\n' + BUCKET)
    assert codes(found) == {"evaluation"}
    assert "root:" not in repr(found.problems)
    assert [r.address for r in found.resources] == ["aws_s3_bucket.good"]


def test_a_module_outside_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "repository"
    write(tmp_path, {"other/main.tf": BUCKET})
    found = evaluated(inside, main='module "m" {\n  source = "../other"\n}\n' + BUCKET)
    assert codes(found) == {"outside-root"}
    assert [gap.what for gap in found.gaps] == ["module.m"]
    assert [r.address for r in found.resources] == ["aws_s3_bucket.good"]


def test_a_module_that_is_not_installed(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        main="""
resource "aws_kms_key" "k" {}
module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.0.0"
  key     = aws_kms_key.k.arn
}
resource "aws_subnet" "s" {
  vpc_id     = module.vpc.vpc_id
  cidr_block = "10.0.0.0/24"
}
""",
    )
    assert codes(found) == {"missing-module"}
    assert found.problems[0].location is not None
    assert found.problems[0].location.line == 4
    assert "terraform init" in found.problems[0].detail
    (gap,) = found.gaps
    assert (gap.what, gap.refs) == ("module.vpc", frozenset({"aws_kms_key.k"}))
    subnet = next(r for r in found.resources if r.type == "aws_subnet")
    assert str(subnet.data["vpc_id"].refs[0]) == "module.vpc.vpc_id"


def test_a_circle_of_locals(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path, main="locals {\n  a = local.b\n  b = [local.c]\n  c = local.a\n}\n" + BUCKET
    )
    cycle = next(p for p in found.problems if p.summary == "Cycle")
    assert cycle.detail == "local.a, local.b, local.c"
    assert [r.address for r in found.resources] == ["aws_s3_bucket.good"]


def test_a_circle_of_modules_through_their_outputs(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        main='module "a" {\n  source = "./m"\n  v = module.b.o\n}\n'
        'module "b" {\n  source = "./m"\n  v = module.a.o\n}\n' + BUCKET,
        m__main='variable "v" {}\noutput "o" {\n  value = var.v\n}\n',
    )
    assert any(p.summary == "Cycle" and "module.a" in p.detail for p in found.problems)
    assert [r.address for r in found.resources] == ["aws_s3_bucket.good"]


def test_a_module_that_calls_itself(tmp_path: Path) -> None:
    found = evaluated(tmp_path, main=BUCKET + 'module "m" {\n  source = "./"\n}\n')
    assert codes(found) == {"module-cycle"}
    assert [r.address for r in found.resources] == ["aws_s3_bucket.good"]


def test_long_chains_are_evaluated(tmp_path: Path) -> None:
    chain = "\n".join(f"  l{i} = local.l{i + 1} + 1" for i in range(500))
    found = evaluated(
        tmp_path,
        main=f'locals {{\n{chain}\n  l500 = 0\n}}\noutput "o" {{\n  value = local.l0\n}}\n',
    )
    assert found.outputs["o"].value == 500


def test_chains_without_end_are_a_problem_and_no_crash(tmp_path: Path) -> None:
    chain = "\n".join(f"  l{i} = local.l{i + 1}" for i in range(10_000))
    found = evaluated(tmp_path, main=f"locals {{\n{chain}\n  l10000 = 0\n}}\n" + BUCKET)
    assert [r.address for r in found.resources] == ["aws_s3_bucket.good"]


@pytest.mark.parametrize(
    "expr",
    [
        "(" * 5000 + "1" + ")" * 5000,
        "[" * 5000 + "]" * 5000,
        "!" * 5000 + "true",
        "-" * 5000 + "1",
        '"' + "${" * 3000 + "1" + "}" * 3000 + '"',
        "a" + "[0" * 3000 + "]" * 3000,
        "true ? 1 : " * 3000 + "1",
    ],
)
def test_deep_nesting(tmp_path: Path, expr: str) -> None:
    found = evaluated(tmp_path, main=f"locals {{\n  a = {expr}\n}}\n", good=BUCKET)
    assert found.problems
    assert [r.address for r in found.resources] == ["aws_s3_bucket.good"]


@pytest.mark.parametrize(
    "body",
    [
        "count = 1000000000",
        "for_each = toset([for i in range(1000) : tostring(i * 7)])\n  count = 2",
        'for_each = { for i in range(30000) : "k${i}" => i }',
        "count = 1e300",
        "count = -1",
    ],
)
def test_huge_counts(tmp_path: Path, body: str) -> None:
    start = time.monotonic()
    found = evaluated(tmp_path, main=f'resource "aws_vpc" "v" {{\n  {body}\n}}\n' + BUCKET)
    assert time.monotonic() - start < 240  # ends, also on a busy machine
    assert any(p.level == "error" for p in found.problems)
    assert "aws_s3_bucket.good" in {r.address for r in found.resources}


@pytest.mark.parametrize(
    "expr",
    [
        "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a]]]",
        'join("", [for i in range(1000) : join("", [for j in range(1000) : "0123456789"])])',
        'format("%1000000000d", 1)',
        'regex("(a*)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")',
        "pow(10, 1000000)",
    ],
)
def test_expensive_expressions_end(tmp_path: Path, expr: str) -> None:
    start = time.monotonic()
    found = evaluated(tmp_path, main=f"locals {{\n  a = {expr}\n}}\n" + BUCKET)
    assert time.monotonic() - start < 240  # ends, also on a busy machine
    assert "aws_s3_bucket.good" in {r.address for r in found.resources}


def test_values_that_double_end(tmp_path: Path) -> None:
    lines = "\n".join(f"  l{i} = [local.l{i - 1}, local.l{i - 1}]" for i in range(1, 64))
    found = evaluated(
        tmp_path,
        main=f'locals {{\n  l0 = "x"\n{lines}\n  all = jsonencode(local.l63)\n}}\n' + BUCKET,
    )
    assert any("limit" in p.summary for p in found.problems)
    assert [r.address for r in found.resources] == ["aws_s3_bucket.good"]


def test_modules_that_multiply_end(tmp_path: Path) -> None:
    files = {f"m{i}__main": f'module "m" {{\n  source = "../m{i + 1}"\n  count = 100\n}}\n'
             for i in range(8)}  # fmt: skip
    files["m8__main"] = BUCKET
    found = evaluated(tmp_path, main='module "m" {\n  source = "./m0"\n}\n', **files)
    assert any(p.summary == "Too many instances" for p in found.problems)


def test_modules_that_each_call_two_end(tmp_path: Path) -> None:
    files = {f"m{i}__main": "".join(f'module "{name}" {{\n  source = "../m{i + 1}"\n}}\n'
             for name in "ab") for i in range(20)}  # fmt: skip
    files["m20__main"] = BUCKET
    found = evaluated(tmp_path, main='module "m" {\n  source = "./m0"\n}\n' + BUCKET, **files)
    assert any(p.code == "too-many-modules" for p in found.problems)
    assert "aws_s3_bucket.good" in {r.address for r in found.resources}


def test_what_is_refused_is_unknown_and_says_why(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path, main='resource "aws_s3_bucket" "b" {\n  bucket = upper(1, 2)\n  tags = {}\n}\n'
    )
    (bucket,) = found.resources
    cause = bucket.data["bucket"]
    assert isinstance(cause, Unknown)
    assert "main.tf:2" in (cause.because or "")
    assert bucket.data["tags"] == {}
    assert list(unknowns_in(bucket.data)) == [cause]


def test_misspelt_arguments_are_warnings_with_a_suggestion(tmp_path: Path) -> None:
    found = evaluated(
        tmp_path,
        main='resource "aws_s3_bucket" "b" {\n  buket = "x"\n  versionin {\n    enabled = true\n'
        '  }\n}\nresource "aws_s3_buckett" "c" {}\n',
    )
    warnings = {(p.level, p.code, p.location.line): p.detail for p in found.problems if p.location}
    assert warnings["warning", "unsupported-argument", 2].endswith('did you mean "bucket"?')
    assert warnings["warning", "unsupported-block", 3].endswith('did you mean "versioning"?')
    assert warnings["warning", "unknown-type", 7].endswith('did you mean "aws_s3_bucket"?')
    assert len(found.resources) == 2
