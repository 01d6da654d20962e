"""Functions on files and paths. Every file is read through `Context.files`, the guard.

Source: Terraform 1.11 `lang/funcs/filesystem.go`; Go 1.23 `path/filepath` on Linux; doublestar 1
for patterns.
"""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Callable
from typing import Final

from auditor.terraform import cty
from auditor.terraform.cty import Value
from auditor.terraform.files import FileRefusedError, Files
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions.arguments import refuse, text_of
from auditor.terraform.functions.hashing import DIGESTS
from auditor.terraform.types import BOOL, STRING, Set

_PATH: Final = Parameter("path", STRING)


def _files(context: Context) -> Files:
    if context.files is None:
        refuse("no file can be read here")
    return context.files


def read(context: Context, path: str) -> bytes:
    """The bytes of a file; raises `FunctionError` when it is not there or not to be read."""
    try:
        data = _files(context).read(path)
    except FileRefusedError as refused:
        refuse(str(refused), 0)
    context.budget.grow(len(data))
    return data


def read_text(context: Context, path: str) -> str:
    """As `read`, for a file that must be text in UTF-8."""
    try:
        return read(context, path).decode()
    except UnicodeDecodeError:
        refuse(
            f"contents of {path} are not valid UTF-8; use the filebase64 function to obtain the "
            "Base64 encoded contents or the other file functions (e.g. filemd5, filesha256) to "
            "obtain file hashing results instead"
        )


def _reader(name: str, made: Callable[[bytes], str]) -> Function:
    def run(args: list[Value], context: Context) -> Value:
        return cty.string(made(read(context, text_of(args[0]))))

    return Function(name, (_PATH,), STRING, run)


def _file(args: list[Value], context: Context) -> Value:
    return cty.string(read_text(context, text_of(args[0])))


def _fileexists(args: list[Value], context: Context) -> Value:
    try:
        return cty.boolean(_files(context).exists(args[0].v))
    except FileRefusedError as refused:
        refuse(str(refused), 0)


# -- fileset ---------------------------------------------------------------------------------

_BETWEEN: Final = "\x00"
"""Stands for `/` in patterns and paths, so that no class or range matches it."""


def _fileset(args: list[Value], context: Context) -> Value:
    folder, pattern = text_of(args[0]), text_of(args[1])
    # The path is joined to the pattern before it is read, so it may hold wildcards itself.
    joined = clean(f"{folder}/{pattern}" if folder else pattern)
    top = _without_wildcards(joined)
    fits = _matcher(joined)
    try:
        names = _files(context).listing(top)
    except FileRefusedError as refused:
        refuse(str(refused))
    context.budget.spend(len(names))
    paths = (clean(f"{top}/{name}") for name in names)
    found = [os.path.relpath(path, folder or ".") for path in paths if fits(path)]
    return cty.set_(map(cty.string, found), STRING)


def _without_wildcards(pattern: str) -> str:
    """The folders at the start of a pattern that hold no wildcards."""
    steps = pattern.split("/")
    fixed = 0
    while fixed < len(steps) - 1 and not any(char in "*?[{\\" for char in steps[fixed]):
        fixed += 1
    return "/".join(steps[:fixed]) or ("/" if pattern.startswith("/") else ".")


def _matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a path fits `*`, `?`, `[a-z]`, `{a,b}`, and `**` for any number of folders."""
    import re2

    steps = pattern.split("/")
    pieces = []
    for place, step in enumerate(steps):
        is_last = place == len(steps) - 1
        if step == "**":
            pieces.append("[^/]*" if is_last else f"(?:[^{_BETWEEN}]+{_BETWEEN})*")
        else:
            pieces.append(_step(step) + ("" if is_last else _BETWEEN))
    options = re2.Options()
    options.log_errors = False
    options.dot_nl = True
    try:
        compiled = re2.compile("".join(pieces), options)
    except re2.error:
        refuse(f'failed to glob pattern "{pattern}": syntax error in pattern')
    return lambda path: compiled.fullmatch(path.replace("/", _BETWEEN)) is not None


_TOKEN: Final = re.compile(r"\\(.)|\*+|\?|\[(\^?)((?:\\.|[^\]\\])+)\]|\{([^{}]*)\}|[\s\S]")


def _step(step: str) -> str:
    """The expression for the name of one file or folder."""
    out = []
    for match in _TOKEN.finditer(step):
        token = match[0]
        if match[1]:
            out.append(_literal(match[1]))
        elif token[0] == "*":
            out.append(f"[^{_BETWEEN}]*")
        elif token == "?":
            out.append(f"[^{_BETWEEN}]")
        elif match[3]:
            inside = match[3].replace("[", "\\[")
            out.append(f"[^{_BETWEEN}{inside}]" if match[2] else f"[{inside}]")
        elif match[4] is not None:
            out.append(f"(?:{'|'.join(_step(choice) for choice in match[4].split(','))})")
        elif token in "[{\\":
            refuse("failed to glob pattern: syntax error in pattern")
        else:
            out.append(_literal(token))
    return "".join(out)


def _literal(text: str) -> str:
    return re.escape(text) if text.isascii() else text


# -- paths -----------------------------------------------------------------------------------


def clean(path: str) -> str:
    """The shortest form of a path, as Go's `filepath.Clean`."""
    rooted = path.startswith("/")
    out: list[str] = []
    for step in path.split("/"):
        if step in ("", "."):
            continue
        if step == ".." and out and out[-1] != "..":
            out.pop()
        elif step != ".." or not rooted:
            out.append(step)
    return ("/" if rooted else "") + "/".join(out) or "."


def _basename(args: list[Value], _context: Context) -> Value:
    path = args[0].v
    if not path:
        return cty.string(".")
    return cty.string(path.rstrip("/").rpartition("/")[2] or "/")


def _dirname(args: list[Value], _context: Context) -> Value:
    folder, slash, _ = args[0].v.rpartition("/")
    return cty.string(clean(folder + slash))


def _abspath(args: list[Value], context: Context) -> Value:
    base = str(context.files.base) if context.files is not None else os.getcwd()
    path = args[0].v
    return cty.string(clean(path if path.startswith("/") else f"{base}/{path}"))


def _pathexpand(args: list[Value], _context: Context) -> Value:
    path = args[0].v
    if not path.startswith("~"):
        return cty.string(path)
    if path[1:2] not in ("", "/", "\\"):
        refuse("cannot expand user-specific home dir")
    # Whoever applies the configuration has another home than whoever audits it.
    return cty.unknown(STRING, because="~ is the home of whoever runs Terraform")


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")


FUNCTIONS: Final = {
    **{f"file{name}": _reader(f"file{name}", digest) for name, digest in DIGESTS.items()},
    "file": Function("file", (_PATH,), STRING, _file),
    "filebase64": _reader("filebase64", _base64),
    "fileexists": Function("fileexists", (_PATH,), BOOL, _fileexists),
    "fileset": Function("fileset", (_PATH, Parameter("pattern", STRING)), Set(STRING), _fileset),
    "basename": Function("basename", (_PATH,), STRING, _basename),
    "dirname": Function("dirname", (_PATH,), STRING, _dirname),
    "abspath": Function("abspath", (_PATH,), STRING, _abspath),
    "pathexpand": Function("pathexpand", (_PATH,), STRING, _pathexpand),
}
