"""Where reports go: `--format` and `--output`, which belong together in pairs."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import click

from auditor.render import FORMATS, format_of

STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Output:
    """One report: its format, and the file (`-`: standard output)."""

    format: str
    file: str = STDOUT


def outputs(formats: Sequence[str], files: Sequence[str]) -> list[Output]:
    """The reports that are asked for. Raises `click.UsageError`.

    The first format goes with the first file, the second with the second; a file of its own has
    the format that its name ends with; a format of its own goes to standard output.
    """
    if "" in files:
        raise click.UsageError("--output needs the name of a file, or - for standard output")
    made = [Output(f, file) for f, file in zip(formats, files, strict=False)]
    made += [Output(f) for f in formats[len(files) :]]
    made += [Output(_format_for(file), file) for file in files[len(formats) :]]
    if not made:
        return [Output("text")]
    again = next((f for f in files if f != STDOUT and files.count(f) > 1), None)
    if again:
        raise click.UsageError(f"two reports cannot both go to {again}")
    if sum(each.file == STDOUT for each in made) > 1:
        raise click.UsageError(
            "several formats cannot all go to standard output: give each one an --output"
        )
    return made


def _format_for(file: str) -> str:
    if file == STDOUT:
        return "text"
    found = format_of(file)
    if found is None:
        known = ", ".join(FORMATS)
        raise click.UsageError(f"which format is {file}? Say --format ({known}) before it")
    return found


@contextmanager
def opened(output: Output) -> Iterator[IO[str]]:
    """The stream of a report. A file is replaced as a whole, when all of it is written.

    A link stays one, and a device or pipe is written to: it is never replaced by a file.
    """
    path = Path(os.path.realpath(output.file))
    try:
        if output.file == STDOUT:
            yield sys.stdout
            sys.stdout.flush()
        elif path.exists() and not path.is_file() and not path.is_dir():
            with path.open("w", encoding="utf-8", errors="backslashreplace") as stream:
                yield stream
        else:
            with _replacing(path) as stream:
                yield stream
    except BrokenPipeError:
        raise
    except OSError as failed:
        where = "to standard output" if output.file == STDOUT else output.file
        raise click.ClickException(f"cannot write {where}: {failed.strerror}") from failed


@contextmanager
def _replacing(path: Path) -> Iterator[IO[str]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
            yield stream
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
