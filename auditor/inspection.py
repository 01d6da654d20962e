"""What was understood of Terraform, as one tree for JSON: the ground that every verdict stands on.

::

    {"format": "auditor-inspect/1", "incomplete": false, "roots": [{
      "root": "environments/prod", "environment": "prod", "workspace": "default",
      "stand_alone": false, "valid": true,
      "resources": [{
        "address": "module.db.aws_db_instance.main[0]", "type": "aws_db_instance",
        "mode": "managed", "exists": true,
        "module": [{"address": "module.db", "location": {…}}],
        "location": {"file": "modules/db/main.tf", "line": 3, "column": 1, …},
        "attributes": {"storage_encrypted": {"__unknown__": ["var.enc"]}, …},
        "known_parts": {"policy": {"parts": ["…", {"__unknown__": ["…"]}]}},
        "unknown_because": {"data": "module.x could not be read: …"},
        "positions": {"storage_encrypted": {"file": …, "line": 7, "column": 23, …}, …}
      }],
      "outputs": {"url": {"value": …, "sensitive": false}, "broken": {"error": "…"}},
      "problems": [{"level": "error", "code": "…", "summary": "…", "detail": "…", "location": {…}}],
      "gaps": [{"what": "module.vpc", "because": "…"}]
    }]}

An unknown leaf is `{"__unknown__": [references]}` and nothing else; what is known of it, and its
cause where that is no reference, stand in the maps beside, by path. A sensitive value is
`{"__sensitive__": true}`. `valid` is false where Terraform itself would refuse the configuration;
a problem of level `error` says that a part could not be evaluated, which is not the same (an
unknown `count` is refused by Terraform, and a doubt for us). `exists` is an unknown where `count`
or `for_each` is. `positions` has every attribute and element that stands somewhere of its own.
Files are named from the repository.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from auditor.config import load_config
from auditor.evaluation import evaluated
from auditor.record import Recorder
from auditor.resource import Gap, Location, Problem, Resource
from auditor.run import known_parts, plain, unknowns_at
from auditor.targets import (
    Inputs,
    Target,
    base_of,
    find_targets,
    none_found,
    project_of,
    undeclared,
)
from auditor.values import Path, Sensitive, Unknown, path_text

if TYPE_CHECKING:
    from auditor.terraform.configuration import OutputValue
    from auditor.terraform.load import Project

FORMAT = "auditor-inspect/1"

Json = dict[str, Any]


def inspect(inputs: Inputs) -> Json:
    """Evaluates the roots that are meant and writes them out (see the module's text).

    Raises `UsageError` or `SettingsError`.
    """
    config = load_config(inputs.path, inputs.config)
    project = project_of(inputs)
    targets = [t for t in find_targets(inputs, config, project) if t.folder is not None]
    if not targets:
        raise none_found(inputs)
    writer = _Writer(Recorder(base_of(inputs), ""), project)
    roots = [writer.root(target, inputs) for target in targets]
    roots[0]["problems"] += [writer.problem(p) for p in undeclared(targets, inputs, project)]
    incomplete = any(
        root["gaps"] or any(p["level"] == "error" for p in root["problems"]) for root in roots
    )
    return {"format": FORMAT, "incomplete": incomplete, "roots": roots}


class _Writer:
    """Writes things out, with files named from the repository."""

    def __init__(self, recorder: Recorder, project: Project) -> None:
        self._project = project
        self._place = recorder.place
        self._file = recorder.file

    def root(self, target: Target, inputs: Inputs) -> Json:
        found = evaluated(target, inputs, self._project)
        return {
            "root": self._file(str(target.folder)),
            "environment": target.environment,
            "workspace": target.workspace or "default",
            "stand_alone": target.stand_alone,
            "resources": [
                *(self.resource(each, "managed") for each in found.resources),
                *(self.resource(each, "data") for each in found.data),
            ],
            "outputs": {name: _output(each) for name, each in found.outputs.items()},
            "valid": not found.refused,
            "problems": [self.problem(each) for each in found.problems],
            "gaps": [self.gap(each) for each in found.gaps],
        }

    def resource(self, resource: Resource, mode: str) -> Json:
        provenance, data = resource.provenance, resource.data
        return {
            "address": resource.address,
            "type": resource.type,
            "mode": mode,
            "exists": plain(resource.exists),
            "module": [
                {"address": call.address, "location": self.location(call.location)}
                for call in provenance.calls()
            ],
            "location": self.location(provenance.trace(()).location),
            "attributes": plain(data),
            "known_parts": known_parts(data),
            "unknown_because": {
                path_text(path): unknown.because
                for path, unknown in unknowns_at(data)
                if unknown.because
            },
            "positions": dict(self.positions(resource)),
        }

    def positions(self, resource: Resource) -> Iterator[tuple[str, Json]]:
        """(path, place) of every attribute, block and element that is written somewhere."""
        for path in _paths(resource.data):
            trace = resource.provenance.trace(path)
            if trace.location is not None and not trace.absent:
                yield path_text(path), _json(self._place(trace.location)) or {}

    def location(self, location: Location | None) -> Json | None:
        return _json(self._place(location))

    def problem(self, problem: Problem) -> Json:
        return {
            "level": problem.level,
            "code": problem.code,
            "summary": problem.summary,
            "detail": problem.detail,
            "location": self.location(problem.location),
        }

    def gap(self, gap: Gap) -> Json:
        place = self.location(gap.location)
        return {"what": gap.what, "because": gap.because, "location": place}


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every path in a tree but the root, containers before what is in them."""
    if path:
        yield path
    if isinstance(value, Sensitive):
        return
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _paths(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _paths(item, (*path, index))


def _json(location: Location | None) -> Json | None:
    if location is None:
        return None
    return {
        "file": location.file,
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
        "end_column": location.end_column,
    }


def _output(output: OutputValue) -> Json:
    """The value, or why Terraform would refuse it (or cannot know it for us)."""
    value = output.value.value if isinstance(output.value, Sensitive) else output.value
    if isinstance(value, Unknown) and value.because and not value.refs:
        return {"error": value.because, "sensitive": output.sensitive}
    made: Json = {"value": plain(output.value), "sensitive": output.sensitive}
    known = known_parts(output.value)
    return {**made, "known_parts": known} if known else made
