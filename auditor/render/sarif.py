"""SARIF 2.1.0, for code scanning services and editors.

* A failing finding is a result of kind `fail`; an undetermined verdict one of kind `open`, level
  `none` (3.27.9: "insufficient information to decide whether a problem exists"). Passes and what is
  not applicable are counted in the run's properties and are no results.
* A waived finding is a result with a suppression, so that it is closed and not lost.
* Problems, gaps and rules that crashed are notifications; `executionSuccessful` is false when the
  run does not cover what was asked for.
* In modules the finding stands at the module's line; the calls that lead there are related
  locations and a stack, and the way of the value (variable, tfvars) is a code flow.
* `partialFingerprints` hold the run's fingerprints, which do not depend on lines. The name
  `primaryLocationLineHash` is the one that GitHub's code scanning matches alerts by.

Source: SARIF 2.1.0 (OASIS Standard, 2020-03-27); GitHub, "SARIF support for code scanning".
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import IO, Any
from urllib.parse import quote

from auditor import engine
from auditor.render.json_text import json_stream
from auditor.render.rule_text import rule_markdown, rule_text
from auditor.render.value_text import value_text
from auditor.render.view import rank, source_name
from auditor.resource import Location, ModuleCall
from auditor.run import (
    Evidence,
    FindingEntry,
    ResourceEntry,
    RuleEntry,
    Run,
    VerdictEntry,
    WaiverEntry,
)

BASE = "SRCROOT"
"""The name of the repository's folder, which all paths are relative to."""

LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}

SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0"}
"""`security-severity`: code scanning calls above 9.0 critical, from 7.0 high, from 4.0 medium."""

_STATES = {"new": "new", "worse": "updated", "same": "unchanged"}
"""What a comparison says of a finding → `baselineState`."""

Json = dict[str, Any]


def render(run: Run, stream: IO[str]) -> None:
    """Writes the run as a SARIF log, one result a line."""
    stream = json_stream(stream)
    log = sarif(run)
    results = log["runs"][0].pop("results")
    head, tail = json.dumps(log, ensure_ascii=False)[:-3], "]}]}\n"
    stream.write(f'{head}, "results": [')
    for index, result in enumerate(results):
        stream.write(f"{',' if index else ''}\n{json.dumps(result, ensure_ascii=False)}")
    stream.write(f"\n{tail}")


def sarif(run: Run) -> Json:
    """The SARIF log as a tree."""
    indexes = {rule.id: index for index, rule in enumerate(run.rules)}
    log_run: Json = {
        "tool": {"driver": _driver(run)},
        "invocations": [_invocation(run)],
        "originalUriBaseIds": {BASE: {"description": {"text": "The repository that was scanned"}}},
        "columnKind": "unicodeCodePoints",
        "properties": {"statuses": run.summary.statuses, "resources": run.summary.resources},
        "results": list(_results(run, indexes)),
    }
    if run.environments:
        log_run["automationDetails"] = {"id": f"auditor/{'+'.join(run.environments)}/"}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [log_run],
    }


# -- the tool and how it went ---------------------------------------------------------------------


def _driver(run: Run) -> Json:
    worst: dict[str, str] = {}
    for verdict in run.verdicts:
        if rank(verdict.severity) > rank(worst.get(verdict.rule, "info")):
            worst[verdict.rule] = verdict.severity
    return {
        "name": run.tool,
        "version": run.version,
        "semanticVersion": run.version,
        "rules": [_rule(rule, worst.get(rule.id, rule.severity)) for rule in run.rules],
    }


def _rule(rule: RuleEntry, severity: str) -> Json:
    tags = ["security", rule.family, *([rule.service] if rule.service else [])]
    tags += [f"{name}:{each}" for name, ids in rule.frameworks.items() for each in ids]
    tags = list(dict.fromkeys(tags))  # a family and a service may have one name
    properties: Json = {"tags": tags, "severity": severity, "problem.severity": _problem(severity)}
    if severity in SCORES:
        properties["security-severity"] = SCORES[severity]
    if rule.aliases:
        properties["aliases"] = rule.aliases
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule_text(rule), "markdown": rule_markdown(rule)},
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": properties,
    }


def _problem(severity: str) -> str:
    return {"note": "recommendation"}.get(LEVELS[severity], LEVELS[severity])


def _invocation(run: Run) -> Json:
    started = datetime.fromisoformat(run.started)
    ended = started + timedelta(seconds=run.seconds)
    return {
        "executionSuccessful": not run.summary.incomplete,
        "startTimeUtc": _utc(started),
        "endTimeUtc": _utc(ended),
        "toolExecutionNotifications": list(_notifications(run)),
    }


def _utc(moment: datetime) -> str:
    return f"{moment.strftime('%Y-%m-%dT%H:%M:%S')}.{moment.microsecond // 1000:03}Z"


def _notifications(run: Run) -> Iterator[Json]:
    for problem in run.problems:
        text = f"{problem.summary}{': ' + problem.detail if problem.detail else ''}"
        level = "error" if problem.level == "error" else "warning"
        yield _notification(problem.code, level, text, problem.location)
    for gap in run.gaps:
        yield _notification("not-read", "error", f"{gap.what}: {gap.because}", gap.location)
    for verdict in run.verdicts:
        if verdict.status == engine.ERROR:
            text = f"{verdict.rule} on {verdict.address}: {verdict.reason}"
            yield {
                **_notification("rule-error", "error", text, None),
                "associatedRule": {"id": verdict.rule},
            }


def _notification(code: str, level: str, text: str, location: Location | None) -> Json:
    places = [_location(location)] if location else []
    return {
        "descriptor": {"id": code},
        "level": level,
        "message": {"text": text},
        **({"locations": places} if places else {}),
    }


# -- results --------------------------------------------------------------------------------------


def _results(run: Run, indexes: dict[str, int]) -> Iterator[Json]:
    for verdict in run.verdicts:
        if verdict.findings or verdict.status in (engine.UNDETERMINED, engine.WAIVED):
            yield from _of_verdict(run, verdict, indexes[verdict.rule])


def _of_verdict(run: Run, verdict: VerdictEntry, index: int) -> Iterator[Json]:
    """A result for each finding; one for a verdict without any."""
    resource = None if verdict.resource is None else run.resources[verdict.resource]
    common: Json = {"ruleId": verdict.rule, "ruleIndex": index}
    source = source_name(run.sources[verdict.source])
    properties: Json = {"severity": verdict.severity, "source": source}
    if verdict.address:
        properties["address"] = verdict.address
    for finding in verdict.findings:
        result = _finding(verdict, finding, resource)
        suppressed = _suppressed(run, verdict.waiver if finding.waiver is None else finding.waiver)
        state = {"baselineState": _STATES[finding.change]} if finding.change in _STATES else {}
        yield {**common, **result, **suppressed, **state, "properties": properties}
    if not verdict.findings:
        suppressed = _suppressed(run, verdict.waiver)
        yield {**common, **_open(verdict, resource), **suppressed, "properties": properties}


def _finding(verdict: VerdictEntry, finding: FindingEntry, resource: ResourceEntry | None) -> Json:
    calls = resource.calls if resource else []
    text = f"{verdict.address} {finding.message}{_because(finding)}{_called(calls)}"
    result: Json = {
        "kind": "fail",
        "level": LEVELS[verdict.severity],
        "message": {"text": text},
        "locations": [_place(finding.location, verdict.address, finding.code)],
        "partialFingerprints": _fingerprints(finding.fingerprint),
    }
    if calls:
        result["relatedLocations"] = [_call(call, index) for index, call in enumerate(calls, 1)]
        result["stacks"] = [_stack(finding, verdict.address, calls)]
    flows = [_flow(e) for e in finding.evidence if _travelled(e)]
    if flows:
        result["codeFlows"] = flows
    return result


def _because(finding: FindingEntry) -> str:
    decisive = [e for e in finding.evidence if e.attribute == finding.attribute and not e.address]
    if not decisive or decisive[0].origin in ("absent", "computed"):
        return ""
    return f" ({decisive[0].attribute} = {value_text(decisive[0].value, 80, decisive[0].known)})"


def _called(calls: Sequence[ModuleCall]) -> str:
    links = [f"[{_link_text(call.address)}]({index})" for index, call in enumerate(calls, 1)]
    return f". Called as {', '.join(links)}" if links else ""


def _link_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _open(verdict: VerdictEntry, resource: ResourceEntry | None) -> Json:
    address = verdict.address or "(what could not be read)"
    read = next((e.location for e in verdict.evidence if e.location and not e.address), None)
    place = read or (resource.location if resource else None)
    return {
        "kind": "open",
        "level": "none",
        "message": {"text": f"{address} could not be judged; it hangs on: {verdict.reason}"},
        "locations": [_place(place, address, [])],
        "partialFingerprints": _fingerprints(verdict.fingerprint),
    }


def _fingerprints(fingerprint: str) -> Json:
    return {"auditor/v1": fingerprint, "primaryLocationLineHash": f"{fingerprint}:1"}


def _suppressed(run: Run, number: int | None) -> Json:
    if number is None:
        return {}
    waiver: WaiverEntry = run.waivers[number]
    entry: Json = {
        "kind": "inSource" if waiver.kind == "comment" else "external",
        "status": "accepted",
        "justification": waiver.reason or f"{waiver.tool} comment without a reason",
    }
    if waiver.location:
        entry["location"] = _location(waiver.location)
    return {"suppressions": [entry]}


# -- places ---------------------------------------------------------------------------------------


def _place(location: Location | None, address: str, code: Sequence[str]) -> Json:
    place: Json = {"logicalLocations": [{"fullyQualifiedName": address, "kind": "resource"}]}
    return {**(_location(location, code) if location else {}), **place}


def _location(location: Location, code: Sequence[str] = ()) -> Json:
    physical: Json = {
        "artifactLocation": {"uri": quote(os.fsencode(location.file), safe="/"), "uriBaseId": BASE}
    }
    if location.line:
        physical["region"] = _region(location)
        if code:
            physical["region"]["snippet"] = {"text": "\n".join(code)}
    return {"physicalLocation": physical}


def _region(location: Location) -> Json:
    region: Json = {"startLine": location.line}
    if location.column:
        region["startColumn"] = location.column
    if location.end_line >= location.line:
        region["endLine"] = location.end_line
        if location.end_column and location.column:
            region["endColumn"] = location.end_column
    return region


def _call(call: ModuleCall, number: int) -> Json:
    place = _location(call.location) if call.location else {}
    return {"id": number, "message": {"text": f"called as {call.address}"}, **place}


def _stack(finding: FindingEntry, address: str, calls: Sequence[ModuleCall]) -> Json:
    frames = [{"location": _place(finding.location, address, [])}]
    for call in reversed(calls):
        place = _location(call.location) if call.location else {}
        frames.append({"location": {**place, "message": {"text": call.address}}})
    return {"message": {"text": "Module calls"}, "frames": frames}


def _travelled(evidence: Evidence) -> bool:
    return any(step.location for step in evidence.via)


def _flow(evidence: Evidence) -> Json:
    """From where the value was set to the attribute: the way it took, first step first."""
    steps: list[tuple[str, Location | None]] = [
        (step.text, step.location) for step in reversed(evidence.via)
    ]
    steps.append((evidence.attribute, evidence.location))
    locations = [
        {"location": {**_location(place), "message": {"text": text}}}
        for text, place in steps
        if place
    ]
    return {
        "message": {"text": f"Where {evidence.attribute} comes from"},
        "threadFlows": [{"locations": locations}],
    }
