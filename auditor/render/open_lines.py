"""What did not end in a plain pass or fail, as text: doubts, waivers, problems, parts not read.

Undetermined verdicts stand under their cause, so that the one missing variable behind fifty of
them is named once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from auditor import engine
from auditor.render.view import FEW, Line, View, count, rank
from auditor.run import GapEntry, ProblemEntry, Run, VerdictEntry

MOST_WAIVERS = 8
MOST_PLACES = 10
"""That hold and are listed; those that do not are always."""


def open_lines(run: Run, view: View) -> Iterator[Line]:
    """The sections, each only if there is something in it."""
    yield from _undetermined(run, view)
    yield from _crashes(run)
    yield from _waivers(run, view)
    yield from _problems(run, view)
    yield from _gaps(run, view)


# -- undetermined ---------------------------------------------------------------------------------

_MODULE = re.compile(r'(?:module\.[\w-]+(?:\["(?:[^"\\]|\\.)*"\]|\[\w+\])?\.)+(?!module\.)')


def _undetermined(run: Run, view: View) -> Iterator[Line]:
    open_ones = [v for v in run.verdicts if v.status == engine.UNDETERMINED]
    if not open_ones:
        return
    causes: dict[str, list[VerdictEntry]] = {}
    for verdict in open_ones:
        causes.setdefault(_cause(verdict, view), []).append(verdict)
    yield [
        ("undetermined", "UNDETERMINED"),
        ("", f"  {count(len(open_ones), 'verdict')} could not be decided, by what they hang on:"),
    ]
    yield []
    for cause, verdicts in sorted(causes.items(), key=lambda item: (-len(item[1]), item[0])):
        yield [("", f"  {len(verdicts):>5}  {cause}")]
        yield from _examples(verdicts, view)
    yield []


def _cause(verdict: VerdictEntry, view: View) -> str:
    """What it hangs on; of references the first few, without the calls of their module.

    So the same argument of a module that is called thirty times is one cause.
    """
    if view.details or not verdict.causes:
        return verdict.reason
    texts: dict[str, None] = {}
    for cause in verdict.causes:
        if cause.refs and cause.reason == ", ".join(cause.refs):
            texts.update(dict.fromkeys(_MODULE.sub("", ref, count=1) for ref in cause.refs))
        else:
            texts.update(dict.fromkeys(cause.reason.split("; ")))
    few = list(texts)[:FEW]
    more = f" and {len(texts) - len(few)} more" if len(texts) > len(few) else ""
    return f"{', '.join(few)}{more}"


def _examples(verdicts: Sequence[VerdictEntry], view: View) -> Iterator[Line]:
    by_rule: dict[str, dict[str, None]] = {}
    for verdict in sorted(verdicts, key=lambda v: -rank(v.severity)):
        by_rule.setdefault(verdict.rule, {})[verdict.address or "(not listed)"] = None
    rules = list(by_rule.items())
    for rule, found in rules if view.details else rules[:FEW]:
        addresses = list(found)
        few = addresses if view.details else addresses[:FEW]
        more = f" and {len(addresses) - len(few)} more" if len(addresses) > len(few) else ""
        yield [("faint", f"         {rule} on {', '.join(few)}{more}")]
    if len(rules) > FEW and not view.details:
        yield [("faint", f"         and {count(len(rules) - FEW, 'further rule')}")]


# -- the others -----------------------------------------------------------------------------------


def _crashes(run: Run) -> Iterator[Line]:
    crashed = [v for v in run.verdicts if v.status == engine.ERROR]
    if not crashed:
        return
    yield [("error", "RULE ERRORS"), ("", "  rules that crashed; their verdicts are open")]
    by_reason: dict[tuple[str, str], list[VerdictEntry]] = {}
    for verdict in crashed:
        by_reason.setdefault((verdict.rule, verdict.reason), []).append(verdict)
    for (rule, reason), verdicts in by_reason.items():
        more = f" and {len(verdicts) - 1} more" if len(verdicts) > 1 else ""
        yield [("", f"  {rule} on {verdicts[0].address}{more}: {reason}")]
    yield []


def _waivers(run: Run, view: View) -> Iterator[Line]:
    if all(waiver.state == "idle" for waiver in run.waivers):
        return
    yield [("label", "WAIVERS")]
    live = _live_by_waiver(run)
    active = [waiver for waiver in run.waivers if waiver.state == "active"]
    many = len(active) > MOST_WAIVERS and not view.details
    if many:
        waived = count(sum(waiver.verdicts for waiver in active), "finding")
        yield [("faint", f"  {waived} by {len(active)} waivers (--details lists them)")]
    for number, waiver in enumerate(run.waivers):
        if waiver.state == "idle" or (many and waiver.state == "active"):
            continue
        state = waiver.state if waiver.state != "active" else count(waiver.verdicts, "finding")
        until = f" until {waiver.until}" if waiver.until else ""
        what = ", ".join(waiver.rules) or "(no rule)"
        text = waiver.because or waiver.reason
        style = "faint" if waiver.state == "active" else "note"
        yield [
            (style, f"  {state:<11} "),
            ("", f"{what}{' on ' + waiver.resource if waiver.resource else ''}{until}"),
            ("faint", f", {live[number]} of them in the account" if live[number] else ""),
            ("faint", f": {text}" if text else ""),
            ("place", f"  {view.place(waiver.location)}"),
        ]
    yield []


def _live_by_waiver(run: Run) -> Counter[int]:
    """How many verdicts on accounts each waiver takes out, where code was judged beside them."""
    if all(source.kind == "live" for source in run.sources):
        return Counter()
    return Counter(
        number
        for verdict in run.verdicts
        if run.sources[verdict.source].kind == "live"
        for number in {verdict.waiver, *(finding.waiver for finding in verdict.findings)}
        if number is not None
    )


_SHOWN_AS_WAIVERS = ("suppression-", "waiver-")


def _problems(run: Run, view: View) -> Iterator[Line]:
    """Those of one kind under one line, errors first."""
    kinds: dict[tuple[str, str], list[ProblemEntry]] = {}
    for problem in sorted(run.problems, key=_order):
        if not problem.code.startswith(_SHOWN_AS_WAIVERS):
            kinds.setdefault((problem.level, problem.summary), []).append(problem)
    if not kinds:
        return
    yield [("label", "PROBLEMS")]
    for (level, summary), problems in kinds.items():
        style = "error" if level == "error" else "note"
        if len(problems) == 1:
            place = view.place(problems[0].location)
            where = ("place", f" {place}:" if place else "")
            yield [(style, f"  {level:<8}"), where, ("", f" {summary}")]
        else:
            yield [(style, f"  {level:<8}"), ("", f" {summary} ({len(problems)} times)")]
        few = problems if view.details else problems[:MOST_PLACES]
        for problem in few:
            yield from _details(problem, view, several=len(problems) > 1)
        if len(problems) > len(few):
            rest = len(problems) - len(few)
            yield [("faint", f"           and {rest} more (--details lists them)")]
    yield []


def _details(problem: ProblemEntry, view: View, *, several: bool) -> Iterator[Line]:
    place = view.place(problem.location) if several else ""
    details = problem.detail.split("\n") if problem.detail else []
    if place:
        first = details.pop(0) if details else ""
        yield [("place", f"           {place}"), ("faint", f"  {first}")]
    for line in details:
        yield [("faint", f"           {line}")]


def _order(problem: ProblemEntry) -> tuple[bool, str, int]:
    place = problem.location
    return problem.level != "error", place.file if place else "", place.line if place else 0


def _gaps(run: Run, view: View) -> Iterator[Line]:
    """Parts not read; the reason is left out where a problem of the same file has said it."""
    if not run.gaps:
        return
    said = {problem.detail for problem in run.problems}
    yield [("label", "NOT READ"), ("", "  nothing in these parts counts as safe")]
    few = run.gaps if view.details else run.gaps[: FEW * 4]
    for gap in few:
        place = view.place(gap.location)
        because = "" if _is_said(gap, said) else f": {gap.because}"
        yield [("", f"  {gap.what}{because}"), ("place", f"  {place}" if place else "")]
    if len(run.gaps) > len(few):
        yield [("faint", f"  and {len(run.gaps) - len(few)} more")]
    yield []


def _is_said(gap: GapEntry, said: set[str]) -> bool:
    return any(detail and gap.because.endswith(detail) for detail in said)
