"""`for` expressions and splats.

Source: hcl 2.23 `hclsyntax/expression.go` (`ForExpr`, `SplatExpr`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from auditor.terraform import cty
from auditor.terraform.convert import ConversionError, convert
from auditor.terraform.cty import TerraformError, UnknownVal, Value
from auditor.terraform.nodes import Expr, For, Splat
from auditor.terraform.scope import Run, Runner, Scope
from auditor.terraform.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    Collection,
    List,
    Set,
    Tuple,
    Type,
)

_ANY = Value(DYNAMIC, UnknownVal())


def compile_for(node: For, runner: Runner) -> Run:
    """The compiled form of a `for` expression."""
    loop = _Loop(node, runner)
    make = loop.make_tuple if node.key is None else loop.make_object

    def run(scope: Scope) -> Value:
        collection = loop.run_collection(scope)
        loop.check(collection)
        if collection.ty is DYNAMIC:
            return loop.partial(collection, make, scope, 0)
        outside = loop.names_outside(scope)
        try:
            marks = loop.check_condition(scope) if node.condition is not None else 0
            if collection.v.__class__ is UnknownVal:
                return loop.partial(collection, make, scope, marks | collection.marks)
            return make(collection, scope)
        finally:
            loop.put_back(scope, outside)

    return run


class _Loop:
    """One `for` expression, compiled."""

    def __init__(self, node: For, runner: Runner) -> None:
        self.node = node
        self.run_collection = runner(node.collection)
        self.run_key = runner(node.key) if node.key is not None else None
        self.run_value = runner(node.value)
        self.run_condition = runner(node.condition) if node.condition is not None else None

    def names_outside(self, scope: Scope) -> tuple[Value | None, Value | None]:
        """What the loop's names mean outside it, to be put back however it ends."""
        key_name, variables = self.node.key_name, scope.variables
        return variables.get(key_name) if key_name else None, variables.get(self.node.value_name)

    def put_back(self, scope: Scope, outside: tuple[Value | None, Value | None]) -> None:
        """Gives the loop's names the meaning back that they had outside."""
        for name, value in zip((self.node.key_name, self.node.value_name), outside, strict=True):
            if value is not None:
                scope.variables[name or ""] = value
            elif name:
                scope.variables.pop(name, None)

    def refuse(self, place: Expr, summary: str, detail: str) -> TerraformError:
        return TerraformError(summary, detail, place.span)

    def check(self, collection: Value) -> None:
        """Refuses what has no elements."""
        if collection.v is None:
            raise self.refuse(
                self.node.collection,
                "Iteration over null value",
                "A null value cannot be used as the collection in a 'for' expression.",
            )
        if collection.ty is not DYNAMIC and not cty.can_iterate(collection.ty):
            raise self.refuse(
                self.node.collection,
                "Iteration over non-iterable value",
                f"A value of type {collection.ty.name()} cannot be used as the collection in a "
                "'for' expression.",
            )

    def check_condition(self, scope: Scope) -> int:
        """Evaluates `if` once with elements unknown, as hcl does; gives its marks."""
        assert self.run_condition is not None
        assert self.node.condition is not None
        if self.node.key_name:
            scope.variables[self.node.key_name] = _ANY
        scope.variables[self.node.value_name] = _ANY
        result = self.run_condition(scope)
        if result.v is None:
            raise self.refuse(
                self.node.condition,
                "Condition is null",
                "The value of the 'if' clause must not be null.",
            )
        self.as_bool(result)
        return result.marks

    def as_bool(self, result: Value) -> Value:
        assert self.node.condition is not None
        if result.v is None:
            raise self.refuse(
                self.node.condition,
                "Invalid 'for' condition",
                "The value of the 'if' clause must not be null.",
            )
        if result.ty is BOOL:
            return result
        try:
            return convert(result, BOOL)
        except ConversionError as wrong:
            raise self.refuse(
                self.node.condition,
                "Invalid 'for' condition",
                f"The 'if' clause value is invalid: {wrong}.",
            ) from wrong

    def tolerated(self, value: Value, wanted: Type, open_ends: list[Value]) -> bool:
        """Whether an unfit condition or key is passed over, as hcl does once all is unknown."""
        if not open_ends:
            return False
        if value.v is None:
            return True
        try:
            convert(value, wanted)
        except ConversionError:
            return True
        return False

    def make_tuple(self, collection: Value, scope: Scope) -> Value:
        """The tuple that a loop over a known collection makes; the names are free to set."""
        variables, key_name, value_name = scope.variables, self.node.key_name, self.node.value_name
        run_value, run_condition = self.run_value, self.run_condition
        marks = collection.marks
        found: list[Value] = []
        open_conditions: list[Value] = []
        scope.budget.spend(len(collection.v))
        if key_name is None and run_condition is None:
            for value in cty.inside(collection):
                variables[value_name] = value
                found.append(run_value(scope))
            return cty.mark(cty.tuple_(found), marks)
        for key, value in _elements(collection):
            if key_name:
                variables[key_name] = key
            variables[value_name] = value
            if run_condition is not None:
                result = run_condition(scope)
                if self.tolerated(result, BOOL, open_conditions):
                    continue
                include = self.as_bool(result)
                marks |= include.marks
                if include.v.__class__ is UnknownVal:
                    open_conditions.append(include)
                    continue
                if not include.v:
                    continue
            found.append(run_value(scope))
        if open_conditions:
            return _open_end(open_conditions, marks, items=tuple(found))
        return cty.mark(cty.tuple_(found), marks)

    def make_object(self, collection: Value, scope: Scope) -> Value:
        """The object that a loop over a known collection makes."""
        variables, key_name, value_name = scope.variables, self.node.key_name, self.node.value_name
        run_key, marks = self.run_key, collection.marks
        assert run_key is not None
        groups: dict[str, list[Value]] = {}
        open_ends: list[Value] = []
        scope.budget.spend(len(collection.v))
        for key, value in _elements(collection):
            if key_name:
                variables[key_name] = key
            variables[value_name] = value
            if self.run_condition is not None:
                result = self.run_condition(scope)
                if self.tolerated(result, BOOL, open_ends):
                    continue
                include = self.as_bool(result)
                marks |= include.marks
                if include.v.__class__ is UnknownVal:
                    open_ends.append(include)
                    continue
                if not include.v:
                    continue
            name = run_key(scope)
            if self.tolerated(name, STRING, open_ends):
                continue
            name = self.object_key(name)
            marks |= name.marks
            if name.v.__class__ is UnknownVal:
                open_ends.append(name)
                continue
            self.add(groups, name.v, scope)
        if self.node.group:
            attrs = {name: cty.tuple_(values) for name, values in groups.items()}
        else:
            attrs = {name: values[0] for name, values in groups.items()}
        if open_ends:
            # With grouping, more may come to any group.
            entries = None if self.node.group else attrs
            return _open_end(open_ends, marks, entries=entries)
        return cty.mark(cty.object_(attrs), marks)

    def object_key(self, name: Value) -> Value:
        assert self.node.key is not None
        if name.v is None:
            raise self.refuse(
                self.node.key,
                "Invalid object key",
                "Key expression in 'for' expression must not produce a null value.",
            )
        if name.ty is STRING or name.v.__class__ is UnknownVal:
            return name
        try:
            return convert(name, STRING)
        except ConversionError as wrong:
            raise self.refuse(
                self.node.key,
                "Invalid object key",
                f"The key expression produced an invalid result: {wrong}.",
            ) from wrong

    def add(self, groups: dict[str, list[Value]], name: str, scope: Scope) -> None:
        value = self.run_value(scope)
        if name not in groups:
            groups[name] = [value]
        elif self.node.group:
            groups[name].append(value)
        else:
            assert self.node.key is not None
            raise self.refuse(
                self.node.key,
                "Duplicate object key",
                f"Two different items produced the key \"{name}\" in this 'for' expression. If "
                "duplicates are expected, use the ellipsis (...) after the value expression to "
                "enable grouping by key.",
            )

    def partial(
        self, collection: Value, make: Callable[[Value, Scope], Value], scope: Scope, marks: int
    ) -> Value:
        """Over an unknown collection the result is unknown, save for elements it certainly has."""
        v: UnknownVal = collection.v
        known: dict[str, Any] = {}
        outside = self.names_outside(scope)
        try:
            if v.one_of is not None:
                if all(map(_has_elements, v.one_of)):
                    known["one_of"] = tuple(make(option, scope) for option in v.one_of)
            elif v.items is not None or v.entries is not None:
                known = _certain(make(_certain_part(v, collection.ty), scope))
        except TerraformError:
            # What Terraform would refuse once the collection is known, nobody knows yet.
            known = {}
        finally:
            self.put_back(scope, outside)
        return Value(DYNAMIC, UnknownVal(v.refs, v.because, **known), marks)


def _has_elements(value: Value) -> bool:
    return value.v.__class__ in (list, dict)


class _Anywhere(Tuple):
    """The type of elements of a list whose places in it are not known."""


def _elements(collection: Value) -> Iterator[tuple[Value, Value]]:
    """As `cty.elements`, with unknown indexes for `_Anywhere`."""
    if collection.ty.__class__ is not _Anywhere:
        return cty.elements(collection)
    index = Value(NUMBER, UnknownVal((), "its place in the list is not known", not_null=True))
    return ((index, item) for item in collection.v)


def _certain_part(v: UnknownVal, type_: Type) -> Value:
    """The elements that an unknown collection certainly has, as a known one."""
    if v.entries is not None:
        return cty.object_(v.entries)
    items = list(v.items or ())
    if isinstance(type_, Set):
        return Value(type_, items)
    # More may come before them.
    return Value(_Anywhere(item.ty for item in items), items)


def _certain(result: Value) -> dict[str, Any]:
    """The known part of an unknown result, from the result over the part that is certain."""
    v = result.v
    if v.__class__ is list:
        return {"items": tuple(v)}
    if v.__class__ is dict:
        return {"entries": v}
    return {"items": v.items, "entries": v.entries}


def _open_end(causes: Iterable[Value], marks: int, **known: Any) -> Value:
    """Unknown because it is open which elements there are."""
    causes = list(causes)
    return Value(DYNAMIC, UnknownVal(cty.refs_of(*causes), cty.cause_of(*causes), **known), marks)


# -- splats ----------------------------------------------------------------------------------


def compile_splat(node: Splat, runner: Runner) -> Run:
    """The compiled form of `[*]` and `.*`."""
    splat = _Splat(node, runner)
    return splat.run


class _Splat:
    """One splat, compiled."""

    def __init__(self, node: Splat, runner: Runner) -> None:
        self.node = node
        self.item = node.item
        self.run_base = runner(node.base)
        self.run_each = runner(node.each)

    def run(self, scope: Scope) -> Value:
        base = self.run_base(scope)
        is_sequence = isinstance(base.ty, Tuple | List | Set)
        if base.v is None:
            if not is_sequence:
                return cty.mark(cty.tuple_(()), base.marks)
            raise TerraformError(
                "Splat of null value",
                "Splat expressions (with the * symbol) cannot be applied to null sequences.",
                self.node.span,
            )
        if base.ty is DYNAMIC:
            return self.partial(base, DYNAMIC, scope)
        if not is_sequence:
            return self.single(base, scope)
        if base.v.__class__ is UnknownVal:
            return self.unknown(base, scope)
        return self.over(base, scope)

    def each(self, value: Value, scope: Scope) -> Value:
        before = self.item.value
        self.item.value = value
        try:
            return self.run_each(scope)
        finally:
            self.item.value = before

    def single(self, base: Value, scope: Scope) -> Value:
        """A value that is no sequence counts as a tuple of it, or of nothing if it is null."""
        found = cty.mark(cty.tuple_([self.each(base, scope)]), base.marks)
        if cty.certainly_not_null(base):
            return found
        one_of = (Value(found.ty, found.v), cty.tuple_(()))
        known = UnknownVal(base.v.refs, base.v.because, one_of=one_of)
        return Value(DYNAMIC, known, base.marks)

    def over(self, base: Value, scope: Scope) -> Value:
        scope.budget.spend(len(base.v))
        items = [self.each(item, scope) for item in base.v]
        if isinstance(base.ty, Tuple):
            return cty.mark(cty.tuple_(items), base.marks)
        assert isinstance(base.ty, Collection)
        if not items:
            type_ = self.each(Value(base.ty.elem, UnknownVal()), scope).ty
            return cty.mark(cty.list_((), type_), base.marks)
        return cty.mark(_list_of(items), base.marks)

    def unknown(self, base: Value, scope: Scope) -> Value:
        v: UnknownVal = base.v
        refs, because = v.refs, v.because
        if isinstance(base.ty, Tuple):
            types = [
                self.each(Value(elem, UnknownVal(refs, because)), scope).ty
                for elem in base.ty.elems
            ]
            return self.partial(base, Tuple(types), scope, not_null=True)
        assert isinstance(base.ty, Collection)
        elem = self.each(Value(base.ty.elem, UnknownVal(refs, because)), scope).ty
        return self.partial(
            base,
            List(elem),
            scope,
            not_null=True,
            min_length=v.min_length,
            max_length=v.max_length,
        )

    def partial(self, base: Value, type_: Type, scope: Scope, **refinements: Any) -> Value:
        """The unknown result, with the results for what is certainly there."""
        v: UnknownVal = base.v
        known: dict[str, Any] = {}
        try:
            if v.one_of is not None:
                known["one_of"] = tuple(self.branch(option, scope) for option in v.one_of)
            elif v.items is not None:
                known["items"] = tuple(self.each(item, scope) for item in v.items)
        except TerraformError:
            known = {}
        return cty.unknown(type_, base, **refinements, **known)

    def branch(self, option: Value, scope: Scope) -> Value:
        if option.v.__class__ is list:
            return self.over(option, scope)
        if option.v is None or option.v.__class__ is UnknownVal:
            raise TerraformError("Splat of null value")
        return cty.tuple_([self.each(option, scope)])


def _list_of(items: list[Value]) -> Value:
    """A list; where unknowns of no type yet keep it from having one type, it is unknown."""
    types = {item.ty for item in items if item.ty is not DYNAMIC}
    if len(types) <= 1:
        return cty.list_(items)
    refs = cty.refs_of(*items)
    return Value(DYNAMIC, UnknownVal(refs, items=tuple(items)))
