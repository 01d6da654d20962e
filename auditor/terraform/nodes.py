"""The syntax tree: bodies with arguments and blocks, and expressions.

Nodes know their place as character offsets into their `Source`; `span` works out lines and columns
when somebody asks. `run` is where the evaluator keeps what it compiled an expression to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from auditor.records import dataclass
from auditor.terraform.cty import Value
from auditor.terraform.source import Source, Span


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that Terraform refuses, in its words, with the place.

    offset: the same place in characters from the start of the file.
    """

    summary: str
    detail: str
    span: Span
    offset: int = 0

    def __str__(self) -> str:
        return f"{self.span}: {self.summary}: {self.detail}"


class Node:
    """Anything with a place: `start` and `end` are character offsets into `source.text`."""

    __slots__ = ("end", "source", "start")

    def __init__(self, source: Source, start: int, end: int) -> None:
        self.source = source
        self.start = start
        self.end = end

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.source.span(self.start, self.end)

    @property
    def text(self) -> str:
        """How it is written."""
        return self.source.text[self.start : self.end]


# -- expressions -----------------------------------------------------------------------------


class Expr(Node):
    """An expression."""

    __slots__ = ("run",)
    run: Callable[[Any], Value] | None

    def __init__(self, source: Source, start: int, end: int) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.run = None

    def children(self) -> Iterator[Expr]:
        """The expressions inside, in source order."""
        return iter(())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.text!r}>"


class Literal(Expr):
    """A number, `true`, `false`, `null`, or text without sequences."""

    __slots__ = ("value",)

    def __init__(self, source: Source, start: int, end: int, value: Value) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.run = None
        self.value = value


class Invalid(Expr):
    """Where a syntax error left no expression; evaluating it is that error."""

    __slots__ = ("problem",)

    def __init__(self, source: Source, start: int, end: int, problem: Problem) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.run = None
        self.problem = problem


class Template(Expr):
    """Text and expressions, joined into a string."""

    __slots__ = ("parts",)

    def __init__(self, source: Source, start: int, end: int, parts: list[Expr]) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.run = None
        self.parts = parts

    def children(self) -> Iterator[Expr]:  # noqa: D102 - as the base says
        return iter(self.parts)


class TemplateWrap(Expr):
    """`"${x}"`: one sequence and nothing else, which keeps the type of `x`."""

    __slots__ = ("inner",)

    def __init__(self, source: Source, start: int, end: int, inner: Expr) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.run = None
        self.inner = inner

    def children(self) -> Iterator[Expr]:  # noqa: D102 - as the base says
        yield self.inner


class Join(Expr):
    """`%{ for }`: the texts that a loop makes, one after the other."""

    __slots__ = ("loop",)

    def __init__(self, source: Source, start: int, end: int, loop: For) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.run = None
        self.loop = loop

    def children(self) -> Iterator[Expr]:  # noqa: D102 - as the base says
        yield self.loop


class Step(Node):
    """`.name` (then `name` is set) or `[key]` with a literal key (then `key` is)."""

    __slots__ = ("key", "name")

    def __init__(
        self, source: Source, start: int, end: int, name: str | None, key: Value | None
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.name = name
        self.key = key

    def __repr__(self) -> str:
        return f"<Step {self.text!r}>"


class Reference(Expr):
    """A name and the steps from it: `var.a.b[0]`. `root` is the name, here `var`."""

    __slots__ = ("root", "root_end", "steps")

    def __init__(self, source: Source, start: int, end: int, root: str) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.run = None
        self.root = root
        self.root_end = end
        self.steps: list[Step] = []


class Relative(Expr):
    """Steps from the result of another expression: `f(x).a[0]`."""

    __slots__ = ("base", "steps")

    def __init__(self, source: Source, start: int, end: int, base: Expr) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.run = None
        self.base = base
        self.steps: list[Step] = []

    def children(self) -> Iterator[Expr]:  # noqa: D102 - as the base says
        yield self.base


class Index(Expr):
    """`base[key]` with a key that is computed."""

    __slots__ = ("base", "key")

    def __init__(self, source: Source, start: int, end: int, base: Expr, key: Expr) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.run = None
        self.base = base
        self.key = key

    def children(self) -> Iterator[Expr]:  # noqa: D102 - as the base says
        yield self.base
        yield self.key


class Item(Expr):
    """The element that a splat is at; `value` is set while the splat runs."""

    __slots__ = ("value",)

    def __init__(self, source: Source, start: int, end: int) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.run = None
        self.value: Value | None = None


class Splat(Expr):
    """`base[*]…` or `base.*…`: `each` is evaluated with `item` for every element of `base`."""

    __slots__ = ("base", "each", "item")

    def __init__(
        self, source: Source, start: int, end: int, base: Expr, each: Expr, item: Item
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.run = None
        self.base = base
        self.each = each
        self.item = item

    def children(self) -> Iterator[Expr]:  # noqa: D102 - as the base says
        yield self.base
        yield self.each


class Call(Expr):
    """`name(args)`; `expand`: the last argument is followed by `...`."""

    __slots__ = ("args", "expand", "name", "name_end")

    def __init__(
        self,
        source: Source,
        start: int,
        end: int,
        name: str,
        name_end: int,
        args: list[Expr],
        expand: bool,
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.run = None
        self.name = name
        self.name_end = name_end
        self.args = args
        self.expand = expand

    def children(self) -> Iterator[Expr]:  # noqa: D102 - as the base says
        return iter(self.args)


class Conditional(Expr):
    """`condition ? yes : no`, or `%{ if }` in a template."""

    __slots__ = ("condition", "no", "yes")

    def __init__(
        self, source: Source, start: int, end: int, condition: Expr, yes: Expr, no: Expr
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.run = None
        self.condition = condition
        self.yes = yes
        self.no = no

    def children(self) -> Iterator[Expr]:  # noqa: D102 - as the base says
        yield self.condition
        yield self.yes
        yield self.no


class Binary(Expr):
    """`left operator right`."""

    __slots__ = ("left", "operator", "right")

    def __init__(
        self, source: Source, start: int, end: int, operator: str, left: Expr, right: Expr
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.run = None
        self.operator = operator
        self.left = left
        self.right = right

    def children(self) -> Iterator[Expr]:  # noqa: D102 - as the base says
        yield self.left
        yield self.right


class Unary(Expr):
    """`-operand` or `!operand`."""

    __slots__ = ("operand", "operator")

    def __init__(self, source: Source, start: int, end: int, operator: str, operand: Expr) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.run = None
        self.operator = operator
        self.operand = operand

    def children(self) -> Iterator[Expr]:  # noqa: D102 - as the base says
        yield self.operand


class Parens(Expr):
    """`(inner)`."""

    __slots__ = ("inner",)

    def __init__(self, source: Source, start: int, end: int, inner: Expr) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.run = None
        self.inner = inner

    def children(self) -> Iterator[Expr]:  # noqa: D102 - as the base says
        yield self.inner


class TupleCons(Expr):
    """`[a, b]`."""

    __slots__ = ("items",)

    def __init__(self, source: Source, start: int, end: int, items: list[Expr]) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.run = None
        self.items = items

    def children(self) -> Iterator[Expr]:  # noqa: D102 - as the base says
        return iter(self.items)


class ObjectCons(Expr):
    """`{ key = value }`; a bare word as key is a `Literal` here."""

    __slots__ = ("items",)

    def __init__(
        self, source: Source, start: int, end: int, items: list[tuple[Expr, Expr]]
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.run = None
        self.items = items

    def children(self) -> Iterator[Expr]:  # noqa: D102 - as the base says
        for key, value in self.items:
            yield key
            yield value


class For(Expr):
    """`[for k, v in collection : value if condition]`, or with braces and a `key =>`.

    key is None for a tuple; `group` stands for the `...` after the value.
    """

    __slots__ = (
        "collection", "condition", "group", "key", "key_name", "value", "value_name",
    )  # fmt: skip

    def __init__(
        self,
        source: Source,
        start: int,
        end: int,
        names: tuple[str | None, str],
        collection: Expr,
        key: Expr | None,
        value: Expr,
        condition: Expr | None = None,
        group: bool = False,
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.run = None
        self.key_name, self.value_name = names
        self.collection = collection
        self.key = key
        self.value = value
        self.condition = condition
        self.group = group

    def children(self) -> Iterator[Expr]:  # noqa: D102 - as the base says
        yield self.collection
        if self.key is not None:
            yield self.key
        yield self.value
        if self.condition is not None:
            yield self.condition


# -- bodies ----------------------------------------------------------------------------------


class Attribute(Node):
    """An argument `name = expr`; `name_end` is where the name ends."""

    __slots__ = ("expr", "name", "name_end")

    def __init__(
        self, source: Source, start: int, end: int, name: str, name_end: int, expr: Expr
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.name = name
        self.name_end = name_end
        self.expr = expr

    @property
    def name_span(self) -> Span:
        """Where the name stands."""
        return self.source.span(self.start, self.name_end)

    def __repr__(self) -> str:
        return f"<Attribute {self.name} = {self.expr!r}>"


class Block(Node):
    """A block `type "label" { body }`; `header_end` is where its labels end."""

    __slots__ = ("body", "header_end", "label_places", "labels", "type")

    def __init__(
        self,
        source: Source,
        start: int,
        end: int,
        type: str,
        labels: list[str],
        label_places: list[tuple[int, int]],
        header_end: int,
        body: Body,
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.type = type
        self.labels = labels
        self.label_places = label_places
        self.header_end = header_end
        self.body = body

    @property
    def header_span(self) -> Span:
        """Where type and labels stand: what a message about the whole block points at."""
        return self.source.span(self.start, self.header_end)

    @property
    def label_spans(self) -> list[Span]:
        """Where each label stands, quotes included."""
        return [self.source.span(start, end) for start, end in self.label_places]

    def __repr__(self) -> str:
        return f"<Block {self.type} {self.labels}>"


class Body(Node):
    """What stands between braces, or a whole file: arguments by name, and blocks in order.

    An argument whose expression has a syntax error is there, as `Invalid`.
    """

    __slots__ = ("_attributes", "_blocks")

    def __init__(
        self,
        source: Source,
        start: int,
        end: int,
        attributes: dict[str, Attribute],
        blocks: list[Block],
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self._attributes = attributes
        self._blocks = blocks

    @property
    def attributes(self) -> dict[str, Attribute]:
        """Arguments by name, in source order."""
        return self._attributes

    @property
    def blocks(self) -> list[Block]:
        """Nested blocks in source order."""
        return self._blocks

    def blocks_of(self, type: str) -> list[Block]:
        """The blocks of one type, in source order."""
        return [block for block in self._blocks if block.type == type]

    def given(self, block_types: Mapping[str, int]) -> Body:
        """The body, knowing which block types may stand in it, and how many labels each has.

        Only bodies from JSON syntax change by it: there, a property may be either.
        """
        return self

    def items(self) -> Iterator[Attribute | Block]:
        """Arguments and blocks in source order."""
        return iter(sorted([*self._attributes.values(), *self._blocks], key=_start))


def _start(node: Node) -> int:
    return node.start


@dataclass(slots=True)
class File:
    """One parsed file.

    problems: syntax errors; what could be parsed besides them is in `body`.
    comments: every comment as (start, end) offsets, in order.
    """

    source: Source
    body: Body
    problems: list[Problem]
    comments: list[tuple[int, int]]

    @property
    def filename(self) -> str:
        """The name it was parsed under."""
        return self.source.filename


NO_LABELS: Final[list[str]] = []
