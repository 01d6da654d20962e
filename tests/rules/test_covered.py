"""Rules that other rules cover: one cause is told once, and fails every control all the same."""

from __future__ import annotations

import io

import pytest

from auditor.engine import evaluate
from auditor.record import Recorder
from auditor.render.text import render
from auditor.render.view import View
from auditor.rules_loading import load_rules
from auditor.run import SourceEntry
from auditor.testing import model_of

ONE_PORT = """
resource "aws_security_group" "g" {
  name        = "g"
  description = "g"
  ingress {
    protocol    = "tcp"
    from_port   = %s
    to_port     = %s
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""
SSH = ONE_PORT % (22, 22)
EVERYTHING = ONE_PORT % (0, 65535)


def report(tmp_path, text: str, *names: str, view: View | None = None) -> list[str]:
    rules = [rule for rule in load_rules() if rule.id.startswith(names)]
    model = model_of(text)
    recorder = Recorder(tmp_path, "1")
    recorder.add(SourceEntry("hcl", "."), model, evaluate(rules, model))
    stream = io.StringIO()
    render(recorder.finish(), stream, view)
    return stream.getvalue().splitlines()


def headings(lines: list[str]) -> list[str]:
    return [line.split()[1] for line in lines if line.startswith(("CRITICAL", "HIGH", "MEDIUM"))]


def counts(lines: list[str]) -> str:
    (line,) = [line for line in lines if " failed" in line]
    return line.split(" · ")[0]


def test_an_open_port_is_told_once(tmp_path):
    lines = report(tmp_path, SSH, "NET-SG-")
    assert headings(lines) == ["NET-SG-HIGH-RISK-PORTS"]
    assert (
        "    fails for the same cause: "
        "NET-SG-REMOTE-ADMIN-IPV4, NET-SG-SSH-OPEN, NET-SG-UNAUTHORISED-PORTS"
    ) in lines
    assert counts(lines) == "4 failed (1 critical, 3 high)"


def test_what_is_open_on_every_port_is_told_once(tmp_path):
    lines = report(tmp_path, EVERYTHING, "NET-SG-")
    assert headings(lines) == ["NET-SG-ALL-PORTS-OPEN"]
    assert counts(lines).startswith("22 failed (2 critical, 19 high, 1 low)")


def test_two_openings_of_one_group_are_two_causes(tmp_path):
    lines = report(tmp_path, SSH + EVERYTHING.replace('"g" {', '"h" {'), "NET-SG-")
    assert headings(lines) == ["NET-SG-ALL-PORTS-OPEN", "NET-SG-HIGH-RISK-PORTS"]


def test_every_finding_stands_by_itself_in_the_details(tmp_path):
    lines = report(tmp_path, SSH, "NET-SG-", view=View(details=True))
    assert headings(lines) == [
        "NET-SG-HIGH-RISK-PORTS",
        "NET-SG-REMOTE-ADMIN-IPV4",
        "NET-SG-SSH-OPEN",
        "NET-SG-UNAUTHORISED-PORTS",
    ]


def test_what_tells_a_cause_has_to_be_there(tmp_path):
    lines = report(tmp_path, SSH, "NET-SG-SSH", "NET-SG-REMOTE")
    assert headings(lines) == ["NET-SG-SSH-OPEN"]
    lines = report(tmp_path, SSH, "NET-SG-REMOTE")
    assert headings(lines) == ["NET-SG-REMOTE-ADMIN-IPV4"]


def test_a_statement_is_told_by_its_worst(tmp_path):
    text = """
    resource "aws_iam_policy" "p" {
      policy = jsonencode({
        Statement = [
          { Effect = "Allow", Action = "s3:*", Resource = "*" },
          { Effect = "Allow", Action = "ec2:TerminateInstances", Resource = "*" },
        ]
      })
    }
    """
    lines = report(
        tmp_path, text, "IAM-POLICY-S3", "IAM-POLICY-STAR", "IAM-POLICY-UNC", "IAM-POLICY-SERV"
    )
    assert headings(lines) == ["IAM-POLICY-S3-FULL", "IAM-POLICY-UNCONSTRAINED-WRITE"]


@pytest.mark.parametrize("rule", [r for r in load_rules() if r.covered_by], ids=lambda r: r.id)
def test_what_covers_a_rule_is_a_rule(rule):
    known = {each.id: each for each in load_rules()}
    for name in rule.covered_by:
        assert set(rule.on) & set(known[name].on), f"{name} judges other things than {rule.id}"
