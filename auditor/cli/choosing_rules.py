"""The options with which commands choose rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from auditor.rule import Rule

F = TypeVar("F", bound=Callable[..., Any])


def rules_folder(command: F) -> F:
    """`--rules DIR`: rules of one's own."""
    return click.option(
        "--rules",
        "own_rules",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="A folder with rules of your own, beside the built-in ones. Its code is run.",
    )(command)


def known_rules(own: Sequence[Path]) -> list[Rule]:
    """All rules. A rule that cannot be loaded is wrong usage (exit code 2)."""
    from auditor.rule import RuleError
    from auditor.rules_loading import load_rules

    try:
        return load_rules(own)
    except RuleError as wrong:
        raise click.ClickException(str(wrong)) from wrong


def chosen_rules(rules: list[Rule], only: Sequence[str], skip: Sequence[str] = ()) -> list[Rule]:
    """Those that patterns name. A pattern that names nothing is wrong usage (exit code 2)."""
    from auditor.rule import RuleError
    from auditor.rules_loading import choose

    try:
        return choose(rules, only, skip)
    except RuleError as wrong:
        raise click.ClickException(str(wrong)) from wrong
