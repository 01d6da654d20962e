"""`auditor explain`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.cli.choosing_rules import chosen_rules, known_rules, rules_folder

if TYPE_CHECKING:
    from auditor.rule import Rule


@click.command("explain")
@click.argument("name", metavar="RULE")
@rules_folder
def command(name: str, own_rules: tuple[Path, ...]) -> None:
    """Say what a rule looks for, why, and how to fix it.

    RULE is its id, or what Checkov, Trivy or Prowler call it; a glob explains several.
    """
    rules = chosen_rules(known_rules(own_rules), [name])
    click.echo("\n\n".join("\n".join(_page(rule)) for rule in rules))


def _page(rule: Rule) -> Iterator[str]:
    from auditor.record import rule_entry
    from auditor.render.rule_text import facts

    entry = rule_entry(rule)
    yield f"{entry.id}  {entry.title}"
    for name, text in (("Why", entry.why), ("Fix", entry.fix), ("Source", entry.source)):
        yield ""
        yield f"{name}:"
        yield click.wrap_text(
            text, 96, initial_indent="  ", subsequent_indent="  ", preserve_paragraphs=True
        )
    yield ""
    for name, text in facts(entry):
        yield f"{name}: {text}"
    yield f'Suppress: # auditor:ignore {entry.id} reason="…" until=2027-03-31'
    yield f'Settings: [policy] "{entry.id}" = "off"  (auditor.toml; or a severity)'
    yield f"Defined: {rule.defined}"
