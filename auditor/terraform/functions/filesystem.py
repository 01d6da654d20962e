"""Functions that read files, or take paths apart.

Files are read through `context.files` only, which refuses whatever lies outside the repository.

Source: Terraform 1.11 `lang/funcs/filesystem.go`, Go 1.23 `path/filepath` (Unix),
github.com/bmatcuk/doublestar 1.x for `fileset`.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Callable, Mapping
from typing import Final

from auditor.terraform import cty
from auditor.terraform.cty import Value
from auditor.terraform.files import FileRefusedError, Files
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions.arguments import refuse, text_of
from auditor.terraform.types import BOOL, STRING, Set

_PATH: Final = Parameter("path", STRING)


def files_of(context: Context) -> Files:
    """The guarded files of a call; raises `FunctionError` where there are none."""
    if context.files is None:
        refuse("no files can be read here")
    return context.files


def read(context: Context, path: str) -> bytes:
    """The bytes of a file; raises `FunctionError` with why it cannot be read."""
    try:
        data = files_of(context).read(path)
    except FileRefusedError as refused:
        refuse(str(refused), 0)
    context.budget.grow(len(data))
    return data


def read_text(context: Context, path: str) -> str:
    """The text of a file; raises `FunctionError` where it is not UTF-8."""
    try:
        return read(context, path).decode("utf-8")
    except UnicodeDecodeError:
        refuse(
            f"contents of {path!r} are not valid UTF-8; use the filebase64 function to obtain the "
            "Base64 encoded contents or the other file functions (e.g. filemd5, filesha256) to "
            "obtain file hashing results instead",
            0,
        )


def _of_bytes(name: str, make: Callable[[bytes], str]) -> Function:
    def implementation(args: list[Value], context: Context) -> Value:
        return cty.string(make(read(context, text_of(args[0]))))

    return Function(name, (_PATH,), STRING, implementation)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _file(args: list[Value], context: Context) -> Value:
    return cty.string(read_text(context, text_of(args[0])))


def _fileexists(args: list[Value], context: Context) -> Value:
    try:
        return cty.boolean(files_of(context).exists(text_of(args[0])))
    except FileRefusedError as refused:
        refuse(str(refused), 0)


def _fileset(args: list[Value], context: Context) -> Value:
    path, pattern = text_of(args[0]), text_of(args[1])
    try:
        listed = files_of(context).listing(path)
    except FileRefusedError as refused:
        refuse(str(refused), 0)
    context.budget.spend(len(listed))
    fits = glob(pattern)
    return cty.set_([cty.string(name) for name in listed if fits(name)], STRING)


def glob(pattern: str) -> Callable[[str], bool]:
    """A matcher for a doublestar pattern; raises `FunctionError` where it is malformed.

    `*` and `?` do not cross `/`, `**` as a whole path element crosses any number, `[…]` and
    `{a,b}` are as in a shell.
    """
    try:
        expression = re.compile(_translated(pattern))
    except (re.error, ValueError):
        refuse(f"failed to glob pattern ({pattern}): syntax error in pattern", 1)
    return lambda name: expression.fullmatch(name) is not None


def _translated(pattern: str) -> str:
    out, position, depth = [], 0, 0
    while position < len(pattern):
        char = pattern[position]
        if pattern.startswith("**/", position) and _at_element(pattern, position):
            out.append("(?:[^/]+/)*")
            position += 3
            continue
        if pattern[position:] == "**" and _at_element(pattern, position):
            out.append(".*")
            position += 2
            continue
        if char == "*":
            out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "[":
            end = pattern.index("]", position + 2)
            inside = pattern[position + 1 : end]
            negated = inside[:1] in ("^", "!")
            escaped = (inside[1:] if negated else inside).replace("\\", "\\\\").replace("[", "\\[")
            out.append(f"[{'^/' if negated else ''}{escaped}]")
            position = end
        elif char == "{":
            out.append("(?:")
            depth += 1
        elif char == "}" and depth:
            out.append(")")
            depth -= 1
        elif char == "," and depth:
            out.append("|")
        elif char == "\\" and position + 1 < len(pattern):
            position += 1
            out.append(re.escape(pattern[position]))
        else:
            out.append(re.escape(char))
        position += 1
    if depth:
        raise ValueError(pattern)
    return "".join(out)


def _at_element(pattern: str, position: int) -> bool:
    return position == 0 or pattern[position - 1] == "/"


# -- paths ----------------------------------------------------------------------------------------


def clean(path: str) -> str:
    """Go's `filepath.Clean`: no empty, `.` or inner `..` elements; empty becomes `.`."""
    normal = os.path.normpath(path) if path else "."
    return "/" + normal.lstrip("/") if normal.startswith("/") else normal


def basename(path: str) -> str:
    """The last element; `.` of nothing, `/` of slashes."""
    if not path:
        return "."
    stripped = path.rstrip("/")
    return stripped.rsplit("/", 1)[-1] if stripped else "/"


def dirname(path: str) -> str:
    """Everything before the last slash, cleaned."""
    return clean(path[: path.rfind("/") + 1])


def _abspath(args: list[Value], context: Context) -> Value:
    path = text_of(args[0])
    base = str(context.files.base) if context.files is not None else os.getcwd()
    return cty.string(clean(path if path.startswith("/") else f"{base}/{path}"))


def _pathexpand(args: list[Value], _context: Context) -> Value:
    path = text_of(args[0])
    if path.startswith("~") and path[1:2] not in ("", "/"):
        refuse("failed to expand user-specific home dir: cannot expand user-specific home dir", 0)
    return cty.string(os.path.expanduser(path) if path.startswith("~") else path)


def _of_path(name: str, make: Callable[[str], str]) -> Function:
    def implementation(args: list[Value], _context: Context) -> Value:
        return cty.string(make(text_of(args[0])))

    return Function(name, (_PATH,), STRING, implementation)


FUNCTIONS: Final[Mapping[str, Function]] = {
    function.name: function
    for function in (
        Function("abspath", (_PATH,), STRING, _abspath),
        _of_path("basename", basename),
        _of_path("dirname", dirname),
        Function("file", (_PATH,), STRING, _file),
        _of_bytes("filebase64", _base64),
        _of_bytes("filebase64sha256", lambda data: _base64(hashlib.sha256(data).digest())),
        _of_bytes("filebase64sha512", lambda data: _base64(hashlib.sha512(data).digest())),
        Function("fileexists", (_PATH,), BOOL, _fileexists),
        _of_bytes("filemd5", lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest()),
        Function("fileset", (_PATH, Parameter("pattern", STRING)), Set(STRING), _fileset),
        _of_bytes("filesha1", lambda data: hashlib.sha1(data, usedforsecurity=False).hexdigest()),
        _of_bytes("filesha256", lambda data: hashlib.sha256(data).hexdigest()),
        _of_bytes("filesha512", lambda data: hashlib.sha512(data).hexdigest()),
        Function("pathexpand", (_PATH,), STRING, _pathexpand),
    )
}
