"""What a change brings: a run compared with an earlier one.

Both sides are run documents, so a merge base (`--against`) and a stored run (`--baseline`) are
compared the same way. A finding is the same when its identity is (`auditor.fingerprint`): rule,
root, address, argument, key; never its place in a file. Two things change identities and are
followed: `moved` blocks, and a root module whose folder was renamed.

What is not certain is not good news: a finding that was not judged this time is not called fixed,
and one about which nothing was known before is new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from auditor.comparison_notes import NEW, REF, SAME, UNJUDGED, WORSE, notes
from auditor.engine import ERROR, FAIL, PASS, UNDETERMINED
from auditor.fingerprint import without_elements
from auditor.moves import moved_addresses, type_of
from auditor.rule import SEVERITIES
from auditor.run import Comparison, FindingEntry, FixedEntry, Run, SourceEntry, VerdictEntry

_ALIKE = 0.5
"""Share of common addresses from which a root that appeared is one that vanished, renamed."""

Name = tuple[str, str]
"""A finding in its verdict: argument without element numbers, and key."""


def compare(before: Run, after: Run, comparison: Comparison) -> None:
    """Marks in `after` what is new, worse or the same, and lists what is fixed.

    comparison: filled in, and put into `after`. Waived findings take no part.
    """
    sides = Sides(before, after)
    for verdict in after.verdicts:
        if verdict.status in (FAIL, UNDETERMINED, ERROR):
            _mark(verdict, sides, comparison.kind)
    comparison.fixed = list(_fixed(sides, comparison.kind == REF or _same_question(before, after)))
    findings = Counter(
        f.change for v in after.verdicts if v.status == FAIL for f in v.findings if f.change
    )
    comparison.new, comparison.worse = findings[NEW], findings[WORSE]
    comparison.same = findings[SAME]
    comparison.notes += notes(sides, comparison.kind)
    after.comparison = comparison


# -- what is paired with what ---------------------------------------------------------------------


@dataclass(slots=True)
class _Pair:
    """A source of `after` and the one of `before` that it is compared with (by index)."""

    after: int
    before: int
    moved: Mapping[str, str] = field(default_factory=dict)
    """Addresses of before → where they are now."""
    known: frozenset[str] = frozenset()
    """Addresses of before, as they are now."""


class Sides:
    """Both runs, with verdicts found by what they are about."""

    def __init__(self, before: Run, after: Run) -> None:
        self.before, self.after = before, after
        self.addresses = _addresses(after)
        self.pairs = {pair.after: pair for pair in self._pairs()}
        self.back = {pair.before: pair for pair in self.pairs.values()}
        self.rules_before = {rule.id for rule in before.rules}
        self.reworded: list[tuple[VerdictEntry, str, str]] = []
        self.rules_after = {rule.id for rule in after.rules}
        self.folders = {_folder(r.location.file) for r in after.resources if r.location}
        self._old = {self._key_of_old(v): v for v in before.verdicts if v.status != PASS}
        self._now = {(v.source, v.rule, v.address, _which(v)): v for v in after.verdicts}

    def old(self, verdict: VerdictEntry) -> VerdictEntry | None:
        """What was said before about what a verdict of after is about; None: a pass, or nothing."""
        pair = self.pairs.get(verdict.source)
        if pair is None:
            return None
        return self._old.get((pair.before, verdict.rule, verdict.address, _which(verdict)))

    def now(self, old: VerdictEntry) -> VerdictEntry | None:
        """What is said now about what a verdict of before was about."""
        pair = self.back[old.source]
        return self._now.get((pair.after, old.rule, self.address(old), _which(old)))

    def address(self, old: VerdictEntry) -> str:
        """Where the resource of a verdict of before is now."""
        pair = self.back.get(old.source)
        return old.address if pair is None else pair.moved.get(old.address, old.address)

    def names(self, old: VerdictEntry) -> list[tuple[Name, FindingEntry]]:
        """The findings of a verdict of before that were not waived, named as they would be now."""
        pair = self.back.get(old.source)
        moved = pair.moved if pair else {}
        return [(_moved_name(f, moved), f) for f in old.findings if f.waiver is None]

    def _key_of_old(self, verdict: VerdictEntry) -> tuple[int, str, str, str]:
        return verdict.source, verdict.rule, self.address(verdict), _which(verdict)

    def _pairs(self) -> Iterator[_Pair]:
        addresses = _addresses(self.before)
        for after, before in _paired_sources(self.before, self.after, addresses, self.addresses):
            old, now = addresses[before], self.addresses[after]
            moved = moved_addresses(sorted(old), now, self.after.sources[after].moved)
            yield _Pair(after, before, moved, frozenset(moved.get(a, a) for a in old))


def _addresses(run: Run) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {number: set() for number in range(len(run.sources))}
    for resource in run.resources:
        found[resource.source].add(resource.address)
    return {number: frozenset(addresses) for number, addresses in found.items()}


def _folder(file: str) -> str:
    return file.rpartition("/")[0] or "."


def _which(verdict: VerdictEntry) -> str:
    """Tells verdicts about what could not be listed apart: they have no address."""
    return "" if verdict.address else verdict.reason


def _name(finding: FindingEntry) -> Name:
    return without_elements(finding.attribute), finding.key


def _moved_name(finding: FindingEntry, moved: Mapping[str, str]) -> Name:
    """A key may begin with the address of the resource that the violation stands in."""
    attribute, key = _name(finding)
    for address in finding.related[:1]:
        if address in moved and (key == address or key.startswith(f"{address} ")):
            key = moved[address] + key[len(address) :]
    return attribute, key


def _paired_sources(
    before: Run,
    after: Run,
    old: Mapping[int, frozenset[str]],
    now: Mapping[int, frozenset[str]],
) -> Iterator[tuple[int, int]]:
    """Sources of after with the ones of before, by ever fewer properties as long as it is clear."""
    left_after = dict(enumerate(after.sources))
    left_before = dict(enumerate(before.sources))
    for key in (_exactly, _but_workspace, _place):
        for pair in list(_unique(left_after, left_before, key)):
            del left_after[pair[0]], left_before[pair[1]]
            yield pair
    yield from _renamed(left_after, left_before, old, now)


def _side(source: SourceEntry) -> str:
    return "live" if source.kind == "live" else "code"


def _exactly(source: SourceEntry) -> tuple[str | None, ...]:
    return _side(source), source.root, source.environment, source.workspace


def _but_workspace(source: SourceEntry) -> tuple[str | None, ...]:
    return _side(source), source.root, source.environment


def _place(source: SourceEntry) -> tuple[str | None, ...]:
    return _side(source), source.root


def _unique(
    after: Mapping[int, SourceEntry],
    before: Mapping[int, SourceEntry],
    key: Callable[[SourceEntry], tuple[str | None, ...]],
) -> Iterator[tuple[int, int]]:
    """Pairs with the same key, where only one source has it on each side."""
    counts = Counter(map(key, after.values())), Counter(map(key, before.values()))
    by_key = {key(source): number for number, source in before.items()}
    for number, source in after.items():
        if counts[0][key(source)] == 1 and counts[1][key(source)] == 1:
            yield number, by_key[key(source)]


def _renamed(
    after: Mapping[int, SourceEntry],
    before: Mapping[int, SourceEntry],
    old: Mapping[int, frozenset[str]],
    now: Mapping[int, frozenset[str]],
) -> Iterator[tuple[int, int]]:
    """Roots that appeared, with those of the same environment that vanished, the likest first."""
    likeness = [
        (len(old[b] & now[a]) / len(old[b] | now[a]), a, b)
        for a, new in after.items()
        for b, gone in before.items()
        if _side(new) == _side(gone) == "code" and new.environment == gone.environment
        if old[b] | now[a]
    ]
    used_after: set[int] = set()
    used_before: set[int] = set()
    for share, a, b in sorted(likeness, key=lambda each: (-each[0], each[1], each[2])):
        if share >= _ALIKE and a not in used_after and b not in used_before:
            used_after.add(a)
            used_before.add(b)
            yield a, b


# -- new and worse --------------------------------------------------------------------------------


def _mark(verdict: VerdictEntry, sides: Sides, kind: str) -> None:
    old = sides.old(verdict)
    if kind == REF and sides.after.sources[verdict.source].kind == "live":
        verdict.change = UNJUDGED  # an account has no earlier version in git
    elif old is None and _was_not_judged(verdict, sides):
        verdict.change = UNJUDGED
    elif verdict.status != FAIL:
        verdict.change = SAME if old is not None and _as_bad(old, verdict) else NEW
    elif old is not None and old.status == FAIL:
        _mark_findings(verdict, old, sides)
    else:
        verdict.change = WORSE if old and old.status in (UNDETERMINED, ERROR) else NEW
        for finding in _open(verdict):
            finding.change = verdict.change


def _was_not_judged(verdict: VerdictEntry, sides: Sides) -> bool:
    """Whether the resource was there, and the rule was not run (a stored run of other rules)."""
    pair = sides.pairs.get(verdict.source)
    unknown_rule = verdict.rule not in sides.rules_before
    return pair is not None and unknown_rule and verdict.address in pair.known


def _as_bad(old: VerdictEntry, verdict: VerdictEntry) -> bool:
    return old.status in (FAIL, verdict.status) and not _rose(old, verdict)


def _mark_findings(verdict: VerdictEntry, old: VerdictEntry, sides: Sides) -> None:
    known: dict[Name, list[FindingEntry]] = {}
    for name, each in sides.names(old):
        known.setdefault(name, []).append(each)
    again = WORSE if _rose(old, verdict) else SAME
    for finding in _open(verdict):
        before = known.get(_name(finding))
        finding.change = again if before else NEW
        if before:
            was = before.pop(0).message
            if was != finding.message:
                sides.reworded.append((verdict, was, finding.message))
    verdict.change = WORSE if any(f.change != SAME for f in _open(verdict)) else SAME


def _open(verdict: VerdictEntry) -> list[FindingEntry]:
    return [finding for finding in verdict.findings if finding.waiver is None]


def _rose(old: VerdictEntry, verdict: VerdictEntry) -> bool:
    return SEVERITIES.index(verdict.severity) > SEVERITIES.index(old.severity)


# -- fixed ----------------------------------------------------------------------------------------


def _fixed(sides: Sides, same_question: bool) -> Iterator[FixedEntry]:
    """What is certainly not there any more.

    same_question: both runs were asked for the same, so that a root which is missing is gone.
    """
    for old in sides.before.verdicts:
        if old.status != FAIL or old.rule not in sides.rules_after:
            continue
        if old.source in sides.back:
            yield from _fixed_in(old, sides)
        elif same_question and not _errors(sides.after) and not _is_part_of(old, sides):
            yield from (
                _entry(old, finding, sides, removed=True) for _, finding in sides.names(old)
            )


def _is_part_of(old: VerdictEntry, sides: Sides) -> bool:
    """Whether a root that is none any more may be judged as a part of another.

    So it is when something calls it now, or when what called it then could not be read.
    """
    return _errors(sides.before) or sides.before.sources[old.source].root in sides.folders


def _fixed_in(old: VerdictEntry, sides: Sides) -> Iterator[FixedEntry]:
    now, source = sides.now(old), sides.back[old.source].after
    if now is None:
        gone = sides.address(old) not in sides.addresses[source]
        if gone and not _may_be_hidden(sides.address(old), source, sides.after):
            yield from (
                _entry(old, finding, sides, removed=True) for _, finding in sides.names(old)
            )
    elif now.status == PASS:
        yield from (_entry(old, finding, sides) for _, finding in sides.names(old))
    elif now.status == FAIL:
        left = Counter(_name(finding) for finding in now.findings)
        for name, finding in sides.names(old):
            if left[name] <= 0:
                yield _entry(old, finding, sides)
            left[name] -= 1


def _may_be_hidden(address: str, source: int, run: Run) -> bool:
    """Whether a resource that is missing may stand in what could not be read."""
    if _errors(run):
        return True  # of a problem that several roots share only the first is known
    return any(
        address.startswith((f"{gap.what}.", f"{gap.what}["))
        if gap.what.startswith("module.")
        else not gap.types or type_of(address) in gap.types
        for gap in run.gaps
        if gap.source in (None, source)
    )


def _errors(run: Run) -> bool:
    return any(problem.level == "error" for problem in run.problems)


def _same_question(before: Run, after: Run) -> bool:
    names = ("path", "environment", "source", "plan", "state", "workspace")
    return all(before.options.get(name) == after.options.get(name) for name in names)


def _entry(
    old: VerdictEntry, finding: FindingEntry, sides: Sides, *, removed: bool = False
) -> FixedEntry:
    source = sides.before.sources[old.source]
    return FixedEntry(
        rule=old.rule,
        severity=old.severity,
        address=sides.address(old),
        root=source.root,
        message=finding.message,
        fingerprint=finding.fingerprint,
        environment=source.environment,
        attribute=finding.attribute,
        removed=removed,
    )
