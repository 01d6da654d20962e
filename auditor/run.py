"""The run document: everything one scan found out, and the one thing that reports are made from.

Plain dataclasses, so that building a run of a hundred thousand verdicts costs little; pydantic is
imported only to read a stored run back (`load`) and to publish the JSON Schema (`json_schema`).
`dumps` leaves out fields that are empty: a missing key means the default that the schema names.

Paths of files are relative to the repository (the git root, else the folder that was scanned) and
use `/`. `resource` and `source` are indexes into the lists of those names. Nothing sensitive is
ever in a run: values are written by `plain`, and options name variables without their values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, field, fields
from decimal import Decimal
from typing import IO, Any

from auditor.moves import Move
from auditor.records import dataclass
from auditor.resource import Location, ModuleCall, Step
from auditor.values import Path, Sensitive, Unknown, path_text

FORMAT = "auditor-run/1"
"""Changes when a reader of the former would misread; new optional fields do not change it."""


class RunError(Exception):
    """A stored run that cannot be read: says which, where and why."""


# -- values ---------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """The value as JSON can hold it.

    An unknown is `{"__unknown__": [references]}`, whatever part of it is known (see `known_parts`);
    a sensitive value is `{"__sensitive__": true}`, and nothing in it is looked at.
    """
    kind = type(value)
    if kind is str or kind is bool or kind is int or value is None:
        return value
    if isinstance(value, Unknown):
        return {"__unknown__": [str(ref) for ref in value.refs]}
    if isinstance(value, Sensitive):
        return {"__sensitive__": True}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    return _number(value)


def _number(value: Any) -> Any:
    """A whole number as int, another as float; anything else is a bug of the source."""
    if isinstance(value, float | Decimal):
        return int(value) if value == int(value) else float(value)
    if isinstance(value, int | str):
        return value
    raise TypeError(f"{type(value).__name__} is not a value that a resource can hold")


def known_parts(value: Any, path: Path = ()) -> dict[str, Any]:
    """What is known of each unknown in a tree: path as text → one of four shapes.

    `{"parts": ["arn:", {"__unknown__": […]}]}` (a string with holes), `{"items": […]}` (elements
    it certainly has), `{"entries": {…}}`, `{"one_of": […]}`. Unknowns without any are left out.
    """
    found: dict[str, Any] = {}
    for where, unknown in unknowns_at(value, path):
        for shape in ("parts", "items", "entries", "one_of"):
            part = getattr(unknown, shape)
            if part is not None:
                found[path_text(where)] = {shape: plain(part)}
    return found


def unknowns_at(value: Any, path: Path = ()) -> Iterator[tuple[Path, Unknown]]:
    """Every unknown leaf of a tree with its path; sensitive values are not looked into."""
    if isinstance(value, Unknown):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from unknowns_at(item, (*path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from unknowns_at(item, (*path, index))


# -- the document ---------------------------------------------------------------------------------


@dataclass(slots=True)
class SourceEntry:
    """One thing that was judged: a root module, a plan, a state or an account.

    kind: `hcl`, `plan`, `state` or `live`.
    root: the root module's folder in the repository (`.` is the repository itself); for `live`
        `aws:<account>`. With an address it names a resource for good.
    file: the plan or state that was read.
    stand_alone: a module that nothing calls, judged on its own defaults.
    fail_on: the severity from which a finding fails the run, or `never`.
    how: how it was chosen, as a sentence.
    moved: the `moved` blocks of its modules, with which it is compared with another version.
    """

    kind: str
    root: str
    environment: str | None = None
    workspace: str | None = None
    file: str | None = None
    var_files: list[str] = field(default_factory=list)
    account: str | None = None
    regions: list[str] = field(default_factory=list)
    stand_alone: bool = False
    resources: int = 0
    fail_on: str = "medium"
    how: str = ""
    moved: list[Move] = field(default_factory=list)


@dataclass(slots=True)
class ResourceEntry:
    """A resource that was judged, or could have been. `calls`: module calls, outermost first.

    arn: where it is known, as in a state or a live account.
    """

    address: str
    type: str
    source: int
    location: Location | None = None
    calls: list[ModuleCall] = field(default_factory=list)
    region: str | None = None
    account: str | None = None
    arn: str = ""


@dataclass(slots=True)
class Evidence:
    """An attribute that a rule read.

    address: the resource it is of; empty for the one that was judged.
    origin: `set`, `default` (the provider's, as the argument is not set), `computed` (AWS decides)
        or `absent`.
    via: how the value got there, from the attribute backwards.
    known: see `known_parts`, where the value holds unknowns; paths start at the attribute, so that
        the attribute's own is "".
    """

    attribute: str
    value: Any = None
    origin: str = "set"
    address: str = ""
    location: Location | None = None
    via: list[Step] = field(default_factory=list)
    known: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class FindingEntry:
    """A violation. `message` continues the address; `waiver` is an index into `waivers`.

    code: the lines at `location`, the first few of them, without secrets.
    note: something to know about it, such as a suppression that has expired.
    change: `new`, `worse` or `same`, where the run is compared with another.
    """

    message: str
    fingerprint: str
    attribute: str = ""
    key: str = ""
    location: Location | None = None
    code: list[str] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    more_evidence: int = 0
    related: list[str] = field(default_factory=list)
    waiver: int | None = None
    note: str = ""
    change: str = ""


@dataclass(slots=True)
class Cause:
    """What an undetermined verdict hangs on: references, or a sentence, or both."""

    reason: str
    refs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class VerdictEntry:
    """What one rule says of one resource: `pass`, `fail`, `undetermined`, `waived`, `error`.

    `not_applicable` is the sixth: the rule does not speak about it, or a prerequisite failed.
    resource: None where it could not be listed; `reason` says why.
    fingerprint: of a verdict that is undetermined or an error; findings have their own.
    evidence: what was read, for a verdict without findings that is no pass.
    change: where the run is compared with another, of what fails, is undetermined or crashed:
        `new`, `worse` (more severe, further findings, formerly undetermined), `same`, or
        `unjudged` (the rule was not run on the resource then, though both were there).
    """

    rule: str
    status: str
    severity: str
    address: str = ""
    resource: int | None = None
    source: int = 0
    fingerprint: str = ""
    reason: str = ""
    findings: list[FindingEntry] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    waiver: int | None = None
    note: str = ""
    change: str = ""


@dataclass(slots=True)
class WaiverEntry:
    """A suppression in code or an entry of the waiver file.

    kind: `comment` or `file`. tool: whose comment it is (`auditor`, `checkov`, `trivy`, `tfsec`).
    rules: as written. resource: the glob of a waiver file.
    state: `active`, `expired`, `unused`, or `invalid` (not honoured; `because` says why).
    verdicts: how many verdicts or findings it waives.
    """

    kind: str
    rules: list[str]
    state: str
    reason: str = ""
    until: str | None = None
    location: Location | None = None
    tool: str = "auditor"
    because: str = ""
    resource: str = ""
    environment: str = ""
    owner: str = ""
    ticket: str = ""
    verdicts: int = 0


@dataclass(slots=True)
class ProblemEntry:
    """Something wrong with the input. `error` makes the run incomplete, `warning` does not."""

    level: str
    code: str
    summary: str
    detail: str = ""
    location: Location | None = None
    source: int | None = None


@dataclass(slots=True)
class GapEntry:
    """A part of what was asked for that could not be read. `types`: what it may hold; all if []."""

    what: str
    because: str
    types: list[str] = field(default_factory=list)
    location: Location | None = None
    region: str | None = None
    source: int | None = None


@dataclass(slots=True)
class CallEntry:
    """All calls of one AWS API in one region, and how many of them ended how.

    call: `rds.describe_db_instances`. actions: the IAM actions it needs. because: why one did not
    end well, and what to do. requests: with pages and retries. seconds: in all threads.
    """

    call: str
    region: str
    ok: int = 0
    denied: int = 0
    throttled: int = 0
    failed: int = 0
    skipped: int = 0
    requests: int = 0
    seconds: float = 0.0
    because: str = ""
    error: str = ""
    actions: list[str] = field(default_factory=list)
    source: int | None = None


@dataclass(slots=True)
class RuleEntry:
    """A rule that was run, with everything people are told about it."""

    id: str
    title: str
    severity: str
    family: str
    why: str
    fix: str
    source: str
    service: str = ""
    types: list[str] = field(default_factory=list)
    aliases: dict[str, list[str]] = field(default_factory=dict)
    frameworks: dict[str, list[str]] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    where: list[str] = field(default_factory=list)
    production: bool = False
    requires: list[str] = field(default_factory=list)
    covered_by: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Summary:
    """Counts that reconcile: `statuses` add up to `verdicts`; `failed` to `statuses["fail"]`.

    failed, undetermined: by severity. findings: violations not waived (a verdict may have many).
    incomplete: why the run does not cover what was asked for, one sentence each; [] when it does.
    """

    resources: int = 0
    verdicts: int = 0
    findings: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    undetermined: dict[str, int] = field(default_factory=dict)
    incomplete: list[str] = field(default_factory=list)


OK = "ok"
FIXED_IN_CODE = "fixed_in_code"
NEXT_APPLY_BREAKS = "next_apply_breaks"
OPEN_ON_BOTH = "open_on_both"
UNDETERMINED = "undetermined"
WAIVED = "waived"

SIDE_TEXTS = {
    OK: "ok",
    FIXED_IN_CODE: "fixed in code, still open live",
    NEXT_APPLY_BREAKS: "safe live, next apply breaks it",
    OPEN_ON_BOTH: "open on both",
    UNDETERMINED: "undetermined on a side",
    WAIVED: "waived",
}
"""The states as people read them."""


@dataclass(slots=True)
class SideEntry:
    """One rule on one resource that is both in code and in the account.

    code, live: indexes into `verdicts`. state: `ok`; `fixed_in_code` (still open live until the
    next apply); `next_apply_breaks` (safe live); `open_on_both`; `undetermined` (on a side);
    `waived` (what fails is waived).
    """

    rule: str
    address: str
    live_address: str
    state: str
    severity: str
    code: int = 0
    live: int = 0


@dataclass(slots=True)
class UnmatchedEntry:
    """A resource in code of which it cannot be told which one in the account it is."""

    address: str
    because: str
    source: int = 0


@dataclass(slots=True)
class FixedEntry:
    """A violation that the run compared with has, and this one certainly has not.

    removed: its resource is gone, or its root module.
    """

    rule: str
    severity: str
    address: str
    root: str
    message: str
    fingerprint: str
    environment: str | None = None
    attribute: str = ""
    removed: bool = False


@dataclass(slots=True)
class Comparison:
    """What the run is compared with (`kind`: `ref` or `baseline`), and what came out.

    against: the ref as it was asked for, or the stored run's file. commit: the merge base.
    new, worse, same: failing findings, not counting waived ones. Only new and worse ones decide
    the exit code. notes: what could not be compared, or not in full.
    """

    kind: str
    against: str
    commit: str = ""
    new: int = 0
    worse: int = 0
    same: int = 0
    fixed: list[FixedEntry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """One scan. `started` is UTC in ISO 8601, `seconds` its duration.

    options: what was asked for; of `--var` only the names.
    """

    version: str
    started: str
    format: str = FORMAT
    tool: str = "auditor"
    seconds: float = 0.0
    options: dict[str, Any] = field(default_factory=dict)
    comparison: Comparison | None = None
    summary: Summary = field(default_factory=Summary)
    environments: list[str] = field(default_factory=list)
    sources: list[SourceEntry] = field(default_factory=list)
    resources: list[ResourceEntry] = field(default_factory=list)
    verdicts: list[VerdictEntry] = field(default_factory=list)
    problems: list[ProblemEntry] = field(default_factory=list)
    gaps: list[GapEntry] = field(default_factory=list)
    waivers: list[WaiverEntry] = field(default_factory=list)
    calls: list[CallEntry] = field(default_factory=list)
    sides: list[SideEntry] = field(default_factory=list)
    unmatched: list[UnmatchedEntry] = field(default_factory=list)
    rules: list[RuleEntry] = field(default_factory=list)


# -- writing and reading --------------------------------------------------------------------------


def write(run: Run, stream: IO[str]) -> None:
    """Writes the run as JSON, an element of each list a line, in pieces (never one big string)."""
    encode = json.JSONEncoder(ensure_ascii=False, default=_Encoding()).encode
    lead = "{"
    for each in fields(run):
        value = getattr(run, each.name)
        stream.write(f'{lead}\n"{each.name}": ')
        lead = ","
        if not isinstance(value, list) or not value:
            stream.write(encode(value))
            continue
        stream.write("[\n")
        for index, item in enumerate(value):
            text = _encode_pass(item) if _is_plain_pass(item) else encode(item)
            stream.write(f",\n{text}" if index else text)
        stream.write("\n]")
    stream.write("\n}\n")


def _is_plain_pass(item: Any) -> bool:
    if type(item) is not VerdictEntry or item.status != "pass":
        return False
    return item.resource is not None and not item.change


def dumps(run: Run) -> str:
    """The run as JSON text (see `write`)."""
    import io

    stream = io.StringIO()
    write(run, stream)
    return stream.getvalue()


class _Encoding:
    """Gives the JSON encoder a dict for a dataclass, without fields that are at their default."""

    def __init__(self) -> None:
        self._plans: dict[type, tuple[tuple[str, Any], ...]] = {}

    def __call__(self, entry: Any) -> dict[str, Any]:
        kind = type(entry)
        plan = self._plans.get(kind)
        if plan is None:
            plan = self._plans[kind] = _plan(kind)
        made = {}
        for name, default in plan:
            value = getattr(entry, name)
            if value != default:
                made[name] = value
        return made


def _plan(kind: type) -> tuple[tuple[str, Any], ...]:
    """(field, default) in order; a default of `MISSING` is that of fields that are always there."""
    return tuple(
        (each.name, MISSING if kind is Summary or each.name == "source" else _default(each))
        for each in fields(kind)
    )


def _default(each: Any) -> Any:
    return each.default_factory() if each.default_factory is not MISSING else each.default


_PASS = (
    '{{"rule": {}, "status": "pass", "severity": "{}", "address": {}, "resource": {}, '
    '"source": {}}}'
)


def _encode_pass(verdict: VerdictEntry) -> str:
    """What `_Encoding` makes of a pass; most verdicts are one, and this takes a fifth of it."""
    rule, address = _QUOTED(verdict.rule), _QUOTED(verdict.address)
    return _PASS.format(rule, verdict.severity, address, verdict.resource, verdict.source)


_QUOTED: Callable[[str], str] = json.encoder.encode_basestring


def load(text: str | bytes, name: str = "the run") -> Run:
    """A stored run read back. Raises `RunError`, which names the key that is wrong."""
    from pydantic import TypeAdapter, ValidationError

    try:
        run = TypeAdapter(Run).validate_json(text)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise RunError(
            f"{name} is not a run of auditor: {where + ': ' if where else ''}{first['msg']}"
        ) from invalid
    if run.format != FORMAT:
        raise RunError(f"{name} has the format {run.format!r}; this version reads {FORMAT!r}")
    return run


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the run document."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(Run).json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{FORMAT.replace('/', ':')}",
        **schema,
    }
