"""Which environment is meant by `--env prod`: its roots, variables, workspace, account.

auditor.toml decides; what it leaves open is found by convention (`auditor.layouts`). Names are
compared without case, so `PROD` from an environment variable will do, and `prod` finds
`production` where nothing is called `prod`. Every environment says how it was found.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.config import AwsSettings, Config, EnvironmentSettings, StateSettings
from auditor.config_validation import key_text
from auditor.layouts import (
    Candidate,
    Root,
    candidates,
    environment_by_place,
    leading_out,
    roots_in,
    same_name,
    synonymous,
    uses_workspace,
    variable_files,
)
from auditor.repository import repository_of, shown
from auditor.rule_policies import is_production
from auditor.toml_places import SettingsError, refuse

VARIABLE = "AUDITOR_ENV"
"""The environment variable that names the environment when no option does."""

ALL = "all"

WITHOUT_CODE = ("live", "state")
"""What can be judged where an environment needs no root module."""


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment, ready to be judged.

    roots: each with its variable files; empty for one that is only looked at live.
    workspace: what `terraform.workspace` is; `None` means Terraform's `default`.
    how: a sentence that says what was taken and why.
    """

    name: str
    roots: tuple[Root, ...]
    workspace: str | None
    settings: EnvironmentSettings
    production: bool
    how: str

    @property
    def aws(self) -> AwsSettings:
        """How its account is reached."""
        return self.settings.aws

    @property
    def state(self) -> StateSettings | None:
        """Where its Terraform state is, if the settings say so."""
        return self.settings.state


def find_environments(
    path: Path, name: str, config: Config, *, needs_code: bool = True
) -> list[Environment]:
    """The environment called `name` below `path`; with `all` every one, in order of name.

    needs_code: whether an environment without roots is of no use. Where only its account or state
    is asked for, one that auditor.toml names will do, and it has no roots if they are not clear.
    Raises `SettingsError`: there is none of that name (those found are listed), or it could be
    several (with what to write in auditor.toml).
    """
    base = path if path.is_dir() else path.parent
    base = Path(os.path.realpath(base))
    if not same_name(name, ALL):
        return [_found(base, name, config, needs_code=needs_code)]
    names = list(config.settings.environments)
    found = list(dict.fromkeys(each.name for each in _candidates(base, config, None)))
    taken = {each for name in names for each in _best(found, name)}
    names += [each for each in found if each not in taken]
    if not names:
        raise refuse("no-environment", _none_at_all(base))
    return [_found(base, each, config, needs_code=needs_code) for each in sorted(names)]


def environment_of(root: Path, config: Config) -> str | None:
    """The environment that a root belongs to, when none was asked for; `None` if it is open.

    By the roots in auditor.toml when exactly one environment has it, else by the folder's place.
    """
    root = Path(os.path.realpath(root))
    owners = [
        name
        for name, each in config.settings.environments.items()
        if any(Path(os.path.realpath(config.path(r))) in (root, *root.parents) for r in each.roots)
    ]
    if owners:
        return owners[0] if len(owners) == 1 else None
    placed = environment_by_place(root, repository_of(root))
    return None if placed is None else _canonical(placed, config.settings.environments)


def _found(base: Path, asked: str, config: Config, *, needs_code: bool) -> Environment:
    """As `_find`; where no code is needed, an environment of auditor.toml needs none."""
    try:
        return _find(base, asked, config)
    except SettingsError:
        name = _name(base, asked, config)
        if name not in config.settings.environments:
            raise
        settings = config.environment(name)
        if needs_code and settings.source not in WITHOUT_CODE:
            raise
        how = f"{name}, as {_place(config, ('environments', name))} says, without code"
        return _environment(name, (), settings, config, how)


def _find(base: Path, asked: str, config: Config) -> Environment:
    name = _name(base, asked, config)
    settings = config.environment(name)
    if settings.roots:
        return _configured(base, name, settings, config)
    found = _chosen(_candidates(base, config, name), name)
    if len(found) == 1:
        where = _described(_with_files(found[0].roots, settings, config))
        how = f"{where}, by convention ({found[0].layout}){_meant(asked, found[0].name)}"
        known = name in config.settings.environments
        return _environment(name if known else found[0].name, found[0].roots, settings, config, how)
    if len(found) > 1:
        raise refuse("ambiguous-environment", _ambiguous(name, found, config))
    if settings.workspace:
        return _workspace(base, name, settings, config)
    if name in config.settings.environments:
        raise refuse("no-root", _without_roots(base, name, config))
    raise refuse("no-environment", _not_found(base, asked, config))


def _name(base: Path, asked: str, config: Config) -> str:
    """The name as auditor.toml has it, unless a place of that very name is another environment."""
    name = _canonical(asked, config.settings.environments)
    if same_name(name, asked):
        return name
    found = [each.name for each in _candidates(base, config, None)]
    others = set(found) - set(_best(found, name))
    return asked if any(same_name(each, asked) for each in others) else name


def _canonical(asked: str, known: Iterable[str]) -> str:
    """The name as auditor.toml has it."""
    near = _best(known, asked)
    return near[0] if len(near) == 1 else asked


def _candidates(base: Path, config: Config, wanted: str | None) -> list[Candidate]:
    """What is below the base, or below the roots that hold for every environment."""
    if not config.settings.roots:
        return candidates(base, wanted)
    return [
        Candidate(name, (Root(folder, files),), "a file of variables for each")
        for folder in map(config.path, config.settings.roots)
        for name, files in variable_files(folder, wanted).items()
    ]


def _chosen(found: Sequence[Candidate], name: str) -> list[Candidate]:
    best = _best([candidate.name for candidate in found], name)
    return [candidate for candidate in found if candidate.name in best]


def _best(written: Iterable[str], name: str) -> list[str]:
    """The written names that are meant by one: those equal but for case, else its synonyms."""
    names = list(written)
    exact = [each for each in names if same_name(each, name)]
    return exact or [each for each in names if synonymous(each, name)]


def _configured(
    base: Path, name: str, settings: EnvironmentSettings, config: Config
) -> Environment:
    """From the roots that auditor.toml names; variable files beside them by convention."""
    own = config.settings.environments.get(name)
    if own is None and not settings.workspace:
        near = _chosen(_candidates(base, config, name), name)
        if not near:
            raise refuse("no-environment", _not_found(base, name, config))
        name = near[0].name
    folders = [folder for written in settings.roots for folder in roots_in(config.path(written))]
    if not folders:
        place = _place(config, ("environments", name, "roots") if own else ("roots",))
        raise refuse("no-root", f"{place}: there is no Terraform in {', '.join(settings.roots)}")
    roots = tuple(Root(folder, _beside(folder, name)) for folder in folders)
    key = ("environments", name, "roots") if own and own.roots else ("roots",)
    how = f"{_described(_with_files(roots, settings, config))}, as {_place(config, key)} says"
    return _environment(name, roots, settings, config, how)


def _beside(folder: Path, name: str) -> tuple[Path, ...]:
    files = variable_files(folder, name)
    near = _best(files, name)
    return files[near[0]] if len(near) == 1 else ()


def _workspace(base: Path, name: str, settings: EnvironmentSettings, config: Config) -> Environment:
    """A workspace of the one root below the base."""
    folders = roots_in(base)
    key = ("environments", name, "workspace")
    if len(folders) == 1:
        how = f"a workspace of {_show(folders[0])}, as {_place(config, key)} says"
        return _environment(name, (Root(folders[0]),), settings, config, how)
    what = f"are several roots ({_list(map(_show, folders))})" if folders else "is no root module"
    raise refuse(
        "ambiguous-environment",
        f"{_place(config, key)} says that {name} is a workspace, and there {what} "
        f'{_below(base)}: write roots = ["…"] there too',
    )


def _environment(
    name: str,
    roots: tuple[Root, ...],
    settings: EnvironmentSettings,
    config: Config,
    how: str,
) -> Environment:
    """With what auditor.toml adds."""
    roots = _with_files(roots, settings, config)
    workspace = settings.workspace if isinstance(settings.workspace, str) else None
    workspace = name if settings.workspace is True else workspace
    if workspace:
        how += f"; workspace {workspace}"
    return Environment(name, roots, workspace, settings, is_production(config, name), how)


def _with_files(
    roots: tuple[Root, ...], settings: EnvironmentSettings, config: Config
) -> tuple[Root, ...]:
    """The roots with the variable files of auditor.toml, which take the place of those found."""
    files = tuple(config.path(file) for file in settings.var_files)
    return tuple(Root(root.folder, files) for root in roots) if files else roots


# -- words ----------------------------------------------------------------------------------------


def _show(path: Path) -> str:
    return shown(path)


def _below(base: Path) -> str:
    return "here" if _show(base) == "." else f"below {_show(base)}"


def _list(words: Iterable[str]) -> str:
    return ", ".join(words)


def _place(config: Config, key: tuple[str, ...]) -> str:
    return str(config.document.place(key)) if config.document else "auditor.toml"


def _described(roots: Sequence[Root]) -> str:
    text = _list(_show(root.folder) for root in roots)
    files = dict.fromkeys(_show(file) for root in roots for file in root.var_files)
    return f"{text} with {_list(files)}" if files else text


def _meant(asked: str, found: str) -> str:
    return "" if same_name(asked, found) else f"; nothing is called {asked}"


def _ambiguous(name: str, found: Sequence[Candidate], config: Config) -> str:
    places = "".join(f"\n  {_described(each.roots)} ({each.layout})" for each in found)
    example = _written(found[0].roots[0].folder, config)
    return (
        f"{name} could be any of these:{places}\n"
        f"Say which (or that it is all of them) in {_file(config)}:\n"
        f'[environments.{key_text((name,))}]\nroots = ["{example}"]'
    )


def _written(folder: Path, config: Config) -> str:
    return os.path.relpath(folder, os.path.realpath(config.folder))


def _file(config: Config) -> str:
    return config.document.shown if config.document else "auditor.toml"


def _without_roots(base: Path, name: str, config: Config) -> str:
    return (
        f"{_place(config, ('environments', name))}: no Terraform was found {_below(base)} for the "
        f"environment {name}. Say where its root module is, in [environments.{key_text((name,))}]:"
        '\nroots = ["path/to/its/root"]\nor look at its account alone with --source live'
    )


def _not_found(base: Path, asked: str, config: Config) -> str:
    outside = leading_out(base, asked)
    if outside:
        link = outside[0].relative_to(base)
        return (
            f"{link} leads out of the repository, to {os.path.realpath(outside[0])}, so it is not "
            "read: scan that folder by itself, in its own repository"
        )
    names: dict[str, str] = {
        each.name: _described(each.roots) for each in _candidates(base, config, None)
    }
    for name in config.settings.environments:
        names.setdefault(name, _place(config, ("environments", name)))
    if not names:
        return _none_at_all(base, asked)
    found = _list(f"{name} ({where})" for name, where in sorted(names.items()))
    return (
        f"there is no environment {asked} {_below(base)}; found: {found}. To add it, write in "
        f'{_file(config)}:\n[environments.{key_text((asked,))}]\nroots = ["path/to/its/root"]'
    )


def _none_at_all(base: Path, asked: str = "prod") -> str:
    lines = ['roots = ["path/to/its/root"]']
    why = ""
    if any(uses_workspace(root) for root in roots_in(base)):
        lines, why = ["workspace = true"], " Its root uses terraform.workspace."
    return (
        f"no environment was found {_below(base)}: looked for environments/<env>, envs/<env>, "
        f"<env>/, and <env>.tfvars beside a root module.{why} To name one, write in auditor.toml:\n"
        + "\n".join([f"[environments.{key_text((asked,))}]", *lines])
    )
