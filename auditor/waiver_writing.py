"""Adds waivers to auditor-waivers.toml, leaving what is in the file as it is."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from auditor.repository import shown
from auditor.resource import Location
from auditor.toml_places import SettingsError, refuse
from auditor.toml_text import quoted, value_text
from auditor.waivers import Waiver, parse_waivers


def add_waiver(waiver: Waiver, file: Path) -> Location:
    """Writes a waiver to the end of a file, which may not exist yet; gives its place.

    Raises `SettingsError` when the file cannot be read, has mistakes, already has such a waiver,
    or cannot be written; the file is then as it was.
    """
    file = Path(os.path.realpath(file))
    before = _read(file)
    for each in parse_waivers(before, file):
        same = (each.rule, each.resources, each.environments)
        if same == (waiver.rule, waiver.resources, waiver.environments):
            until = f" until {each.until}" if each.until else ""
            raise refuse("waiver-twice", f"there is such a waiver{until}: change it", each.location)
    after = _with_entry(before, as_toml(waiver))
    try:
        location = parse_waivers(after, file)[-1].location
    except SettingsError as error:
        raise refuse(
            "waivers",
            f"{shown(file)} does not write its waivers as [[waiver]] tables: add this by hand\n"
            f"{as_toml(waiver)}",
        ) from error
    _write(file, after)
    return location


def _read(file: Path) -> str:
    if not file.exists():
        return ""
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            return stream.read()
    except (OSError, UnicodeDecodeError) as error:
        raise refuse("settings-unreadable", f"cannot read {shown(file)}: {error}") from error


def _with_entry(text: str, entry: str) -> str:
    """The entry after a blank line, with the line ends that the file has."""
    if text and not text.endswith("\n"):
        text += "\n"
    whole = f"\n{entry}" if text else entry
    return text + (whole.replace("\n", "\r\n") if "\r\n" in text else whole)


def _write(file: Path, text: str) -> None:
    """In one step, so that an interruption leaves the old file."""
    try:
        handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        os.chmod(temporary, file.stat().st_mode if file.exists() else 0o644)
        os.replace(temporary, file)
    except OSError as error:
        raise refuse("unwritable", f"cannot write {shown(file)}: {error.strerror}") from error


def as_toml(waiver: Waiver) -> str:
    """The waiver as an entry of the file."""
    lines = ["[[waiver]]", f"rule = {quoted(waiver.rule)}"]
    lines.append(f"resource = {_one_or_list(waiver.resources)}")
    if waiver.environments:
        lines.append(f"environment = {_one_or_list(waiver.environments)}")
    lines.append(f"reason = {quoted(waiver.reason)}")
    lines += [f"{n} = {quoted(v)}" for n, v in _optional(waiver) if v]
    if waiver.until:
        lines.append(f"until = {waiver.until.isoformat()}")
    return "\n".join(lines) + "\n"


def _optional(waiver: Waiver) -> tuple[tuple[str, str], ...]:
    return ("owner", waiver.owner), ("ticket", waiver.ticket)


def _one_or_list(texts: tuple[str, ...]) -> str:
    return value_text(texts[0] if len(texts) == 1 else texts)
