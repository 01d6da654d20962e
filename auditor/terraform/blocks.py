"""From a resource's body to its arguments and nested blocks, as the provider's schema has them.

A body is planned once (`plan_body`): which argument has which type, which blocks nest how, what is
wrong whatever the values are. The plan then runs once for each instance (`Plan.run`), in a scope.

Where Terraform refuses a value, the value is unknown with that cause and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field, replace

from auditor.records import dataclass
from auditor.resource import Location, Problem
from auditor.suggest import closest
from auditor.terraform import cty, number
from auditor.terraform.convert import ConversionError, convert
from auditor.terraform.cty import TerraformError, UnknownVal, Value
from auditor.terraform.declaring import location, problem
from auditor.terraform.expressions import evaluate
from auditor.terraform.function import LimitReachedError
from auditor.terraform.nodes import Attribute as Argument
from auditor.terraform.nodes import Block, Body, Expr, ObjectCons, TupleCons
from auditor.terraform.references import iterator_name
from auditor.terraform.schema import Attribute, BlockSchema, Nested
from auditor.terraform.scope import Scope
from auditor.terraform.types import DYNAMIC, List, Object, Set, Type
from auditor.values import Path

MAX_BLOCKS = 10_000
"""That one dynamic block may make."""

_BLOCK = 10
"""Steps that a block of a dynamic block takes, beside those of its expressions."""

Report = Callable[[Problem], None]


@dataclass(slots=True)
class BlockValue:
    """The arguments and nested blocks of one block, evaluated.

    attrs: the arguments that are written, converted to the schema's types; null ones too.
    blocks: nested blocks by type, in source order.
    """

    plan: Plan
    attrs: dict[str, Value]
    blocks: dict[str, Blocks]
    scope: Scope


@dataclass(slots=True)
class Blocks:
    """The nested blocks of one type.

    open: there may be more, which hang on it. is_whole: there are no more, though Terraform does
    not know that yet.
    """

    nested: Nested
    items: list[tuple[BlockValue, BlockSource]] = field(default_factory=list)
    open: Value | None = None
    is_whole: bool = True

    @property
    def is_empty(self) -> bool:
        """Whether there is certainly none: a dynamic block that makes none is no block."""
        return not self.items and self.open is None


@dataclass(slots=True)
class BlockSource:
    """Where a nested block comes from: its block, and for a dynamic one what it is made from."""

    block: Block
    plan: DynamicPlan | None = None
    key: Value | None = None


@dataclass(slots=True)
class DynamicPlan:
    """A `dynamic` block: `content` runs once for each element of `for_each`."""

    block: Block
    for_each: Expr
    iterator: str
    content: Plan
    content_block: Block


class Plan:
    """A body under a schema."""

    __slots__ = ("as_blocks", "attrs", "body", "children", "problems", "schema")

    def __init__(self, body: Body, schema: BlockSchema | None) -> None:
        self.body = body
        self.schema = schema
        self.attrs: list[tuple[str, Attribute | None, Argument]] = []
        self.children: list[tuple[Nested, Plan | DynamicPlan, Block]] = []
        self.as_blocks: dict[str, Nested] = {}
        self.problems: list[Problem] = []

    def run(self, scope: Scope, report: Report) -> BlockValue:
        """The block's value in a scope; what Terraform refuses is reported and left unknown."""
        attrs: dict[str, Value] = {}
        for name, schema, argument in self.attrs:
            attrs[name] = _argument(name, schema, argument, scope, report)
        value = BlockValue(self, attrs, {}, scope)
        for nested, child, block in self.children:
            group = value.blocks.get(nested.name)
            if group is None:
                group = value.blocks[nested.name] = Blocks(nested)
            if isinstance(child, Plan):
                group.items.append((child.run(scope, report), BlockSource(block)))
            else:
                _expand(child, group, scope, report)
        self._count_blocks(value, report)
        return value

    def _count_blocks(self, value: BlockValue, report: Report) -> None:
        if self.schema is None:
            return
        for name, nested in self.schema.blocks.items():
            if not nested.max and not nested.min:
                continue
            group = value.blocks.get(name)
            found = len(group.items) if group else 0
            if nested.max and found > nested.max:
                assert group is not None
                span = group.items[nested.max][1].block.header_span
                report(
                    _warning(
                        "Too many blocks",
                        f'No more than {nested.max} "{name}" blocks are allowed',
                        location(span),
                    )
                )
            elif found < nested.min and not (group and group.open is not None):
                span = self.body.source.span(self.body.start, self.body.start)
                report(
                    _warning(
                        "Insufficient blocks",
                        f'At least {nested.min} "{name}" blocks are required',
                        location(span),
                    )
                )


def _warning(summary: str, detail: str, place: Location | None, code: str = "") -> Problem:
    return Problem("warning", code or "schema", summary, detail, place)


# -- planning -------------------------------------------------------------------------------------


def plan_body(
    body: Body, schema: BlockSchema | None, skip: frozenset[str] = frozenset(), *, depth: int = 0
) -> Plan:
    """The plan of a body. skip: arguments and blocks that are Terraform's own, not the schema's.

    Without a schema (another provider's resource) every argument has its own type.
    """
    if schema is not None and type(body) is not Body:
        body = body.given(_block_types(body, schema))
    plan = Plan(body, schema)
    for name, argument in body.attributes.items():
        if name not in skip:
            _plan_argument(plan, name, argument)
    for block in body.blocks:
        if block.type not in skip:
            _plan_block(plan, block, depth)
    if schema is not None:
        _check_required(plan, body, schema)
    return plan


def _block_types(body: Body, schema: BlockSchema) -> dict[str, int]:
    """What JSON syntax has to be told: which properties are blocks."""
    found = dict.fromkeys(schema.blocks, 0)
    for name, argument in body.attributes.items():
        attribute = schema.attributes.get(name)
        if attribute is not None and _object_of(attribute.type) and _is_objects(argument.expr):
            found[name] = 0
    return found


def _is_objects(expr: Expr) -> bool:
    items = expr.items if isinstance(expr, TupleCons) else [expr]
    return bool(items) and all(isinstance(item, ObjectCons) for item in items)


def _object_of(type_: Type) -> Object | None:
    """The object type in a list or set of objects: such an attribute may be written as blocks."""
    if isinstance(type_, List | Set) and isinstance(type_.elem, Object):
        return type_.elem
    return None


def _plan_argument(plan: Plan, name: str, argument: Argument) -> None:
    schema = plan.schema
    if schema is None:
        plan.attrs.append((name, None, argument))
        return
    found = schema.attributes.get(name)
    if found is None:
        plan.problems.append(_unsupported(plan, name, argument))
        return
    plan.attrs.append((name, found, argument))


def _unsupported(plan: Plan, name: str, argument: Argument) -> Problem:
    assert plan.schema is not None
    detail = f'An argument named "{name}" is not expected here'
    if name in plan.schema.blocks:
        detail += f'; did you mean to define a block of type "{name}"?'
    elif near := closest(name, plan.schema.names):
        detail += f'; did you mean "{near}"?'
    place = location(argument.name_span)
    return _warning("Unsupported argument", detail, place, "unsupported-argument")


def _plan_block(plan: Plan, block: Block, depth: int) -> None:
    made = block.labels[0] if block.type == "dynamic" and block.labels else block.type
    nested = _nested(plan, made)
    if nested is None:
        detail = f'Blocks of type "{made}" are not expected here'
        if plan.schema is not None and made in plan.schema.attributes:
            detail += f'; did you mean to define argument "{made}"?'
        elif plan.schema is not None and (near := closest(made, plan.schema.names)):
            detail += f'; did you mean "{near}"?'
        place = location(block.header_span)
        plan.problems.append(_warning("Unsupported block type", detail, place, "unsupported-block"))
        return
    inner = nested.block if plan.schema is not None else None
    if block.type != "dynamic":
        plan.children.append((nested, plan_body(block.body, inner, depth=depth + 1), block))
        return
    dynamic = _plan_dynamic(plan, block, inner, depth)
    if dynamic is not None:
        plan.children.append((nested, dynamic, block))


def _nested(plan: Plan, name: str) -> Nested | None:
    schema = plan.schema
    if schema is None:
        if name not in plan.as_blocks:
            plan.as_blocks[name] = Nested(name, "list", BlockSchema({}, {}), 0, 0, False)
        return plan.as_blocks[name]
    if name in schema.blocks:
        return schema.blocks[name]
    if name not in plan.as_blocks and name in schema.attributes:
        made = as_block(schema.attributes[name])
        if made is not None:
            plan.as_blocks[name] = made
    return plan.as_blocks.get(name)


def as_block(attribute: Attribute) -> Nested | None:
    """A list or set of objects that Terraform lets people write as blocks (`ingress` of groups).

    SOURCE: Terraform 1.11 `internal/lang/blocktoattr`: all its arguments are then optional.
    """
    type_ = attribute.type
    inner = _object_of(type_)
    if inner is None:
        return None
    attributes = {name: Attribute(name, of, "o") for name, of in inner.attrs.items()}
    nesting = "set" if isinstance(type_, Set) else "list"
    return Nested(attribute.name, nesting, BlockSchema(attributes, {}), 0, 0, attribute.newer)


def _plan_dynamic(
    plan: Plan, block: Block, inner: BlockSchema | None, depth: int
) -> DynamicPlan | None:
    contents = block.body.blocks_of("content")
    for_each = block.body.attributes.get("for_each")
    if not contents or for_each is None:
        missing = "for_each" if for_each is None else "content"
        plan.problems.append(
            Problem(
                "error",
                "invalid-configuration",
                "Missing required argument",
                f'A dynamic block needs "{missing}"',
                location(block.header_span),
            )
        )
        return None
    content = contents[0]
    return DynamicPlan(
        block,
        for_each.expr,
        iterator_name(block),
        plan_body(content.body, inner, depth=depth + 1),
        content,
    )


def _check_required(plan: Plan, body: Body, schema: BlockSchema) -> None:
    written = {name for name, _, _ in plan.attrs}
    written.update(nested.name for nested, _, _ in plan.children)
    for name in schema.required:
        if name not in written:
            plan.problems.append(
                _warning(
                    "Missing required argument",
                    f'The argument "{name}" is required, but no definition was found',
                    location(body.source.span(body.start, body.start)),
                    "missing-argument",
                )
            )


def every_problem(plan: Plan) -> Iterator[Problem]:
    """What is wrong with a body whatever its values are, nested blocks included."""
    yield from plan.problems
    for _, child, _ in plan.children:
        yield from every_problem(child if isinstance(child, Plan) else child.content)


# -- running --------------------------------------------------------------------------------------


def refused(wrong: TerraformError) -> str:
    """The cause of an unknown that stands for what Terraform refuses."""
    place = f"{wrong.range.file}:{wrong.range.line} " if wrong.range else ""
    return f"{place}cannot be evaluated: {wrong.summary}"


def evaluation_problem(wrong: TerraformError) -> Problem:
    """The problem that a refusal during evaluation is."""
    return problem(wrong, "evaluation")


def _argument(
    name: str, schema: Attribute | None, argument: Argument, scope: Scope, report: Report
) -> Value:
    wanted = schema.type if schema is not None else DYNAMIC
    try:
        value = evaluate(argument.expr, scope)
    except TerraformError as wrong:
        report(evaluation_problem(wrong))
        return cty.unknown(wanted, because=refused(wrong))
    if schema is not None and not schema.settable and value.v is not None:
        detail = "Its value is decided by the provider; it cannot be set"
        place = location(argument.name_span)
        report(_warning(f'"{name}" attribute is read-only', detail, place, "read-only-argument"))
    if cty.deep_marks(value) & cty.EPHEMERAL:
        value = _persistent(value, name, schema, argument, report)
    if value.ty is wanted or wanted is DYNAMIC:
        return value
    try:
        return convert(value, wanted)
    except ConversionError as wrong:
        detail = f'Inappropriate value for attribute "{name}": {wrong}'
        place = location(argument.expr.span)
        report(_warning("Incorrect attribute value type", detail, place, "wrong-type"))
        assert place is not None
        because = f"{place.file}:{place.line} has the wrong type: {wrong}"
        return cty.unknown(wanted, because=because)


def _persistent(
    value: Value, name: str, schema: Attribute | None, argument: Argument, report: Report
) -> Value:
    """The value without ephemeral marks: only write-only arguments may have such a value."""
    if schema is not None and not schema.write_only:
        detail = f'Ephemeral values are not valid for "{name}": it is not a write-only argument'
        place = location(argument.expr.span)
        report(_warning("Invalid use of ephemeral value", detail, place, "ephemeral-value"))
    plain, marks = cty.unmark_deep(value)
    return cty.mark(plain, marks & cty.SENSITIVE)


def _expand(dynamic: DynamicPlan, group: Blocks, scope: Scope, report: Report) -> None:
    """Adds the blocks that a dynamic block makes."""
    try:
        collection = evaluate(dynamic.for_each, scope)
        _check_for_each(collection, dynamic)
        _spend(collection, dynamic, scope)
    except TerraformError as wrong:
        report(evaluation_problem(wrong))
        group.open, group.is_whole = cty.unknown(DYNAMIC, because=refused(wrong)), False
        return
    if cty.deep_marks(collection) and collection.marks:
        collection = cty.unmark(collection)[0]
    v = collection.v
    known: Iterator[tuple[Value | None, Value]]
    if v.__class__ is UnknownVal:
        group.open = collection
        only = _only_choice(collection)
        group.is_whole = group.is_whole and only is not None
        known = _certain(collection) if only is None else cty.elements(only)
    else:
        known = cty.elements(collection)
    for key, element in known:
        _add(dynamic, group, key, element, scope, report)


def _only_choice(collection: Value) -> Value | None:
    """What an unknown collection certainly is, though Terraform does not know it yet."""
    options = collection.v.one_of
    only = options[0] if options is not None and len(options) == 1 else None
    if only is None or not cty.can_iterate(only.ty) or only.v is None:
        return None
    return None if only.v.__class__ is UnknownVal else only


def _certain(collection: Value) -> Iterator[tuple[Value | None, Value]]:
    """The elements that an unknown collection certainly has."""
    v: UnknownVal = collection.v
    if v.entries is not None:
        for key, value in v.entries.items():
            yield cty.string(key), value
    for item in v.items or ():
        unknown = cty.unknown(DYNAMIC, collection)
        yield (item if isinstance(collection.ty, Set) else unknown), item


def _check_for_each(collection: Value, dynamic: DynamicPlan) -> None:
    span = dynamic.for_each.span
    if collection.v is None:
        raise TerraformError(
            "Invalid dynamic for_each value", "Cannot use a null value in for_each.", span
        )
    if collection.ty is not DYNAMIC and not cty.can_iterate(collection.ty):
        raise TerraformError(
            "Invalid dynamic for_each value",
            f"Cannot use a {collection.ty.name()} value in for_each. An iterable collection is "
            "required.",
            span,
        )
    if collection.v.__class__ is not UnknownVal and len(collection.v) > MAX_BLOCKS:
        raise TerraformError(
            "Too many blocks",
            f"A dynamic block that makes more than {MAX_BLOCKS} blocks is not evaluated.",
            span,
        )


def _spend(collection: Value, dynamic: DynamicPlan, scope: Scope) -> None:
    v = collection.v
    known = len((v.items or v.entries or ()) if v.__class__ is UnknownVal else v)
    try:
        scope.budget.spend(known * _BLOCK)
    except LimitReachedError as limit:
        span = dynamic.for_each.span
        raise TerraformError("Evaluation limit reached", str(limit), span) from None


def _add(
    dynamic: DynamicPlan,
    group: Blocks,
    key: Value | None,
    element: Value,
    scope: Scope,
    report: Report,
) -> None:
    iterator = cty.object_({"key": key if key is not None else element, "value": element})
    inner = Scope(
        scope.resolve,
        scope.functions,
        variables={**scope.variables, dynamic.iterator: iterator},
        budget=scope.budget,
        files=scope.files,
    )
    value = dynamic.content.run(inner, report)
    group.items.append((value, BlockSource(dynamic.content_block, dynamic, key)))


# -- whole values ---------------------------------------------------------------------------------

Computed = Callable[[Attribute, Path], Value]
"""What an attribute is that is not set and that the provider decides, by where it stands."""


def whole(
    value: BlockValue,
    schema: BlockSchema,
    computed: Computed,
    newer: bool = False,
    path: Path = (),
) -> dict[str, Value]:
    """Every attribute and kind of block of the schema, as a reference to the object sees them.

    newer: with what only a newer provider has. path: where the block stands in its resource.
    """
    found: dict[str, Value] = {}
    for name, attribute in schema.seen(newer).items():
        given = value.attrs.get(name)
        if given is None and name in value.blocks and not value.blocks[name].is_empty:
            given = blocks_value(value.blocks[name], computed, newer, (*path, name))
        if given is None or given.v is None:
            given = computed(attribute, path) if attribute.computed else absent(attribute)
        if attribute.sensitive:
            given = cty.mark(given, cty.SENSITIVE)
        found[name] = given
    for name, nested in schema.blocks.items():
        if newer or not nested.newer or schema.open:
            group = value.blocks.get(name)
            if group is None and nested.decided_when_absent:
                found[name] = computed(Attribute(name, nested.shape(newer), "c"), path)
            else:
                found[name] = blocks_value(group or Blocks(nested), computed, newer, (*path, name))
    return {name: found[name] for name in sorted(found)}


def absent(attribute: Attribute) -> Value:
    """What an argument is that is not set and that the provider does not decide."""
    default = attribute.default
    if default is None:
        return cty.null(attribute.type)
    if isinstance(default, bool):
        return cty.boolean(default)
    if isinstance(default, str):
        return cty.string(default)
    return cty.number(number.parse(str(default)))


def blocks_value(group: Blocks, computed: Computed, newer: bool, path: Path = ()) -> Value:
    """All blocks of one type as one value."""
    nested = group.nested
    single = nested.nesting == "single"
    items = [
        _block_object(block, nested, computed, newer, path if single else (*path, index))
        for index, (block, _) in enumerate(group.items)
    ]
    if group.open is not None and not group.is_whole:
        return cty.unknown(nested.shape(newer), group.open, items=tuple(items))
    if group.open is not None:
        closed = replace(group, open=None)
        only = blocks_value(closed, computed, newer, path)
        return cty.unknown(nested.shape(newer), group.open, one_of=(only,))
    shape = nested.block.shape(newer)
    if single:
        return items[0] if items else cty.null(shape)
    if nested.nesting == "set":
        return cty.set_(items, shape)
    return cty.list_(items, shape)


def _block_object(
    block: BlockValue, nested: Nested, computed: Computed, newer: bool, path: Path
) -> Value:
    if block.plan.schema is None:
        return cty.object_(_schemaless(block, computed))
    return Value(nested.block.shape(newer), whole(block, nested.block, computed, newer, path))


def _schemaless(block: BlockValue, computed: Computed) -> dict[str, Value]:
    groups = {name: blocks_value(group, computed, False) for name, group in block.blocks.items()}
    return {**block.attrs, **groups}
