"""The options that say which Terraform is read and with which variables: of scan and inspect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from auditor.targets import Inputs

F = TypeVar("F", bound=Callable[..., Any])

_FILE = click.Path(path_type=Path, dir_okay=False)
_OPTIONS = (
    click.argument("path", type=click.Path(path_type=Path), default=Path(".")),
    click.option(
        "--env",
        "environment",
        metavar="NAME",
        envvar="AUDITOR_ENV",
        help="The environment, such as prod; `all` is every one. Found by convention, or as "
        "auditor.toml says.",
    ),
    click.option(
        "--var",
        "variables",
        multiple=True,
        metavar="NAME=VALUE",
        help="A root module's variable, as with terraform. May be repeated.",
    ),
    click.option(
        "--var-file",
        "var_files",
        multiple=True,
        type=_FILE,
        metavar="FILE",
        help="A file of variables, as with terraform. May be repeated.",
    ),
    click.option(
        "--workspace", metavar="NAME", help="The workspace. By default TF_WORKSPACE, or default."
    ),
    click.option(
        "--root",
        "boundary",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        metavar="DIR",
        help="Nothing outside of this folder is read. By default the git repository.",
    ),
    click.option(
        "--config", type=_FILE, metavar="FILE", help="The settings, instead of auditor.toml."
    ),
)


def terraform_inputs(command: F) -> F:
    """Adds the options; `inputs_from` takes their values."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def inputs_from(options: dict[str, Any]) -> Inputs:
    """Takes the values out of the options. Raises `click.UsageError`."""
    from auditor.targets import Inputs

    return Inputs(
        path=options.pop("path"),
        environment=options.pop("environment") or None,
        config=options.pop("config"),
        boundary=options.pop("boundary"),
        variables=dict(_variable(each) for each in options.pop("variables")),
        var_files=options.pop("var_files"),
        workspace=options.pop("workspace"),
    )


def _variable(written: str) -> tuple[str, str]:
    name, equals, value = written.partition("=")
    if not equals or not name.strip():
        raise click.UsageError(f"--var takes NAME=VALUE, not {name or written!r}")
    return name.strip(), value
