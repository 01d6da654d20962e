"""`auditor waive`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from auditor.cli.choosing_rules import known_rules, rules_folder


@click.command("waive")
@click.argument("rule", metavar="RULE")
@click.argument("resource", metavar="RESOURCE")
@click.option("--reason", required=True, help="Why the finding may stay.")
@click.option("--until", metavar="DATE", help="The last day on which it holds: 2027-03-31.")
@click.option("--owner", default="", help="Who answers for it.")
@click.option("--ticket", default="", help="Where it is followed up.")
@click.option(
    "--env",
    "environments",
    multiple=True,
    metavar="NAME",
    help="Only in this environment. May be repeated; without it: in every one.",
)
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The waiver file; by default the nearest auditor-waivers.toml, or a new one.",
)
@rules_folder
def command(
    rule: str,
    resource: str,
    reason: str,
    until: str | None,
    owner: str,
    ticket: str,
    environments: tuple[str, ...],
    file: Path | None,
    own_rules: tuple[Path, ...],
) -> None:
    """Add a waiver to auditor-waivers.toml: a finding that stays, and why.

    RULE is an id or a glob over ids. RESOURCE is an address, a live id or an ARN, or a glob over
    them; brackets mean themselves: 'module.site.aws_s3_bucket.assets["eu"]'.
    """
    from auditor.toml_places import SettingsError
    from auditor.waiver_writing import add_waiver
    from auditor.waivers import Waiver, is_everything

    rule_id = _rule(rule, own_rules)
    last_day = _day(until) if until else None
    if not reason.strip() or not resource.strip():
        raise click.UsageError("--reason and RESOURCE say something: they cannot be empty")
    if is_everything(rule_id) and is_everything(resource):
        raise click.UsageError("it would waive everything: name a rule or a resource")
    waiver = Waiver(rule_id, (resource,), reason.strip(), environments, owner, ticket, last_day)
    try:
        place = add_waiver(waiver, file or _file())
    except SettingsError as wrong:
        raise click.ClickException(str(wrong)) from wrong
    until_text = f" until {last_day}" if last_day else ""
    where = f" in {', '.join(environments)}" if environments else ""
    click.echo(f"{place}: {rule_id} on {resource} is waived{where}{until_text}")


def _rule(written: str, own_rules: tuple[Path, ...]) -> str:
    """The pattern as it goes into the file: our id where another tool's was given."""
    from auditor.cli.choosing_rules import chosen_rules
    from auditor.patterns import is_glob

    named = chosen_rules(known_rules(own_rules), [written])
    return named[0].id if len(named) == 1 and not is_glob(written) else written


def _day(written: str) -> date:
    try:
        day = date.fromisoformat(written)
    except ValueError as error:
        raise click.UsageError(f"--until {written} is not a date such as 2027-03-31") from error
    if day < datetime.now(UTC).date():  # the day that a scan measures by
        raise click.UsageError(f"--until {written} is over already")
    return day


def _file() -> Path:
    """The file in use, else a new one beside the settings or at the top of the repository."""
    from auditor.config import find_config
    from auditor.repository import repository_of
    from auditor.waivers import FILE_NAME, find_waivers

    here = Path.cwd()
    settings = find_config(here)
    return find_waivers(here) or (settings.parent if settings else repository_of(here)) / FILE_NAME
