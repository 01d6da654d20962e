"""What a report says of resources that are both in code and in the account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from auditor.render.view import Line, View, count
from auditor.run import (
    FIXED_IN_CODE,
    NEXT_APPLY_BREAKS,
    OPEN_ON_BOTH,
    SIDE_TEXTS,
    Run,
    SideEntry,
)

MOST = 20
_SHOWN = (NEXT_APPLY_BREAKS, FIXED_IN_CODE, OPEN_ON_BOTH)


def side_lines(run: Run, view: View) -> Iterator[Line]:
    """The rows that need someone, by state, and how many resources could not be matched."""
    if not run.sides and not run.unmatched:
        return
    counts = Counter(row.state for row in run.sides)
    told = " · ".join(
        f"{counts[state]} {text}" for state, text in SIDE_TEXTS.items() if counts[state]
    )
    yield [("label", "CODE AND LIVE"), ("", f"  {told or 'no resource is in both'}")]
    for state in _SHOWN:
        yield from _rows(
            [r for r in run.sides if r.state == state and view.wants(r.severity)], view
        )
    yield from _unmatched(run, view)
    yield []


def _rows(rows: list[SideEntry], view: View) -> Iterator[Line]:
    shown = rows if view.details else rows[:MOST]
    for row in shown:
        yield [
            ("", f"  {SIDE_TEXTS[row.state]:<32}"),
            ("rule", f"{row.rule}  "),
            ("address", row.address),
            ("faint", f"  {row.live_address}"),
        ]
    if len(rows) > len(shown):
        yield [("faint", f"  and {len(rows) - len(shown)} more {SIDE_TEXTS[rows[0].state]}")]


def _unmatched(run: Run, view: View) -> Iterator[Line]:
    if not run.unmatched:
        return
    many = count(len(run.unmatched), "resource")
    yield [("note", f"  {many} in code could not be matched, such as")]
    for entry in run.unmatched if view.details else run.unmatched[:3]:
        yield [("address", f"    {entry.address}"), ("", f"  {entry.because}")]
