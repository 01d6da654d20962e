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
        raise IndexError("no element hunter22 in the list")


def test_a_bug_of_ours_in_one_root_is_a_problem_and_a_gap(tmp_path):
    target = Target(tmp_path, None, EnvironmentSettings())
    found = evaluated(target, Inputs(tmp_path), Breaking(tmp_path))
    (problem,) = found.problems
    assert (problem.level, problem.code) == ("error", "internal-error")
    assert problem.detail.startswith(
        "IndexError at test_evaluation.py:19. This is a bug in auditor"
    )
    assert "hunter22" not in problem.detail  # an error's text may quote a value, so a secret
    assert [gap.because for gap in found.gaps] == ["auditor failed on it"]
    assert isinstance(found.model(), Model)
