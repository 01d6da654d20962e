"""`data "template_file"` renders here what the provider hashicorp/template renders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from configurations import evaluated, resource

from auditor.policy import Policy
from auditor.values import Unknown


def bucket(folder: Path, template: str, variables: str = "{}", more: str = "") -> Any:
    text = f"""
data "template_file" "t" {{
  template = {template}
  vars     = {variables}
}}
resource "aws_s3_bucket" "other" {{}}
resource "aws_s3_bucket" "b" {{
  bucket = data.template_file.t.rendered
}}
{more}"""
    return resource(evaluated(folder, text), "aws_s3_bucket.b").data["bucket"]


@pytest.mark.parametrize(
    ("template", "variables", "expected"),
    [
        ('"plain"', "{}", "plain"),
        ('"a-$${x}-b"', '{ x = "y" }', "a-y-b"),
        ('"$${n}"', "{ n = 5 }", "5"),
        ('"a-$${x}"', "null", None),
        ('"$${upper(x)}"', '{ x = "y" }', None),
        ('"%%{ if true }x%%{ endif }"', "{}", None),
        ('"$${missing}"', "{}", None),
        ('"$${x"', '{ x = "y" }', None),
    ],
)
def test_text_and_names(
    tmp_path: Path, template: str, variables: str, expected: str | None
) -> None:
    """What might read otherwise in the older template language stays open."""
    found = bucket(tmp_path, template, variables)
    if expected is not None:
        assert found == expected
    else:
        assert isinstance(found, Unknown)
        assert found.reason == "data.template_file.t.rendered"


def test_a_variable_that_is_not_known_leaves_a_hole(tmp_path: Path) -> None:
    found = bucket(tmp_path, '"logs-$${x}"', "{ x = aws_s3_bucket.other.id }")
    assert isinstance(found, Unknown)
    assert found.parts is not None
    assert found.parts[0] == "logs-"


def test_a_policy_from_a_file_and_the_line_of_its_statement(tmp_path: Path) -> None:
    (tmp_path / "p.tpl").write_text(
        '{"Statement": [\n {"Effect": "Allow",\n  "Action": "${service}:*",\n  "Resource": "*"}\n]}'
    )
    text = """
data "template_file" "t" {
  template = file("${path.module}/p.tpl")
  vars     = { service = "s3" }
}
resource "aws_iam_role_policy" "p" {
  role   = "r"
  policy = data.template_file.t.rendered
}
"""
    found = resource(evaluated(tmp_path, text), "aws_iam_role_policy.p")
    (statement,) = Policy.parse(found.data["policy"]).statements
    assert statement.actions == ("s3:*",)
    way = found.provenance.trace(("policy",), statement.within("Action")).via
    assert [(s.text, Path(s.location.file).name, s.location.line) for s in way if s.location] == [
        ("data.template_file.t", "main.tf", 3),
        ("statement 1", "p.tpl", 3),
    ]
