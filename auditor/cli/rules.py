"""`auditor rules`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.cli.choosing_rules import chosen_rules, known_rules, rules_folder

if TYPE_CHECKING:
    from auditor.rule import Rule


@click.command("rules")
@click.argument("patterns", nargs=-1, metavar="[RULE]...")
@click.option("--json", "as_json", is_flag=True, help="Everything about each rule, as JSON.")
@rules_folder
def command(patterns: tuple[str, ...], as_json: bool, own_rules: tuple[Path, ...]) -> None:
    """List the rules, or those that RULE names.

    RULE is an id, a glob over ids (ENC-RDS-*), a family (encryption), or another tool's id
    (CKV_AWS_16).
    """
    rules = chosen_rules(known_rules(own_rules), patterns)
    click.echo(rules_json(rules) if as_json else _table(rules))


def rules_json(rules: list[Rule]) -> str:
    """The rules as a JSON list, one a line; each as in the run document."""
    import json
    from dataclasses import asdict

    from auditor.record import rule_entry

    lines = [json.dumps(asdict(rule_entry(rule)), ensure_ascii=False) for rule in rules]
    return "[\n" + ",\n".join(lines) + "\n]"


def _table(rules: list[Rule]) -> str:
    width = max((len(rule.id) for rule in rules), default=0)
    lines = [
        f"{rule.id:<{width}}  {rule.severity:<8}  {rule.family:<17}  {rule.title}" for rule in rules
    ]
    return "\n".join(
        [
            *lines,
            "",
            f"{len(rules)} rule{'s' if len(rules) != 1 else ''}; `auditor explain RULE` says more",
        ]
    )
