"""Tells secrets among the plain values that people write: environment variables, stage variables.

Two signs count. A value's own form (an AWS key, a private key, a token of a known issuer, a
password inside a URL), whatever it is called; and a secret's name (`DB_PASSWORD`) with a value that
is no pointer to where the secret is kept. A value that is not known yet is a secret where it
certainly comes from one (`random_password.x.result`); under a secret's name it is in doubt,
unless it is an ARN, id or name of something.

Names and forms are those that reports cut out (auditor.redaction), so that what a rule finds here
is never shown. Sources of the forms: AWS IAM User Guide, "IAM identifiers" (key id prefixes);
GitHub docs, "GitHub's token formats"; RFC 7468 (PEM); RFC 7519 (JSON web tokens); RFC 3986 3.2.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from auditor.redaction import is_secret_name
from auditor.values import Ref, Undetermined, Unknown

_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("an AWS access key id", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("a GitHub token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{22,}\b")),
    ("a Slack token", re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}")),
    ("a JSON web token", re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+")),
    (
        "a password in a URL",
        re.compile(r"://[^\s/:@]{1,100}:(?!\*+@|<|\$|\{)[^\s/@]{1,200}@"),
    ),
)
_NO_SECRET = re.compile(
    r"(?ix) ^(?:"
    r"|true|false|yes|no|on|off|null|none|enabled|disabled|required|optional"
    r"|\d{1,5}"  # MAX_TOKENS = 4096, TOKEN = 1
    r"|arn:\S*|https?://\S*|s3://\S*"
    r"|\{\{.*\}\}|\$\{.*\}|<[^>]*>|\*+"  # templates and placeholders that something fills in
    r"|\$\(.*|`.*|\$(?-i:[A-Z_][A-Z0-9_]*)"  # what a shell fills in
    r"|/\S*|[a-z][a-z0-9_.-]*(?:/[a-z0-9_.-]+)+"  # names in Parameter Store or Secrets Manager
    r")$"
)
_AWS_SECRET_KEY = re.compile(r"(?=.*[A-Z])(?=.*[a-z])(?=.*\d)[A-Za-z0-9/+]{40}$")
"""Forty characters of base64; one without a `+` looks like a path. SOURCE: as the forms above."""
_SECRET_SOURCES = (
    "random_password.",
    "tls_private_key.",
    "data.aws_secretsmanager_secret_version.",
    "data.aws_secretsmanager_random_password.",
    "aws_secretsmanager_secret_version.",
    "aws_iam_access_key.",
)
_SECRET_ATTRIBUTES = frozenset(
    {
        *("result", "bcrypt_hash", "private_key_pem", "private_key_openssh", "secret"),
        *("secret_string", "secret_binary", "password", "master_password", "auth_token"),
        *("random_password", "ses_smtp_password_v4", "client_secret"),
    }
)
_POINTERS = frozenset({"arn", "id", "name", "url", "endpoint", "region", "secret_id", "version_id"})


def secret_in(name: str, value: Any) -> str | None:
    """What kind of secret a named value is (`a private key`), or `None`.

    value: text, text with holes, an `Unknown` or anything else (no secret). Raises `Undetermined`
    where a secret's name has a value that nobody knows.
    """
    if isinstance(value, Unknown):
        return _in_unknown(name, value)
    if not isinstance(value, str):
        return None
    kind = _form(value)
    if kind is not None or not is_secret_name(name):
        return kind
    if _AWS_SECRET_KEY.match(value):
        return "an AWS secret access key"
    return (
        "a literal under a secret's name"
        if len(value) > 2 and not _NO_SECRET.match(value)
        else None
    )


def secrets_in(pairs: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, str]]:
    """Name and kind of each certain secret; then `Undetermined` if others might be."""
    causes: list[Unknown] = []
    try:
        for name, value in pairs:
            try:
                kind = secret_in(name, value)
            except Undetermined as doubt:
                causes += doubt.causes
                continue
            if kind is not None:
                yield name, kind
    except Undetermined as open_end:
        causes += open_end.causes
    if causes:
        raise Undetermined(*causes)


def _form(text: str) -> str | None:
    return next((kind for kind, form in _FORMS if form.search(text)), None)


def _in_unknown(name: str, value: Unknown) -> str | None:
    holes = [p for p in value.parts if isinstance(p, Unknown)] if value.parts else [value]
    known = [p for p in value.parts or () if isinstance(p, str)]
    kind = next(filter(None, map(_form, known)), None)
    if kind:
        return kind
    if any(_comes_from_secret(ref) for hole in holes if hole.exact for ref in hole.refs):
        return "a secret's value"
    if not is_secret_name(name) or _is_pointer(known, holes):
        return None
    value.undetermined()


def _comes_from_secret(ref: Ref) -> bool:
    """Whether a reference is certainly to a secret's content, not to where it is kept."""
    address = re.sub(r"^(?:module\.[^.]+\.)+", "", ref.address)
    last = _last(ref)
    if address.startswith(_SECRET_SOURCES):
        return last in _SECRET_ATTRIBUTES
    return address.startswith("aws_") and last in {"password", "master_password", "auth_token"}


def _is_pointer(known: list[str], holes: list[Unknown]) -> bool:
    """Whether the value says where something is: it begins as an ARN, or is an id or name."""
    if known and _NO_SECRET.match(known[0]):
        return True
    return all(
        hole.exact
        and hole.refs[0].address.partition(".")[0] not in ("var", "local")
        and (_last(hole.refs[0]) in _POINTERS or _last(hole.refs[0]).endswith(("_arn", "_id")))
        for hole in holes
    )


def _last(ref: Ref) -> str:
    steps = [step for step in ref.path if isinstance(step, str)]
    return steps[-1] if steps else ""


def entries_of(table: Any) -> Iterator[tuple[str, Any]]:
    """Names and values of a map, those that are certain; then `Undetermined` if there may be more.

    table: a dict, an `Unknown` or None (no entries).
    """
    if isinstance(table, Unknown):
        yield from (table.entries or {}).items()
        table.undetermined()
    yield from (table or {}).items()
