"""Suppressions in code: which comments there are, what they cover, what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from sample_run import RULES

from auditor.record import summarize
from auditor.resource import Location, ModuleCall, Step
from auditor.run import Evidence, FindingEntry, ResourceEntry, Run, SourceEntry, VerdictEntry
from auditor.suppression_comments import Target, read_suppressions
from auditor.suppressions import apply_suppressions

TODAY = date(2026, 11, 24)


def read(tmp_path: Path, text: str):
    file = tmp_path / "main.tf"
    file.write_text(text)
    return read_suppressions(file, "main.tf")


class TestReading:
    def test_ours_in_full(self, tmp_path):
        (found,) = read(
            tmp_path,
            '# auditor:ignore ENC-A, NET-* reason="public \\"by\\" design" until=2027-03-31\n'
            'resource "a" "b" {}\n',
        )
        assert found.rules == ["ENC-A", "NET-*"]
        assert found.reason == 'public "by" design'
        assert found.until == date(2027, 3, 31)
        assert found.location == Location("main.tf", 1, 1, 1, 0)
        assert found.wrong == ""

    @pytest.mark.parametrize(
        ("comment", "wrong"),
        [
            ("auditor:ignore ENC-A", 'it gives no reason: add reason="why this may stay"'),
            (
                'auditor:ignore reason="x"',
                'it names no rule: write auditor:ignore RULE reason="…"',
            ),
            (
                'auditor:ignore ENC-A reason="x" until=tomorrow',
                "until=tomorrow is not a date such as 2027-03-31",
            ),
            (
                'auditor:ignore ENC-A because="x"',
                "because is not an option: reason and until are",
            ),
            (
                "auditor:ignore ENC-A it is fine",
                '"it is fine" is not understood: write reason="…" until=2027-03-31',
            ),
        ],
    )
    def test_what_is_wrong_is_said(self, tmp_path, comment, wrong):
        (found,) = read(tmp_path, f'# {comment}\nresource "a" "b" {{}}\n')
        assert found.wrong == wrong

    @pytest.mark.parametrize(
        ("comment", "tool", "rules", "reason"),
        [
            ("#checkov:skip=CKV_AWS_1:it is public", "checkov", ["CKV_AWS_1"], "it is public"),
            ("// checkov:skip=CKV_AWS_1,CKV_AWS_2", "checkov", ["CKV_AWS_1", "CKV_AWS_2"], ""),
            ("# trivy:ignore:AVD-AWS-0086", "trivy", ["AVD-AWS-0086"], ""),
            ("/* tfsec:ignore:aws-s3-x */", "tfsec", ["aws-s3-x"], ""),
        ],
    )
    def test_those_of_other_tools(self, tmp_path, comment, tool, rules, reason):
        (found,) = read(tmp_path, f'{comment}\nresource "a" "b" {{}}\n')
        assert (found.tool, found.rules, found.reason, found.wrong) == (tool, rules, reason, "")

    def test_trivy_s_expiry_is_honoured_and_other_conditions_are_not_guessed(self, tmp_path):
        one, two = read(
            tmp_path, "# trivy:ignore:AWS-1:exp:2027-01-02 trivy:ignore:AWS-2:ws:prod\n"
        )
        assert one.until == date(2027, 1, 2)
        assert two.wrong == "its condition ws is not one that this tool knows"

    def test_text_that_is_no_comment_is_none(self, tmp_path):
        text = 'a = <<EOT\n# auditor:ignore X reason="y"\nEOT\nb = "# auditor:ignore X"\n'
        assert read(tmp_path, text) == []

    def test_json_has_no_comments(self, tmp_path):
        file = tmp_path / "main.tf.json"
        file.write_text('{"//": "auditor:ignore X"}')
        assert read_suppressions(file, "main.tf.json") == []


BLOCK = """\
resource "a" "b" {{{0}
  {1}
  one = 1 {2}

  {3}
  nested {{
    list = [
      "x", {4}
    ]
  }}
}}
"""
NOTE = '# auditor:ignore X reason="r"'


class TestTargets:
    @pytest.mark.parametrize(
        ("place", "target"),
        [
            (0, Target(1, 11, whole=True)),
            (1, Target(1, 11, whole=True)),
            (2, Target(3, 3)),
            (3, Target(6, 10)),
            (4, Target(8, 8)),
        ],
    )
    def test_what_a_comment_covers(self, tmp_path, place, target):
        comments = [NOTE if place == number else "" for number in range(5)]
        (found,) = read(tmp_path, BLOCK.format(*comments))
        assert found.target == target

    def test_above_a_block_other_comments_may_stand_between(self, tmp_path):
        (found,) = read(tmp_path, f'{NOTE}\n# The bucket.\nresource "a" "b" {{\n}}\n')
        assert found.target == Target(3, 4, whole=True)

    def test_a_blank_line_ends_it(self, tmp_path):
        (found,) = read(tmp_path, f'{NOTE}\n\nresource "a" "b" {{\n}}\n')
        assert found.target == Target(2, 2)

    def test_at_the_end_of_a_file_it_covers_nothing(self, tmp_path):
        (found,) = read(tmp_path, f"{NOTE}")
        assert found.target is None

    def test_checkov_s_cover_the_resource_wherever_they_stand_in_it(self, tmp_path):
        text = BLOCK.format("", "", "", "#checkov:skip=CKV_1:r", "")
        (found,) = read(tmp_path, text)
        assert found.target == Target(1, 11, whole=True)


@dataclass
class Judged:
    """One failing verdict on a resource, to be waived or not."""

    run: Run

    def apply(self, tmp_path: Path, text: str) -> Run:
        apply_suppressions(self.run, read(tmp_path, text), RULES, TODAY)
        self.run.summary = summarize(self.run)
        return self.run


def judged(line: int, *, block: int = 2, calls=(), via=(), status="fail") -> Judged:
    evidence = Evidence("encrypted", False, location=Location("main.tf", line), via=list(via))
    finding = FindingEntry(
        "is not encrypted", "f", "encrypted", location=evidence.location, evidence=[evidence]
    )
    verdict = VerdictEntry("ENC-TEST-DISK", status, "high", "a.b", 0)
    verdict.findings = [finding] if status == "fail" else []
    verdict.evidence = [] if status == "fail" else [evidence]
    resource = ResourceEntry("a.b", "a", 0, Location("main.tf", block), list(calls))
    return Judged(
        Run("1", "now", sources=[SourceEntry("hcl", ".")], resources=[resource], verdicts=[verdict])
    )


OURS = '# auditor:ignore ENC-TEST-DISK reason="test data only"'


def disk(first: str = "", above: str = "", on: str = "") -> str:
    return f'{first}\nresource "a" "b" {{\n  size = 1\n  {above}\n  encrypted = false {on}\n}}\n'


class TestApplying:
    @pytest.mark.parametrize("where", ["first", "above", "on"])
    def test_a_comment_waives_with_its_reason(self, tmp_path, where):
        run = judged(5).apply(tmp_path, disk(**{where: OURS}))
        assert run.verdicts[0].status == "waived"
        waiver = run.waivers[run.verdicts[0].waiver]
        assert (waiver.state, waiver.reason, waiver.verdicts) == ("active", "test data only", 1)
        assert run.summary.statuses["waived"] == 1

    def test_a_comment_on_another_argument_does_not(self, tmp_path):
        run = judged(3).apply(tmp_path, disk(above=OURS))
        assert run.verdicts[0].status == "fail"
        assert run.waivers[0].state == "unused"

    def test_a_comment_for_another_rule_does_not(self, tmp_path):
        run = judged(5).apply(tmp_path, disk(first='# auditor:ignore OPS-TEST-SIZE reason="x"'))
        assert run.verdicts[0].status == "fail"
        assert run.waivers[0].state == "idle"

    def test_an_expired_one_fails_and_says_so(self, tmp_path):
        run = judged(5).apply(tmp_path, disk(first=f"{OURS} until=2026-11-23"))
        assert run.verdicts[0].status == "fail"
        assert run.waivers[0].state == "expired"
        note = "its suppression at main.tf:1:1 expired on 2026-11-23"
        assert run.verdicts[0].findings[0].note == note

    def test_the_last_day_still_counts(self, tmp_path):
        run = judged(5).apply(tmp_path, disk(first=f"{OURS} until=2026-11-24"))
        assert run.verdicts[0].status == "waived"

    def test_without_a_reason_it_is_not_honoured_and_a_problem(self, tmp_path):
        run = judged(5).apply(tmp_path, disk(first="# auditor:ignore ENC-TEST-DISK"))
        assert run.verdicts[0].status == "fail"
        assert run.waivers[0].state == "invalid"
        assert [(p.level, p.summary) for p in run.problems] == [
            (
                "warning",
                'A suppression is not honoured: it gives no reason: add reason="why this may stay"',
            )
        ]

    def test_a_misspelt_rule_is_a_problem_with_a_guess(self, tmp_path):
        run = judged(5).apply(tmp_path, disk(first='# auditor:ignore ENC-TEST-DISC reason="x"'))
        assert run.waivers[0].because == (
            "no rule is called ENC-TEST-DISC: did you mean ENC-TEST-DISK?"
        )

    @pytest.mark.parametrize(
        "comment",
        [
            "#checkov:skip=CKV_TEST_1:known",
            "# trivy:ignore:AVD-AWS-9001",
            "# tfsec:ignore:AWS-9001",
        ],
    )
    def test_other_tools_comments_count_through_aliases(self, tmp_path, comment):
        run = judged(5).apply(tmp_path, disk(first=comment))
        assert run.verdicts[0].status == "waived"

    def test_other_tools_comments_for_what_is_not_ours_are_not_listed(self, tmp_path):
        run = judged(5).apply(tmp_path, disk(first="#checkov:skip=CKV_TEST_77:known"))
        assert run.waivers == []

    def test_on_a_module_call_it_covers_what_is_in_the_module(self, tmp_path):
        call = ModuleCall("module.m", Location("main.tf", 2))
        text = f'{OURS}\nmodule "m" {{\n  source = "./m"\n}}\n'
        run = judged(70, block=60, calls=[call]).apply(tmp_path, text)
        assert run.verdicts[0].status == "waived"

    def test_on_a_module_s_argument_it_covers_what_the_value_causes(self, tmp_path):
        text = f'module "m" {{\n  source = "./m"\n  encrypted = false {OURS}\n}}\n'
        step = Step("module.m encrypted", Location("main.tf", 3, 15))
        call = ModuleCall("module.m", Location("main.tf", 1))
        run = judged(70, block=60, calls=[call], via=[step]).apply(tmp_path, text)
        assert run.verdicts[0].status == "waived"
        other = judged(70, block=60, calls=[call]).apply(tmp_path, text)
        assert other.verdicts[0].status == "fail"

    def test_an_undetermined_verdict_can_be_waived_too(self, tmp_path):
        run = judged(5, status="undetermined").apply(tmp_path, disk(above=OURS))
        assert run.verdicts[0].status == "waived"

    def test_a_verdict_fails_as_long_as_one_finding_is_not_covered(self, tmp_path):
        sample = judged(5)
        verdict = sample.run.verdicts[0]
        verdict.findings.append(FindingEntry("x", "g", "size", location=Location("main.tf", 3)))
        run = sample.apply(tmp_path, disk(above=OURS))
        assert run.verdicts[0].status == "fail"
        assert [f.waiver for f in run.verdicts[0].findings] == [0, None]
        assert run.summary.findings == 1
