"""`auditor version`."""

from __future__ import annotations

import click

from auditor import __version__


@click.command("version")
def command() -> None:
    """Show the version."""
    click.echo(f"auditor {__version__}")
