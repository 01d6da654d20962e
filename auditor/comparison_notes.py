"""What a comparison says besides its counts: renamed roots and resources, what was not compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from auditor.engine import FAIL
from auditor.moves import steps_of, text_of, type_of
from auditor.run import Run, SourceEntry

if TYPE_CHECKING:
    from auditor.compare import Sides

REF, BASELINE = "ref", "baseline"
NEW, WORSE, SAME, UNJUDGED = "new", "worse", "same", "unjudged"


def notes(sides: Sides, kind: str) -> Iterator[str]:
    """The sentences, for people."""
    before, after = sides.before, sides.after
    for pair in sides.pairs.values():
        old, now = before.sources[pair.before], after.sources[pair.after]
        if old.root != now.root:
            yield f"{now.root} is taken for {old.root}, renamed"
        if old.environment != now.environment:
            was, is_ = old.environment or "no environment", now.environment or "no environment"
            yield f"{now.root} is judged as {is_}, and compared with what it was as {was}"
    for old_address, new_address in dict.fromkeys(_maybe_renamed(sides)):
        yield (
            f"{new_address} has the findings of {old_address}, which is gone: if it was renamed, a "
            f"moved block from {old_address} to {new_address} says so to Terraform and here"
        )
    yield from _reworded(sides)
    compared = [s.kind != "live" or kind != REF for s in after.sources]
    alone = [s for n, s in enumerate(after.sources) if n not in sides.pairs and compared[n]]
    if alone:
        yield f"new as a whole: {_list(alone)}"
    gone = [s for number, s in enumerate(before.sources) if number not in sides.back]
    if gone:
        yield f"not there any more, or not asked for: {_list(gone)}"
    yield from _incomplete(before)
    unjudged = [v for v in after.verdicts if v.change == UNJUDGED and compared[v.source]]
    if unjudged:
        rules = len({verdict.rule for verdict in unjudged})
        yield (
            f"{len(unjudged)} verdicts of {rules} rules that were not run then do not count as new"
        )


_MOST = 8


def _reworded(sides: Sides) -> Iterator[str]:
    """Findings that were there and are another matter now: nobody but a person knows how much."""
    texts = dict.fromkeys(
        f'{verdict.rule} on {verdict.address} was there as "{was}" and now "{is_}": it does not '
        "count as new"
        for verdict, was, is_ in sides.reworded
    )
    yield from list(texts)[:_MOST]
    if len(texts) > _MOST:
        yield f"and {len(texts) - _MOST} more findings that changed and do not count as new"


def _maybe_renamed(sides: Sides) -> Iterator[tuple[str, str]]:
    """What is gone, and what came with the same findings: the only two of their type and rule."""
    gone: dict[tuple[int, str, str], set[str]] = {}
    came: dict[tuple[int, str, str], set[str]] = {}
    for old in sides.before.verdicts:
        pair = sides.back.get(old.source)
        address = sides.address(old)
        if old.status == FAIL and pair and address not in sides.addresses[pair.after]:
            gone.setdefault((pair.after, old.rule, type_of(address)), set()).add(address)
    for new in sides.after.verdicts:
        pair = sides.pairs.get(new.source)
        if new.change == NEW and new.status == FAIL and pair and new.address not in pair.known:
            came.setdefault((pair.after, new.rule, type_of(new.address)), set()).add(new.address)
    for key, old_ones in gone.items():
        new_ones = came.get(key, set())
        if len(old_ones) == len(new_ones) == 1:
            yield _what_moved(*old_ones, *new_ones)


def _what_moved(old: str, new: str) -> tuple[str, str]:
    """The two addresses, or the module calls in them where only those differ."""
    mine, theirs = list(steps_of(old)), list(steps_of(new))
    while len(mine) > 2 and len(theirs) > 2 and mine[-2:] == theirs[-2:]:
        del mine[-2:], theirs[-2:]
    if mine[-2:-1] == theirs[-2:-1] == [("module", "")]:
        return text_of(tuple(mine)), text_of(tuple(theirs))
    return old, new


def _list(sources: Iterable[SourceEntry]) -> str:
    return ", ".join(f"{s.root} ({s.environment})" if s.environment else s.root for s in sources)


def _incomplete(before: Run) -> Sequence[str]:
    reasons = before.summary.incomplete
    if not reasons:
        return ()
    return (
        f"what it is compared with is incomplete: {', '.join(reasons)}; what was hidden is new",
    )
