"""Code evaluated, one root module at a time, so that a failure in one leaves the others.

Also plans and states, with the code beside them for lines and causes.
"""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.model import Model, Settings
from auditor.resource import Gap, Location, Problem, Resource
from auditor.targets import Inputs, Target, UsageError, options_for, place_of

if TYPE_CHECKING:
    from auditor.named_state import NamedState
    from auditor.terraform import Configuration
    from auditor.terraform.documents import Document
    from auditor.terraform.load import Project


def evaluated(target: Target, inputs: Inputs, project: Project) -> Configuration:
    """The target's root module, evaluated.

    The evaluator takes whatever is in a folder; should it fail all the same, that is a bug of
    ours, and the root is a problem and a gap instead of the end of the scan.
    """
    from auditor.terraform import evaluate_root

    assert target.folder is not None
    try:
        return evaluate_root(target.folder, options_for(target, inputs, project), project)
    except Exception as error:  # the boundary of one root: it becomes a problem
        if os.environ.get("AUDITOR_DEBUG"):
            traceback.print_exception(error)
        return _failed(target, error, project)


def _failed(target: Target, error: Exception, project: Project) -> Configuration:
    from auditor.terraform import Configuration

    folder = str(target.folder)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    at = f"{os.path.basename(frame.filename)}:{frame.lineno}"
    why = (
        f"{type(error).__name__} at {at}. This is a bug in auditor; please report it "
        "(AUDITOR_DEBUG=1 shows the details, which may hold values of the configuration)"
    )
    shown = project.boundary.shown(folder)
    return Configuration(
        folder,
        shown,
        problems=[Problem("error", "internal-error", f"{shown} could not be evaluated", why)],
        gaps=[Gap(shown, "auditor failed on it")],
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """A plan or state that was read: what its model is made of, once the classes are imported."""

    resources: list[Resource]
    problems: list[Problem]
    gaps: list[Gap]
    settings: Settings
    source: str
    label: str
    files: list[str] = field(default_factory=list)
    """The code beside it, whose comments speak of it too."""

    def model(self) -> Model:
        """The resources as a model that rules can judge."""
        return Model(
            self.resources,
            problems=self.problems,
            gaps=self.gaps,
            settings=self.settings,
            source=self.source,
            label=self.label,
        )


def planned(path: Path, target: Target, inputs: Inputs, project: Project) -> Reading:
    """A plan file, with places from the target's code. Raises `UsageError`."""
    from auditor.terraform.documents import DocumentError
    from auditor.terraform.plan import read_plan

    files: list[str] = []

    def code(variables: Mapping[str, Any]) -> Mapping[str, Resource]:
        given = {name: _argument(value) for name, value in variables.items() if value is not None}
        asked = replace(inputs, variables={**given, **inputs.variables})
        beside = _Beside.of(target, asked, project)
        files.extend(beside.files)
        return beside.resources

    try:
        return _reading(read_plan(path, code), target, path, "plan", files)
    except DocumentError as wrong:
        raise UsageError(str(wrong)) from wrong


def stored(path: Path, target: Target, inputs: Inputs, project: Project) -> Reading:
    """A state file, with places from the target's code. Raises `UsageError`."""
    from auditor.terraform.documents import DocumentError
    from auditor.terraform.state import read_state

    try:
        beside = _Beside.of(target, inputs, project)
        found = read_state(path, beside.resources)
    except DocumentError as wrong:
        raise UsageError(str(wrong)) from wrong
    return _reading(found, target, path, "state", beside.files)


def stored_at(named: NamedState, inputs: Inputs, project: Project) -> Reading:
    """The state that the settings name, with places from the target's code.

    Raises `StateError`.
    """
    beside = _Beside.of(named.target, inputs, project)
    found = named.read(beside.resources)
    return replace(
        _reading(found, named.target, named.file, "state", beside.files), label=named.what
    )


def _argument(value: Any) -> str:
    """A plan's variable as `--var` takes it: text as it is, anything else as an expression."""
    return value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True, slots=True)
class _Beside:
    """The code beside a plan or state: its resources by address, and its files."""

    resources: Mapping[str, Resource] = field(default_factory=dict)
    files: Sequence[str] = ()

    @classmethod
    def of(cls, target: Target, inputs: Inputs, project: Project) -> _Beside:
        """The target's; nothing where its code is not at hand."""
        if target.folder is None:
            return cls()
        found = evaluated(target, inputs, project)
        return cls({resource.address: resource for resource in found.resources}, found.files)


def _reading(
    found: Document, target: Target, path: Path | None, source: str, files: Sequence[str]
) -> Reading:
    problems = list(found.problems)
    if target.folder is None and found.resources:
        problems.append(_no_code(path, source))
    place = place_of(target)
    return Reading(found.resources, problems, found.gaps, place, source, str(path), [*files])


def _no_code(path: Path | None, source: str) -> Problem:
    return Problem(
        "warning",
        "code-not-found",
        f"The code of the {source} is not at hand",
        "Findings have no lines, and what unknown values hang on is less exact. Give PATH, the "
        "folder of its root module",
        Location(str(path)) if path else None,
    )
