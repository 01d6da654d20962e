"""The JSON syntax of configuration: the same tree, from `.tf.json` files.

JSON does not say what is a block and what an argument, so a body from JSON is asked with the block
types that are possible there (`Body.given`): blocks are objects, or lists of them, and labels are
objects around them. Strings are templates; the property `//` is a comment.

Source: hcl 2.23 `json` (`structure.go`, `spec.md`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from json.decoder import scanstring  # type: ignore[attr-defined]  # public, but not in typeshed
from typing import Final

from auditor.terraform import cty, number
from auditor.terraform.cty import FALSE, NULL, TRUE, TerraformError, Value
from auditor.terraform.nodes import (
    Attribute,
    Block,
    Body,
    Expr,
    File,
    Invalid,
    Literal,
    ObjectCons,
    Problem,
    TupleCons,
)
from auditor.terraform.parser import parse_expression_text, parse_template_text
from auditor.terraform.reader import MOST_NESTED, Refused
from auditor.terraform.source import Source
from auditor.terraform.types import NUMBER

TOP_LEVEL: Final[Mapping[str, int]] = {
    "check": 1, "data": 2, "ephemeral": 2, "import": 0, "locals": 0, "module": 1, "moved": 0,
    "output": 1, "provider": 1, "removed": 0, "resource": 2, "terraform": 0, "variable": 1,
}  # fmt: skip
"""Terraform's top-level blocks and how many labels each has."""

INSIDE: Final[Mapping[str, Mapping[str, int]]] = {
    "check": {"assert": 0, "data": 2},
    "data": {"dynamic": 1, "lifecycle": 0},
    "dynamic": {"content": 0},
    "ephemeral": {"dynamic": 1, "lifecycle": 0},
    "lifecycle": {"postcondition": 0, "precondition": 0},
    "output": {"precondition": 0},
    "provider": {"dynamic": 1},
    "provisioner": {"connection": 0},
    "removed": {"lifecycle": 0, "provisioner": 1},
    "resource": {"connection": 0, "dynamic": 1, "lifecycle": 0, "provisioner": 1},
    "terraform": {"backend": 1, "cloud": 0, "provider_meta": 1, "required_providers": 0},
    "variable": {"validation": 0},
}
"""The nested blocks that Terraform itself defines."""


class JsonString(Expr):
    """A string of JSON: a template, read when it is needed."""

    __slots__ = ("_template", "content")

    def __init__(self, source: Source, start: int, end: int, content: str) -> None:
        super().__init__(source, start, end)
        self.content = content
        self._template: Expr | None = None

    def inner_source(self) -> Source:
        """The string's content as a source of its own that knows its place in the file."""
        span = self.source.span(self.start, self.end)
        return Source(self.content, span.file, span.line, span.column + 1, span.start + 1)

    @property
    def template(self) -> Expr:
        """What the string stands for."""
        if self._template is None:
            source = self.inner_source()
            try:
                self._template = parse_template_text(source)
            except Refused as refused:
                span = source.span(refused.start, refused.end)
                problem = Problem(refused.summary, refused.detail, span, self.start)
                self._template = Invalid(source, 0, len(source.text), problem)
        return self._template

    def children(self) -> Iterator[Expr]:  # noqa: D102 - as the base says
        yield self.template


def native(expr: Expr) -> Expr:
    """The expression that a JSON string writes, where Terraform expects one rather than text.

    So it is with `type`, `depends_on`, `providers`; other expressions are returned as they are.
    Raises `TerraformError`.
    """
    if not isinstance(expr, JsonString):
        return expr
    source = expr.inner_source()
    try:
        return parse_expression_text(source)
    except Refused as refused:
        span = source.span(refused.start, refused.end)
        raise TerraformError(refused.summary, refused.detail, span) from None


def literal_value(expr: Expr) -> Value:
    """The value of JSON taken literally, strings not being templates, as in `.tfvars.json`."""
    if isinstance(expr, JsonString):
        return cty.string(expr.content)
    if isinstance(expr, Literal):
        return expr.value
    if isinstance(expr, TupleCons):
        return cty.tuple_(literal_value(item) for item in expr.items)
    if isinstance(expr, ObjectCons):
        return cty.object_({_text(key): literal_value(value) for key, value in expr.items})
    raise TerraformError("Invalid value", "A literal value is required here.", expr.span)


def _text(key: Expr) -> str:
    if isinstance(key, JsonString):
        return cty.string(key.content).v  # type: ignore[no-any-return]
    assert isinstance(key, Literal)
    return key.value.v  # type: ignore[no-any-return]


# -- bodies ----------------------------------------------------------------------------------


class JsonBody(Body):
    """A body from JSON. Until it is `given` block types, it knows those of Terraform only."""

    __slots__ = ("block_types", "objects")

    def __init__(
        self,
        source: Source,
        objects: list[ObjectCons],
        start: int,
        end: int,
        block_types: Mapping[str, int],
    ) -> None:
        self.objects = objects
        self.block_types = block_types
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        for object_ in objects:
            for key, value in object_.items:
                name = _text(key)
                if name in block_types:
                    blocks += _unpacked(source, name, key, value, [], block_types[name])
                elif name != "//":
                    attribute = Attribute(source, key.start, value.end, name, key.end, value)
                    attributes.setdefault(name, attribute)
        super().__init__(source, start, end, attributes, blocks)

    def given(self, block_types: Mapping[str, int]) -> Body:
        """The same body, knowing these block types (and how many labels each has) as well."""
        types = {**block_types, **self.block_types}
        return JsonBody(self.source, self.objects, self.start, self.end, types)


def _unpacked(
    source: Source, name: str, key: Expr, value: Expr, labels: list[Expr], wanted: int
) -> Iterator[Block]:
    """The blocks that a property stands for: labels taken off, lists gone through."""
    if isinstance(value, Literal) and value.value.v is None:
        return
    if isinstance(value, TupleCons):
        for item in value.items:
            yield from _unpacked(source, name, key, item, labels, wanted)
        return
    if not isinstance(value, ObjectCons):
        # Terraform refuses this; a block without content keeps it from going unseen.
        value = ObjectCons(source, value.start, value.end, [])
    if len(labels) < wanted:
        for label, inner in value.items:
            if _text(label) != "//":
                yield from _unpacked(source, name, key, inner, [*labels, label], wanted)
        return
    places = [(label.start, label.end) for label in labels]
    last = labels[-1] if labels else key
    inside = dict(INSIDE.get(name, {"dynamic": 1}))
    body = JsonBody(source, [value], value.start, value.end, inside)
    texts = [_text(label) for label in labels]
    first = labels[0] if labels else key
    start = last.start if labels else first.start
    yield Block(source, start, value.end, name, texts, places, last.end, body)


# -- reading ---------------------------------------------------------------------------------

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"true|false|null")
_WORDS: Final = {"true": TRUE, "false": FALSE, "null": NULL}
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Reader:
    """Reads JSON text into expression nodes."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.at = 0
        self.depth = 0

    def refuse(self, summary: str, detail: str, start: int | None = None) -> Refused:
        start = self.at if start is None else start
        return Refused(summary, detail, start, min(start + 1, len(self.text)))

    def skip(self) -> str:
        """Past white space; gives the next character, empty at the end."""
        found = _SPACE.match(self.text, self.at)
        assert found is not None  # it matches the empty text
        self.at = found.end()
        return self.text[self.at : self.at + 1]

    def value(self) -> Expr:
        char = self.skip()
        start = self.at
        if char == '"':
            content, end = self.string()
            return JsonString(self.source, start, end, content)
        if char == "{":
            return self.nested(self.object, start)
        if char == "[":
            return self.nested(self.array, start)
        word = _WORD.match(self.text, start)
        if word:
            self.at = word.end()
            return Literal(self.source, start, self.at, _WORDS[word.group()])
        found = _NUMBER.match(self.text, start)
        if found and found.end() > start:
            self.at = found.end()
            return Literal(self.source, start, self.at, self.number(found.group()))
        raise self.refuse("Invalid JSON", "A JSON value must start here.")

    def nested(self, read: object, start: int) -> Expr:
        self.depth += 1
        if self.depth > MOST_NESTED:
            raise self.refuse(
                "Nested too deeply", f"An audit reads at most {MOST_NESTED} levels of nesting."
            )
        found = read(start)  # type: ignore[operator]
        self.depth -= 1
        return found  # type: ignore[no-any-return]

    def number(self, text: str) -> Value:
        return Value(NUMBER, number.parse(text))

    def string(self) -> tuple[str, int]:
        """The string that begins here, and its end."""
        try:
            content, end = scanstring(self.text, self.at + 1, True)
        except ValueError as wrong:
            raise self.refuse("Invalid JSON string", str(wrong)) from wrong
        self.at = end
        return _SURROGATE.sub("\ufffd", content), end

    def array(self, start: int) -> Expr:
        self.at += 1
        items: list[Expr] = []
        if self.skip() == "]":
            self.at += 1
            return TupleCons(self.source, start, self.at, items)
        while True:
            items.append(self.value())
            if self.separator("]"):
                return TupleCons(self.source, start, self.at, items)

    def separator(self, closer: str) -> bool:
        """Whether the list or object ends here; else a comma has been read."""
        char = self.skip()
        self.at += 1
        if char == closer:
            return True
        if char != ",":
            kind = "array" if closer == "]" else "object"
            if not char:
                raise self.refuse(
                    f"Unclosed {kind}", f"There is no closing bracket for this {kind}.", self.at - 1
                )
            raise self.refuse(
                "Missing comma", f"A JSON {kind} must have commas between its items.", self.at - 1
            )
        if self.skip() == closer:
            raise self.refuse("Trailing comma", "JSON does not permit a comma after the last item.")
        return False

    def object(self, start: int) -> Expr:
        self.at += 1
        items: list[tuple[Expr, Expr]] = []
        if self.skip() == "}":
            self.at += 1
            return ObjectCons(self.source, start, self.at, items)
        while True:
            key = self.key()
            if self.skip() != ":":
                raise self.refuse(
                    "Missing property value colon", "A colon must separate name and value."
                )
            self.at += 1
            items.append((key, self.value()))
            if self.separator("}"):
                return ObjectCons(self.source, start, self.at, items)

    def key(self) -> Expr:
        start = self.at
        if self.skip() != '"':
            raise self.refuse(
                "Invalid object property name",
                "A JSON object property name must be a quoted string.",
            )
        start = self.at
        content, end = self.string()
        if "${" in content or "%{" in content:
            return JsonString(self.source, start, end, content)
        return Literal(self.source, start, end, cty.string(content))


def parse_json_text(source: Source) -> Expr:
    """The expression tree of JSON text; raises `Refused`."""
    reader = _Reader(source)
    found = reader.value()
    if reader.skip():
        raise reader.refuse(
            "Extraneous data after value", "Extra characters appear after the JSON value."
        )
    return found


def parse_json_file(source: Source, block_types: Mapping[str, int] = TOP_LEVEL) -> File:
    """A configuration file in JSON syntax."""
    end = len(source.text)
    try:
        tree = parse_json_text(source)
        objects = _root_objects(tree)
    except Refused as refused:
        span = source.span(refused.start, refused.end)
        problem = Problem(refused.summary, refused.detail, span, refused.start)
        return File(source, JsonBody(source, [], 0, end, block_types), [problem], [])
    return File(source, JsonBody(source, objects, 0, end, block_types), [], [])


def _root_objects(tree: Expr) -> list[ObjectCons]:
    objects = tree.items if isinstance(tree, TupleCons) else [tree]
    found = [item for item in objects if isinstance(item, ObjectCons)]
    if len(found) != len(objects):
        raise Refused(
            "Root value must be object",
            "The root value in a JSON-based configuration must be either a JSON object or a JSON "
            "array of objects.",
            tree.start,
            tree.start + 1,
        )
    return found
