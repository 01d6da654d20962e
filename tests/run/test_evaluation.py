from __future__ import annotations

from pathlib import Path

from auditor.config import EnvironmentSettings
from auditor.evaluation import evaluated
from auditor.model import Model
from auditor.targets import Inputs, Target
from auditor.terraform.boundary import Boundary


class Breaking:
    """A project that fails as a bug of ours would."""

    def __init__(self, folder: Path) -> None:
        self.boundary = Boundary(folder)

    def module(self, folder: str) -> None:
        raise IndexError("list index out of range")


def test_a_bug_of_ours_in_one_root_is_a_problem_and_a_gap(tmp_path):
    target = Target(tmp_path, None, EnvironmentSettings())
    found = evaluated(target, Inputs(tmp_path), Breaking(tmp_path))
    (problem,) = found.problems
    assert (problem.level, problem.code) == ("error", "internal-error")
    assert "IndexError at test_evaluation.py:19: list index out of range." in problem.detail
    assert [gap.because for gap in found.gaps] == ["auditor failed on it"]
    assert isinstance(found.model(), Model)
