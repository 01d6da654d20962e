"""A rule in full, as text and as Markdown: for `auditor explain`, SARIF's help and the docs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.run import RuleEntry


def rule_text(rule: RuleEntry) -> str:
    """Plain text."""
    lines = [rule.title, "", f"Why: {rule.why}", "", f"Fix: {rule.fix}", ""]
    lines += [f"Source: {rule.source}", "", *(f"{name}: {text}" for name, text in facts(rule))]
    return "\n".join(lines)


def rule_markdown(rule: RuleEntry) -> str:
    """Markdown, without a heading of its own."""
    facts_list = "\n".join(f"* {name}: {text}" for name, text in facts(rule))
    return "\n\n".join(
        (
            f"**{rule.title}**",
            rule.why,
            f"**How to fix.** {rule.fix}",
            f"**Source.** {rule.source}",
            facts_list,
        )
    )


def facts(rule: RuleEntry) -> Iterator[tuple[str, str]]:
    """(name, text) of what else there is to say; nothing that is empty."""
    yield "Severity", rule.severity + (" in production, info elsewhere" if rule.production else "")
    yield "Family", rule.family
    yield "Judges", ", ".join(rule.types)
    if len(rule.where) == 1:
        yield "Sources", "the live account only" if rule.where == ["live"] else "code only"
    if rule.requires:
        yield "Needs to pass first", ", ".join(rule.requires)
    if rule.covered_by:
        yield "Told at the same place by", ", ".join(rule.covered_by)
    for name, default in rule.parameters.items():
        yield f"Parameter {name}", f"default {_toml(default)}"
    for framework, requirements in rule.frameworks.items():
        yield FRAMEWORKS.get(framework, framework), ", ".join(requirements)
    for tool, ids in rule.aliases.items():
        yield f"{tool.capitalize()} calls it", ", ".join(ids)


FRAMEWORKS = {
    "fsbp": "AWS Foundational Security Best Practices",
    "cis-aws-3.0": "CIS AWS Foundations Benchmark 3.0",
    "cis-aws-5.0": "CIS AWS Foundations Benchmark 5.0",
    "nist-800-53-r5": "NIST SP 800-53 Rev. 5",
    "pci-dss-4": "PCI DSS v4.0.1",
}
"""Names of the frameworks that rules map to, where the short one does not say it."""


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)
