"""What a command is asked to judge: root modules, each with its environment's settings.

This is where `--env`, auditor.toml and the options of the command line come together; the command
line wins.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.model import Settings
from auditor.repository import repository_of, shown
from auditor.resource import Problem

if TYPE_CHECKING:
    from auditor.config import AwsSettings, Config, EnvironmentSettings, StateSettings
    from auditor.terraform import Options
    from auditor.terraform.load import Project


class UsageError(Exception):
    """The command asks for something that cannot be: says what, and what to do (exit code 2)."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The options that say what is read.

    environment: its name, `all`, or None. boundary: nothing outside of it is read (`--root`);
    None means the repository. variables, var_files, workspace: as with Terraform.
    """

    path: Path = Path(".")
    environment: str | None = None
    config: Path | None = None
    boundary: Path | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    var_files: tuple[Path, ...] = ()
    workspace: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """One root module to be judged, or, without a folder, an environment's account alone.

    environment: its name, where known. stand_alone: a module that nothing calls.
    """

    folder: Path | None
    environment: str | None
    settings: EnvironmentSettings
    var_files: tuple[Path, ...] = ()
    workspace: str | None = None
    stand_alone: bool = False
    how: str = ""

    @property
    def aws(self) -> AwsSettings:
        """How its account is reached."""
        return self.settings.aws

    @property
    def state(self) -> StateSettings | None:
        """Where its state is, if the settings say so."""
        return self.settings.state


def base_of(inputs: Inputs) -> Path:
    """The folder that files are named from: the repository, or the boundary that was given."""
    if inputs.boundary is not None:
        return Path(os.path.realpath(inputs.boundary))
    return repository_of(inputs.path)


def project_of(inputs: Inputs) -> Project:
    """What reads the code: each file and folder once, and nothing outside of the boundary."""
    from auditor.terraform.boundary import Boundary
    from auditor.terraform.load import Project

    return Project(Boundary(inputs.path, inputs.boundary))


def find_targets(
    inputs: Inputs, config: Config, project: Project, *, needs_code: bool = True
) -> list[Target]:
    """Every root module that is meant, by environment and folder.

    needs_code: whether an environment without a root module is of no use.
    Raises `UsageError`, or `SettingsError` for an environment that there is not.
    """
    if not inputs.path.exists():
        raise UsageError(f"there is no {inputs.path}: give a folder with Terraform files")
    for file in inputs.var_files:
        if not file.is_file():
            raise UsageError(f"there is no file {file}, which --var-file names")
    if inputs.environment:
        return _of_environments(inputs, config, needs_code=needs_code)
    from auditor.environments import environment_of
    from auditor.terraform import Root, find_roots

    folder = inputs.path if inputs.path.is_dir() else inputs.path.parent
    targets = []
    roots = find_roots(folder, project)
    if not roots and project.has_configuration(str(folder)):  # files that declare nothing
        roots = [Root(os.path.abspath(folder), shown(folder), stand_alone=False)]
    for root in roots:
        name = environment_of(Path(root.path), config)
        settings = config.environment(name)
        targets.append(
            Target(
                Path(root.path),
                name,
                settings,
                inputs.var_files or tuple(config.path(f) for f in settings.var_files),
                inputs.workspace or _workspace(settings, name),
                stand_alone=root.stand_alone and name is None,  # an environment's is no library
            )
        )
    return targets


def root_at(inputs: Inputs, config: Config, project: Project) -> Target:
    """The one root that a plan or state is of: the environment's, else that in the folder itself.

    Without one there the target has no folder. Raises as `find_targets`.
    """
    found = find_targets(inputs, config, project, needs_code=False)
    here = os.path.realpath(inputs.path)
    own = [t for t in found if t.folder is not None and os.path.realpath(t.folder) == here]
    if own or len(found) == 1:
        return (own or found)[0]
    name = inputs.environment
    return Target(None, name, config.environment(name))


def _of_environments(inputs: Inputs, config: Config, *, needs_code: bool) -> list[Target]:
    from auditor.environments import find_environments

    targets = []
    name = inputs.environment or ""
    for found in find_environments(inputs.path, name, config, needs_code=needs_code):
        workspace = inputs.workspace or found.workspace
        for root in found.roots:
            files = (*root.var_files, *inputs.var_files)
            targets.append(
                Target(root.folder, found.name, found.settings, files, workspace, how=found.how)
            )
        if not found.roots:
            targets.append(
                Target(None, found.name, found.settings, workspace=workspace, how=found.how)
            )
    return targets


def _workspace(settings: EnvironmentSettings, name: str | None) -> str | None:
    return name if settings.workspace is True else settings.workspace or None


def options_for(target: Target, inputs: Inputs, project: Project) -> Options:
    """The evaluator's options for a target.

    Variables of the command line go to the roots that declare them, so that several roots can be
    scanned at once; `undeclared` tells of those that none does.
    """
    from auditor.terraform import Options

    declared = _variables_of(target, project) if inputs.variables else ()
    return Options(
        root=None if inputs.boundary is None else str(inputs.boundary),
        var_files=[os.path.abspath(file) for file in target.var_files],
        arguments=[(n, v) for n, v in inputs.variables.items() if n in declared],
        environment={n: v for n, v in os.environ.items() if n.startswith("TF_VAR_")},
        workspace=target.workspace or os.environ.get("TF_WORKSPACE") or "default",
        settings=place_of(target),
        stand_alone=target.stand_alone,
    )


def undeclared(targets: Iterable[Target], inputs: Inputs, project: Project) -> list[Problem]:
    """A problem for each variable of the command line that no root declares."""
    if not inputs.variables:
        return []
    known = {name for target in targets for name in _variables_of(target, project)}
    return [
        Problem(
            "error",
            "undeclared-variable",
            "Value for undeclared variable",
            f'No root module declares the variable "{name}" that --var sets{_hint(name, known)}',
        )
        for name in inputs.variables
        if name not in known
    ]


def _hint(name: str, known: Collection[str]) -> str:
    from auditor.suggest import did_you_mean

    hint = did_you_mean(name, known)
    return f"; {hint}" if hint else ""


def _variables_of(target: Target, project: Project) -> Iterable[str]:
    if target.folder is None:
        return ()
    return project.module(os.path.realpath(target.folder)).variables


def place_of(target: Target) -> Settings:
    """What is known of the account and region that a target lives in."""
    aws = target.aws
    region = aws.regions[0] if len(aws.regions) == 1 else None
    return Settings(account_id=aws.account_id, region=region, environment=target.environment)


def none_found(inputs: Inputs, names: Sequence[str] = ()) -> UsageError:
    """The error for a folder without Terraform."""
    where = shown(inputs.path)
    return UsageError(
        f"there is no Terraform in {where}: no .tf, .tf.json or .tofu file in it or below. "
        "Give the folder of a root module, or a repository that has one"
    )
