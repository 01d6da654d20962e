"""Whether a settings file says only what auditor understands: every problem at its line."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from auditor.config import (
    AwsSettings,
    EnvironmentSettings,
    RulePolicy,
    S3State,
    Settings,
    StateSettings,
)
from auditor.repository import is_within, repository_of
from auditor.resource import Problem
from auditor.rule import SEVERITIES
from auditor.suggest import did_you_mean
from auditor.toml_places import Document, Key, SettingsError


def validate(document: Document) -> Settings:
    """The settings in a document. Raises `SettingsError` with every problem at its line."""
    from pydantic import TypeAdapter, ValidationError

    data, problems = _written_out(document)
    try:
        # As JSON: strict there still takes a table for a dataclass and an array for a tuple.
        settings = TypeAdapter(Settings).validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        problems += _explained(error.errors(include_url=False), document)
        raise SettingsError(*_in_order(problems)) from error
    problems += _checks(settings, document)
    if problems:
        raise SettingsError(*_in_order(problems))
    return settings


def _in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda p: p.location.line if p.location else 0)


def _written_out(document: Document) -> tuple[dict[str, Any], list[Problem]]:
    """The data with short forms written out: a policy or a state that is one word."""
    data: dict[str, Any] = copy.deepcopy(dict(document.data))
    problems: list[Problem] = []
    environments = data.get("environments")
    sections: list[tuple[Key, Any]] = [((), data)]
    if isinstance(environments, dict):
        sections += [(("environments", name), each) for name, each in environments.items()]
    for key, section in sections:
        if not isinstance(section, dict):
            continue
        if isinstance(section.get("state"), str):
            word = section["state"]
            section["state"] = {"terraform": True} if word == "terraform" else {"path": word}
        policy = section.get("policy")
        if not isinstance(policy, dict):
            continue
        words = [pattern for pattern, said in policy.items() if isinstance(said, str)]
        found = [_policy_word(policy, word, document, (*key, "policy", word)) for word in words]
        problems += [problem for problem in found if problem]
    return data, problems


_WORDS: Mapping[str, Mapping[str, Any]] = {
    "off": {"enabled": False},
    "on": {"enabled": True},
    **{level: {"severity": level} for level in SEVERITIES},
}


def _policy_word(
    policy: dict[str, Any], pattern: str, document: Document, key: Key
) -> Problem | None:
    word = policy[pattern]
    policy[pattern] = dict(_WORDS.get(word, {}))
    if word in _WORDS:
        return None
    return _wrong(document, key, f'"{word}" is no policy: {did_you_mean(word, _WORDS)}')


def _wrong(document: Document, key: Key, what: str) -> Problem:
    return Problem("error", "settings", f"{key_text(key)}: {what}", location=document.place(key))


def key_text(key: Key) -> str:
    """The key as it would be written: `environments.prod.policy."ENC-*"`."""
    text = ""
    for step in key:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            word = step if re.fullmatch(r"[\w-]+", step) else f'"{step}"'
            text += f".{word}" if text else word
    return text


_EXPECTED: Mapping[str, str] = {
    "string_type": "must be a string in quotes",
    "bool_type": "must be true or false",
    "tuple_type": 'must be a list of strings, such as ["a", "b"]',
    "dict_type": "must be a table",
    "mapping_type": "must be a table",
    "dataclass_type": "must be a table",
    "missing": "is required",
}


def _explained(errors: list[Any], document: Document) -> list[Problem]:
    """pydantic's errors in this tool's words; those of one union become one."""
    messages: dict[Key, list[str]] = {}
    for error in errors:
        key = _written_key(error["loc"], document)
        if error["type"] == "missing":  # it has no line: that of the table around it is shown
            key = error["loc"]
        messages.setdefault(key, []).append(_message(error, key))
    problems = []
    for key, texts in messages.items():
        wanted = list(dict.fromkeys(texts))
        text = " or ".join([wanted[0], *(w.removeprefix("must be ") for w in wanted[1:])])
        problems.append(_wrong(document, key, text))
    return problems


def _written_key(loc: tuple[str | int, ...], document: Document) -> Key:
    """The part of pydantic's location that is in the file; the rest names branches of a union."""
    key: Key = ()
    for length in range(1, len(loc) + 1):
        if loc[:length] in document.lines:
            key = loc[:length]
    return key


def _message(error: Mapping[str, Any], key: Key) -> str:
    kind = error["type"]
    if kind == "unexpected_keyword_argument":
        return f"no such setting: {did_you_mean(str(key[-1]), _known_keys(key))}"
    if kind == "literal_error":
        return f"{_written_value(error['input'])} is not one of {error['ctx']['expected']}"
    if kind == "dataclass_type" and key[-2:-1] == ("policy",):
        return 'must be a word, such as "off" or "high", or a table'
    return _EXPECTED.get(kind, str(error["msg"]))


def _written_value(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _known_keys(key: Key) -> list[str]:
    """The settings that may stand beside `key`."""
    inside: Any = key[2:-1] if key[0] == "environments" and len(key) > 2 else key[:-1]
    tables: Mapping[tuple[str, ...], Any] = {
        (): EnvironmentSettings if len(key) > 2 and key[0] == "environments" else Settings,
        ("aws",): AwsSettings,
        ("state",): StateSettings,
        ("state", "s3"): S3State,
    }
    table = RulePolicy if inside[:1] == ("policy",) else tables.get(inside)
    return [f.name for f in fields(table)] if table else []


# -- what types cannot say ------------------------------------------------------------------------

_PATTERNS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "account_id": (re.compile(r"\d{12}"), "must be the twelve digits of an AWS account"),
    "role_arn": (re.compile(r"arn:[\w-]+:iam::\d{12}:role/\S+"), "must be the ARN of an IAM role"),
    "endpoint_url": (re.compile(r"https?://\S+"), "must be an http or https address"),
    "region": (re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d"), "is not the name of an AWS region"),
}


def fits(name: str, value: str | None) -> bool:
    """Whether a value has the form that a setting of that name needs; an absent one does."""
    return value is None or bool(_PATTERNS[name][0].fullmatch(value))


def _checks(settings: Settings, document: Document) -> list[Problem]:
    problems = list(_section_checks(settings, (), document))
    names: dict[str, Key] = {}
    for name, each in settings.environments.items():
        key: Key = ("environments", name)
        other = names.setdefault(name.lower(), key)
        if other != key:
            place = document.place(other)
            what = f"is the environment {other[1]} of {place} again: case does not count"
            problems.append(_wrong(document, key, what))
        if name.lower() == "all":
            problems.append(
                _wrong(document, key, "the name means every environment: choose another")
            )
        problems += _section_checks(each, key, document)
    return problems


def _section_checks(
    section: EnvironmentSettings, key: Key, document: Document
) -> Iterator[Problem]:
    yield from _form_checks(section.aws, (*key, "aws"), document)
    for index, region in enumerate(section.aws.regions):
        if not _PATTERNS["region"][0].fullmatch(region):
            where = (*key, "aws", "regions", index)
            yield _wrong(document, where, f'"{region}" {_PATTERNS["region"][1]}')
    if section.state is not None:
        yield from _state_checks(section.state, (*key, "state"), document)
    for name in ("roots", "var_files"):
        for index, path in enumerate(getattr(section, name)):
            yield from _path_checks(path, (*key, name, index), document)


def _form_checks(section: AwsSettings | S3State, key: Key, document: Document) -> Iterator[Problem]:
    for name, (pattern, what) in _PATTERNS.items():
        value = getattr(section, name, None)
        if value is not None and not pattern.fullmatch(value):
            yield _wrong(document, (*key, name), f'"{value}" {what}')


def _state_checks(state: StateSettings, key: Key, document: Document) -> Iterator[Problem]:
    given = [state.path is not None, state.s3 is not None, state.terraform]
    if sum(given) != 1:
        yield _wrong(document, key, 'needs exactly one of path, s3 or "terraform"')
    if state.path is not None:
        yield from _place_checks(
            state.path, key, document
        )  # whether it is there is seen on reading
    if state.s3 is not None:
        yield from _form_checks(state.s3, (*key, "s3"), document)


def _place_checks(path: str, key: Key, document: Document) -> Iterator[Problem]:
    """Nothing outside of the repository is read because a file in it says so."""
    folder = document.path.parent
    top = repository_of(folder)
    if not is_within(folder / path, top):
        yield _wrong(
            document, key, f"{path} leads out of {top}: name it on the command line instead"
        )


def _path_checks(path: str, key: Key, document: Document) -> Iterator[Problem]:
    """A file or folder that must be there, and in the repository."""
    outside = list(_place_checks(path, key, document))
    yield from outside
    folder = document.path.parent
    if outside:
        return
    if "roots" in key and not (folder / path).is_dir():
        yield _wrong(document, key, f"there is no folder {path} beside {document.shown}")
    elif "roots" not in key and not (folder / path).is_file():
        yield _wrong(document, key, f"there is no file {path} beside {document.shown}")
