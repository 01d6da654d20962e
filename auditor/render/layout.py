"""How a run reads as text: its sections in order, and the summary."""

from __future__ import annotations

from collections.abc import Iterator

from auditor import engine
from auditor.gate import NEVER, gating
from auditor.render.comparison import comparison_lines, comparison_summary
from auditor.render.finding_lines import failure_lines
from auditor.render.open_lines import open_lines
from auditor.render.side_lines import side_lines
from auditor.render.view import FEW, Line, View, count, source_name
from auditor.rule import SEVERITIES
from auditor.run import Run


def lines(run: Run, view: View) -> Iterator[Line]:
    """The whole report."""
    yield from failure_lines(run, view)
    yield from open_lines(run, view)
    yield from side_lines(run, view)
    yield from comparison_lines(run, details=view.details, wants=view.wants)
    if gating(run):
        in_code = any(source.kind != "live" for source in run.sources)
        yield from ([("faint", f"to let one stay: {_COMMENT if in_code else ''}{_WAIVER}")], [])
    yield from summary_lines(run, undetermined_fails=view.undetermined_fails)


_COMMENT = '# auditor:ignore RULE reason="…" on the line above it, or '
_WAIVER = 'auditor waive RULE RESOURCE --reason "…"'


def summary_lines(run: Run, *, undetermined_fails: bool = False) -> Iterator[Line]:
    """What was judged, the counts, what fails the run, and whether anything is missing."""
    summary, statuses = run.summary, run.summary.statuses
    failed = [f"{summary.failed[s]} {s}" for s in reversed(SEVERITIES) if summary.failed.get(s)]
    detail = f" ({', '.join(failed)})" if failed else ""
    counts = [f"{statuses.get(engine.FAIL, 0)} failed{detail}"]
    for status, word in _WORDS.items():
        if statuses.get(status) or status in (engine.UNDETERMINED, engine.PASS):
            counts.append(f"{statuses.get(status, 0)} {word}")
    style = "failed" if statuses.get(engine.FAIL) else "note" if summary.incomplete else "passed"
    yield [(style, " · ".join(counts))]
    judged = f"{count(summary.verdicts, 'verdict')} on {count(summary.resources, 'resource')}"
    yield [("faint", f"{judged} in {_sources(run)}, {run.seconds:.2f} s")]
    if run.comparison is not None:
        yield comparison_summary(run.comparison)
    yield from _gate(run, undetermined_fails=undetermined_fails)
    if summary.incomplete:
        yield [("error", f"incomplete: {', '.join(summary.incomplete)}")]


def _gate(run: Run, *, undetermined_fails: bool) -> Iterator[Line]:
    """Why a run with findings fails, or does not."""
    if not run.summary.statuses.get(engine.FAIL) and not undetermined_fails:
        return
    failing = gating(run, undetermined_fails=undetermined_fails)
    names: dict[str, dict[str, None]] = {}
    for source in run.sources:
        names.setdefault(source.fail_on, {})[source.environment or source.root] = None
    if list(names) == [NEVER]:
        yield [("passed", "passes: fail_on is never")]
        return
    thresholds = ", ".join(
        f"{_threshold(each)}{f' in {_few(list(where))}' if len(names) > 1 else ''}"
        for each, where in names.items()
    )
    new = "new or worse " if run.comparison else ""
    if failing:
        yield [("failed", f"fails: {count(len(failing), f'{new}verdict')} {thresholds}")]
    else:
        yield [("passed", f"passes: no {new}verdict {thresholds}")]


def _threshold(name: str) -> str:
    return "none" if name == NEVER else f"at or above {name}"


def _few(names: list[str]) -> str:
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return f"{', '.join(names[:FEW])}{more}"


_WORDS = {
    engine.UNDETERMINED: "undetermined",
    engine.ERROR: "rule errors",
    engine.WAIVED: "waived",
    engine.PASS: "passed",
    engine.NOT_APPLICABLE: "not applicable",
}


def _sources(run: Run) -> str:
    names = [source_name(source) for source in run.sources]
    if len(names) > FEW:
        alone = sum(source.stand_alone for source in run.sources)
        modules = f", {alone} of them modules on their own defaults" if alone else ""
        return f"{len(names)} sources{modules}"
    return "; ".join(names) or "no source"
