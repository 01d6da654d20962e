"""Suppressions in code: comments that say a finding is known, and why it stays.

::

    # auditor:ignore ENC-S3-BUCKET-KMS reason="public assets only" until=2027-03-31
    resource "aws_s3_bucket" "assets" {

What a comment covers: on the line above a block or an argument, or on its line, that block or
argument; in the first lines of a block, the whole block; inside a list, the line. A block may be
a resource, a module call (then everything in the module), or one nested in them; an argument of a
module call covers what its value causes inside.

Comments for Checkov, Trivy and tfsec are honoured through the ids that rules have there; theirs
need no reason. Ours do. Comments are found with the HCL parser, so text in a heredoc is no comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from auditor.resource import Location

MARKERS = (b"auditor:ignore", b"checkov:skip", b"trivy:ignore", b"tfsec:ignore")


@dataclass(frozen=True, slots=True)
class Target:
    """The lines that a comment covers, 1-based and inclusive.

    whole: a block at the top of the file: what stands in it by reference (a module call's
    resources) is covered too.
    """

    first: int
    last: int
    whole: bool = False

    def __contains__(self, line: int) -> bool:
        return self.first <= line <= self.last


@dataclass(slots=True)
class Suppression:
    """One comment as it was read. `wrong`: why it is not honoured; empty when it is.

    rules: as written. target: None where nothing stands below the comment.
    """

    tool: str
    rules: list[str]
    location: Location
    target: Target | None
    reason: str = ""
    until: date | None = None
    wrong: str = ""
    ids: set[str] = field(default_factory=set)
    used: int = 0


# -- reading comments -----------------------------------------------------------------------------


def read_suppressions(path: Path, name: str) -> list[Suppression]:
    """The suppressions in one file, called `name` in the run; none where it cannot be read."""
    if path.suffix == ".json":
        return []  # JSON has no comments
    try:
        text = path.read_bytes()
    except OSError:
        return []  # the evaluator has said so
    if not any(marker in text for marker in MARKERS):
        return []
    return list(_in_text(text, name))


def _in_text(text: bytes, name: str) -> Iterator[Suppression]:
    blocks: list[_Piece] = []
    comments: list[_Piece] = []
    _collect(_parse(text), 0, blocks, comments)
    lines = text.split(b"\n")
    commented = {n for c in comments for n in range(c.first, c.last + 1) if c.alone(lines)}
    for comment in comments:
        found = list(_suppressions_in(comment.text))
        if not found:
            continue
        target = _target(comment, blocks, lines, commented)
        for tool, written in found:
            place = Location(name, comment.first, comment.column, comment.last, 0)
            suppression = Suppression(tool, [], place, target)
            _READERS[tool](suppression, written)
            if tool == "checkov":
                suppression.target = _resource_around(comment, blocks) or target
            yield suppression


@dataclass(frozen=True, slots=True)
class _Piece:
    """A block, an argument or a comment: where it is; of a block, where its content begins."""

    kind: str
    first: int
    last: int
    column: int
    depth: int
    opens: int = 0
    content: int = 0
    text: str = ""

    def alone(self, lines: Sequence[bytes]) -> bool:
        """Whether only blanks stand before it on its line."""
        return not lines[self.first - 1][: self.column - 1].strip()


def _parse(text: bytes) -> Any:
    import tree_sitter
    import tree_sitter_hcl

    language = tree_sitter.Language(tree_sitter_hcl.language())
    return tree_sitter.Parser(language).parse(text).root_node


def _collect(root: Any, depth: int, blocks: list[_Piece], comments: list[_Piece]) -> None:
    """Blocks, arguments and comments in order of appearance. No recursion: nesting may be deep."""
    stack = [(root, depth)]
    while stack:
        node, depth = stack.pop()
        if node.type == "comment":
            comments.append(_piece(node, "comment", depth, text=node.text.decode(errors="replace")))
            continue
        inner = depth
        if node.type in ("block", "attribute"):
            blocks.append(_block(node, depth) if node.type == "block" else _piece(node, "", depth))
            inner = depth + 1
        stack += [(child, inner) for child in reversed(node.children)]


def _piece(node: Any, kind: str, depth: int, **more: Any) -> _Piece:
    (row, column), (last, _) = node.start_point, node.end_point
    return _Piece(kind or node.type, row + 1, last + 1, column + 1, depth, **more)


def _block(node: Any, depth: int) -> _Piece:
    opens = content = 0
    for child in node.children:
        if child.type == "block_start":
            opens = child.start_point[0] + 1
        elif child.type in ("body", "block_end") and not content:
            content = child.start_point[0] + 1
    return _piece(node, "", depth, opens=opens, content=content)


def _target(
    comment: _Piece, pieces: Sequence[_Piece], lines: Sequence[bytes], commented: set[int]
) -> Target | None:
    if not comment.alone(lines):
        starting = [p for p in pieces if p.first == comment.first]
        return _of(starting[0]) if starting else Target(comment.first, comment.first)
    opened = [p for p in pieces if p.opens and p.opens < comment.first < p.content]
    if opened:
        return _of(opened[-1])
    line = comment.last + 1
    while line in commented:
        line += 1
    if line > len(lines):
        return None
    starting = [p for p in pieces if p.first == line]
    return _of(starting[0]) if starting else Target(line, line)


def _resource_around(comment: _Piece, pieces: Sequence[_Piece]) -> Target | None:
    """Checkov's comments speak of the whole resource that they stand in, wherever in it."""
    around = (p for p in pieces if not p.depth and p.first <= comment.first <= p.last)
    return next((_of(piece) for piece in around), None)


def _of(piece: _Piece) -> Target:
    return Target(piece.first, piece.last, whole=piece.kind == "block" and not piece.depth)


# -- what a comment says --------------------------------------------------------------------------

_START = re.compile(r"(auditor:ignore|checkov:skip|trivy:ignore|tfsec:ignore)\b")
_OURS = re.compile(
    r"""\s*(?P<rules>[\w*?-]+(?:\s*,\s*[\w*?-]+)*)?(?P<rest>.*)""", re.DOTALL
)  # `\w` takes Japanese too: an unknown name is then told, not cut in two
_OPTION = re.compile(r"""\s*(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"']+))""")


def _suppressions_in(comment: str) -> Iterator[tuple[str, str]]:
    """(tool, what follows its marker up to the next one) of each suppression in a comment."""
    pieces = _START.split(comment)
    for marker, written in zip(pieces[1::2], pieces[2::2], strict=True):
        yield marker.split(":")[0], written.rstrip().removesuffix("*/").rstrip()


def _read_ours(suppression: Suppression, written: str) -> None:
    match = _OURS.match(written)
    assert match is not None
    names = match["rules"] or ""
    rest = match["rest"]
    if rest.lstrip().startswith("="):
        names, rest = "", f"{names}{rest}"
    suppression.rules = [name.strip() for name in names.split(",") if name.strip()]
    position = 0
    for option in _OPTION.finditer(rest):
        if rest[position : option.start()].strip():
            break
        position = option.end()
        value = next(v for v in option.groups()[1:] if v is not None)
        _set_option(suppression, option[1], re.sub(r"\\(.)", r"\1", value))
    left = rest[position:].strip()
    if left and not suppression.wrong:
        suppression.wrong = f'"{left}" is not understood: write reason="…" until=2027-03-31'
    if not suppression.rules:
        suppression.wrong = 'it names no rule: write auditor:ignore RULE reason="…"'
    elif not suppression.reason and not suppression.wrong:
        suppression.wrong = 'it gives no reason: add reason="why this may stay"'


def _set_option(suppression: Suppression, name: str, value: str) -> None:
    if name == "reason":
        suppression.reason = value.strip()
    elif name == "until":
        _set_until(suppression, value)
    else:
        suppression.wrong = f"{name} is not an option: reason and until are"


def _set_until(suppression: Suppression, value: str) -> None:
    try:
        suppression.until = date.fromisoformat(value)
    except ValueError:
        suppression.wrong = f"until={value} is not a date such as 2027-03-31"


def _read_checkov(suppression: Suppression, written: str) -> None:
    match = re.match(r"\s*=\s*([\w.-]+(?:\s*,\s*[\w.-]+)*)(?:\s*:(.*))?", written, re.DOTALL)
    if match is None:
        suppression.wrong = "it names no check: checkov:skip=CKV_AWS_1:reason"
        return
    suppression.rules = [name.strip() for name in match[1].split(",")]
    suppression.reason = (match[2] or "").strip()


def _read_trivy(suppression: Suppression, written: str) -> None:
    match = re.match(r":([\w*.-]+)((?:\[[^\]]*\]|:\w+:[\w.-]+)*)\s*(.*)", written, re.DOTALL)
    if match is None:
        suppression.wrong = f"it names no check: {suppression.tool}:ignore:AWS-0086"
        return
    suppression.rules = [match[1]]
    suppression.reason = match[3].strip(" -:#")
    for name, value in re.findall(r":(\w+):([\w.-]+)", match[2]):
        if name == "exp":
            _set_until(suppression, value)
        else:
            suppression.wrong = f"its condition {name} is not one that this tool knows"
    if "[" in match[2]:
        suppression.wrong = "its condition in brackets is not one that this tool knows"


_READERS = {
    "auditor": _read_ours,
    "checkov": _read_checkov,
    "trivy": _read_trivy,
    "tfsec": _read_trivy,
}
