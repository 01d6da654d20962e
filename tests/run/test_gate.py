from __future__ import annotations

import pytest

from auditor.gate import exit_code
from auditor.record import summarize
from auditor.run import GapEntry, ProblemEntry, Run, SourceEntry, VerdictEntry


def run_with(*verdicts: tuple[str, str], fail_on: str = "medium") -> Run:
    run = Run("1", "now", sources=[SourceEntry("hcl", ".", fail_on=fail_on)])
    run.verdicts = [VerdictEntry("R", status, severity) for status, severity in verdicts]
    run.summary = summarize(run)
    return run


@pytest.mark.parametrize(
    ("verdicts", "fail_on", "code"),
    [
        ([("pass", "critical")], "medium", 0),
        ([("fail", "medium")], "medium", 1),
        ([("fail", "low")], "medium", 0),
        ([("fail", "info")], "low", 0),
        ([("fail", "info")], "info", 1),
        ([("fail", "critical")], "never", 0),
        ([("waived", "critical")], "info", 0),
        ([("undetermined", "critical")], "info", 0),
        ([("error", "low")], "medium", 3),
        ([("error", "low"), ("fail", "high")], "medium", 3),
    ],
)
def test_the_code_follows_the_verdicts(verdicts, fail_on, code):
    assert exit_code(run_with(*verdicts, fail_on=fail_on)) == code


def test_each_source_has_its_threshold():
    run = run_with(("fail", "medium"))
    run.sources.append(SourceEntry("hcl", "dev", fail_on="high"))
    run.verdicts[0].source = 1
    assert exit_code(run) == 0


def test_undetermined_fails_when_asked_to():
    run = run_with(("undetermined", "high"), ("undetermined", "low"))
    assert exit_code(run, undetermined_fails=True) == 1
    assert exit_code(run_with(("undetermined", "low")), undetermined_fails=True) == 0


def test_an_error_or_a_gap_makes_it_incomplete_and_a_warning_does_not():
    for problems, gaps, code in (
        ([ProblemEntry("error", "x", "X")], [], 3),
        ([], [GapEntry("module.a", "it is not there")], 3),
        ([ProblemEntry("warning", "x", "X")], [], 0),
    ):
        run = run_with(("pass", "high"))
        run.problems, run.gaps = problems, gaps
        run.summary = summarize(run)
        assert exit_code(run) == code
