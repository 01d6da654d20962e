"""`auditor iam-policy`."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.choosing_rules import chosen_rules, known_rules, rules_folder


@click.command("iam-policy")
@click.argument("patterns", nargs=-1, metavar="[RULE]...")
@rules_folder
def command(patterns: tuple[str, ...], own_rules: tuple[Path, ...]) -> None:
    """Print the least-privilege IAM policy for reading an account.

    It allows exactly the calls that the rules need: all rules, or those that RULE names (an id, a
    glob over ids, a family, another tool's id).
    """
    import json

    from auditor.aws.permissions import iam_policy
    from auditor.aws.selection import all_readers, readers_for

    rules = chosen_rules(known_rules(own_rules), patterns)
    click.echo(json.dumps(iam_policy(readers_for(rules, all_readers())), indent=2))
