"""Questions that make no sense, told as wrong usage (exit code 2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click


@contextmanager
def sensible() -> Iterator[None]:
    """Turns the errors of a question into click's, so that they end with exit code 2."""
    from auditor.rule import RuleError
    from auditor.targets import UsageError
    from auditor.toml_places import SettingsError

    try:
        yield
    except (RuleError, UsageError, SettingsError) as wrong:
        raise click.ClickException(str(wrong)) from wrong
    except PermissionError as denied:  # what lies inside a readable folder is a problem in the run
        raise click.ClickException(f"cannot read {denied.filename}: {denied.strerror}") from denied
