"""auditor-waivers.toml: findings that somebody has decided to live with, and until when.

::

    [[waiver]]
    rule = "ENC-S3-BUCKET-KMS"
    resource = "module.site.aws_s3_bucket.assets*"
    environment = "dev"
    reason = "public assets only"
    owner = "web"
    ticket = "WEB-17"
    until = 2027-03-31

`rule` is an id or a glob over ids. `resource` is a glob over the address in code, plan and state,
and over the id and ARN of a live resource; several may stand in a list. `environment` (one or a
list, also globs) left out means all of them. A waiver holds through the day it names; after that
it waives nothing and is reported, as is one that matches nothing. What could not even be listed is
never waived.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.patterns import glob
from auditor.repository import shown, upwards
from auditor.resource import Location, Problem
from auditor.suggest import did_you_mean
from auditor.toml_places import Document, Key, SettingsError, is_there, parse_toml, read_toml

if TYPE_CHECKING:
    pass

FILE_NAME = "auditor-waivers.toml"


@dataclass(frozen=True, slots=True)
class Waiver:
    """One entry of the file. `until`: the last day on which it holds; `None` is for good."""

    rule: str
    resources: tuple[str, ...]
    reason: str
    environments: tuple[str, ...] = ()
    owner: str = ""
    ticket: str = ""
    until: date | None = None
    location: Location = field(default=Location(FILE_NAME))

    def expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.until is not None and self.until < today

    def covers(self, names: Iterable[str]) -> bool:
        """Whether it speaks about a resource that has these names."""
        return any(glob(p).fullmatch(name) for name in names for p in self.resources)

    def holds_in(self, environment: str | None) -> bool:
        """Whether it speaks about an environment."""
        if not self.environments:
            return True
        name = (environment or "").lower()
        return bool(name) and any(glob(e.lower()).fullmatch(name) for e in self.environments)


# -- reading --------------------------------------------------------------------------------------


def find_waivers(path: Path) -> Path | None:
    """The nearest waiver file, from `path` up to the top of the repository."""
    files = (folder / FILE_NAME for folder in upwards(path))
    return next((file for file in files if is_there(file)), None)


def read_waivers(file: Path) -> list[Waiver]:
    """The waivers in a file. Raises `SettingsError` with every problem at its line."""
    return _waivers(read_toml(file, shown(file)))


def parse_waivers(text: str, file: Path) -> list[Waiver]:
    """The waivers in a text that is or will be in `file`. Raises `SettingsError`."""
    return _waivers(parse_toml(text, file, shown(file)))


def _waivers(document: Document) -> list[Waiver]:
    waivers: list[Waiver] = []
    strange = [name for name in document.data if name != "waiver"]
    problems = [_wrong(document, (n,), "no such table: entries are [[waiver]]") for n in strange]
    entries = document.data.get("waiver", [])
    if not isinstance(entries, list):
        problems.append(_wrong(document, ("waiver",), "entries have two brackets: [[waiver]]"))
        entries = []
    for index, entry in enumerate(entries):
        key: Key = ("waiver", index)
        wrong = list(_mistakes(document, key, entry))
        problems += wrong
        if not wrong:
            waivers.append(_waiver(entry, document.place(key)))
    if problems:
        raise SettingsError(*sorted(problems, key=lambda p: p.location.line if p.location else 0))
    return waivers


def _waiver(entry: Mapping[str, Any], location: Location) -> Waiver:
    return Waiver(
        rule=entry["rule"].strip(),
        resources=_several(entry["resource"]),
        reason=entry["reason"].strip(),
        environments=_several(entry.get("environment", ())),
        owner=entry.get("owner", ""),
        ticket=entry.get("ticket", ""),
        until=entry.get("until"),
        location=location,
    )


def _several(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


_TEXT, _TEXTS, _DATE = "a string in quotes", "a string or a list of strings", "a date"
_FIELDS: Mapping[str, tuple[str, bool]] = {
    "rule": (_TEXT, True),
    "resource": (_TEXTS, True),
    "environment": (_TEXTS, False),
    "reason": (_TEXT, True),
    "owner": (_TEXT, False),
    "ticket": (_TEXT, False),
    "until": (_DATE, False),
}
"""Name → (what it must be, whether it must be there)."""


def _mistakes(document: Document, key: Key, entry: Any) -> Iterator[Problem]:
    if not isinstance(entry, dict):
        yield _wrong(document, key, "must be a table: [[waiver]]")
        return
    for name in entry:
        if name not in _FIELDS:
            hint = did_you_mean(name, _FIELDS)
            yield _wrong(document, (*key, name), f"{name} is no part of a waiver: {hint}")
    for name, (kind, required) in _FIELDS.items():
        if name not in entry:
            if required:
                yield _wrong(document, key, f"{name} is required{_WHY.get(name, '')}")
        elif not _is(entry[name], kind):
            like = ", such as 2027-03-31 without quotes" if kind is _DATE else ""
            yield _wrong(document, (*key, name), f"{name} must be {kind}{like}")
        elif required and not all(text.strip() for text in _several(entry[name])):
            yield _wrong(document, (*key, name), f"{name} is empty{_WHY.get(name, '')}")
    if is_everything(entry.get("rule")) and any(map(is_everything, _listed(entry.get("resource")))):
        yield _wrong(document, key, "it would waive everything: name a rule or a resource")


def is_everything(pattern: Any) -> bool:
    """Whether a pattern names nothing in particular: `*`, `**`, `?*`."""
    return isinstance(pattern, str) and bool(pattern.strip()) and not pattern.strip(" *?")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_WHY: Mapping[str, str] = {"reason": ": say why this may stay", "resource": ": its address or ARN"}


def _is(value: Any, kind: str) -> bool:
    if kind is _DATE:
        return isinstance(value, date) and not isinstance(value, datetime)
    if kind is _TEXT:
        return isinstance(value, str)
    texts = [value] if isinstance(value, str) else value
    return isinstance(texts, list) and bool(texts) and all(isinstance(t, str) for t in texts)


def _wrong(document: Document, key: Key, what: str) -> Problem:
    return Problem("error", "waivers", what, location=document.place(key))
