"""JSON with holes: the text of a policy whose interpolations are not all known.

The standard parser neither takes an unknown in the middle of a string, nor says on which line a
value stands. A hole may stand inside a quoted string, as a whole value, between the members of a
list or object, and inside a key. What the hole leaves open stays open: an object or list that has a
hole between its members may have more of them (`doubt`).

A hole in value position is read as one value, a hole inside quotes as part of that one string (a
value that closes the quotes and opens others, as `join("\\",\\"", …)` makes, is one string here).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any, NoReturn

from auditor.policy.holes import Text, join
from auditor.records import dataclass
from auditor.values import Sensitive, Undetermined, Unknown

LARGEST = 128 * 1024
"""Characters of policy text that are read. AWS takes 32 KiB at most (a KMS key policy; S3 20 KB,
IAM 6,144 characters without white space), so this leaves room for indentation.
SOURCE: "IAM and AWS STS quotas", "AWS KMS quotas", "Amazon S3 bucket policies", 2025."""

_DEEPEST = 32
_MARK = "\0"  # stands for a hole in the text; JSON allows no such character anywhere

_EARLY = "it ends too early"

_SPACE = re.compile(r"[ \t\r\n]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_SCALAR = re.compile(r"true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "\\": "\\", "/": "/"}


class PolicyError(Undetermined, ValueError):
    """The text is no policy that AWS would take. `offset` is the 0-based character, `line` 0-based.

    It is `Undetermined` too: a rule that does not handle it ends in "undetermined", never a pass.
    """

    def __init__(self, message: str, offset: int = -1, line: int = 0, column: int = 0) -> None:
        where = f" (line {line + 1}, column {column + 1} of the policy)" if offset >= 0 else ""
        super().__init__(Unknown(because=f"the policy cannot be read: {message}{where}"))
        self.message = message
        self.offset = offset
        self.line = line
        self.column = column


@dataclass(slots=True, eq=False)
class Node:
    """A value of the document and where it begins (-1: it came decoded, without text).

    value: `Text` (numbers and booleans as they are written), None, `Listing` or `Members`; an
    `Unknown` that is no string (a hole in value position) as it is. quoted: it stands in quotes,
    so that even a hole alone is a string.
    """

    value: Any
    offset: int = -1
    quoted: bool = False


@dataclass(slots=True, eq=False)
class Listing:
    """A JSON array. doubt: a hole among its items, so that there may be more of them."""

    items: list[Node] = field(default_factory=list)
    doubt: Unknown | None = None


@dataclass(slots=True, eq=False)
class Members:
    """A JSON object, in source order, repeated keys included.

    doubt: a hole among its members, so that there may be more of them.
    """

    items: list[tuple[Text, Node]] = field(default_factory=list)
    doubt: Unknown | None = None


def read_text(parts: tuple[str | Unknown, ...]) -> tuple[Node, str]:
    """The document of JSON pieces and holes, and its text with a NUL for each hole.

    Raises `PolicyError` with the place of the first fault.
    """
    if sum(len(part) for part in parts if isinstance(part, str)) > LARGEST:
        raise PolicyError(f"it is longer than {LARGEST} characters, more than AWS takes")
    reader = _Reader(parts)
    return reader.document(), reader.text


def read_tree(value: Any, depth: int = 0) -> Node:
    """The document of a decoded tree: dicts, lists, scalars and unknowns."""
    if depth > _DEEPEST:
        raise PolicyError("it is nested too deeply")
    if isinstance(value, Sensitive):
        return read_tree(value.value, depth)
    if isinstance(value, Unknown) and value.entries is not None:
        return Node(Members(_tree_items(value.entries, depth), value))
    if isinstance(value, dict):
        return Node(Members(_tree_items(value, depth)))
    if isinstance(value, list | tuple | set | frozenset):
        return Node(Listing([read_tree(item, depth + 1) for item in value]))
    if isinstance(value, bool):
        return Node("true" if value else "false")
    if value is None or isinstance(value, str | Unknown):
        return Node(value)
    if isinstance(value, int | float):
        return Node(repr(value))
    raise PolicyError(f"it holds a {type(value).__name__}")


def _tree_items(entries: Mapping[Any, Any], depth: int) -> list[tuple[Text, Node]]:
    return [(str(key), read_tree(item, depth + 1)) for key, item in entries.items()]


class _Reader:
    """One pass over the text, left to right."""

    def __init__(self, parts: tuple[str | Unknown, ...]) -> None:
        self.holes: dict[int, Unknown] = {}
        self.text = ""
        self.position = 0
        pieces: list[str] = []
        length = 0
        for part in parts:
            if isinstance(part, Unknown):
                self.holes[length] = part
            pieces.append(part if isinstance(part, str) else _MARK)
            length += len(pieces[-1])
        self.text = "".join(pieces)

    def document(self) -> Node:
        if self.text.startswith("\ufeff"):
            self.position = 1
        node = self.value(0)
        self.skip_space()
        if self.position < len(self.text):
            hole = self.hole_here()
            if hole is None:
                self.fail("there is more text after its end")
            _doubt(node, hole)
        return node

    def fail(self, message: str, at: int | None = None) -> NoReturn:
        offset = self.position if at is None else at
        before = self.text[:offset]
        raise PolicyError(message, offset, before.count("\n"), offset - before.rfind("\n") - 1)

    def skip_space(self) -> str:
        """Moves to the next character that means something and returns it ("" at the end)."""
        found = _SPACE.match(self.text, self.position)
        self.position = found.end() if found else self.position
        return self.text[self.position : self.position + 1]

    def hole_here(self) -> Unknown | None:
        return self.holes.get(self.position)

    def value(self, depth: int) -> Node:
        char = self.skip_space()
        start = self.position
        if depth > _DEEPEST:
            self.fail("it is nested too deeply")
        if char == "{":
            return Node(self.members(depth), start)
        if char == "[":
            return Node(self.listing(depth), start)
        if char == '"':
            return Node(self.string(), start, quoted=True)
        return Node(self.scalar(), start)

    def scalar(self) -> Any:
        """A number, boolean, null or hole; a hole that touches a number is part of it."""
        start = self.position
        found: list[str | Unknown] = []
        while self.position < len(self.text):
            hole = self.hole_here()
            literal = _SCALAR.match(self.text, self.position)
            if hole is not None:
                found.append(hole)
                self.position += 1
            elif literal and not (found and isinstance(found[-1], str)):
                found.append(literal.group())
                self.position = literal.end()
            else:
                break
        if not found:
            self.fail("a value is missing" if start < len(self.text) else _EARLY)
        if len(found) > 1:
            return join(found)
        (only,) = found
        if isinstance(only, Unknown):
            return self.opened(only, start)
        return None if only == "null" else only

    def opened(self, value: Unknown, start: int) -> Any:
        """A hole whose known pieces are themselves JSON is read as such."""
        if value.entries is not None:
            return read_tree(value).value
        first = value.parts[0] if value.parts else None
        if isinstance(first, str) and first.lstrip()[:1] in {"{", "[", '"'}:
            try:
                return read_text(tuple(value.parts or ()))[0].value
            except PolicyError as fault:
                self.fail(fault.message, start)
        return value

    def string(self) -> Text:
        start = self.position
        self.position += 1
        found: list[str | Unknown] = []
        while True:
            plain = _PLAIN.match(self.text, self.position)
            if plain:
                found.append(plain.group())
                self.position = plain.end()
            char = self.text[self.position : self.position + 1]
            if char == '"':
                self.position += 1
                return join(found)
            if char == "\\":
                found.append(self.escape())
            elif (hole := self.hole_here()) is not None:
                found.append(hole)
                self.position += 1
            elif not char:
                self.fail("a quotation mark is not closed", start)
            else:
                self.fail("a string holds a line break or control character")

    def escape(self) -> str:
        letter = self.text[self.position + 1 : self.position + 2]
        if letter in _ESCAPES and letter:
            self.position += 2
            return _ESCAPES[letter]
        if letter != "u" or not _HEX.match(self.text, self.position + 2):
            self.fail("an escape that JSON does not have")
        code = int(self.text[self.position + 2 : self.position + 6], 16)
        self.position += 6
        if 0xD800 <= code < 0xDC00 and self.text.startswith("\\u", self.position):
            low = _HEX.match(self.text, self.position + 2)
            if low and 0xDC00 <= int(low.group(), 16) < 0xE000:
                self.position += 6
                return chr(0x10000 + (code - 0xD800) * 0x400 + int(low.group(), 16) - 0xDC00)
        return chr(code) if not 0xD800 <= code < 0xE000 else "\ufffd"

    def listing(self, depth: int) -> Listing:
        found = Listing()
        self.position += 1
        if self.skip_space() == "]":
            self.position += 1
            return found
        while True:
            found.items.append(self.value(depth + 1))
            char = self.between(found, "]")
            if char == "]":
                return found

    def between(self, container: Listing | Members, end: str) -> str:
        """What follows a member: "," or the end; holes there make the container open-ended."""
        after_hole = _is_hole(container)
        while True:
            char = self.skip_space()
            hole = self.hole_here()
            if hole is not None:
                container.doubt = hole
                after_hole = True
                self.position += 1
            elif char in {",", end} and char:
                self.position += 1
                return self.after_comma(container, end) if char == "," else end
            elif after_hole and char:
                return ","  # the hole may have brought the comma
            else:
                self.fail(f'"," or "{end}" is missing' if char else _EARLY)

    def after_comma(self, container: Listing | Members, end: str) -> str:
        """After a comma a member follows; the end may only where a hole may be that member."""
        if self.skip_space() == end and container.doubt is not None:
            self.position += 1
            return end
        return ","

    def members(self, depth: int) -> Members:
        found = Members()
        self.position += 1
        if self.skip_space() == "}":
            self.position += 1
            return found
        while True:
            if self.skip_space() == '"':
                key = self.string()
                if self.skip_space() != ":":
                    self.fail('":" is missing after a key')
                self.position += 1
                found.items.append((key, self.value(depth + 1)))
            elif (hole := self.hole_here()) is not None:
                found.doubt = hole
                self.position += 1
                if self.skip_space() == ":":
                    self.position += 1
                    self.value(depth + 1)
            else:
                self.fail("a key in quotation marks is missing" if self.skip_space() else _EARLY)
            if self.between(found, "}") == "}":
                return found


def _is_hole(container: Listing | Members) -> bool:
    """Whether the last member is (or ends in) a hole, which may have brought a comma."""
    if isinstance(container, Members):
        return container.doubt is not None or (
            bool(container.items) and isinstance(container.items[-1][1].value, Unknown)
        )
    return bool(container.items) and isinstance(container.items[-1].value, Unknown)


def _doubt(node: Node, hole: Unknown) -> None:
    if isinstance(node.value, Listing | Members):
        node.value.doubt = hole
