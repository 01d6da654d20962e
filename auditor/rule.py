"""Rules: small functions that say what is wrong with one resource.

::

    @rule("ENC-RDS-INSTANCE", severity="high", on=DbInstance, family="encryption",
          aliases={"checkov": "CKV_AWS_16"}, frameworks={"fsbp": "RDS.3"})
    def storage_in_the_clear(db: DbInstance) -> Finding | None:
        \"\"\"DB instances encrypt their storage.

        Why: snapshots, replicas and the disk itself can be read by whoever gets at them.
        Fix: set `storage_encrypted = true` (it forces a new instance: restore from an encrypted
        copy of a snapshot).
        Source: RDS API, DBInstance.StorageEncrypted; provider default false.
        \"\"\"
        if not db.storage_encrypted:
            return db.finding("does not encrypt its storage", at="storage_encrypted")
        return None

A rule returns a finding, `None` (pass), or `not_applicable("why")`; or it is a generator that
yields a finding for each violation. Keyword-only arguments are its parameters, which
`auditor.toml` can set per environment. A rule never asks where a resource came from, and never
handles unknown values: what it cannot know raises `Undetermined`, which becomes the verdict.
Findings that were yielded before the doubt stand: a certain violation wins.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from functools import lru_cache
from types import ModuleType
from typing import Any, TypeVar

from auditor.records import dataclass
from auditor.resource import Resource

SEVERITIES = ("info", "low", "medium", "high", "critical")
"""Rising. `info` informs and never decides an exit code unless asked to."""

FAMILIES = (
    "encryption",
    "network",
    "iam",
    "high-availability",
    "backup",
    "logging",
    "secrets",
    "waf",
    "operations",
)

F = TypeVar("F", bound=Callable[..., Any])


class RuleError(Exception):
    """A rule that is not well formed, or cannot be loaded: says which, where and what to do."""


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """The rule does not speak about this resource; `because` says why."""

    because: str


def not_applicable(because: str) -> NotApplicable:
    """What a rule returns for a resource that it does not speak about."""
    return NotApplicable(because)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: what it judges, how, and everything people are told about it.

    on: the classes it judges, each instance by itself. reads: further classes that it asks for
    through links; nothing else may be asked for, so that the live reader knows what to read.
    details: attributes of its classes that it reads and AWS has a call of its own for (`tags` of a
    queue); the live reader leaves those out that no rule names, and they are unknown then.
    aliases: peer tool → ids there. frameworks: framework → requirements.
    production: it fails production and informs elsewhere, unless a policy says otherwise.
    requires: ids of rules that must pass first on the same resource, so that one root cause gives
    one finding.
    covered_by: ids of rules whose finding at the same place says what one of this rule says. The
    verdict fails all the same; the text report tells it there.
    where: sources that it can judge: `code` (HCL, plan, state) and `live`.
    text: the check's docstring; title, why, fix and source are read from it when asked for, as
    most rules of a run are never shown.
    """

    id: str
    check: Callable[..., Any]
    severity: str
    on: tuple[type[Resource], ...]
    reads: tuple[type[Resource], ...]
    family: str
    text: str
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    frameworks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    covered_by: tuple[str, ...] = ()
    production: bool = False
    where: tuple[str, ...] = ("code", "live")
    defined: str = ""
    details: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What it demands, in a line."""
        return _sections(self.text)[0]

    @property
    def why(self) -> str:
        """What may happen where it fails."""
        return _sections(self.text)[1]["Why"]

    @property
    def fix(self) -> str:
        """What to write instead."""
        return _sections(self.text)[1]["Fix"]

    @property
    def source(self) -> str:
        """Where the facts come from."""
        return _sections(self.text)[1]["Source"]

    @property
    def service(self) -> str:
        """The AWS service in its id: `rds` of `ENC-RDS-INSTANCE`."""
        return self.id.split("-")[1].lower() if "-" in self.id else ""


def rule(
    id: str,
    *,
    severity: str,
    on: type[Resource] | tuple[type[Resource], ...],
    family: str,
    reads: tuple[type[Resource], ...] = (),
    aliases: Mapping[str, str] | None = None,
    frameworks: Mapping[str, str] | None = None,
    requires: tuple[str, ...] = (),
    covered_by: tuple[str, ...] = (),
    production: bool = False,
    where: tuple[str, ...] = ("code", "live"),
    details: tuple[str, ...] = (),
) -> Callable[[Callable[..., Any]], Rule]:
    """Makes a `Rule` of a function; see the module's text for its shape.

    `aliases` and `frameworks` hold ids separated by spaces. The docstring's first line is the
    title; `Why:`, `Fix:` and `Source:` are required.
    """

    def make(check: Callable[..., Any]) -> Rule:
        place = f"{check.__module__}.{check.__qualname__}"
        if severity not in SEVERITIES:
            raise RuleError(f"{id} ({place}): severity {severity!r} is none of {SEVERITIES}")
        if family not in FAMILIES:
            raise RuleError(f"{id} ({place}): family {family!r} is none of {FAMILIES}")
        text = check.__doc__ or ""
        filled = _FILLED.findall(text)
        missing = [name for name in ("Why", "Fix", "Source") if name not in filled]
        if missing or not text.strip() or _SECTION.match(text.lstrip()):
            lacks = ", ".join(missing) or "a title"
            raise RuleError(f"{id} ({place}): its docstring lacks {lacks}")
        parameters = dict(check.__kwdefaults__ or {})
        if len(parameters) < check.__code__.co_kwonlyargcount:
            raise RuleError(f"{id} ({place}): each of its parameters needs a default")
        return Rule(
            id=id,
            check=check,
            severity=severity,
            on=on if isinstance(on, tuple) else (on,),
            reads=reads,
            family=family,
            text=text,
            aliases=_ids(aliases),
            frameworks=_ids(frameworks),
            parameters=parameters,
            requires=requires,
            covered_by=covered_by,
            production=production,
            where=where,
            defined=place,
            details=details,
        )

    return make


def rules_in(module: ModuleType) -> list[Rule]:
    """The rules that a module defines, in the order of their definition."""
    found: list[Rule] = []
    for value in vars(module).values():
        if isinstance(value, Rule):
            found.append(value)
        elif isinstance(value, tuple):  # rules that one table makes
            found += [each for each in value if isinstance(each, Rule)]
    return found


def by_id(rules: Iterable[Rule]) -> dict[str, Rule]:
    """Rules by id. Raises `RuleError` when two have the same."""
    table: dict[str, Rule] = {}
    for each in rules:
        if each.id in table:
            raise RuleError(f"{each.id} is defined twice: {table[each.id].defined}, {each.defined}")
        table[each.id] = each
    return table


def _ids(table: Mapping[str, str] | None) -> dict[str, tuple[str, ...]]:
    return {name: tuple(ids.split()) for name, ids in (table or {}).items()}


_SECTION = re.compile(r"^(Why|Fix|Source):\s*", re.MULTILINE)
_FILLED = re.compile(r"^\s*(Why|Fix|Source):\s*(?!Why:|Fix:|Source:)\S", re.MULTILINE)


@lru_cache(maxsize=1024)
def _sections(docstring: str) -> tuple[str, Mapping[str, str]]:
    """The title, and the sections by name."""
    pieces = _SECTION.split(inspect.cleandoc(docstring))
    title = pieces[0].strip().split("\n\n")[0].replace("\n", " ").rstrip(".")
    named = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    return title, {name: _paragraph(body) for name, body in named.items()}


def _paragraph(text: str) -> str:
    return re.sub(r"(?<!\n)\n(?!\n|[-*] |```)", " ", text.strip())
