"""What an environment makes of each rule: on or off, how severe, with which parameters.

A pattern in `[policy]` is a rule id (ours or another tool's), a glob over ids (`BAK-*`) or a
family (`encryption`). Of several that name one rule the more specific wins, key by key: family,
then glob, then id; what an environment says comes after what the whole file says; of equals, the
later line wins.

Rules about production (`production = True`: several zones, deletion protection, copies in another
region) keep their severity in production and inform elsewhere, unless a severity is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from auditor.config import Config, RulePolicy
from auditor.config_validation import key_text
from auditor.engine import Policy
from auditor.patterns import is_glob
from auditor.resource import Location, Problem
from auditor.rule import FAMILIES, Rule
from auditor.rules_loading import matching_rules
from auditor.suggest import did_you_mean
from auditor.toml_places import Key, SettingsError
from auditor.toml_text import value_text

_PRODUCTION = frozenset({"prod", "production", "prd"})
_BEFORE_PRODUCTION = frozenset({"non", "not", "no", "pre"})


def is_production(config: Config, environment: str | None) -> bool:
    """Whether an environment is production: by its `production` setting, else by its name.

    A name with the word prod, prd or production in it counts (`prod-eu`), `non-prod` does not.
    Without an environment the answer is no.
    """
    said = config.environment(environment).production
    if said is not None:
        return said
    words = set(re.split(r"[^a-z0-9]+", (environment or "").lower()))
    return bool(words & _PRODUCTION) and not words & _BEFORE_PRODUCTION


def policies(config: Config, environment: str | None, rules: Iterable[Rule]) -> dict[str, Policy]:
    """How each of `rules` is judged in an environment: rule id → policy, of those not at default.

    `rules` are all that are known, chosen for the run or not: patterns and parameters of every
    environment are checked against them. Raises `SettingsError`.
    """
    known = list(rules)
    problems = [
        p for key, section in _sections(config) for p in _checked(key, section, known, config)
    ]
    if problems:
        raise SettingsError(*problems)
    production = is_production(config, environment)
    own = config.settings.environments.get(environment or "")
    layers = [config.settings.policy, *([own.policy] if own else [])]
    made = {each.id: _policy(each, layers, production) for each in known}
    return {id_: policy for id_, policy in made.items() if policy != Policy()}


def _policy(each: Rule, layers: Sequence[Mapping[str, RulePolicy]], production: bool) -> Policy:
    enabled = True
    severity = "info" if each.production and not production else None
    parameters: dict[str, Any] = {}
    for said in _said_of(each, layers):
        enabled = enabled if said.enabled is None else said.enabled
        severity = said.severity or severity
        parameters |= {
            name: _as_default(value, each.parameters[name])
            for name, value in said.parameters.items()
            if name in each.parameters
        }
    return Policy(enabled, severity, parameters)


def _said_of(each: Rule, layers: Sequence[Mapping[str, RulePolicy]]) -> Iterator[RulePolicy]:
    """What the layers say of one rule, the least specific first."""
    for layer in layers:
        named = [(_rank(pattern), said) for pattern, said in layer.items() if _names(pattern, each)]
        yield from (said for _, said in sorted(named, key=lambda pair: pair[0]))


def _rank(pattern: str) -> int:
    if pattern.lower() in FAMILIES:
        return 0
    return 1 if is_glob(pattern) else 2


def _names(pattern: str, each: Rule) -> bool:
    return bool(matching_rules([each], pattern))


# -- checks ---------------------------------------------------------------------------------------


def _sections(config: Config) -> Iterator[tuple[Key, Mapping[str, RulePolicy]]]:
    yield ("policy",), config.settings.policy
    for name, each in config.settings.environments.items():
        yield ("environments", name, "policy"), each.policy


def _checked(
    key: Key, section: Mapping[str, RulePolicy], rules: list[Rule], config: Config
) -> Iterator[Problem]:
    for pattern, said in section.items():
        named = [each for each in rules if _names(pattern, each)]
        if not named:
            yield _wrong((*key, pattern), _nothing_named(pattern, rules), config)
            continue
        for name, value in said.parameters.items():
            what = _wrong_parameter(name, value, named)
            if what:
                yield _wrong((*key, pattern, "parameters", name), what, config)


def _nothing_named(pattern: str, rules: list[Rule]) -> str:
    if _rank(pattern) == 1:
        return "no rule has an id like this; `auditor rules` lists them"
    hint = did_you_mean(pattern, [each.id for each in rules] + list(FAMILIES))
    return f"no rule has this id and no family this name; {hint or '`auditor rules` lists them'}"


def _wrong_parameter(name: str, value: Any, named: list[Rule]) -> str:
    """What is wrong with a parameter; one that some rule of several takes is right."""
    taking = [each for each in named if name in each.parameters]
    if not taking:
        known = {parameter for each in named for parameter in each.parameters}
        whose = named[0].id if len(named) == 1 else "no rule that this names"
        takes = "takes no parameters" if not known else "has no such parameter"
        takes = takes if len(named) == 1 else f"has the parameter {name}"
        return f"{whose} {takes}{'; ' + did_you_mean(name, known) if known else ''}"
    for each in taking:
        default = each.parameters[name]
        if not _fits(value, default):
            return f"must be {_kind(default)}, as its default in {each.id}, {value_text(default)}"
    return ""


def _fits(value: Any, default: Any) -> bool:
    if default is None:
        return True
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, float):
        return isinstance(value, int | float)
    if isinstance(default, list | tuple | set | frozenset):
        return isinstance(value, list) and all(
            _fits(v, d) for v in value for d in list(default)[:1]
        )
    if isinstance(default, Mapping):
        return isinstance(value, dict)
    return isinstance(value, type(default))


def _kind(default: Any) -> str:
    kinds: tuple[tuple[Any, str], ...] = (
        (bool, "true or false"),
        (int, "a whole number"),
        (float, "a number"),
        (str, "a string in quotes"),
        (Mapping, "a table"),
    )
    return next((text for kind, text in kinds if isinstance(default, kind)), "a list like it")


def _as_default(value: Any, default: Any) -> Any:
    """A list as what the rule expects: the type of its default."""
    if isinstance(value, list) and isinstance(default, tuple | set | frozenset):
        return type(default)(value)
    return value


def _wrong(key: Key, what: str, config: Config) -> Problem:
    location: Location | None = config.document.place(key) if config.document else None
    return Problem("error", "settings", f"{key_text(key)}: {what}", location=location)
