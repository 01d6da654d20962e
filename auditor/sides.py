"""Code and account side by side: one row for each rule on a resource that is in both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditor import engine
from auditor.matching import match
from auditor.model import Model
from auditor.run import (
    FIXED_IN_CODE,
    NEXT_APPLY_BREAKS,
    OK,
    OPEN_ON_BOTH,
    UNDETERMINED,
    WAIVED,
    Run,
    SideEntry,
    UnmatchedEntry,
    VerdictEntry,
)

_CODE, _LIVE = 0, 1


def join(
    run: Run,
    code: tuple[int, Model],
    live: tuple[int, Model],
    stored: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Adds the rows of one code source and one account to a run, and what could not be matched.

    code, live: the source's index in the run, and its model after the quirks. stored: what the
    code's state knows, see `auditor.matching.match`.
    """
    matching = match(code[1], live[1], stored)
    mine, theirs = _verdicts(run, code[0]), _verdicts(run, live[0])
    for resource, partner in matching.pairs:
        for rule, number in mine.get(resource.address, {}).items():
            other = theirs.get(partner.address, {}).get(rule)
            if other is not None:
                run.sides.append(_row(run, resource.address, partner.address, number, other))
    run.unmatched += [
        UnmatchedEntry(address, because, code[0]) for address, because in matching.unmatched.items()
    ]


def _verdicts(run: Run, source: int) -> dict[str, dict[str, int]]:
    """Address → rule → index, of the verdicts of a source that say something."""
    found: dict[str, dict[str, int]] = {}
    for number, verdict in enumerate(run.verdicts):
        if verdict.source == source and verdict.status != engine.NOT_APPLICABLE:
            found.setdefault(verdict.address, {})[verdict.rule] = number
    return found


def _row(run: Run, address: str, live_address: str, code: int, live: int) -> SideEntry:
    mine, theirs = run.verdicts[code], run.verdicts[live]
    state = state_of(mine, theirs)
    return SideEntry(mine.rule, address, live_address, state, mine.severity, code, live)


def state_of(code: VerdictEntry, live: VerdictEntry) -> str:
    """What the two verdicts mean together."""
    statuses = (code.status, live.status)
    if any(status in (engine.UNDETERMINED, engine.ERROR) for status in statuses):
        return UNDETERMINED
    failing = tuple(status == engine.FAIL for status in statuses)
    if failing[_CODE] and failing[_LIVE]:
        return OPEN_ON_BOTH
    if failing[_CODE]:
        return NEXT_APPLY_BREAKS
    if failing[_LIVE]:
        return FIXED_IN_CODE
    return WAIVED if engine.WAIVED in statuses else OK
