"""What an evaluated root module says: the resources and everything that a scan reports besides."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from typing import TYPE_CHECKING, Any

from auditor.records import dataclass
from auditor.resource import Gap, Location, Problem, Resource, Step
from auditor.terraform import cty
from auditor.terraform.boundary import Boundary, Refused
from auditor.terraform.cty import TerraformError, Value
from auditor.terraform.declarations import Declared, Module
from auditor.terraform.declaring import location
from auditor.terraform.evaluate import Evaluation
from auditor.terraform.instances import ResourceGroup, ResourceInstance, merged_tags
from auditor.terraform.load import Project
from auditor.terraform.module_instance import ModuleInstance
from auditor.terraform.plain import to_plain
from auditor.terraform.provenance import FromCode
from auditor.terraform.providers import ProviderConfig
from auditor.terraform.scope import Scope
from auditor.terraform.settings import Options
from auditor.terraform.tree import plain_block
from auditor.terraform.variables import Given, collect
from auditor.values import Sensitive, Unknown, reveal

if TYPE_CHECKING:
    from auditor.model import Model

TOLERATED = frozenset({"undeclared-variable", "check-failed", "tofu-file-ignored", "empty-module"})
"""Codes of problems that Terraform itself merely warns of, or does not mention."""


@dataclass(frozen=True, slots=True)
class OutputValue:
    """A root output. `value` is a plain tree; `raw` has its type."""

    name: str
    value: Any
    raw: Value
    sensitive: bool
    location: Location | None


@dataclass(frozen=True, slots=True)
class VariableValue:
    """A root variable: its value, who set it, and whether it is required and nobody did."""

    name: str
    value: Any
    step: Step | None
    is_set: bool
    required: bool
    sensitive: bool
    location: Location | None


@dataclass(frozen=True, slots=True)
class CalledModule:
    """A module call with its place, the folder it names (None: not there) and its instances."""

    address: str
    source: str | None
    folder: str | None
    location: Location | None
    instances: int


@dataclass(frozen=True, slots=True)
class ProviderUse:
    """A provider configuration of the root: name, alias, region, and all that is configured."""

    name: str
    alias: str
    region: Any
    attributes: Mapping[str, Any]
    location: Location | None


@dataclass(frozen=True, slots=True)
class StateBackend:
    """Where the state is kept: type and arguments as far as they are constant."""

    type: str
    attributes: Mapping[str, Any]
    location: Location | None


@dataclass(frozen=True, slots=True)
class Moved:
    """A `moved` block, its addresses absolute from the root."""

    from_: str
    to: str
    location: Location | None


@dataclass(slots=True)
class Configuration:
    """A root module, evaluated.

    resources: managed resource instances. data: data source instances. folder: real path.
    """

    folder: str
    shown: str
    resources: list[Resource] = field(default_factory=list)
    data: list[Resource] = field(default_factory=list)
    outputs: dict[str, OutputValue] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    modules: list[CalledModule] = field(default_factory=list)
    providers: list[ProviderUse] = field(default_factory=list)
    variables: dict[str, VariableValue] = field(default_factory=dict)
    moved: list[Moved] = field(default_factory=list)
    imports: dict[str, str] = field(default_factory=dict)
    """Addresses of resources that `import` blocks take over, to their ids."""
    backend: StateBackend | None = None
    files: list[str] = field(default_factory=list)
    stand_alone: bool = False
    root: ModuleInstance | None = None

    @property
    def refused(self) -> list[Problem]:
        """The problems for which Terraform itself would refuse the configuration."""
        return [p for p in self.problems if p.code not in TOLERATED]

    def model(self) -> Model:
        """The managed resources as a model that rules can judge."""
        from auditor.model import Model

        settings = self.root.run.options.settings if self.root is not None else None
        return Model(
            self.resources,
            problems=self.problems,
            gaps=self.gaps,
            settings=settings,
            source="hcl",
            label=self.shown,
            data=self.data,
        )


def evaluate_root(
    path: str | os.PathLike[str], options: Options | None = None, project: Project | None = None
) -> Configuration:
    """Evaluates the root module in a folder. Never raises for what is in the folder.

    project: pass the same one for several roots, so that what they share is read once.
    """
    with _no_collection():
        return _evaluate(path, options or Options(), project)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without the cycle collector: an evaluation makes a great many objects and keeps them all.

    At 20,000 resources it takes a third of the time otherwise.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _evaluate(
    path: str | os.PathLike[str], options: Options, project: Project | None
) -> Configuration:
    if project is None:
        project = Project(Boundary(path, options.root), tofu=options.tofu)
    folder = os.path.abspath(path)
    try:
        real = project.boundary.resolve(folder)
    except Refused as refused:
        wrong = Problem("error", refused.code, "Folder not read", refused.why)
        return Configuration(folder, str(path), problems=[wrong])
    module = project.module(real)
    inputs = collect(
        project,
        module,
        environment=options.environment,
        var_files=options.var_files,
        arguments=options.arguments,
    )
    evaluation = Evaluation(project, module, options, inputs.given)
    for problem in inputs.problems:
        evaluation.report(problem)
    evaluation.run()
    return _configuration(evaluation, module, options, inputs.given)


def _configuration(
    evaluation: Evaluation, module: Module, options: Options, inputs: Mapping[str, Given]
) -> Configuration:
    root = evaluation.root
    found = Configuration(module.folder, module.shown, stand_alone=options.stand_alone, root=root)
    _gather(found, root, options)
    found.outputs = {name: _output(root, name) for name in module.outputs}
    found.variables = {name: _variable(root, name, inputs) for name in module.variables}
    found.providers = [_provider(root, key) for key in module.providers]
    found.backend = _backend(module, evaluation)
    found.imports = {address: value.v for address, value in evaluation.imported().items()}
    found.problems = list(evaluation.problems.values())
    found.gaps += evaluation.gaps + _file_gaps(evaluation)
    return found


def _gather(found: Configuration, module: ModuleInstance, options: Options) -> None:
    """Adds what a module instance and those under it hold."""
    for move in module.module.moves:
        found.moved.append(
            Moved(module.absolute(move.from_), module.absolute(move.to), location(move.span))
        )
    found.files += [name for name in module.module.files if name not in found.files]
    for group in module.groups.values():
        for instance in group.instances:
            if group.declared.mode == "ephemeral":
                continue
            resource = _resource(group, instance, options)
            damage = _damage(module, group.declared)
            if damage is not None and group.declared.mode == "managed":
                found.gaps.append(_unjudged(resource, damage))
                continue
            (found.data if group.declared.mode == "data" else found.resources).append(resource)
    for call_group in module.calls.values():
        call = call_group.call
        code = call_group.module
        found.modules.append(
            CalledModule(
                module.absolute(f"module.{call.name}"),
                call.source,
                code.folder if code else None,
                location(call.block.header_span),
                len(call_group.instances),
            )
        )
        for instance_ in call_group.instances.values():
            _gather(found, instance_, options)


def _resource(group: ResourceGroup, instance: ResourceInstance, options: Options) -> Resource:
    data = plain_block(instance.block)
    for name, value in instance.computed.items():
        data[name] = to_plain(value)
    if group.declared.mode == "managed":
        _tag(data, group, instance)
    exists: Any = True
    if instance.exists is not None:
        cause = to_plain(instance.exists)
        exists = cause if isinstance(cause, Unknown) else Unknown(cty.refs_of(instance.exists))
    return Resource(
        instance.address,
        group.declared.type,
        data,
        source="hcl",
        provenance=FromCode(instance),
        exists=exists,
        region=_region(group, data),
        account=options.settings.account_id,
        ignore_changes=group.declared.ignore_changes,
        stand_alone=options.stand_alone,
    )


def _tag(data: dict[str, Any], group: ResourceGroup, instance: ResourceInstance) -> None:
    """`tags_all`, where the code or the provider sets any tags."""
    if group.declared.body.attributes.get("tags_all") is not None:
        return
    try:
        tags = merged_tags(instance)
    except TerraformError as wrong:
        group.module.run.refuse(wrong)
        return
    if tags is not None:
        data["tags_all"] = to_plain(tags)


def _region(group: ResourceGroup, data: Mapping[str, Any]) -> str | None:
    own = data.get("region")
    if isinstance(own, str):
        return own
    try:
        region = group.provider.region if group.provider is not None else None
    except TerraformError as wrong:
        group.module.run.refuse(wrong)
        return None
    return region if isinstance(region, str) else None


def _output(root: ModuleInstance, name: str) -> OutputValue:
    declared = root.module.outputs[name]
    raw = root.outputs.get(name)
    if raw is None:
        raw = cty.unknown(cty.NULL.ty, because=f"output {name} cannot be evaluated")
    sensitive = declared.sensitive or bool(cty.deep_marks(raw) & cty.SENSITIVE)
    plain = to_plain(raw)
    if sensitive and not isinstance(plain, Sensitive):
        plain = Sensitive(plain)
    return OutputValue(name, plain, raw, sensitive, location(declared.block.header_span))


def _variable(root: ModuleInstance, name: str, inputs: Mapping[str, Given]) -> VariableValue:
    declared = root.module.variables[name]
    given = inputs.get(name)
    raw = root.values.get(("var", name))
    return VariableValue(
        name,
        to_plain(raw) if raw is not None else Unknown(because=f"var.{name} cannot be evaluated"),
        given.step if given is not None else None,
        given is not None,
        declared.default is None,
        declared.sensitive,
        location(declared.block.header_span),
    )


def _provider(root: ModuleInstance, key: tuple[str, str]) -> ProviderUse:
    config: ProviderConfig = root.providers.find(*key)
    try:
        region, attributes = config.region, config.attributes()
    except TerraformError as wrong:
        root.run.refuse(wrong)
        region, attributes = None, {}
    return ProviderUse(*key, region, attributes, config.location)


def _backend(module: Module, evaluation: Evaluation) -> StateBackend | None:
    """The backend's arguments: constants only, as Terraform wants them."""
    from auditor.terraform.blocks import plan_body

    if module.backend is None:
        return None
    block = module.backend.block
    value = plan_body(block.body, None).run(Scope(), evaluation.report)
    attributes = reveal(plain_block(value))
    return StateBackend(module.backend.type, attributes, location(block.header_span))


def _damage(module: ModuleInstance, declared: Declared) -> Problem | None:
    """A syntax error inside a resource's block: what was lost there may be what matters."""
    broken = [p for p in module.module.problems if p.code == "syntax-error" and p.location]
    if not broken:
        return None
    block = declared.block
    place = location(block.source.span(block.start, block.end))
    for problem in broken:
        at = problem.location
        if at and place and at.file == place.file and place.line <= at.line <= place.end_line:
            return problem
    return None


def _unjudged(resource: Resource, damage: Problem) -> Gap:
    types, place = frozenset({resource.type}), resource.provenance.trace(()).location
    return Gap(resource.address, f"its block has an error: {damage.summary}", types, location=place)


_UNREAD = frozenset(
    {"syntax-error", "unreadable", "too-large", "not-a-file", "binary-file", "outside-root",
     "too-many-files"}
)  # fmt: skip


def _file_gaps(evaluation: Evaluation) -> list[Gap]:
    """Files of which something could not be read: whatever is in them may be missing."""
    found: dict[str, Gap] = {}
    for problem in evaluation.problems.values():
        if problem.location is None or problem.code not in _UNREAD:
            continue
        if problem.location.line == 0 or problem.code == "syntax-error":
            what = problem.location.file
            why = f"{problem.summary}: {problem.detail}" if problem.detail else problem.summary
            found.setdefault(what, Gap(what, why, location=problem.location))
    return list(found.values())
