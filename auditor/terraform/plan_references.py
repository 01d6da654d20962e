"""What a plan's unknown values hang on, from the configuration that the plan holds.

A plan names the references of each expression, relative to its module. A reference to a variable
leads to the module call that gives it. Locals are not in a plan, so one ends there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from auditor.terraform.documents import Json
from auditor.values import Path, Ref, Unknown

_STEP = re.compile(r'module\.([\w-]+)(\["(?:[^"\\]|\\.)*"\]|\[\d+\])?\.?')
_DEEPEST = 24


class References:
    """The references in a plan's `configuration`."""

    def __init__(self, configuration: Json) -> None:
        root = configuration.get("root_module")
        self._root: Json = root if isinstance(root, dict) else {}
        providers = configuration.get("provider_config")
        self._providers: Json = providers if isinstance(providers, dict) else {}

    def causes(self, entry: Json) -> Callable[[Path], Unknown | None]:
        """For a resource change: gives the unknown at a path; None where nothing is written."""
        address, chain = str(entry["address"]), _chain(str(entry.get("module_address") or ""))
        declared = self._declared(entry, chain)
        expressions = declared.get("expressions") if declared else None

        def cause(path: Path) -> Unknown | None:
            expression = _expression(expressions, path)
            if expression is None:
                return None
            refs = list(self._refs(expression, chain, 0))
            if not refs:  # a local, a data source's block, a function such as timestamp
                return Unknown((Ref(address, path),))
            return Unknown(refs, exact=len(refs) == 1)

        return cause

    def region(self, entry: Json) -> str | None:
        """The region that the resource's provider configuration names, if it is a constant."""
        declared = self._declared(entry, _chain(str(entry.get("module_address") or "")))
        config = self._providers.get(str((declared or {}).get("provider_config_key")))
        region = (config or {}).get("expressions", {}).get("region", {}).get("constant_value")
        return region if isinstance(region, str) else None

    def _module(self, chain: list[tuple[str, str]]) -> Json:
        module = self._root
        for name, _ in chain:
            call = (module.get("module_calls") or {}).get(name) or {}
            module = call.get("module") or {}
        return module

    def _declared(self, entry: Json, chain: list[tuple[str, str]]) -> Json | None:
        for each in self._module(chain).get("resources") or ():
            same = (each.get("mode"), each.get("type"), each.get("name"))
            if same == (entry.get("mode"), entry.get("type"), entry.get("name")):
                found: Json = each
                return found
        return None

    def _refs(self, expression: Any, chain: list[tuple[str, str]], depth: int) -> Iterator[Ref]:
        """The references of an expression, absolute; those of variables from their module calls."""
        names = expression.get("references") if isinstance(expression, dict) else None
        names = [str(name) for name in names or ()]
        for name in names:
            if any(other != name and other.startswith((f"{name}.", f"{name}[")) for other in names):
                continue  # a plan names `a.b.c` and `a.b`: the longer one says it
            variable = re.fullmatch(r"var\.([\w-]+).*", name)
            if variable and chain and depth < _DEEPEST:
                above = (self._module(chain[:-1]).get("module_calls") or {}).get(chain[-1][0]) or {}
                given = (above.get("expressions") or {}).get(variable[1])
                inner = list(self._refs(given, chain[:-1], depth + 1))
                yield from inner or [_ref(name, chain)]
            else:
                yield _ref(name, chain)


def _chain(module: str) -> list[tuple[str, str]]:
    """`module.a["x"].module.b` as [("a", '["x"]'), ("b", "")]."""
    return [(step[1], step[2] or "") for step in _STEP.finditer(module)]


def _ref(name: str, chain: list[tuple[str, str]]) -> Ref:
    """A reference as a plan writes it: `aws_kms_key.main[0].arn`, in a module."""
    prefix = "".join(f"module.{module}{key}." for module, key in chain)
    match = re.match(r'((?:data\.)?[\w-]+\.[\w-]+(?:\[(?:\d+|"[^"]*")\])?)\.?(.*)', name)
    if match is None:
        return Ref(f"{prefix}{name}")
    path = tuple(step for step in re.split(r"[.\[\]]+", match[2]) if step)
    return Ref(f"{prefix}{match[1]}", path)


def _expression(expressions: Any, path: Path) -> Any:
    """The expression at a path; of a block's argument the innermost one that the plan shows."""
    found = expressions
    for step in path:
        if isinstance(found, dict) and "references" in found:
            return found
        if isinstance(found, dict) and isinstance(step, str):
            found = found.get(step)
        elif isinstance(found, list) and isinstance(step, int):
            found = found[step] if step < len(found) else None
    return found
