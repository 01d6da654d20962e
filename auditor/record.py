"""Turns what the engine says about models into a run document."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditor import engine
from auditor.code_lines import Code
from auditor.evidence import Trace, Traced, evidence_for, value_at
from auditor.fingerprint import Identity, without_elements
from auditor.model import Model
from auditor.resource import Finding, Gap, Location, ModuleCall, Problem, Resource, Step
from auditor.rule import Rule
from auditor.run import (
    Cause,
    FindingEntry,
    GapEntry,
    ProblemEntry,
    ResourceEntry,
    RuleEntry,
    Run,
    SourceEntry,
    Summary,
    VerdictEntry,
    plain,
)
from auditor.values import Path as ValuePath
from auditor.values import Sensitive, Unknown, Within

_QUIET = (engine.PASS, engine.NOT_APPLICABLE)
"""Statuses of which no report needs the rule's text."""


class Recorder:
    """Fills a run, one judged source after the other.

    base: the folder that files are named from: the repository.
    """

    def __init__(self, base: Path, version: str, options: dict[str, Any] | None = None) -> None:
        self.base = str(base)
        self._code = Code(base)
        now = datetime.now(UTC)
        self.run = Run(version=version, started=now.isoformat(timespec="seconds"))
        self.run.options = options or {}
        self._started = now
        self._places: dict[str, str] = {}
        self._traces: dict[tuple[int, ValuePath, Within | None], Traced] = {}
        self._rules: dict[str, Rule] = {}
        self._problems: set[tuple[str, str, str, Location | None]] = set()

    def place(self, location: Location | None) -> Location | None:
        """The location with its file named from the repository, with `/`."""
        if location is None:
            return None
        file = self.file(location.file)
        if file == location.file:
            return location
        return Location(
            file, location.line, location.column, location.end_line, location.end_column
        )

    def file(self, name: str) -> str:
        """A file's or folder's name from the repository, with `/`."""
        found = self._places.get(name)
        if found is None:
            folder, last = os.path.split(os.path.abspath(name))
            whole = os.path.join(os.path.realpath(folder), last)  # a link is named, not followed
            found = os.path.relpath(whole, self.base).replace(os.sep, "/")
            self._places[name] = found
        return found

    def add(self, source: SourceEntry, model: Model, verdicts: Iterable[engine.Verdict]) -> int:
        """Takes in a source, its resources, problems, gaps and verdicts; gives its index."""
        run, index = self.run, len(self.run.sources)
        run.sources.append(source)
        numbers: dict[int, int] = {}
        self._traces.clear()  # of another model: its resources may be gone, and their ids reused
        for resource in model.resources:
            numbers[id(resource)] = len(run.resources)
            run.resources.append(self._resource(resource, index))
        source.resources = len(numbers)
        for problem in model.problems:
            self.problem(problem, index)
        for gap in model.gaps:
            self.gap(gap, index)
        for verdict in verdicts:
            if verdict.status not in _QUIET:
                self._rules.setdefault(verdict.rule.id, verdict.rule)
            number = None if verdict.resource is None else numbers.get(id(verdict.resource))
            run.verdicts.append(self._verdict(verdict, index, number, source.root))
        return index

    def problem(self, problem: Problem, source: int | None = None) -> None:
        """Takes in a problem; the same one (two roots share a module) only once."""
        entry = ProblemEntry(
            problem.level,
            problem.code,
            problem.summary,
            problem.detail,
            self.place(problem.location),
            source,
        )
        name = (entry.code, entry.summary, entry.detail, entry.location)
        if name not in self._problems:
            self._problems.add(name)
            self.run.problems.append(entry)

    def gap(self, gap: Gap, source: int | None = None) -> None:
        """Takes in a gap."""
        types, place = sorted(gap.types), self.place(gap.location)
        self.run.gaps.append(GapEntry(gap.what, gap.because, types, place, gap.region, source))

    def rules(self, rules: Iterable[Rule]) -> None:
        """Takes in the rules that were chosen, so that a report can show what was looked for."""
        self._rules.update((rule.id, rule) for rule in rules)

    def finish(self) -> Run:
        """The run, with its summary and rules."""
        run = self.run
        run.rules = [rule_entry(rule) for _, rule in sorted(self._rules.items())]
        run.environments = list(
            dict.fromkeys(s.environment for s in run.sources if s.environment is not None)
        )
        run.seconds = round((datetime.now(UTC) - self._started).total_seconds(), 3)
        run.summary = summarize(run)
        return run

    # -- entries ----------------------------------------------------------------------------------

    def _resource(self, resource: Resource, source: int) -> ResourceEntry:
        provenance, arn = resource.provenance, resource.data.get("arn")
        return ResourceEntry(
            resource.address,
            resource.type,
            source,
            self._traced(resource, ())[0],
            [ModuleCall(call.address, self.place(call.location)) for call in provenance.calls()],
            resource.region,
            resource.account,
            arn if isinstance(arn, str) else "",
        )

    def _verdict(
        self, verdict: engine.Verdict, source: int, number: int | None, root: str
    ) -> VerdictEntry:
        resource = verdict.resource
        entry = VerdictEntry(
            verdict.rule.id,
            verdict.status,
            verdict.severity,
            "" if resource is None else resource.address,
            number,
            source,
        )
        if verdict.status == engine.PASS:
            return entry
        entry.reason = verdict.reason
        if verdict.status == engine.NOT_APPLICABLE:
            return entry
        entry.causes = [_cause(unknown) for unknown in verdict.unknowns]
        if verdict.findings and resource is not None:
            entry.findings = self._findings(verdict, resource, root)
            return entry
        entry.fingerprint = Identity(entry.rule, root, entry.address).fingerprint
        if resource is not None:
            hide = _about_secrets(verdict)
            entry.evidence, _ = evidence_for(verdict.reads, resource, self._traced, hide=hide)
        return entry

    def _traced_for(self, finding: Finding) -> Trace:
        """As `_traced`, with the finding's own place within the document that it is about."""

        def traced(resource: Resource, path: ValuePath) -> Traced:
            about = resource is finding.resource and path == finding.path
            return self._traced(resource, path, finding.within if about else None)

        return traced

    def _traced(self, resource: Resource, path: ValuePath, within: Within | None = None) -> Traced:
        """Where a value stands and came from; rules on one resource ask for the same places."""
        key = (id(resource), path, within)
        found = self._traces.get(key)
        if found is None:
            trace = resource.provenance.trace(path, within)
            steps = [Step(step.text, self.place(step.location)) for step in trace.via]
            found = self._traces[key] = (self.place(trace.location), steps)
        return found

    def _findings(
        self, verdict: engine.Verdict, resource: Resource, root: str
    ) -> list[FindingEntry]:
        names: Counter[tuple[str, str]] = Counter()
        entries = []
        for finding in verdict.findings:
            name = _name(finding, resource)
            names[name] += 1
            traced = self._traced_for(finding)
            evidence, more = evidence_for(
                verdict.reads, resource, traced, finding, hide=_about_secrets(verdict)
            )
            location, _ = traced(finding.resource, finding.path)
            identity = Identity(verdict.rule.id, root, resource.address, *name, names[name])
            entries.append(
                FindingEntry(
                    message=finding.message,
                    fingerprint=identity.fingerprint,
                    attribute=finding.attribute,
                    key=name[1],
                    location=location,
                    code=self._code.lines(location, mask=_is_hidden(finding, verdict)),
                    evidence=evidence,
                    more_evidence=more,
                    related=_related(finding, resource),
                )
            )
        return entries


def _name(finding: Finding, judged: Resource) -> tuple[str, str]:
    """What tells a finding from others of its verdict; the resource it stands in counts too."""
    elsewhere = "" if finding.resource is judged else finding.resource.address
    return without_elements(finding.attribute), f"{elsewhere} {finding.key}".strip()


def _about_secrets(verdict: engine.Verdict) -> bool:
    return verdict.rule.family == "secrets"


def _is_hidden(finding: Finding, verdict: engine.Verdict) -> bool:
    """Whether the code at a finding gives a value that may not be shown."""
    if _about_secrets(verdict):
        return True
    return isinstance(value_at(finding.resource, finding.path)[0], Sensitive)


def _related(finding: Finding, judged: Resource) -> list[str]:
    found = [r.address for r in (finding.resource, *finding.related) if r is not judged]
    return list(dict.fromkeys(found))


def _cause(unknown: Unknown) -> Cause:
    return Cause(unknown.reason, [str(ref) for ref in unknown.refs])


def rule_entry(rule: Rule) -> RuleEntry:
    """A rule as the run document and `auditor rules --json` write it."""
    return RuleEntry(
        id=rule.id,
        title=rule.title,
        severity=rule.severity,
        family=rule.family,
        why=rule.why,
        fix=rule.fix,
        source=rule.source,
        service=rule.service,
        types=[cls.tf for cls in rule.on],
        aliases={tool: list(ids) for tool, ids in rule.aliases.items()},
        frameworks={name: list(ids) for name, ids in rule.frameworks.items()},
        parameters={
            name: sorted(value) if isinstance(value, set | frozenset) else plain(value)
            for name, value in rule.parameters.items()
        },
        where=list(rule.where),
        production=rule.production,
        requires=list(rule.requires),
        covered_by=list(rule.covered_by),
    )


def summarize(run: Run) -> Summary:
    """The counts of a run, and why it is incomplete if it is."""
    statuses = Counter(verdict.status for verdict in run.verdicts)
    failed = Counter(v.severity for v in run.verdicts if v.status == engine.FAIL)
    open_ones = Counter(v.severity for v in run.verdicts if v.status == engine.UNDETERMINED)
    findings = (f for v in run.verdicts if v.status == engine.FAIL for f in v.findings)
    return Summary(
        resources=len(run.resources),
        verdicts=len(run.verdicts),
        findings=sum(finding.waiver is None for finding in findings),
        statuses={status: statuses[status] for status in engine.STATUSES},
        failed=dict(failed),
        undetermined=dict(open_ones),
        incomplete=_incomplete(run, statuses),
    )


def _incomplete(run: Run, statuses: Counter[str]) -> list[str]:
    errors = sum(problem.level == "error" for problem in run.problems)
    reasons = [
        (errors, "error in the input", "errors in the input"),
        (len(run.gaps), "part not read", "parts not read"),
        (_unanswered(run), "AWS call not answered", "AWS calls not answered"),
        (statuses[engine.ERROR], "rule crashed on a resource", "verdicts ended in a rule's crash"),
    ]
    return [f"{n} {one if n == 1 else many}" for n, one, many in reasons if n]


def _unanswered(run: Run) -> int:
    """APIs by region of which a call failed: what they would have told was asked for."""
    return sum(bool(call.denied or call.throttled or call.failed) for call in run.calls)
