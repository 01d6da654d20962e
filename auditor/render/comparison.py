"""What a report says of a run that is compared with another: what the change did."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from auditor.run import Comparison, FixedEntry, Run

Line = list[tuple[str, str]]

HIDDEN = ("same", "unjudged")
"""Changes that are none: only shown where all details are wanted."""

MOST_FIXED = 20


def shows(run: Run, change: str, *, details: bool) -> bool:
    """Whether something is shown in full: in a comparison only what the change brings."""
    return run.comparison is None or details or change not in HIDDEN


def comparison_lines(run: Run, *, details: bool, wants: Callable[[str], bool]) -> Iterator[Line]:
    """What is fixed, and what could not be compared. `wants`: whether a severity is shown."""
    comparison = run.comparison
    if comparison is None:
        return
    fixed = [entry for entry in comparison.fixed if wants(entry.severity)]
    if fixed:
        yield [("label", "FIXED"), ("", f"  since {comparison.against}")]
        for entry in fixed if details else fixed[:MOST_FIXED]:
            yield _fixed(entry)
        if len(fixed) > MOST_FIXED and not details:
            yield [("faint", f"  and {len(fixed) - MOST_FIXED} more")]
        yield []
    if comparison.notes:
        yield [("label", "COMPARISON")]
        for note in comparison.notes:
            yield [("note", f"  {note}")]
        yield []


def _fixed(entry: FixedEntry) -> Line:
    where = f"{entry.environment}: {entry.root}" if entry.environment else entry.root
    gone = "its resource is gone" if entry.removed else f"fixed; before: {entry.message}"
    return [
        ("passed", f"  {entry.severity.upper():<8}"),
        ("rule", f" {entry.rule}  "),
        ("address", entry.address),
        ("", f"  {gone}"),
        ("faint", f"  ({where})"),
    ]


def comparison_summary(comparison: Comparison) -> Line:
    """One line: with what it is compared, and the counts."""
    counts = [
        f"{comparison.new} new",
        f"{comparison.worse} worse",
        f"{len(comparison.fixed)} fixed",
        f"{comparison.same} as before",
    ]
    commit = f" ({comparison.commit[:12]})" if comparison.commit else ""
    style = "failed" if comparison.new or comparison.worse else "passed"
    return [(style, f"since {comparison.against}{commit}: "), ("", " · ".join(counts))]
