"""What a plan's unknown values hang on, from the configuration that the plan holds.

A plan names the references of each expression, relative to its module. A reference to a variable
leads to the module call that gives it. Locals are not in a plan, so one ends there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from auditor.terraform.documents import Json
from auditor.terraform.schema import BlockSchema, aws
from auditor.values import Path, Ref, Unknown

_STEP = re.compile(r'module\.([\w-]+)(\["(?:[^"\\]|\\.)*"\]|\[\d+\])?\.?')
_OUTPUT = re.compile(r'module\.([\w-]+)(\["(?:[^"\\]|\\.)*"\]|\[\d+\])?\.([\w-]+)')
"""A whole output; a part of one (`module.m.subnets["a"]`) may be any part of its references."""

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
        expressions = (declared.get("expressions") if declared else None) or {}
        schema = aws().resource(str(entry.get("type")))

        def cause(path: Path) -> Unknown | None:
            if len(path) > 1 and path[0] not in expressions:
                return Unknown((Ref(address, path),))  # of a dynamic block: a plan does not name it
            found = _expressions(expressions, path, schema)
            if not any(found):
                return None
            refs = [ref for each in found for ref in self._refs(each, chain, 0)]
            if not refs:  # a local, a data source's block, a function such as timestamp
                return Unknown((Ref(address, path),))
            return Unknown(refs, exact=len(refs) == len(found) == 1)

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
            output = _OUTPUT.fullmatch(name)
            if output and depth < _DEEPEST:
                inner = list(self._of_output(output, chain, depth))
                yield from inner or [_ref(name, chain)]
                continue
            variable = re.fullmatch(r"var\.([\w-]+).*", name)
            if variable and chain and depth < _DEEPEST:
                above = (self._module(chain[:-1]).get("module_calls") or {}).get(chain[-1][0]) or {}
                given = (above.get("expressions") or {}).get(variable[1])
                inner = list(self._refs(given, chain[:-1], depth + 1))
                yield from inner or [_ref(name, chain)]
            else:
                yield _ref(name, chain)

    def _of_output(
        self, output: re.Match[str], chain: list[tuple[str, str]], depth: int
    ) -> Iterator[Ref]:
        """The references of a module's output that is a value of its own."""
        inside = [*chain, (output[1], output[2] or "")]
        found = (self._module(inside).get("outputs") or {}).get(output[3]) or {}
        return self._refs(found.get("expression"), inside, depth + 1)


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


def _expressions(expressions: Any, path: Path, schema: BlockSchema | None) -> list[Any]:
    """The expressions that a path may lead to; of a block's argument the innermost one shown.

    A plan sorts blocks that are a set, and names their expressions as they are written: which is
    which cannot be told.
    """
    found, is_set = [expressions], False
    for step in path:
        if isinstance(step, int):
            found = [inner for each in found for inner in _elements(each, step, is_set)]
            continue
        found = [each if _is_leaf(each) else _entry(each, step) for each in found]
        nested = schema.blocks.get(step) if schema is not None else None
        schema, is_set = (nested.block, nested.nesting == "set") if nested else (None, False)
    return found


def _is_leaf(found: Any) -> bool:
    return isinstance(found, dict) and "references" in found


def _entry(found: Any, step: str) -> Any:
    return found.get(step) if isinstance(found, dict) else None


def _elements(found: Any, step: int, is_set: bool) -> list[Any]:
    if _is_leaf(found) or not isinstance(found, list):
        return [found]
    return found if is_set else found[step : step + 1] or [None]
