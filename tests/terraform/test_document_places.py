"""Where a statement of a policy stands, however the policy is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from configurations import evaluated, resource

from auditor.policy import Policy
from auditor.resource import Trace

POLICY = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Fine", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},
    {
      "Sid": "Open",
      "Effect": "Allow",
      "Action": [
        "s3:GetObject",
        "s3:*"
      ],
      "Resource": "*"
    }
  ]
}
"""
ROLE_POLICY = """
resource "aws_iam_role_policy" "p" {
  role   = "r"
  policy = %s
}
"""


def trace(
    folder: Path, text: str, element: str | None = "Action", position: int | None = None
) -> Trace:
    """Of the last statement of the policy."""
    found = resource(evaluated(folder, text), "aws_iam_role_policy.p")
    statements = Policy.parse(found.data["policy"]).statements
    items = statements if isinstance(statements, tuple) else statements.items
    within = items[-1].within(element, position)
    return found.provenance.trace(("policy",), within)


def line(found: Trace) -> int:
    assert found.location is not None
    return found.location.line


def way(found: Trace) -> list[tuple[str, str, int]]:
    return [
        (step.text, Path(step.location.file).name, step.location.line)
        for step in found.via
        if step.location is not None
    ]


ENCODED = (
    ROLE_POLICY
    % """jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::b/*" },
      {
        Effect   = "Allow"
        Action   = [
          "s3:GetObject",
          "s3:*",
        ]
        Resource = "*"
      },
    ]
  })"""
)


@pytest.mark.parametrize(
    ("element", "position", "expected"),
    [("Action", None, 10), ("Action", 1, 12), (None, None, 8), ("NotAction", None, 8)],
)
def test_in_jsonencode(
    tmp_path: Path, element: str | None, position: int | None, expected: int
) -> None:
    assert line(trace(tmp_path, ENCODED, element, position)) == expected


def test_a_single_statement_that_is_no_list(tmp_path: Path) -> None:
    text = (
        ROLE_POLICY
        % """jsonencode({
    Statement = {
      Effect   = "Allow"
      Action   = "*"
      Resource = "*"
    }
  })"""
    )
    assert line(trace(tmp_path, text)) == 5  # the object
    assert line(trace(tmp_path, text, None)) == 5


@pytest.mark.parametrize("marker", ["<<EOF", "<<-EOF"])
@pytest.mark.parametrize(
    ("position", "expected"), [(None, 12), (0, 13), (1, 14)], ids=["action", "first", "second"]
)
def test_in_a_heredoc(tmp_path: Path, marker: str, position: int | None, expected: int) -> None:
    text = ROLE_POLICY % f"{marker}\n{POLICY}EOF\n"
    assert line(trace(tmp_path, text, "Action", position)) == expected


def test_in_a_heredoc_after_a_value_of_several_lines(tmp_path: Path) -> None:
    mixed = POLICY.replace('"arn:aws:s3:::b/*"', "${local.resources}")
    text = ROLE_POLICY % f"<<EOF\n{mixed}EOF\n" + (
        'locals {\n  resources = "[\\n\\"arn:aws:s3:::b/*\\"\\n]"\n}\n'
    )
    assert line(trace(tmp_path, text)) == 12


def test_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "p.json").write_text(POLICY)
    found = trace(tmp_path, ROLE_POLICY % 'file("${path.module}/policies/p.json")', "Action", 1)
    assert line(found) == 4
    assert way(found) == [('"Open"', "p.json", 10)]


def test_in_a_local(tmp_path: Path) -> None:
    text = ROLE_POLICY % "jsonencode(local.document)" + (
        "locals {\n  document = {\n    Statement = [\n"
        '      { Effect = "Allow", Action = "*", Resource = "*" },\n    ]\n  }\n}\n'
    )
    found = trace(tmp_path, text)
    assert line(found) == 4
    assert way(found) == [("local.document", "main.tf", 9)]


DOCUMENT = """
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::b/*"]
  }
  statement {
    sid       = "Open"
    actions   = local.open
    resources = ["*"]
  }
}
locals {
  open = ["s3:*"]
}
"""


def test_in_a_policy_document(tmp_path: Path) -> None:
    text = ROLE_POLICY % "data.aws_iam_policy_document.d.json" + DOCUMENT
    found = trace(tmp_path, text)
    assert line(found) == 4
    assert way(found) == [
        ('data.aws_iam_policy_document.d "Open"', "main.tf", 14),
        ("local.open", "main.tf", 19),
    ]
    assert way(trace(tmp_path, text, None)) == [
        ('data.aws_iam_policy_document.d "Open"', "main.tf", 12)
    ]


def test_in_a_policy_document_that_takes_in_another(tmp_path: Path) -> None:
    """Statements of others stand before its own; a Sid tells which is meant."""
    other = 'data "aws_iam_policy_document" "other" {\n  statement {\n    actions = ["s3:List*"]\n'
    other += '    resources = ["*"]\n  }\n}\n'
    merged = DOCUMENT.replace(
        '"d" {', '"d" {\n  source_policy_documents = [data.aws_iam_policy_document.other.json]'
    )
    named = ROLE_POLICY % "data.aws_iam_policy_document.d.json" + merged + other
    assert way(trace(tmp_path, named))[0] == (
        'data.aws_iam_policy_document.d "Open"',
        "main.tf",
        15,
    )
    nameless = named.replace('    sid       = "Open"\n', "")
    assert way(trace(tmp_path, nameless)) == [("data.aws_iam_policy_document.d", "main.tf", 7)]


def test_a_policy_document_with_count(tmp_path: Path) -> None:
    text = ROLE_POLICY % "data.aws_iam_policy_document.d[0].json" + DOCUMENT.replace(
        '"d" {', '"d" {\n  count = 1'
    )
    assert way(trace(tmp_path, text))[0] == (
        'data.aws_iam_policy_document.d[0] "Open"',
        "main.tf",
        15,
    )


def test_a_module_is_handed_the_document(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "m.tf").write_text(
        'variable "policy" {}\nresource "aws_iam_role_policy" "p" {\n  role = "r"\n'
        "  policy = var.policy\n}\n"
    )
    call = 'module "m" {\n  source = "./m"\n  policy = data.aws_iam_policy_document.d.json\n}\n'
    found = resource(evaluated(tmp_path, call + DOCUMENT), "module.m.aws_iam_role_policy.p")
    (_, second) = Policy.parse(found.data["policy"]).statements
    assert way(found.provenance.trace(("policy",), second.within("Action")))[:2] == [
        ("module.m.var.policy", "main.tf", 3),
        ('data.aws_iam_policy_document.d "Open"', "main.tf", 13),
    ]
