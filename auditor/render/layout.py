"""How a run reads as text: lines of styled pieces, for a terminal or for a plain file.

Findings stand under their rule, the most severe first, so that why and how to fix are said once.
Undetermined verdicts stand under their cause, so that the one missing variable behind fifty of
them is named once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor import engine
from auditor.render.comparison import comparison_lines, comparison_summary, shows
from auditor.resource import Location
from auditor.rule import SEVERITIES
from auditor.run import (
    Evidence,
    FindingEntry,
    ProblemEntry,
    RuleEntry,
    Run,
    SourceEntry,
    VerdictEntry,
)

Piece = tuple[str, str]
"""(style, text); styles are names, see `auditor.render.terminal`."""

Line = list[Piece]

FEW = 3
"""Examples named for one cause of undetermined verdicts."""

MOST_EVIDENCE = 6


@dataclass(frozen=True, slots=True)
class View:
    """What a reader wants to see.

    severity: the least severity that is shown in full; those below are counted.
    shown: gives a file's name as the reader can open it.
    details: undetermined verdicts one by one, and all evidence.
    """

    severity: str = "info"
    shown: Callable[[str], str] = str
    details: bool = False

    def place(self, location: Location | None) -> str:
        """`file:line:column` for the reader; empty without one."""
        if location is None:
            return ""
        numbers = [str(n) for n in (location.line, location.column) if n]
        return ":".join([self.shown(location.file), *numbers])

    def wants(self, severity: str) -> bool:
        """Whether something of this severity is shown in full."""
        return rank(severity) >= rank(self.severity)


def rank(severity: str) -> int:
    """0 for `info` to 4 for `critical`."""
    return SEVERITIES.index(severity)


def lines(run: Run, view: View) -> Iterator[Line]:
    """The whole report."""
    yield from _failures(run, view)
    yield from _undetermined(run, view)
    yield from _crashes(run, view)
    yield from _waivers(run, view)
    yield from _problems(run, view)
    yield from _gaps(run, view)
    yield from comparison_lines(run, details=view.details, wants=view.wants)
    yield from summary_lines(run)


# -- findings -------------------------------------------------------------------------------------


def _failures(run: Run, view: View) -> Iterator[Line]:
    rules = {rule.id: rule for rule in run.rules}
    failed = [
        v
        for v in run.verdicts
        if v.status == engine.FAIL
        and view.wants(v.severity)
        and shows(run, v.change, details=view.details)
    ]
    groups: dict[tuple[int, str], list[VerdictEntry]] = {}
    for verdict in failed:
        groups.setdefault((-rank(verdict.severity), verdict.rule), []).append(verdict)
    several = len(run.sources) > 1
    for (_, rule_id), verdicts in sorted(groups.items()):
        rule = rules[rule_id]
        yield _heading(verdicts[0].severity, rule)
        yield []
        for verdict in verdicts:
            for finding in verdict.findings:
                if finding.waiver is None and shows(run, finding.change, details=view.details):
                    source = run.sources[verdict.source] if several else None
                    yield from _finding(run, view, verdict, finding, source)
        yield from _advice(rule)
        yield []


def _heading(severity: str, rule: RuleEntry) -> Line:
    return [(severity, f"{severity.upper():<8}"), ("rule", f" {rule.id}"), ("", f"  {rule.title}")]


def _finding(
    run: Run, view: View, verdict: VerdictEntry, finding: FindingEntry, source: SourceEntry | None
) -> Iterator[Line]:
    where = [("faint", f"  ({source_name(source)})")] if source else []
    change = [("note", f"{finding.change} ")] if finding.change else []
    yield [("", "  "), *change, ("address", verdict.address), ("", f" {finding.message}"), *where]
    if finding.location:
        yield [("", "    "), ("place", view.place(finding.location))]
        for number, text in enumerate(finding.code, start=finding.location.line):
            yield [("faint", f"    {number:>6} │ "), ("code", text)]
    decisive = [e for e in finding.evidence if e.attribute == finding.attribute and not e.address]
    others = [e for e in finding.evidence if e not in decisive and e.origin != "absent"]
    wanted = [*decisive, *(others if view.details else others[:MOST_EVIDENCE])]
    for evidence in wanted:
        yield from _evidence(view, evidence)
    left_out = len(others) + len(decisive) - len(wanted) + finding.more_evidence
    if left_out:
        yield [("faint", f"      and {left_out} more attributes were read")]
    if verdict.resource is not None:
        for call in reversed(run.resources[verdict.resource].calls):
            place = view.place(call.location)
            yield [("faint", "    called as "), ("", call.address), ("place", f"  {place}")]
    if finding.note:
        yield [("note", f"    note: {finding.note}")]
    yield []


def _evidence(view: View, evidence: Evidence) -> Iterator[Line]:
    name = ".".join(part for part in (evidence.address, evidence.attribute) if part)
    origin = _ORIGINS[evidence.origin]
    value = value_text(evidence.value, known=evidence.known)
    yield [("faint", "      "), ("", f"{name} = {value}"), ("faint", origin)]
    for step in evidence.via:
        place = view.place(step.location)
        yield [("faint", f"        ← {step.text}"), ("place", f"  {place}" if place else "")]


_ORIGINS = {
    "set": "",
    "default": "  (not set: the provider's default)",
    "computed": "  (not set: AWS decides)",
    "absent": "  (not set)",
}


def value_text(
    value: Any, longest: int = 160, known: Mapping[str, Any] | None = None, path: str = ""
) -> str:
    """A plain value for people, on one line; of an unknown what is known of it."""
    if isinstance(value, dict) and "__sensitive__" in value:
        return "(sensitive value)"
    if isinstance(value, dict) and "__unknown__" in value:
        text = _unknown_text(value["__unknown__"], (known or {}).get(path, {}))
    elif isinstance(value, list):
        items = [value_text(v, longest, known, f"{path}[{i}]") for i, v in enumerate(value)]
        text = f"[{', '.join(items)}]"
    elif isinstance(value, dict):
        dot = "." if path else ""
        text = ", ".join(
            f"{key} = {value_text(item, longest, known, f'{path}{dot}{key}')}"
            for key, item in value.items()
        )
        text = f"{{{text}}}"
    else:
        text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _unknown_text(refs: Sequence[str], known: Mapping[str, Any]) -> str:
    what = ", ".join(refs)
    if "parts" in known:
        pieces = (p if isinstance(p, str) else f"${{{_hole(p)}}}" for p in known["parts"])
        return f'"{"".join(pieces)}"'
    if known.get("items"):
        return f"[{', '.join(map(value_text, known['items']))}, … (unknown: {what})]"
    if known.get("entries"):
        entries = (f"{key} = {value_text(item)}" for key, item in known["entries"].items())
        return f"{{{', '.join(entries)}, … (unknown: {what})}}"
    if "one_of" in known:
        return f"{' or '.join(map(value_text, known['one_of']))} (unknown: {what})"
    return f"(unknown{': ' if what else ''}{what})"


def _hole(part: Any) -> str:
    return ", ".join(part.get("__unknown__", ())) or "unknown"


def _advice(rule: RuleEntry) -> Iterator[Line]:
    yield from _paragraph("why", rule.why)
    yield from _paragraph("fix", rule.fix)


def _paragraph(name: str, text: str) -> Iterator[Line]:
    for index, line in enumerate(text.split("\n")):
        yield [("label", f"  {name if not index else '':<4}"), ("", line)]


def source_name(source: SourceEntry) -> str:
    """A source for people: its environment and root."""
    root = source.file or source.root
    text = f"{source.environment}: {root}" if source.environment else root
    if source.stand_alone:
        return f"{text}, a module on its own defaults"
    return f"{text}, {source.kind}" if source.kind != "hcl" else text


# -- the rest -------------------------------------------------------------------------------------


def _undetermined(run: Run, view: View) -> Iterator[Line]:
    causes: dict[str, list[VerdictEntry]] = {}
    open_ones = [
        v
        for v in run.verdicts
        if v.status == engine.UNDETERMINED and shows(run, v.change, details=view.details)
    ]
    for verdict in open_ones:
        causes.setdefault(verdict.reason, []).append(verdict)
    if not causes:
        return
    yield [
        ("undetermined", "UNDETERMINED"),
        ("", f"  {_count(len(open_ones), 'verdict')} could not be decided, by what they hang on:"),
    ]
    yield []
    for reason, verdicts in sorted(causes.items(), key=lambda item: (-len(item[1]), item[0])):
        yield [("", f"  {len(verdicts):>5}  {reason}")]
        yield from _examples(verdicts, view)
    yield []


def _examples(verdicts: Sequence[VerdictEntry], view: View) -> Iterator[Line]:
    by_rule: dict[str, list[str]] = {}
    for verdict in sorted(verdicts, key=lambda v: -rank(v.severity)):
        by_rule.setdefault(verdict.rule, []).append(verdict.address or "(not listed)")
    rules = list(by_rule.items())
    for rule, addresses in rules if view.details else rules[:FEW]:
        few = addresses if view.details else addresses[:FEW]
        more = f" and {len(addresses) - len(few)} more" if len(addresses) > len(few) else ""
        yield [("faint", f"         {rule} on {', '.join(few)}{more}")]
    if len(rules) > FEW and not view.details:
        yield [("faint", f"         and {_count(len(rules) - FEW, 'further rule')}")]


def _crashes(run: Run, view: View) -> Iterator[Line]:
    crashed = [v for v in run.verdicts if v.status == engine.ERROR]
    if crashed:
        yield [("error", "RULE ERRORS"), ("", "  rules that crashed; their verdicts are open")]
        for verdict in crashed:
            yield [("", f"  {verdict.rule} on {verdict.address}: {verdict.reason}")]
        yield []


def _waivers(run: Run, view: View) -> Iterator[Line]:
    notable = [w for w in run.waivers if w.state != "idle"]
    if not notable:
        return
    yield [("label", "WAIVERS")]
    for waiver in notable:
        state = waiver.state if waiver.state != "active" else _count(waiver.verdicts, "finding")
        until = f" until {waiver.until}" if waiver.until else ""
        what = ", ".join(waiver.rules) or "(no rule)"
        text = waiver.because or waiver.reason
        style = "faint" if waiver.state == "active" else "note"
        yield [
            (style, f"  {state:<11} "),
            ("", f"{what}{' on ' + waiver.resource if waiver.resource else ''}{until}"),
            ("faint", f": {text}" if text else ""),
            ("place", f"  {view.place(waiver.location)}"),
        ]
    yield []


def _problems(run: Run, view: View) -> Iterator[Line]:
    problems = [p for p in run.problems if not p.code.startswith(_SHOWN_AS_WAIVERS)]
    if not problems:
        return
    yield [("label", "PROBLEMS")]
    for problem in sorted(problems, key=_order_of_problems):
        place = view.place(problem.location)
        yield [
            ("error" if problem.level == "error" else "note", f"  {problem.level:<8}"),
            ("place", f" {place}:" if place else ""),
            ("", f" {problem.summary}"),
        ]
        for line in problem.detail.split("\n") if problem.detail else ():
            yield [("faint", f"           {line}")]
    yield []


_SHOWN_AS_WAIVERS = ("suppression-", "waiver-")


def _order_of_problems(problem: ProblemEntry) -> tuple[bool, str, int]:
    place = problem.location
    return problem.level != "error", place.file if place else "", place.line if place else 0


def _gaps(run: Run, view: View) -> Iterator[Line]:
    if not run.gaps:
        return
    yield [("label", "NOT READ"), ("", "  nothing in these parts counts as safe")]
    for gap in run.gaps:
        place = view.place(gap.location)
        yield [("", f"  {gap.what}: {gap.because}"), ("place", f"  {place}" if place else "")]
    yield []


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
    judged = f"{_count(summary.verdicts, 'verdict')} on {_count(summary.resources, 'resource')}"
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


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
