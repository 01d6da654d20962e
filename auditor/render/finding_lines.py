"""Failing verdicts as text.

Findings stand under their rule, the most severe first, so that why and how to fix are said once.
The same line of a module that is wrong in several calls or roots is shown once, with its callers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor import engine
from auditor.render.comparison import shows
from auditor.render.covered import told_elsewhere
from auditor.render.value_text import value_text
from auditor.render.view import Line, View, count, rank, source_name
from auditor.resource import ModuleCall
from auditor.run import Evidence, FindingEntry, RuleEntry, Run, VerdictEntry

MOST_EVIDENCE = 6
"""Attributes beside the deciding one that are shown for a finding."""

MOST_CALLERS = 8


@dataclass(frozen=True, slots=True)
class _Case:
    """A finding with what it belongs to."""

    verdict: VerdictEntry
    finding: FindingEntry
    calls: list[ModuleCall]
    where: str

    @property
    def fault(self) -> object:
        """The same for findings that are one fault in the code."""
        finding = self.finding
        if finding.location is None or not self.calls:
            return id(finding)
        return finding.message, finding.location, finding.change, finding.note


def failure_lines(run: Run, view: View) -> Iterator[Line]:
    """All findings that the reader wants to see, and how to mend them."""
    rules = {rule.id: rule for rule in run.rules}
    groups: dict[tuple[int, str], list[_Case]] = {}
    shown = list(_cases(run, view))
    covered = {} if view.details else told_elsewhere(shown, rules)
    also: dict[int, list[_Case]] = {}
    for case in shown:
        if id(case.finding) in covered:
            also.setdefault(id(covered[id(case.finding)].finding), []).append(case)
            continue
        key = (-rank(case.verdict.severity), case.verdict.rule)
        groups.setdefault(key, []).append(case)
    for (_, rule_id), cases in sorted(groups.items()):
        rule = rules[rule_id]
        yield _heading(cases[0].verdict.severity, rule)
        yield []
        for same in _faults(cases, view):
            yield from _finding(view, same[0])
            yield from _also(also.get(id(same[0].finding), ()))
            yield from _callers(view, same)
            yield []
        yield from _paragraph("why", rule.why)
        yield from _paragraph("fix", rule.fix)
        yield []


def _cases(run: Run, view: View) -> Iterator[_Case]:
    several = len(run.sources) > 1
    for verdict in run.verdicts:
        if verdict.status != engine.FAIL or not view.wants(verdict.severity):
            continue
        where = source_name(run.sources[verdict.source]) if several else ""
        calls = [] if verdict.resource is None else run.resources[verdict.resource].calls
        for finding in verdict.findings:
            if finding.waiver is None and shows(run, finding.change, details=view.details):
                yield _Case(verdict, finding, calls, where)


def _faults(cases: Sequence[_Case], view: View) -> list[list[_Case]]:
    if view.details:
        return [[case] for case in cases]
    same: dict[object, list[_Case]] = {}
    for case in cases:
        same.setdefault(case.fault, []).append(case)
    return list(same.values())


def _heading(severity: str, rule: RuleEntry) -> Line:
    return [(severity, f"{severity.upper():<8}"), ("rule", f" {rule.id}"), ("", f"  {rule.title}")]


def _finding(view: View, case: _Case) -> Iterator[Line]:
    finding = case.finding
    change = [("note", f"{finding.change} ")] if finding.change else []
    where = [("faint", f"  ({case.where})")] if case.where else []
    address = ("address", case.verdict.address)
    yield [("", "  "), *change, address, ("", f" {finding.message}"), *where]
    if finding.location:
        yield [("", "    "), ("place", view.place(finding.location))]
        for number, text in enumerate(finding.code, start=finding.location.line):
            yield [("faint", f"    {number:>6} │ "), ("code", text)]
    yield from _all_evidence(view, finding)
    for call in reversed(case.calls):
        place = view.place(call.location)
        yield [("faint", "    called as "), ("", call.address), ("place", f"  {place}")]
    if finding.note:
        yield [("note", f"    note: {finding.note}")]


def _also(cases: Sequence[_Case]) -> Iterator[Line]:
    """The rules that fail here for the same cause, and are told nowhere else."""
    names = list(dict.fromkeys(case.verdict.rule for case in cases))
    if names:
        yield [("faint", f"    fails for the same cause: {', '.join(names)}")]


def _callers(view: View, same: Sequence[_Case]) -> Iterator[Line]:
    """The other calls and roots in which the same line is at fault."""
    if len(same) == 1:
        return
    yield [("faint", f"    the same in {count(len(same) - 1, 'further resource')}:")]
    for case in same[1 : MOST_CALLERS + 1]:
        where = f"  ({case.where})" if case.where else ""
        place = view.place(case.calls[0].location)
        yield [
            ("", f"      {case.verdict.address}"),
            ("faint", where),
            ("place", f"  {place}"),
        ]
    if len(same) > MOST_CALLERS + 1:
        yield [("faint", f"      and {len(same) - MOST_CALLERS - 1} more (--details shows all)")]


def _all_evidence(view: View, finding: FindingEntry) -> Iterator[Line]:
    decisive = [e for e in finding.evidence if e.attribute == finding.attribute and not e.address]
    others = [e for e in finding.evidence if e not in decisive and e.origin != "absent"]
    if not view.details:
        others = [e for e in others if not _says_little(e, finding)]
    wanted = [*decisive, *(others if view.details else others[:MOST_EVIDENCE])]
    for evidence in wanted:
        yield from _evidence(view, evidence)
    left_out = len(others) + len(decisive) - len(wanted) + finding.more_evidence
    if left_out:
        yield [("faint", f"      and {left_out} more attributes were read")]


def _says_little(evidence: Evidence, finding: FindingEntry) -> bool:
    """Whether it is empty, or only what the deciding argument stands in."""
    around = not evidence.address and finding.attribute.startswith(
        (f"{evidence.attribute}.", f"{evidence.attribute}[")
    )
    return around or evidence.value in ([], {}, "")


def _evidence(view: View, evidence: Evidence) -> Iterator[Line]:
    name = ".".join(part for part in (evidence.address, evidence.attribute) if part)
    if evidence.value is None:
        yield [("faint", "      "), ("", f"{name} is not set")]
    else:
        value = value_text(evidence.value, known=evidence.known)
        origin = _ORIGINS.get(evidence.origin, "")
        yield [("faint", "      "), ("", f"{name} = {value}"), ("faint", origin)]
    for step in evidence.via:
        place = view.place(step.location)
        yield [("faint", f"        ← {step.text}"), ("place", f"  {place}" if place else "")]


_ORIGINS = {
    "default": "  (not set: the provider's default)",
    "computed": "  (not set: AWS decides)",
    "absent": "  (not set)",
}


def _paragraph(name: str, text: str) -> Iterator[Line]:
    for index, line in enumerate(text.split("\n")):
        yield [("label", f"  {name if not index else '':<4}"), ("", line)]
