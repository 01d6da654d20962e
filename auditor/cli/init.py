"""`auditor init`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("init")
@click.argument(
    "path", type=click.Path(path_type=Path, file_okay=False, exists=True), default=Path(".")
)
@click.option("--force", is_flag=True, help="Replace an auditor.toml that is there.")
def command(path: Path, force: bool) -> None:
    """Write a first auditor.toml from what is found: environments, regions, accounts, states.

    PATH is the repository; the file goes there.
    """
    from auditor.cli.asking import sensible
    from auditor.config import find_config
    from auditor.repository import shown
    from auditor.settings_draft import FILE_NAME, draft_settings

    file = path / FILE_NAME
    with sensible():
        other = find_config(path)
        if other is not None and other.resolve() != file.resolve():
            raise click.ClickException(f"{shown(other)} holds the settings already: change it")
        if file.exists() and not force:
            raise click.ClickException(f"{shown(file)} is there already: --force replaces it")
        draft = draft_settings(path)
    try:
        file.write_text(draft.text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot write {shown(file)}: {error.strerror}") from error
    for line in draft.found or ("no environment was found",):
        click.echo(line)
    click.echo(f"written to {shown(file)}")
