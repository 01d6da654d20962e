"""Applies the suppressions found in code (`auditor.suppression_comments`) to a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from auditor.engine import FAIL, UNDETERMINED, WAIVED
from auditor.fingerprint import without_elements
from auditor.resource import Location
from auditor.rule import Rule
from auditor.rules_loading import by_alias, matching_rules, peer_id
from auditor.run import FindingEntry, ProblemEntry, ResourceEntry, Run, VerdictEntry, WaiverEntry
from auditor.suggest import did_you_mean
from auditor.suppression_comments import Suppression

if TYPE_CHECKING:
    from auditor.sides import Twins


def apply_suppressions(
    run: Run,
    suppressions: Iterable[Suppression],
    rules: Sequence[Rule],
    today: date,
    twins: Twins | None = None,
) -> None:
    """Waives what the comments cover; adds each comment to the run with its state.

    rules: all that are known, so that a comment for a rule that was not chosen is not called
    wrong. Comments of other tools that name nothing of ours are left out: they are not for us.
    twins: which live resources are which in the code. A comment on a whole block holds for them
    too; one on an argument for what its value does live, and for nothing that was added there.
    """
    kept, peers = [], by_alias(rules)
    for each in suppressions:
        _name_rules(each, rules, peers)
        if each.ids or each.tool == "auditor" or each.wrong:
            kept.append(each)
    first = len(run.waivers)
    by_file: dict[str, list[tuple[int, Suppression]]] = {}
    for number, each in enumerate(kept, start=first):
        run.waivers.append(_entry(each))
        if each.ids and not each.wrong and each.target:
            by_file.setdefault(each.location.file, []).append((number, each))
    if by_file:
        cover = _Cover(by_file, today)
        for verdict in run.verdicts:
            if verdict.status in (FAIL, UNDETERMINED) and verdict.resource is not None:
                _waive(verdict, run.resources[verdict.resource], cover)
        if twins:
            _waive_twins(run, twins, cover)
    ran = {verdict.rule for verdict in run.verdicts}
    for entry, each in zip(run.waivers[first:], kept, strict=True):
        entry.verdicts = each.used
        entry.state = _state(each, ran, today)
        if entry.state == "invalid" or (
            each.tool == "auditor" and entry.state in ("expired", "unused")
        ):
            run.problems.append(_problem(each, entry.state, run.environments))


def _name_rules(
    suppression: Suppression, rules: Sequence[Rule], peers: Mapping[str, Sequence[Rule]]
) -> None:
    """Finds the rules that a comment names; ours may use other tools' ids, but theirs not ours."""
    for name in suppression.rules:
        if suppression.tool == "auditor":
            named: Sequence[Rule] = matching_rules(rules, name)
        else:
            named = rules if name == "*" else peers.get(peer_id(name), ())
        suppression.ids |= {rule.id for rule in named}
        if not named and suppression.tool == "auditor" and not suppression.wrong:
            hint = did_you_mean(name, [rule.id for rule in rules])
            suppression.wrong = f"no rule is called {name}{': ' + hint if hint else ''}"


def _entry(each: Suppression) -> WaiverEntry:
    return WaiverEntry(
        kind="comment",
        rules=each.rules,
        state="",
        reason=each.reason,
        until=each.until.isoformat() if each.until else None,
        location=each.location,
        tool=each.tool,
        because=each.wrong,
    )


def _state(each: Suppression, ran: set[str], today: date) -> str:
    if each.wrong:
        return "invalid"
    if each.until and each.until < today:
        return "expired"
    if each.used:
        return "active"
    return "unused" if each.ids & ran else "idle"


def _problem(each: Suppression, state: str, environments: Sequence[str]) -> ProblemEntry:
    names = ", ".join(each.rules)
    # What passes in dev may fail in prod, and both may share the code.
    where = f" in {', '.join(environments)}" if environments else ""
    elsewhere = f"{where}: if it does in no other environment," if environments else ":"
    summary = {
        "invalid": f"A suppression is not honoured: {each.wrong}",
        "expired": f"The suppression of {names} expired on {each.until}",
        "unused": f"The suppression of {names} suppresses nothing{elsewhere} take it out",
    }[state]
    return ProblemEntry("warning", f"suppression-{state}", summary, location=each.location)


class _Cover:
    """Which suppression covers a place, for one rule."""

    def __init__(self, by_file: dict[str, list[tuple[int, Suppression]]], today: date) -> None:
        self.by_file = by_file
        self.by_number = dict(each for found in by_file.values() for each in found)
        self.today = today

    def at(
        self, rule: str, place: Location | None, *, whole: bool = False
    ) -> Iterator[tuple[int, Suppression]]:
        """Those that cover a place; with `whole` only those on a whole block at the top."""
        if place is None:
            return
        for number, each in self.by_file.get(place.file, ()):
            assert each.target is not None
            if rule in each.ids and place.line in each.target and (each.target.whole or not whole):
                yield number, each

    def of_resource(self, rule: str, resource: ResourceEntry) -> Iterator[tuple[int, Suppression]]:
        """Those on the resource's own block, and on module calls that lead to it."""
        yield from self.at(rule, resource.location, whole=True)
        for call in resource.calls:
            yield from self.at(rule, call.location, whole=True)

    def of_finding(self, rule: str, finding: FindingEntry) -> Iterator[tuple[int, Suppression]]:
        """Those on the line of the finding, and on the lines that its value came from."""
        yield from self.at(rule, finding.location)
        for evidence in finding.evidence:
            if evidence.attribute == finding.attribute and not evidence.address:
                for step in evidence.via:
                    yield from self.at(rule, step.location)


def _waive(verdict: VerdictEntry, resource: ResourceEntry, cover: _Cover) -> None:
    around = list(cover.of_resource(verdict.rule, resource))
    if verdict.status == UNDETERMINED:
        for read in verdict.evidence:
            around += [c for c in cover.at(verdict.rule, read.location) if not _is_whole(c)]
        verdict.waiver, verdict.note = _settled(around, cover.today)
        if verdict.waiver is not None:
            verdict.status = WAIVED
        return
    for finding in verdict.findings:
        found = [*around, *cover.of_finding(verdict.rule, finding)]
        finding.waiver, finding.note = _settled(found, cover.today)
    if verdict.findings and all(finding.waiver is not None for finding in verdict.findings):
        verdict.status, verdict.waiver = WAIVED, verdict.findings[0].waiver


def _waive_twins(run: Run, twins: Twins, cover: _Cover) -> None:
    """Carries what the code's comments say over to the same resources in the account."""
    said = {(v.rule, v.resource): v for v in run.verdicts}
    for verdict in run.verdicts:
        mine = () if verdict.resource is None else twins.get(verdict.resource, ())
        if not mine or verdict.status not in (FAIL, UNDETERMINED):
            continue
        around = [c for n in mine for c in cover.of_resource(verdict.rule, run.resources[n])]
        if verdict.status == UNDETERMINED:
            verdict.waiver, note = _settled(around, cover.today)
        else:
            in_code = [said[verdict.rule, n] for n in mine if (verdict.rule, n) in said]
            _waive_alike(verdict, around, _Alike(run, twins, in_code), cover)
            note = ""
        if verdict.waiver is not None:
            verdict.status = WAIVED
            note = f"waived as {', '.join(run.resources[n].address for n in mine)} in the code"
        verdict.note = note or verdict.note


def _waive_alike(
    verdict: VerdictEntry, around: list[tuple[int, Suppression]], alike: _Alike, cover: _Cover
) -> None:
    for finding in verdict.findings:
        same = alike.take(finding)
        found = [*around, *([(same, cover.by_number[same])] if same in cover.by_number else [])]
        finding.waiver, finding.note = _settled(found, cover.today)
    if verdict.findings and all(finding.waiver is not None for finding in verdict.findings):
        verdict.waiver = verdict.findings[0].waiver


class _Alike:
    """The findings in code that a comment waives, to be met again in the account.

    Each answers for one finding: a second open port of the account is not in the code.
    """

    def __init__(self, run: Run, twins: Twins, verdicts: Iterable[VerdictEntry]) -> None:
        resources = run.resources
        self._in_code = {
            resources[live].address: resources[mine[0]].address for live, mine in twins.items()
        }
        self._waived: dict[tuple[str, str], list[int]] = {}
        for verdict in verdicts:
            for finding in verdict.findings:
                if finding.waiver is not None:
                    self._waived.setdefault(self._name(finding), []).append(finding.waiver)

    def take(self, finding: FindingEntry) -> int | None:
        """The waiver of the code's finding that is the same as one in the account."""
        waived = self._waived.get(self._name(finding))
        return waived.pop(0) if waived else None

    def _name(self, finding: FindingEntry) -> tuple[str, str]:
        """Argument and key; a key may begin with the resource that the violation stands in."""
        address, space, rest = finding.key.partition(" ")
        key = f"{self._in_code.get(address, address)}{space}{rest}"
        return without_elements(finding.attribute), key


def _is_whole(covering: tuple[int, Suppression]) -> bool:
    return covering[1].target is not None and covering[1].target.whole


def _settled(found: list[tuple[int, Suppression]], today: date) -> tuple[int | None, str]:
    """The number of the suppression that waives it, or a note about one that has expired."""
    note = ""
    for number, each in found:
        if each.until and each.until < today:
            note = f"its suppression at {each.location} expired on {each.until.isoformat()}"
        else:
            each.used += 1
            return number, ""
    return None, note
