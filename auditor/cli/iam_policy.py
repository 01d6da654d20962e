"""`auditor iam-policy`."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.choosing_rules import chosen_rules, known_rules, rules_folder


@click.command("iam-policy")
@click.argument("patterns", nargs=-1, metavar="[RULE]...")
@click.option(
    "--managed",
    is_flag=True,
    help="A JSON list of documents, each small enough for a managed policy.",
)
@rules_folder
def command(patterns: tuple[str, ...], managed: bool, own_rules: tuple[Path, ...]) -> None:
    """Print the least-privilege IAM policy for reading an account.

    It allows exactly the calls that the rules need: all rules, or those that RULE names (an id, a
    glob over ids, a family, another tool's id).
    """
    import json

    from auditor.aws import permissions
    from auditor.aws.selection import all_readers, readers_for

    rules = chosen_rules(known_rules(own_rules), patterns)
    policy = permissions.iam_policy(readers_for(rules, all_readers()))
    if managed:
        click.echo(json.dumps(permissions.managed(policy), indent=2))
        return
    click.echo(json.dumps(policy, indent=2))
    if permissions.size_of(policy) > permissions.MANAGED_POLICY_SIZE:
        click.echo(
            f"It is larger than a managed policy may be ({permissions.MANAGED_POLICY_SIZE:,} "
            "characters): make it an inline policy of the role, or use --managed.",
            err=True,
        )
