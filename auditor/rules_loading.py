"""Finds rules: the built-in ones, a user's own, and those that a pattern names."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from types import ModuleType

from auditor.rule import FAMILIES, Rule, RuleError, by_id, rules_in
from auditor.suggest import did_you_mean


def load_rules(own: Iterable[Path] = ()) -> list[Rule]:
    """The built-in rules and those in the user's own folders, in order of id.

    Raises `RuleError` for a rule that is not well formed, a file that cannot be imported (with its
    name and line), a folder without rules, and an id that is defined twice.
    """
    found = list(built_in_rules())
    for folder in own:
        found += rules_from(folder)
    return sorted(by_id(found).values(), key=lambda rule: rule.id)


def built_in_rules() -> Iterator[Rule]:
    """Every rule in the `auditor.rules` packages."""
    for module in built_in_modules():
        yield from rules_in(importlib.import_module(module))


def built_in_modules() -> dict[str, str]:
    """Name and file of every module in the `auditor.rules` packages, in order of name."""
    package = importlib.import_module("auditor.rules")
    found: dict[str, str] = {}
    for top in package.__path__:
        for folder, _, names in os.walk(top):
            inside = os.path.relpath(folder, top).split(os.sep)
            prefix = ".".join(["auditor.rules", *(part for part in inside if part != ".")])
            for name in names:
                stem, ending = os.path.splitext(name)
                if ending == ".py":
                    module = prefix if stem == "__init__" else f"{prefix}.{stem}"
                    found[module] = os.path.join(folder, name)
    return dict(sorted(found.items()))


def rules_from(folder: Path) -> list[Rule]:
    """The rules in a user's folder: every `.py` file in it and in packages below.

    The folder becomes a package of a private name, so that its files import each other with
    `from .common import …` and no name of theirs can stand in the way of another module.
    Files called `test_*.py`, `*_test.py` and `conftest.py` are left out.
    """
    if not folder.is_dir():
        raise RuleError(f"{folder} is not a folder: --rules takes a folder of rule files")
    package = _package(folder)
    rules = [
        replace(rule, defined=f"{file}:{rule.check.__code__.co_firstlineno}")
        for file, name in _files(folder, package)
        for rule in rules_in(_imported(file, name))
    ]
    if not rules:
        raise RuleError(f"{folder} holds no rules: a rule is a function under `@rule(…)`")
    return list({id(rule.check): rule for rule in rules}.values())  # imported twice: one rule


def _package(folder: Path) -> str:
    from hashlib import blake2b  # imports OpenSSL, which only rules of one's own need

    real = folder.resolve()
    name = f"_auditor_own_rules_{blake2b(str(real).encode(), digest_size=6).hexdigest()}"
    for known in [each for each in sys.modules if each == name or each.startswith(f"{name}.")]:
        del sys.modules[known]  # read again: the files may have changed in a long-lived process
    package = ModuleType(name)
    package.__path__ = [str(real)]
    sys.modules[name] = package
    return name


def _files(folder: Path, package: str) -> Iterator[tuple[Path, str]]:
    for file in sorted(folder.rglob("*.py")):
        inside = file.relative_to(folder)
        if any(part.startswith(".") or part == "__pycache__" for part in inside.parts):
            continue
        if inside.stem == "conftest" or fnmatchcase(inside.stem, "test_*"):
            continue
        if inside.stem.endswith("_test"):
            continue
        parts = inside.with_suffix("").parts
        if parts[-1] == "__init__" and len(parts) > 1:
            parts = parts[:-1]
        yield file, ".".join((package, *parts))


def _imported(file: Path, name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except RuleError as wrong:
        raise RuleError(f"{_place(file, wrong)}: {wrong}") from wrong
    except SyntaxError as wrong:
        raise RuleError(f"{wrong.filename or file}:{wrong.lineno}: {wrong.msg}") from wrong
    except (Exception, SystemExit) as wrong:  # foreign code: what it raises is told with its place
        raise RuleError(
            f"{_place(file, wrong)}: cannot be imported: {type(wrong).__name__}: {wrong}"
        ) from wrong


def _place(file: Path, wrong: BaseException) -> str:
    """The deepest line of the user's file on the way to an error."""
    real = str(file.resolve())
    lines = [f.lineno for f in traceback.extract_tb(wrong.__traceback__) if f.filename == real]
    return f"{file}:{lines[-1]}" if lines else str(file)


# -- choosing -------------------------------------------------------------------------------------


def choose(rules: Sequence[Rule], only: Sequence[str] = (), skip: Sequence[str] = ()) -> list[Rule]:
    """The rules that `only` names (all without it) and `skip` does not, in the order given.

    A pattern is an id, a glob over ids (`ENC-RDS-*`), a family (`encryption`) or the id that
    another tool has for it (`CKV_AWS_16`, `AVD-AWS-0080`); case does not matter. Raises `RuleError`
    for one that names nothing.
    """
    wanted = {id(r) for pattern in only for r in _named(rules, pattern)}
    unwanted = {id(r) for pattern in skip for r in _named(rules, pattern)}
    return [r for r in rules if (not only or id(r) in wanted) and id(r) not in unwanted]


def _named(rules: Sequence[Rule], pattern: str) -> list[Rule]:
    found = matching_rules(rules, pattern)
    if not found:
        hint = did_you_mean(pattern, [*(r.id for r in rules), *FAMILIES])
        raise RuleError(
            f"no rule is called {pattern}{': ' + hint if hint else ''} (`auditor rules` lists them)"
        )
    return found


def matching_rules(rules: Iterable[Rule], pattern: str) -> list[Rule]:
    """The rules that a pattern names (see `choose`); none when there are none."""
    glob = pattern.strip().upper()
    alias = peer_id(glob)
    family = pattern.strip().lower()
    return [
        rule
        for rule in rules
        if fnmatchcase(rule.id.upper(), glob) or rule.family == family or alias in aliases_of(rule)
    ]


def by_alias(rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    """Rules by the ids that other tools have for them, in the form of `peer_id`."""
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        for alias in aliases_of(rule):
            found.setdefault(alias, []).append(rule)
    return found


def aliases_of(rule: Rule) -> set[str]:
    """The ids that other tools have for a rule, in the form of `peer_id`."""
    return {peer_id(each) for ids in rule.aliases.values() for each in ids}


def peer_id(written: str) -> str:
    """Another tool's id in one form: upper case, without Trivy's older prefix `AVD-`."""
    return written.strip().upper().removeprefix("AVD-")
