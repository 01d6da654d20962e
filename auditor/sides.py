"""Code and account side by side: one row for each rule on a resource that is in both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from auditor import engine
from auditor.matching import Matching, match
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

_CODE = 0


Twins = Mapping[int, tuple[int, ...]]
"""Live resource → the same resource in code: indexes into a run's resources."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """One code source and one account, by their indexes in the run, and what is what in them."""

    code: int
    live: int
    matching: Matching


def pair(
    code: tuple[int, Model],
    live: tuple[int, Model],
    stored: Mapping[str, Mapping[str, Any]] | None = None,
) -> Pairing:
    """Matches a code source and an account.

    code, live: the source's index in the run, and its model after the quirks. stored: what the
    code's state knows, see `auditor.matching.match`.
    """
    return Pairing(code[0], live[0], match(code[1], live[1], stored))


def twins(run: Run, pairings: Iterable[Pairing]) -> Twins:
    """Which live resource of a run is which in its code."""
    found: dict[int, tuple[int, ...]] = {}
    number = {(each.source, each.address): n for n, each in enumerate(run.resources)}
    for each in pairings:
        for resource, partner in each.matching.pairs:
            mine = number.get((each.code, resource.address))
            theirs = number.get((each.live, partner.address))
            if mine is not None and theirs is not None:
                found[theirs] = (*found.get(theirs, ()), mine)
    return found


def add_rows(run: Run, pairing: Pairing) -> None:
    """Adds the rows of one code source and one account to a run, and what could not be matched.

    Waivers have been applied: a row says what is left.
    """
    matching = pairing.matching
    mine, theirs = _verdicts(run, pairing.code), _verdicts(run, pairing.live)
    for resource, partner in matching.pairs:
        for rule, number in mine.get(resource.address, {}).items():
            other = theirs.get(partner.address, {}).get(rule)
            if other is not None:
                run.sides.append(_row(run, resource.address, partner.address, number, other))
    run.unmatched += [
        UnmatchedEntry(address, because, pairing.code)
        for address, because in matching.unmatched.items()
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
    open_ones = tuple(status in (engine.FAIL, engine.WAIVED) for status in statuses)
    if engine.FAIL not in statuses:
        return WAIVED if any(open_ones) else OK
    if all(open_ones):  # also where one of them is waived: nothing is fixed or safe by that
        return OPEN_ON_BOTH
    return NEXT_APPLY_BREAKS if open_ones[_CODE] else FIXED_IN_CODE
