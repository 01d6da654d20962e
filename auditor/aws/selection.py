"""Which readers there are, and which of them the selected rules need."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable

from auditor.aws.reader import Reader
from auditor.rule import Rule


def all_readers() -> list[Reader]:
    """Every reader of the modules in `auditor.services`, by name. Imports all of them."""
    import auditor.services

    found: dict[str, Reader] = {}
    for info in pkgutil.iter_modules(auditor.services.__path__):
        module = importlib.import_module(f"auditor.services.{info.name}")
        for value in vars(module).values():
            if isinstance(value, Reader):
                found.setdefault(value.name, value)
    return [found[name] for name in sorted(found)]


def readers_for(rules: Iterable[Rule], readers: Iterable[Reader]) -> list[Reader]:
    """The readers that yield a class which one of the rules judges or asks for, in their order.

    Rules that do not judge a live account need none. Calls for attributes that no rule declares
    among its `details` are left out of them.
    """
    needed: dict[str, set[str]] = {}
    for rule in rules:
        for cls in (*rule.on, *rule.reads) if "live" in rule.where else ():
            needed.setdefault(cls.tf, set()).update(rule.details)
    return [
        each.reading(set[str]().union(*(needed.get(cls.tf, ()) for cls in each.yields)))
        for each in readers
        if any(cls.tf in needed for cls in each.yields)
    ]
