"""`yamldecode` and `yamlencode`.

Source: go-cty-yaml 1.1 `decode.go` and `resolve.go`. Reading is libyaml's, through PyYAML's events.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from auditor.terraform import cty, number
from auditor.terraform.convert import convert
from auditor.terraform.cty import Value
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions.arguments import refuse
from auditor.terraform.functions.encoding import decoded
from auditor.terraform.functions.gotime import parse_yaml
from auditor.terraform.functions.yaml_writer import write
from auditor.terraform.number import INFINITY, NEGATIVE_INFINITY
from auditor.terraform.types import BOOL, DYNAMIC, STRING, Object

_TAG: Final = "tag:yaml.org,2002:"
_SCALARS: Final = frozenset(
    f"{_TAG}{name}" for name in ("str", "bool", "int", "float", "null", "timestamp", "binary")
)
_STRING_TAGS: Final = (f"{_TAG}str", f"{_TAG}binary")


def _words(value: Value, text: str) -> dict[str, Value]:
    return {
        form: value for word in text.split() for form in (word, word.capitalize(), word.upper())
    }


_WORDS: Final = {
    **_words(cty.TRUE, "y yes true on"),
    **_words(cty.FALSE, "n no false off"),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), cty.NULL),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), cty.number(INFINITY)),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), cty.number(NEGATIVE_INFINITY)),
}
_NUMERIC: Final = re.compile(
    r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?",
    re.ASCII,
)
_MERGE: Final = "<<"
_STEPS_A_NODE: Final = 8
_SLASH: Final = re.compile(r"(?<!\\)(?:\\\\)*\\/")
"""An escaped slash, which libyaml reads and Go's port of it does not."""


def resolve(text: str, tag: str, *, is_quoted: bool) -> Value:
    """The value of a scalar; "<<" is the text. Raises `FunctionError`."""
    if tag and tag not in _SCALARS:
        refuse(f'unsupported tag "{tag}"')
    first = text[:1]
    if tag not in _STRING_TAGS and (not first or first in "+-0123456789yYnNtTfFoO~."):
        if is_quoted:
            return cty.string(text)
        if text in _WORDS:
            return _WORDS[text]
        if not tag and text in (".nan", ".NaN", ".NAN"):
            refuse("floating point NaN is not supported")
        if first == ".":
            found = _number(text)
            if found is not None:
                return found
        elif first and first in "+-0123456789":
            moment = parse_yaml(text) if tag in ("", f"{_TAG}timestamp") else None
            if moment is not None:
                return cty.string(moment.rfc3339())
            if _NUMERIC.fullmatch(text):
                tag = f"{_TAG}float"
    return _tagged(text, tag)


def _tagged(text: str, tag: str) -> Value:
    found: Value | None = None
    match tag.removeprefix(_TAG):
        case "" | "str":
            found = cty.string(text)
        case "binary" if decoded(text) is not None:
            found = cty.string(text)
        case "bool" if text in _WORDS and _WORDS[text].ty is BOOL:
            found = _WORDS[text]
        case "int" | "float":
            found = _number(text.replace("_", "")) or _based(text.replace("_", ""))
        case "timestamp":
            moment = parse_yaml(text)
            found = None if moment is None else cty.string(moment.rfc3339())
        case "null":
            found = cty.NULL
    if found is None:
        refuse(f'cannot parse "{text}" as {tag}')
    return found


def _number(text: str) -> Value | None:
    try:
        return cty.number(number.parse(text))
    except number.NumberError:
        return None


_BASED: Final = re.compile(r"[+-]?0[xXoObB][0-9A-Fa-f]+", re.ASCII)


def _based(text: str) -> Value | None:
    """A whole number of 64 bits with a prefix for its base, as Go reads it."""
    if not _BASED.fullmatch(text):
        return None
    try:
        value = int(text, 0)
    except ValueError:
        return None
    return cty.number(value) if -(1 << 63) <= value < 1 << 64 else None


# -- documents -------------------------------------------------------------------------------


class _Document:
    """The events of one document, read into a value."""

    def __init__(self, text: str, events: Iterator[Any], context: Context) -> None:
        self.text = text
        self.events = events
        self.context = context
        self.anchors: dict[str, Value] = {}
        self.open: list[str] = []
        self.flows = 0  # how many brackets and braces are open

    def value(self, event: Any) -> Value:
        """The value that begins with an event."""
        import yaml

        self.context.budget.spend(_STEPS_A_NODE)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(str(event.anchor))
        if event.anchor:
            self.open.append(event.anchor)
        if isinstance(event, yaml.ScalarEvent):
            found = self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            found = self._mapping(event)
        else:
            found = self._sequence(event)
        if event.anchor:
            self.open.remove(event.anchor)
            self.anchors[event.anchor] = found
        return found

    def _alias(self, name: str) -> Value:
        if name in self.open:
            refuse(f'cannot refer to anchor "{name}" from inside its own definition')
        if name not in self.anchors:
            refuse(f'reference to undefined anchor "{name}"')
        found = self.anchors[name]
        # A few lines of aliases of aliases make a value of any size.
        self.context.budget.spend(cty.size(found))
        return found

    def _scalar(self, event: Any) -> Value:
        found = self._resolved(event)
        if not event.tag and not event.implicit[0]:
            # Text in a block is a string, but goes through what it would be without: `yes` to true.
            return convert(found, STRING)
        return found

    def _resolved(self, event: Any) -> Value:
        if event.style == '"':
            written = self.text[event.start_mark.index : event.end_mark.index]
            if _SLASH.search(written):
                refuse(f"{_place(event)}: found unknown escape character")
        elif self.flows and not event.style and "?" in event.value:
            # To Go's port of an older libyaml it begins a key, wherever it stands.
            refuse(f"{_place(event)}: did not find expected ',' or ']'")
        return resolve(event.value, event.tag or "", is_quoted=event.style in ("'", '"'))

    def _sequence(self, event: Any) -> Value:
        import yaml

        if event.tag and event.tag != f"{_TAG}seq":
            refuse(f"can't interpret sequence as {event.tag}")
        items = []
        self.flows += bool(event.flow_style)
        for inner in self.events:
            if isinstance(inner, yaml.SequenceEndEvent):
                break
            items.append(self.value(inner))
        self.flows -= bool(event.flow_style)
        return cty.tuple_(items)

    def _mapping(self, event: Any) -> Value:
        import yaml

        if event.tag and event.tag != f"{_TAG}map":
            refuse(f"can't interpret mapping as {event.tag}")
        entries: dict[str, Value] = {}
        self.flows += bool(event.flow_style)
        for key in self.events:
            if isinstance(key, yaml.MappingEndEvent):
                break
            if not isinstance(key, yaml.ScalarEvent):
                refuse(f"{_place(key)}: only strings are allowed as mapping keys")
            if not key.tag and key.value == _MERGE:
                entries |= self._merged(self.value(next(self.events)))
                continue
            name = convert(self._resolved(key), STRING)
            if name.v is None:
                refuse(f"{_place(key)}: mapping key cannot be null")
            entries[name.v] = self.value(next(self.events))
        self.flows -= bool(event.flow_style)
        return cty.object_(entries)

    def _merged(self, value: Value) -> dict[str, Value]:
        if not isinstance(value.ty, Object) or value.v is None:
            refuse(f"cannot merge {value.ty.name()} into mapping")
        entries: dict[str, Value] = value.v
        return entries


def _place(event: Any) -> str:
    return f"on line {event.start_mark.line + 1}, column {event.start_mark.column + 1}"


def _events(text: str) -> Iterator[Any]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from yaml.parse(text, Loader=loader)
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        problem = getattr(wrong, "problem", None) or "control characters are not allowed"
        where = f"on line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        refuse(f"{where}{problem}")


def _yamldecode(args: list[Value], context: Context) -> Value:
    import yaml

    text = args[0].v
    context.budget.spend(len(text) // 16)
    events = _events(text)
    next(events)
    if not isinstance(next(events), yaml.DocumentStartEvent):
        refuse("missing start of document")
    found = _Document(text, events, context).value(next(events))
    next(events)
    if not isinstance(next(events), yaml.StreamEndEvent):
        refuse("unexpected extra content after value")
    return found


def _yamlencode(args: list[Value], context: Context) -> Value:
    value = args[0]
    if cty.has_unknown(value):
        return cty.unknown(STRING, value)
    context.budget.spend(cty.size(value))
    try:
        text = write(value)
    except number.NumberError as wrong:
        refuse(str(wrong))
    context.budget.grow(len(text))
    return cty.string(text)


FUNCTIONS: Final = {
    "yamldecode": Function(
        "yamldecode", (Parameter("src", STRING),), DYNAMIC, _yamldecode, not_null=False
    ),
    "yamlencode": Function(
        "yamlencode",
        (Parameter("value", DYNAMIC, allow_null=True, allow_dynamic=True),),
        STRING,
        _yamlencode,
        not_null=False,
    ),
}
