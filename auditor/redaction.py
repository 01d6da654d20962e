"""Keeps secrets that nobody marked as such out of what is shown.

Values that Terraform or the provider's schema call sensitive are wrapped (`Sensitive`) and never
get this far. People also write passwords into plain strings: scripts, environment variables,
tags. What surely is a secret by its form, or by the name it is given, is cut out of evidence and
of code lines. This is a net below the rules, not a detector: it prefers to cut too much.
"""

from __future__ import annotations

import re
from typing import Any

from auditor.values import REDACTED

_FORMS = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"  # AWS access key ids
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{22,}\b"  # GitHub tokens
    r"|\bxox[abprs]-[A-Za-z0-9-]{10,}"  # Slack tokens
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+"  # JSON web tokens
    r"|(?<=://)[^\s/:@]{1,100}:[^\s/@]{1,200}(?=@)"  # user:password@ in an address
)

_SECRET_NAME = re.compile(
    r"(?i)(?:^|[_\-.])(?:\w*pass(?:word|wd|phrase)|\w*secret|\w*token|pwd"
    r"|api_?key|access_?key|private_?key|client_?key|credential)s?$"
)

_GIVEN = re.compile(
    r"""(?ix)
    (\b[\w\-.]*(?:password|passwd|passphrase|secret|token|pwd|api_?key|access_?key|private_?key)
       [\w\-.]*["']?\s*(?:=|:)\s*)
    (?: "((?:[^"\\]|\\.)*)" | '([^']*)' | ([^\s"'$(){}\[\],;&|]{6,}) )
    """
)
_WORDS = ("pass", "secret", "token", "pwd", "key")
_HARMLESS = re.compile(
    r"(?i)^(?:|true|false|null|none|\$\{[^}]*\}|arn:[^\s]*|(?:var|local|data|module|aws_\w+)[.\[].*)$"
)

# Pairs as containers have them, also in JSON text: {"name": "DB_PASSWORD", "value": "…"}
_PAIR = re.compile(
    r"""(?ix)
    ( (?:\b|["'])name["']?\s*[:=]\s*"([^"\\]*)"\s*+,?\s*+["']?value["']?\s*[:=]\s* )
    "((?:[^"\\]|\\.)*)(?:"|\Z)
    """
)
_PAIR_TURNED = re.compile(
    r"""(?ix)
    ( (?:\b|["'])value["']?\s*[:=]\s* ) "((?:[^"\\]|\\.)*)"
    ( \s*+,?\s*+["']?name["']?\s*[:=]\s*"([^"\\]*)" )
    """
)


def is_secret_name(name: str) -> bool:
    """Whether a key or variable of this name holds a secret: `DB_PASSWORD`, `api_key`."""
    return bool(_SECRET_NAME.search(name[-100:]))


def redacted(value: Any) -> Any:
    """A plain tree without what looks like a secret."""
    if isinstance(value, str):
        return _texts(value) if len(value) > 8 else value
    if isinstance(value, dict):
        return {key: _entry(key, item) for key, item in value.items()}
    if isinstance(value, list):
        return [redacted(item) for item in value]
    return value


def _entry(name: str, value: Any) -> Any:
    if isinstance(value, str) and is_secret_name(name) and not _HARMLESS.match(value):
        return {"__sensitive__": True}
    return redacted(value)


def redacted_code(line: str) -> str:
    """A line of code without literals that look like secrets, by form or by the name before."""
    return _GIVEN.sub(_without_literal, _texts(line))


def _texts(text: str) -> str:
    """Text without secrets by form, and without values in pairs whose name is a secret's."""
    text = _PAIR.sub(_without_pair, _FORMS.sub(REDACTED, text))
    return _PAIR_TURNED.sub(_without_turned_pair, text)


def _without_pair(match: re.Match[str]) -> str:
    if is_secret_name(match[2]) and not _HARMLESS.match(match[3]):
        return f"{match[1]}{REDACTED}"
    return match[0]


def _without_turned_pair(match: re.Match[str]) -> str:
    if is_secret_name(match[4]) and not _HARMLESS.match(match[2]):
        return f"{match[1]}{REDACTED}{match[3]}"
    return match[0]


def _without_literal(match: re.Match[str]) -> str:
    literal = next((g for g in match.groups()[1:] if g is not None), "")
    return match[0] if _HARMLESS.match(literal) else f"{match[1]}{REDACTED}"


def without_value(line: str) -> str:
    """A line of code that gives a sensitive argument, without what it gives it."""
    name, equals, _ = line.partition("=")
    return f"{name}{equals} {REDACTED}" if equals else REDACTED


def hidden(value: Any) -> Any:
    """A plain tree with every text, number and truth value in it hidden; its shape stays."""
    if isinstance(value, dict):
        if "__unknown__" in value or "__sensitive__" in value:
            return value
        return {key: hidden(item) for key, item in value.items()}
    if isinstance(value, list):
        return [hidden(item) for item in value]
    return value if value is None else {"__sensitive__": True}
