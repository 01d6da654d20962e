"""A first auditor.toml, from what a repository shows: environments, regions, accounts, states.

Only what is constant, or follows from variables' values and defaults, is taken; the rest is left to
the reader. Values of credentials are never looked at.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.config_validation import fits, validate
from auditor.layouts import Candidate, Root, candidates, holds_terraform, uses_workspace
from auditor.repository import shown
from auditor.toml_places import parse_toml
from auditor.toml_text import quoted, value_text

if TYPE_CHECKING:
    from auditor.terraform.nodes import Block, Body
    from auditor.terraform.scope import Scope

FILE_NAME = "auditor.toml"

_STATE_KEYS = ("bucket", "key", "region", "profile", "role_arn", "workspace_key_prefix")


@dataclass(slots=True)
class Found:
    """What a root says about the place it is for. state: what the setting of that name would be."""

    regions: list[str] = field(default_factory=list)
    account_id: str | None = None
    profile: str | None = None
    state: Any = None
    backend: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of the file, and a line for people about each thing that was found."""

    text: str
    found: tuple[str, ...]


def draft_settings(folder: Path) -> Draft:
    """The settings for a repository or folder; the file is meant to lie in it."""
    folder = Path(os.path.realpath(folder))
    by_name: dict[str, list[Candidate]] = {}
    for candidate in candidates(folder):
        if candidate.name.lower() != "all":  # which `--env` takes for every one
            by_name.setdefault(candidate.name, []).append(candidate)
    lines = _HEAD.splitlines()
    if not by_name:
        lines += _without_environments(folder)
    said = []
    for name, places in sorted(by_name.items()):
        lines += ["", *_environment(name, places, folder)]
        roots = ", ".join(shown(root.folder) for each in places for root in each.roots)
        said.append(f"{name}: {roots}")
    text = "\n".join(lines) + "\n"
    validate(parse_toml(text, folder / FILE_NAME))  # what is written can be read
    return Draft(text, tuple(said))


_HEAD = """# Settings of auditor: which environments there are, and how each is judged.
# `auditor init` wrote this from what it found. What is commented out is a suggestion.

# The severity from which a finding fails the run: info, low, medium, high, critical, never.
fail_on = "medium"

# How rules are judged everywhere, by id, glob over ids or family (`auditor rules` lists them):
# "off", "on", a severity, or { severity = …, parameters = { … } } (`auditor explain RULE`).
# [policy]
# "LOG-*" = "low"
# operations = "off\""""


def _environment(name: str, places: Sequence[Candidate], folder: Path) -> Iterator[str]:
    roots = [root for each in places for root in each.roots]
    if len(places) > 1:
        yield "# Several places could be this environment: keep those that are."
    yield f"[environments.{_key(name)}]"
    yield f"roots = {value_text([_relative(root.folder, folder) for root in roots])}"
    files = list(dict.fromkeys(file for root in roots for file in root.var_files))
    if files:
        yield f"var_files = {value_text([_relative(file, folder) for file in files])}"
    found = [_look_into(root) for root in roots]
    yield from _aws(found)
    yield from _state(found)
    yield f"# [environments.{_key(name)}.policy]"


def _without_environments(folder: Path) -> Iterator[str]:
    """Of a repository that has no environments, or only workspaces."""
    found = [_look_into(Root(folder))] if holds_terraform(folder) else []
    aws = list(_aws(found))
    if aws:
        yield from ("", *aws)
    yield from ("", *_state(found)) if found and found[0].state else ()
    yield ""
    if uses_workspace(folder):
        yield "# The root uses terraform.workspace: for each workspace that is an environment"
        yield "# [environments.prod]"
        yield "# workspace = true"
    else:
        yield "# No environment was found. Each is named like this:"
        yield "# [environments.prod]"
        yield '# roots = ["path/to/its/root"]'


def _aws(found: Sequence[Found]) -> Iterator[str]:
    settings: dict[str, Any] = {}
    regions = list(dict.fromkeys(region for each in found for region in each.regions))
    if regions:
        settings["regions"] = regions
    for name in ("account_id", "profile"):
        values = {getattr(each, name) for each in found} - {None}
        if len(values) == 1:
            settings[name] = values.pop()
    if settings:
        yield f"aws = {value_text(settings)}"
    else:
        yield '# aws = { regions = ["eu-west-1"], profile = "…" }'


def _state(found: Sequence[Found]) -> Iterator[str]:
    if len(found) != 1:
        return
    if found[0].state is not None:
        yield f"state = {value_text(found[0].state)}"
    elif found[0].backend:
        yield f"# Its state is in a backend that only Terraform reads ({found[0].backend}):"
        yield '# state = "terraform"'


def _relative(path: Path, folder: Path) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")


def _key(name: str) -> str:
    bare = name.replace("-", "").replace("_", "")
    return name if bare.isascii() and bare.isalnum() else quoted(name)


# -- what a root module says ----------------------------------------------------------------------


def _look_into(root: Root) -> Found:
    from auditor.terraform.boundary import Boundary
    from auditor.terraform.load import Project
    from auditor.terraform.variables import collect

    project = Project(Boundary(root.folder))
    module = project.module(str(root.folder))
    files = [str(file) for file in root.var_files]
    inputs = collect(project, module, environment={}, var_files=files, arguments=())
    values = {name: v.default for name, v in module.variables.items() if v.default is not None}
    values |= {name: given.value for name, given in inputs.given.items()}
    scope = _scope(values)
    found = Found()
    for provider in module.providers.values():
        if provider.name == "aws":
            _look_at_provider(provider.body, scope, found)
    if module.backend is not None:
        _look_at_backend(module.backend.type, module.backend.block, scope, found)
    return found


def _scope(variables: Mapping[str, Any]) -> Scope:
    """Variables with their values; every other name is refused."""
    from auditor.terraform.functions import Builtins
    from auditor.terraform.scope import Scope, resolve_nothing

    def resolve(head: tuple[str, ...], reference: Any) -> Any:
        if head[0] == "var" and head[1] in variables:
            return variables[head[1]]
        return resolve_nothing(head, reference)

    return Scope(resolve, Builtins())


def _constant(body: Body, name: str, scope: Scope) -> Any:
    """The plain value of an argument; None when it is absent or hangs on something."""
    from auditor.terraform.cty import TerraformError
    from auditor.terraform.expressions import evaluate
    from auditor.terraform.plain import to_plain

    attribute = body.attributes.get(name)
    if attribute is None:
        return None
    try:
        value = to_plain(evaluate(attribute.expr, scope))
    except TerraformError:
        return None
    return value if isinstance(value, str | list) else None


def _look_at_provider(body: Body, scope: Scope, found: Found) -> None:
    region = _constant(body, "region", scope)
    if isinstance(region, str) and fits("region", region) and region not in found.regions:
        found.regions.append(region)
    accounts = _constant(body, "allowed_account_ids", scope)
    if isinstance(accounts, list) and len(accounts) == 1 and isinstance(accounts[0], str):
        found.account_id = accounts[0] if fits("account_id", accounts[0]) else None
    profile = _constant(body, "profile", scope)
    found.profile = profile if isinstance(profile, str) and profile else found.profile


def _look_at_backend(kind: str, block: Block, scope: Scope, found: Found) -> None:
    if kind == "local":
        return
    found.backend = kind
    values = {name: _constant(block.body, name, scope) for name in _STATE_KEYS}
    if kind == "s3" and all(isinstance(values[n], str) for n in ("bucket", "key", "region")):
        given = {name: text for name, text in values.items() if isinstance(text, str)}
        if fits("region", given["region"]) and fits("role_arn", given.get("role_arn")):
            found.state = {"s3": given}
