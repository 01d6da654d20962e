"""The built-in rules that have something to judge: their modules are imported, no others.

Importing every rule and resource class costs more than evaluating a small root module. A rule's
classes come from modules that its file imports, and a class says its type as `tf="aws_…"`. So the
text of both says, without importing anything, which types a module of rules may judge. The answer
may be too wide, never too narrow; a test compares it with the rules themselves.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterable
from functools import cached_property

from auditor.rule import Rule, rules_in
from auditor.rules_loading import built_in_modules

# Each begins with plain text, which is found many times faster than an anchor or a choice.
_IMPORTED = re.compile(r" auditor\.((?:services|aws)\.\w+)")
_BESIDE = re.compile(r"from \.(\w+) import")
_ELSEWHERE = re.compile(r"""tf=[^"']""")
_NAMED = re.compile(r"""["'](aws_\w+)["']""")
_TYPES = re.compile(r"""tf=["'](\w+)["']""")


class RulesByType:
    """The built-in rules, imported as types of resources turn up."""

    def __init__(self) -> None:
        self._loaded: dict[str, list[Rule]] = {}
        self._types: dict[str, frozenset[str]] = {}

    def load(self, types: Iterable[str]) -> list[Rule]:
        """The rules of all modules that may judge these types, or were asked for before."""
        wanted = frozenset(types)
        for name, judged in self.judged.items():
            if name not in self._loaded and not judged.isdisjoint(wanted):
                self._loaded[name] = rules_in(importlib.import_module(name))
        return sorted(
            (rule for rules in self._loaded.values() for rule in rules), key=lambda rule: rule.id
        )

    @cached_property
    def judged(self) -> dict[str, frozenset[str]]:
        """Module of rules → the types that it may judge."""
        return {name: self._judged_by(file) for name, file in built_in_modules().items()}

    def _judged_by(self, file: str) -> frozenset[str]:
        text = _text(file)
        folder = os.path.dirname(file)
        texts = [text, *(_text(os.path.join(folder, f"{m}.py")) for m in _BESIDE.findall(text))]
        modules = {module for each in texts for module in _IMPORTED.findall(each)}
        own = {tf for each in texts for tf in _types_in(each)}
        return frozenset(own).union(*(self._types_of(module) for module in modules))

    def _types_of(self, module: str) -> frozenset[str]:
        """The types of the classes in `services.rds` and in what it imports, from the texts."""
        if module not in self._types:
            self._types[module] = frozenset()  # for modules that import each other
            file = os.path.join(os.path.dirname(__file__), *module.split("."))
            text = _text(f"{file}.py")
            inner = (self._types_of(each) for each in _IMPORTED.findall(text))
            self._types[module] = frozenset(_types_in(text)).union(*inner)
        return self._types[module]


def _types_in(text: str) -> list[str]:
    """The types that classes in a text are of; all that it names where one is not written there."""
    return (_NAMED if _ELSEWHERE.search(text) else _TYPES).findall(text)


def _text(file: str) -> str:
    """A Python file of ours; empty where there is none (a package, whose own files are named)."""
    try:
        with open(file, encoding="utf-8") as stream:
            return stream.read()
    except FileNotFoundError:
        return ""
