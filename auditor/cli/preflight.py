"""`auditor preflight`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.cli.choosing_rules import chosen_rules, known_rules, rules_folder

if TYPE_CHECKING:
    from auditor.aws.permissions import Preflight
    from auditor.aws.session import LiveAccount
    from auditor.config import AwsSettings

BLIND = 3


@click.command("preflight")
@click.argument("patterns", nargs=-1, metavar="[RULE]...")
@click.option(
    "--env",
    "environment",
    metavar="NAME",
    envvar="AUDITOR_ENV",
    help="The environment whose account it is.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option(
    "--path",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path(),
    help="Where auditor.toml is looked for.  [default: .]",
)
@rules_folder
def command(
    patterns: tuple[str, ...],
    environment: str | None,
    as_json: bool,
    path: Path,
    own_rules: tuple[Path, ...],
) -> int:
    """Say which rules the present credentials would leave blind, and what to grant.

    Ends with exit code 3 when a rule would be blind or the account cannot be entered.
    """
    from auditor.aws.errors import AwsError
    from auditor.aws.permissions import preflight
    from auditor.aws.selection import all_readers
    from auditor.aws.session import connect
    from auditor.toml_places import SettingsError

    rules = chosen_rules(known_rules(own_rules), patterns)
    try:
        account = connect(_settings(path, environment))
    except SettingsError as wrong:
        raise click.ClickException(str(wrong)) from wrong
    except AwsError as refused:
        click.echo(f"auditor: {refused}", err=True)
        return BLIND
    found = preflight(account, rules, all_readers())
    click.echo(_json(account, found) if as_json else "\n".join(_text(account, found, len(rules))))
    return BLIND if found.blind else 0


def _settings(path: Path, name: str | None) -> AwsSettings:
    """How the environment's account is reached. Raises `SettingsError` where there is none."""
    from auditor.config import load_config
    from auditor.environments import ALL, find_environments

    config = load_config(path)
    if not name:
        return config.environment(None).aws
    if name.lower() == ALL:
        raise click.UsageError("--env all is several accounts: ask for one after the other")
    return find_environments(path, name, config, needs_code=False)[0].aws


def _text(account: LiveAccount, found: Preflight, rules: int) -> Iterator[str]:
    from auditor.aws.permissions import ALLOWED, DENIED, UNTESTED

    yield f"account {account.account_id} as {account.caller_arn}"
    yield f"{found.how}: {found.note}"
    yield ""
    for status in (ALLOWED, DENIED, UNTESTED):
        actions = found.with_status(status)
        yield f"{status}: {len(actions)} actions"
        if status == DENIED:
            yield from (f"  {action}: {found.because.get(action, '')}" for action in actions)
    yield ""
    if not found.blind:
        yield f"none of {rules} rules would be blind"
        return
    width = max(len(each.rule.id) for each in found.blind)
    yield f"{len(found.blind)} of {rules} rules would be blind; grant:"
    for each in found.blind:
        yield f"  {each.rule.id:<{width}}  {' '.join(each.actions)}"


def _json(account: LiveAccount, found: Preflight) -> str:
    import json

    document = {
        "account": account.account_id,
        "caller": account.caller_arn,
        "how": found.how,
        "note": found.note,
        "actions": found.actions,
        "because": found.because,
        "blind": [{"rule": each.rule.id, "grant": list(each.actions)} for each in found.blind],
    }
    return json.dumps(document, indent=2)
