"""How a run reads as text: its sections in order, and the summary."""

from __future__ import annotations

from collections.abc import Iterator

from auditor import engine
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
    yield from summary_lines(run)


def summary_lines(run: Run) -> Iterator[Line]:
    """What was judged, the counts, and whether anything is missing."""
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
    if summary.incomplete:
        yield [("error", f"incomplete: {', '.join(summary.incomplete)}")]


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
