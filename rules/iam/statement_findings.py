"""Findings at the statements of an identity policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.policy import Grant, Statement
from auditor.resource import Finding, Resource
from auditor.services.iam_policies import text_argument
from auditor.values import Undetermined


def in_statements(
    resource: Resource, statements: Iterable[Statement], says: str
) -> Iterator[Finding]:
    """A finding for each statement: "`says` in statement 2"."""
    for statement in statements:
        yield resource.finding(
            f"{says} in {statement.label}",
            at=text_argument(resource),
            key=statement.label,
            within=statement.within("Action"),
        )


def by_statement(resource: Resource, grants: Iterable[Grant], says: str) -> Iterator[Finding]:
    """A finding for each statement with the actions it is about; a doubt comes after them."""
    table: dict[int, list[Grant]] = {}
    doubt: Undetermined | None = None
    try:
        for grant in grants:
            table.setdefault(grant.statement.index, []).append(grant)
    except Undetermined as open_end:
        doubt = open_end
    for found in table.values():
        actions = listed([grant.action for grant in found])
        statement = found[0].statement
        yield resource.finding(
            f"{says} ({actions}) in {statement.label}",
            at=text_argument(resource),
            key=statement.label,
            within=found[0].within(),
        )
    if doubt is not None:
        raise doubt


def listed(names: Iterable[str], most: int = 4) -> str:
    """Names for people: the first few and how many more, each once."""
    names = list(dict.fromkeys(names))
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
