"""What a run's exit code is.

0: nothing at or above the threshold. 1: findings at or above it. 2 (usage and settings) is the
command line's. 3: something that was asked for could not be evaluated: an error in the input, a
part not read, a rule that crashed. 3 goes before 1: findings are only part of the answer then, and
a gate that knows 1 as "these findings" must not take them for all; the report says both.
Undetermined verdicts alone do not change the code, unless they are asked to fail like findings. In
a run that is compared with another only what is new or worse counts.
"""

from __future__ import annotations

from auditor import engine
from auditor.rule import SEVERITIES
from auditor.run import Run, VerdictEntry

CLEAN, FINDINGS, USAGE, INCOMPLETE = 0, 1, 2, 3

DEFAULT_THRESHOLD = "medium"
NEVER = "never"
THRESHOLDS = (*SEVERITIES, NEVER)


def exit_code(run: Run, *, undetermined_fails: bool = False) -> int:
    """The exit code of a run, by the threshold of each of its sources."""
    if run.summary.incomplete:
        return INCOMPLETE
    return FINDINGS if gating(run, undetermined_fails=undetermined_fails) else CLEAN


def gating(run: Run, *, undetermined_fails: bool = False) -> list[VerdictEntry]:
    """The verdicts that fail the run."""
    statuses = {engine.FAIL, engine.UNDETERMINED} if undetermined_fails else {engine.FAIL}
    return [
        verdict
        for verdict in run.verdicts
        if verdict.status in statuses
        and (run.comparison is None or verdict.change in ("new", "worse"))
        and reaches(verdict.severity, run.sources[verdict.source].fail_on)
    ]


def reaches(severity: str, threshold: str) -> bool:
    """Whether a severity is at or above a threshold."""
    return threshold != NEVER and SEVERITIES.index(severity) >= SEVERITIES.index(threshold)
