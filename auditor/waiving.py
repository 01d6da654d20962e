"""Applies the waivers of auditor-waivers.toml (`auditor.waivers`) to a run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from auditor.engine import FAIL, UNDETERMINED, WAIVED
from auditor.moves import moved_addresses
from auditor.patterns import is_glob
from auditor.resource import Location
from auditor.rule import Rule
from auditor.rules_loading import matching_rules
from auditor.run import ProblemEntry, Run, VerdictEntry, WaiverEntry
from auditor.suggest import did_you_mean
from auditor.waivers import Waiver

if TYPE_CHECKING:
    from auditor.sides import Twins


def apply_waivers(
    run: Run,
    waivers: Iterable[Waiver],
    rules: Sequence[Rule],
    today: date,
    file: str,
    twins: Twins | None = None,
) -> None:
    """Waives failing and undetermined verdicts, and adds each waiver to the run with its state.

    rules: all that are known, chosen for the run or not. file: the waiver file as the run names
    it. twins: which live resources are which in the code; a waiver for an address in the code is
    one for them too. States: `active`; `expired`; `invalid` (no rule is called that); `unused` (its
    rule ran on such resources and has nothing to waive, or nothing of the kind was found); `idle`
    (its rule or environment was not part of this run, or the run cannot tell). What comments in the
    code waive stays with them.
    """
    table = _Table(waivers, rules, len(run.waivers))
    names = _Names(run, twins or {})
    for verdict in run.verdicts:
        if verdict.resource is not None and verdict.status in (FAIL, UNDETERMINED):
            _waive(verdict, run, table, names, today)
    judged = _Judged(run, names)
    for each in table.all:
        entry = _entry(each, file)
        entry.state, entry.because = _state(each, judged, rules, today)
        run.waivers.append(entry)
        if entry.state in ("invalid", "expired", "unused"):
            run.problems.append(_problem(each, entry))


@dataclass(frozen=True, slots=True)
class _Names:
    """What a resource of the run is called: by itself, and where it stands in the code."""

    run: Run
    twins: Twins

    def own(self, number: int) -> list[str]:
        """Its address and ARN; of a live resource also its id."""
        resource = self.run.resources[number]
        names = [resource.address, resource.arn]
        if self.run.sources[resource.source].kind == "live":  # its address is the type and the id
            names.append(resource.address.removeprefix(f"{resource.type}."))
        return [name for name in names if name]

    def in_code(self, number: int) -> list[str]:
        """The addresses in the code of a live resource."""
        return [self.run.resources[twin].address for twin in self.twins.get(number, ())]


@dataclass(slots=True)
class _Use:
    """A waiver in a run: its index there, the rules it names, how many verdicts it waives."""

    waiver: Waiver
    number: int
    ids: frozenset[str]
    used: int = 0


class _Table:
    """The waivers by rule, so that a verdict meets only those about its rule."""

    def __init__(self, waivers: Iterable[Waiver], rules: Sequence[Rule], first: int) -> None:
        self.all = [
            _Use(each, number, frozenset(r.id for r in matching_rules(rules, each.rule)))
            for number, each in enumerate(waivers, start=first)
        ]
        self.by_rule: dict[str, list[_Use]] = {}
        for each in self.all:
            for rule in each.ids:
                self.by_rule.setdefault(rule, []).append(each)


def _waive(verdict: VerdictEntry, run: Run, table: _Table, names: _Names, today: date) -> None:
    assert verdict.resource is not None
    source = run.sources[verdict.source]
    own, in_code = names.own(verdict.resource), names.in_code(verdict.resource)
    for each in table.by_rule.get(verdict.rule, ()):
        waiver = each.waiver
        if not waiver.holds_in(source.environment) or not waiver.covers([*own, *in_code]):
            continue
        if waiver.expired(today):
            verdict.note = f"its waiver at {waiver.location} expired on {waiver.until}"
            continue
        each.used += 1
        note = "" if waiver.covers(own) else f"waived as {', '.join(in_code)} in the code"
        verdict.status, verdict.waiver, verdict.note = WAIVED, each.number, note
        for finding in verdict.findings:
            if finding.waiver is None:
                finding.waiver, finding.note = each.number, ""
        return


def _entry(use: _Use, file: str) -> WaiverEntry:
    each = use.waiver
    return WaiverEntry(
        kind="file",
        rules=[each.rule],
        state="",
        reason=each.reason,
        until=each.until.isoformat() if each.until else None,
        location=Location(file, each.location.line),
        resource=", ".join(each.resources),
        environment=", ".join(each.environments),
        owner=each.owner,
        ticket=each.ticket,
        verdicts=use.used,
    )


@dataclass(slots=True)
class _Judged:
    """What the run judged, to tell why a waiver waives nothing."""

    run: Run
    names: _Names
    ran: set[tuple[str, int]] = field(init=False)
    incomplete: bool = field(init=False)
    some_rules: bool = field(init=False)
    every_environment: bool = field(init=False)

    def __post_init__(self) -> None:
        run = self.run
        self.ran = {(verdict.rule, verdict.source) for verdict in run.verdicts}
        self.incomplete = bool(run.gaps) or any(p.level == "error" for p in run.problems)
        self.every_environment = str(run.options.get("environment")).lower() == "all"
        self.some_rules = bool(run.options.get("rule") or run.options.get("skip_rule"))

    def sources(self, use: _Use) -> list[int]:
        """Those of its environment."""
        sources = enumerate(self.run.sources)
        return [n for n, source in sources if use.waiver.holds_in(source.environment)]

    def with_its_rule(self, use: _Use) -> list[int]:
        """Those of its environment on which its rules were run."""
        return [n for n in self.sources(use) if any((rule, n) in self.ran for rule in use.ids)]

    def found(self, use: _Use, sources: Iterable[int]) -> bool:
        """Whether a resource that it speaks about is there."""
        wanted = set(sources)
        return any(
            resource.source in wanted and use.waiver.covers(self.names.own(number))
            for number, resource in enumerate(self.run.resources)
        )

    def moved_to(self, use: _Use, sources: Iterable[int]) -> str:
        """Where `moved` blocks took a resource that it names; empty where none did."""
        named = [pattern for pattern in use.waiver.resources if not is_glob(pattern)]
        for number in sources:
            there = {r.address for r in self.run.resources if r.source == number}
            moved = moved_addresses(named, there, self.run.sources[number].moved)
            if moved:
                return ", ".join(moved.values())
        return ""

    def may_be_elsewhere(self, use: _Use, sources: Iterable[int]) -> bool:
        """Whether its resource could be one that this run does not show.

        What was not read may hold it; code does not know ids and ARNs, nor an account alone which
        of its resources is which in code.
        """
        kinds = {self.run.sources[number].kind == "live" for number in sources}
        patterns = use.waiver.resources
        if kinds == {False}:
            return self.incomplete or not any(map(_may_be_an_address, patterns))
        return self.incomplete or (kinds == {True} and any(map(_may_be_an_address, patterns)))

    def environments(self, sources: Iterable[int]) -> str:
        """Of these sources, for people; empty where none has one."""
        names = dict.fromkeys(self.run.sources[number].environment for number in sources)
        return ", ".join(name for name in names if name)


_ADDRESS = re.compile(r"module\.|data\.|\w+_\w+\.|[*?\w]*[*?]")


def _may_be_an_address(pattern: str) -> bool:
    """Whether it may name something in code, where ids and ARNs are not known."""
    return _ADDRESS.match(pattern) is not None and not pattern.startswith("arn:")


def _state(use: _Use, judged: _Judged, rules: Sequence[Rule], today: date) -> tuple[str, str]:
    each = use.waiver
    if not use.ids:
        hint = "" if is_glob(each.rule) else did_you_mean(each.rule, [r.id for r in rules])
        return "invalid", f"no rule is called {each.rule}{'; ' + hint if hint else ''}"
    if judged.every_environment and not judged.sources(use):
        hint = did_you_mean(each.environments[0], judged.run.environments)
        return "unused", f"there is no environment {', '.join(each.environments)}; {hint}"
    asked = judged.with_its_rule(use)
    if each.expired(today):
        concerned = asked or (judged.sources(use) and not judged.some_rules)
        return ("expired", f"it expired on {each.until}") if concerned else ("idle", "")
    if use.used:
        return "active", ""
    if not asked:
        return "idle", ""
    if judged.found(use, asked):
        return "unused", _nothing_to_waive(each, judged.environments(asked))
    if judged.may_be_elsewhere(use, asked):
        return "idle", ""
    went = judged.moved_to(use, asked)
    return "unused", f"it moved: name {went}" if went else "no resource in this run is called that"


def _nothing_to_waive(waiver: Waiver, environments: str) -> str:
    if environments and not waiver.environments:  # what passes in dev may fail in prod
        where = f"its resource has nothing to waive in {environments}"
        return f"{where}: say which environment it is for, or take it out"
    return "its resource has nothing to waive any more: take it out"


def _problem(use: _Use, entry: WaiverEntry) -> ProblemEntry:
    what = f"A waiver ({entry.rules[0]} on {entry.resource}) waives nothing: {entry.because}"
    return ProblemEntry("warning", f"waiver-{entry.state}", what, location=entry.location)
