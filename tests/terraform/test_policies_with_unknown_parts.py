"""A policy of which a part is unknown: what it certainly says is found, the rest is no pass."""

from __future__ import annotations

import pytest
from auditor.rules.iam import policies

from auditor.engine import FAIL, UNDETERMINED
from auditor.testing import judge_code

VARIABLES = """
variable "any" {}
variable "list" { type = list(any) }
variable "names" { type = list(string) }
variable "text" { type = string }
variable "flag" { type = bool }
"""
ADMIN = '{ Effect = "Allow", Action = "*", Resource = "*" }'
READER = '{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::a/*" }'


def document(statements: str) -> str:
    return f'jsonencode({{ Version = "2012-10-17", Statement = {statements} }})'


FORMS = {
    "more of any type": document("concat([WHO], var.any)"),
    "more before it": document("concat(var.list, [WHO])"),
    "flattened": document("flatten([[WHO], var.list])"),
    "looped": document("[for each in concat([WHO], var.any) : each]"),
    "expanded": document("concat(concat([[WHO]], var.any)...)"),
    "document merged": "jsonencode(merge(var.any, { Statement = [WHO] }))",
    "statement merged": document("[merge(var.any, WHO)]"),
    "a choice of documents": f"var.flag ? {document('[WHO]')} : {document(f'[{READER}, WHO]')}",
    "a choice of lists": document(f"var.flag ? [WHO] : [{READER}, WHO]"),
    "perhaps one more": document(f"concat([WHO], var.flag ? [{READER}] : [])"),
    "heredoc": '<<EOT\n{"Statement": ${jsonencode(concat([WHO], var.any))}}\nEOT\n',
    "template loop": (
        '<<EOT\n{"Statement": [${jsonencode(WHO)}'
        "%{ for each in var.any },${jsonencode(each)}%{ endfor }]}\nEOT\n"
    ),
    "joined": r'"{\"Statement\":[${join(",", concat([jsonencode(WHO)], var.names))}]}"',
    "formatted": r'format("{\"Statement\":[%s,%s]}", jsonencode(WHO), var.text)',
}  # fmt: skip


def status(policy: str) -> str:
    resource = f'resource "aws_iam_policy" "p" {{\n  policy = {policy}\n}}\n'
    (verdict,) = judge_code(policies.managed_policy_of_an_administrator, VARIABLES + resource)
    return verdict.status


@pytest.mark.parametrize("form", FORMS)
def test_a_certain_statement_is_found(form: str) -> None:
    assert status(FORMS[form].replace("WHO", ADMIN)) == FAIL


CLOSED = {"document merged", "statement merged"}
"""Nothing that an unknown can bring changes what these allow."""


@pytest.mark.parametrize("form", sorted(FORMS.keys() - CLOSED))
def test_harmless_certain_statements_are_no_pass(form: str) -> None:
    assert status(FORMS[form].replace("WHO", READER)) == UNDETERMINED


def test_a_statement_that_only_one_choice_has_is_open() -> None:
    choice = f"var.flag ? {document(f'[{ADMIN}]')} : {document(f'[{READER}]')}"

    assert status(choice) == UNDETERMINED


def test_actions_that_may_be_more() -> None:
    statement = '[{ Effect = "Allow", Action = concat(["*"], var.names), Resource = "*" }]'

    assert status(document(statement)) == FAIL
