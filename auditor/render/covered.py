"""One cause, told once: a finding that another rule's finding at the same place says as well.

A security group that is open to the internet on every port breaks a rule for every port. All of
these verdicts fail and are counted; the report tells the one that the others are `covered_by`, and
names them there. What is not shown (waived, below the severity asked for) covers nothing, and
neither does what is less severe.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from auditor.render.view import rank
from auditor.run import FindingEntry, RuleEntry, VerdictEntry


class Case(Protocol):
    """A finding with its verdict."""

    @property
    def verdict(self) -> VerdictEntry:
        """The verdict."""

    @property
    def finding(self) -> FindingEntry:
        """One of its findings."""


C = TypeVar("C", bound=Case)


def told_elsewhere(cases: Sequence[C], rules: Mapping[str, RuleEntry]) -> dict[int, C]:
    """The case that tells what another one says: by the `id` of the finding that is covered."""
    places: dict[object, dict[str, C]] = {}
    for case in cases:
        places.setdefault(_place(case), {}).setdefault(case.verdict.rule, case)

    def above(case: C) -> Iterable[C]:
        for id_ in rules[case.verdict.rule].covered_by:
            other = places[_place(case)].get(id_)
            if other is not None and _severity(other) >= _severity(case):
                yield other

    covered = {}
    for case in cases:
        by = next((each for each in above(case) if not any(True for _ in above(each))), None)
        if by is not None:
            covered[id(case.finding)] = by
    return covered


def _place(case: Case) -> object:
    verdict, finding = case.verdict, case.finding
    place = finding.location
    return verdict.source, verdict.address, finding.attribute, place and (place.file, place.line)


def _severity(case: Case) -> int:
    return rank(case.verdict.severity)
