"""Runs rules over a model: every applicable pair of rule and resource ends in one verdict."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from inspect import isgenerator
from typing import Any

from auditor.model import Model
from auditor.records import dataclass
from auditor.resource import Finding, Resource, walk
from auditor.rule import NotApplicable, Rule
from auditor.values import REDACTED, Path, Sensitive, Undetermined, Unknown

PASS = "pass"
FAIL = "fail"
UNDETERMINED = "undetermined"
WAIVED = "waived"
ERROR = "error"
NOT_APPLICABLE = "not_applicable"
STATUSES = (PASS, FAIL, UNDETERMINED, WAIVED, ERROR, NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Read:
    """A field that a rule read: evidence for its verdict."""

    resource: Resource
    path: Path


@dataclass(slots=True)
class Verdict:
    """What one rule says of one resource.

    reason: why it is undetermined, waived, an error or not applicable.
    unknowns: what an undetermined verdict hangs on.
    reads: the fields that decided it, in order, without repeats.
    """

    rule: Rule
    resource: Resource | None
    status: str
    severity: str
    findings: list[Finding] = field(default_factory=list)
    reason: str = ""
    unknowns: tuple[Unknown, ...] = ()
    reads: list[Read] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Policy:
    """How an environment wants a rule judged (see auditor.toml)."""

    enabled: bool = True
    severity: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


def evaluate(
    rules: Iterable[Rule], model: Model, policies: Mapping[str, Policy] | None = None
) -> list[Verdict]:
    """Every verdict of `rules` on `model`, prerequisites first, then in the order given."""
    policies = policies or {}
    side = "live" if model.source == "live" else "code"
    chosen = [r for r in rules if side in r.where and policies.get(r.id, _DEFAULT).enabled]
    failed: set[tuple[str, str]] = set()
    verdicts: list[Verdict] = []
    for each in _prerequisites_first(chosen):
        policy = policies.get(each.id, _DEFAULT)
        for verdict in _judge_all(each, model, policy, failed):
            if verdict.status == FAIL and verdict.resource is not None:
                failed.add((each.id, verdict.resource.address))
            verdicts.append(verdict)
    return verdicts


_DEFAULT = Policy()


def _prerequisites_first(rules: list[Rule]) -> list[Rule]:
    table = {each.id: each for each in rules}
    ordered: dict[str, Rule] = {}

    def visit(each: Rule, above: tuple[str, ...]) -> None:
        for needed in each.requires:
            if needed in table and needed not in ordered and needed not in above:
                visit(table[needed], (*above, each.id))
        ordered.setdefault(each.id, each)

    for each in rules:
        visit(each, ())
    return list(ordered.values())


def _judge_all(
    each: Rule, model: Model, policy: Policy, failed: set[tuple[str, str]]
) -> Iterator[Verdict]:
    parameters = {**each.parameters, **policy.parameters}
    severity = policy.severity or each.severity
    for cls in each.on:
        for resource in model.by_type.get(cls.tf, ()):
            if resource.folded_into is not None:
                continue
            root_cause = next((r for r in each.requires if (r, resource.address) in failed), None)
            if root_cause:
                reason = f"{root_cause} fails here, which is the root cause"
                yield Verdict(each, resource, NOT_APPLICABLE, severity, reason=reason)
            else:
                yield judge(each, resource, parameters, severity)
        yield from _unread(each, cls, model, severity)


def _unread(each: Rule, cls: type[Resource], model: Model, severity: str) -> Iterator[Verdict]:
    """A verdict for what could not be listed: it is never silently nothing."""
    for gap in model.gaps:
        if cls.tf in gap.types:
            unknown = gap.unknown()
            yield Verdict(
                each, None, UNDETERMINED, severity, reason=unknown.reason, unknowns=(unknown,)
            )


def judge(
    each: Rule,
    resource: Resource,
    parameters: Mapping[str, Any] | None = None,
    severity: str | None = None,
) -> Verdict:
    """The verdict of one rule on one resource, which must be in a model."""
    model = resource.model
    assert model is not None
    verdict = Verdict(each, resource, PASS, severity or each.severity)
    trace: list[tuple[Resource, Path]] = []
    model.trace = trace
    model.seen = []
    model.readable = frozenset(cls.tf for cls in (*each.on, *each.reads))
    try:
        for finding in _outcomes(each, resource, {**each.parameters, **(parameters or {})}):
            if isinstance(finding, NotApplicable):
                verdict.status, verdict.reason = NOT_APPLICABLE, finding.because
            elif isinstance(finding, Finding):
                verdict.findings.append(finding)
            else:
                raise TypeError(f"a rule gives findings or None, not {type(finding).__name__}")
    except Undetermined as doubt:
        verdict.status, verdict.reason, verdict.unknowns = UNDETERMINED, doubt.reason, doubt.causes
    except Exception as crash:  # the boundary of foreign code: it becomes a verdict
        verdict.status, verdict.reason = ERROR, _crash(each, crash)
        verdict.findings.clear()
    finally:
        model.trace = None
        model.readable = None
    verdict.reads = [Read(*read) for read in dict.fromkeys(trace)]
    if verdict.findings:
        _settle(verdict, resource)
    elif verdict.status == PASS:
        _doubt(verdict, resource, model.seen)
    _scrub(verdict)
    return verdict


def _outcomes(each: Rule, resource: Resource, parameters: Mapping[str, Any]) -> Iterator[Any]:
    outcome = each.check(resource, **parameters)
    if isgenerator(outcome):
        for item in outcome:
            if item is not None:
                yield item
    elif outcome is not None:
        yield outcome


def _settle(verdict: Verdict, resource: Resource) -> None:
    """Findings make a fail, also next to a doubt; but not if the resource might not exist."""
    if isinstance(resource.exists, Unknown):
        verdict.status = UNDETERMINED
        verdict.reason = f"whether it exists hangs on {resource.exists.reason}"
        verdict.unknowns = (resource.exists,)
        verdict.findings.clear()
        return
    verdict.status = FAIL


def _doubt(verdict: Verdict, resource: Resource, seen: list[Unknown | None]) -> None:
    """No pass rests on what could not be read.

    A rule that passes because an argument is set (`kms_key_id is not None`) cannot tell that from
    one that is unknown. So a pass is undetermined where a live call failed for something that it
    read, and where the last thing it read is an unknown that may turn out to be null.
    """
    unread = [u for u in seen if u is not None and u.because and not u.refs]
    last = seen[-1] if seen else None
    if resource.source == "live":
        causes = unread
    else:
        causes = [last] if last is not None and _may_be_null(last) else []
    if causes:
        verdict.status = UNDETERMINED
        verdict.unknowns = tuple(dict.fromkeys(causes))
        verdict.reason = Undetermined(*causes).reason


def _may_be_null(value: Unknown) -> bool:
    """Whether an unknown could be null: a variable, a missing module's output; no resource's."""
    if value.parts or value.items or value.entries or value.one_of is not None:
        return False
    return not any(".aws_" in f".{ref.address}" for ref in value.refs)


def _crash(each: Rule, crash: Exception) -> str:
    frames = traceback.extract_tb(crash.__traceback__)
    at = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"the rule {each.defined} crashed{at}: {type(crash).__name__}: {crash}"


def _scrub(verdict: Verdict) -> None:
    """Takes sensitive values out of what a rule wrote, if it wrote anything."""
    if not verdict.reason and not verdict.findings:
        return
    secrets = {s for read in verdict.reads for s in _secrets(read)}
    if not secrets:
        return
    verdict.reason = _without(secrets, verdict.reason)
    verdict.findings = [
        replace(f, message=_without(secrets, f.message), key=_without(secrets, f.key))
        for f in verdict.findings
    ]


def _secrets(read: Read) -> Iterator[str]:
    value: Any = read.resource.data
    for step in read.path:
        if isinstance(value, Sensitive):
            break
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(value, Sensitive):
        yield from _texts(value.value)
        return
    for _, leaf in walk(value):
        if isinstance(leaf, Sensitive):
            yield from _texts(leaf.value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Sensitive):
        yield from _texts(value.value)
    elif isinstance(value, str):
        if len(value) > 3:
            yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _without(secrets: set[str], text: str) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, REDACTED)
    return text
