"""What a built-in function is, and how a call to one goes.

A function declares its parameters, its return type and an implementation for known arguments.
`Function.call` does what is the same for all: converts arguments, refuses nulls, answers unknown
for unknown arguments, and carries marks over.

Source: go-cty 1.16 `cty/function/function.go`; hcl 2.23 `hclsyntax/expression.go`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from time import time
from typing import TYPE_CHECKING, Any, Final, Protocol

from auditor.records import dataclass
from auditor.terraform import cty
from auditor.terraform.cty import FunctionError, Value
from auditor.terraform.options import each_option
from auditor.terraform.types import DYNAMIC, Type, conforms

if TYPE_CHECKING:
    from auditor.terraform.files import Files

Returns = Callable[[Sequence[Value]], Type]
Implementation = Callable[[list[Value], "Context"], Value]
Partial = Callable[[list[Value]], Mapping[str, Any]]

MOST_STEPS: Final = 5_000_000
MOST_TEXT: Final = 64_000_000

HIDDEN: Final = "it is refused, and why is not shown because it is sensitive"


class LimitReachedError(Exception):
    """An evaluation ran out of its budget; `evaluate` makes a `TerraformError` of it.

    It is none itself, so that nothing which tolerates refusals (`try`, a conditional's other side)
    can go on after it.
    """


class Budget:
    """What one evaluation may still do; hostile input runs out of it and gets an error.

    steps: elements produced and iterations made. text: characters of text produced. started: when
    it began, in seconds since 1970, which is the plan's time.
    """

    __slots__ = ("started", "steps", "text")

    def __init__(self, steps: int = MOST_STEPS, text: int = MOST_TEXT) -> None:
        self.steps = steps
        self.text = text
        self.started = time()

    def spend(self, steps: int) -> None:
        """Takes off steps; raises `LimitReachedError`, and takes none, when too few are left."""
        left = self.steps - steps
        if left < 0:
            raise LimitReachedError(
                "This configuration makes more elements than an audit evaluates."
            )
        self.steps = left

    def grow(self, characters: int) -> None:
        """Takes off characters of text produced; raises `LimitReachedError` as `spend` does."""
        left = self.text - characters
        if left < 0:
            raise LimitReachedError("This configuration makes more text than an audit evaluates.")
        self.text = left


class Context(Protocol):
    """What an implementation may use besides its arguments.

    budget: call `spend` for elements and `grow` for text *before* producing many of them.
    files: the guarded way to the files of the repository; None where there are none.
    functions: for functions that evaluate templates.
    """

    @property
    def budget(self) -> Budget: ...  # noqa: D102

    @property
    def files(self) -> Files | None: ...  # noqa: D102

    @property
    def functions(self) -> Mapping[str, Function]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. Arguments are converted to `type` before anything else.

    allow_null: the implementation copes with null.
    allow_unknown: the implementation copes with an unknown argument (without it, an unknown
        argument makes the result unknown; elements of a known one may be unknown either way).
    allow_marked: the implementation gets marks and carries them over itself.
    allow_dynamic: the return type function copes with a value of no type yet.
    """

    name: str
    type: Type
    allow_null: bool = False
    allow_unknown: bool = False
    allow_marked: bool = False
    allow_dynamic: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A built-in function.

    returns: a type, or a function of the arguments (any of which may be unknown) to the type; it
        may raise `FunctionError`.
    implementation: gets the converted arguments and a `Context`; raises `FunctionError`.
    not_null: the result is never null, so an unknown result is known not to be.
    partial: for a call that is unknown because of an unknown argument: gets the arguments and
        returns fields of `UnknownVal` that hold all the same: refinements as Terraform has them,
        and our known part (`items`, `entries`, `parts`, `one_of`).
    lazy: `try` and `can`: their arguments are not evaluated beforehand, and they are called by
        the evaluator itself.
    """

    name: str
    params: tuple[Parameter, ...]
    returns: Type | Returns
    implementation: Implementation
    variadic: Parameter | None = None
    not_null: bool = True
    partial: Partial | None = None
    lazy: bool = False

    def parameter(self, index: int) -> Parameter | None:
        """The parameter that the 0-based argument fills; None when there are too many."""
        return self.params[index] if index < len(self.params) else self.variadic

    def call(self, args: Sequence[Value], context: Context) -> Value:
        """The result for these arguments; raises `FunctionError` as Terraform refuses them."""
        from auditor.terraform.convert import ConversionError, convert

        self.check_count(len(args))
        converted = []
        for index, arg in enumerate(args):
            parameter = self.parameter(index)
            assert parameter is not None  # by check_count
            type_ = parameter.type
            if arg.ty is not type_ and type_ is not DYNAMIC:
                try:
                    arg = convert(arg, type_)
                except ConversionError as wrong:
                    raise FunctionError(index, str(wrong)) from wrong
                if not conforms(arg.ty, type_):
                    # A set of numbers with an unknown one converts to a list of numbers only.
                    raise FunctionError(index, f"{type_.name()} required")
            converted.append(arg)
        return self.call_converted(converted, context)

    def check_count(self, given: int) -> None:
        """Raises `FunctionError` for too few or too many arguments."""
        wanted = len(self.params)
        if given < wanted:
            least = " at least" if self.variadic else ""
            raise FunctionError(
                None,
                f'Function "{self.name}" expects{least} {wanted} argument(s). '
                f'Missing value for "{self.params[given].name}".',
            )
        if given > wanted and self.variadic is None:
            raise FunctionError(None, f'Function "{self.name}" expects only {wanted} argument(s).')

    def call_converted(self, args: list[Value], context: Context) -> Value:
        """As `call`, for arguments that have the parameters' types already."""
        marks, is_unknown, no_type = 0, False, False
        for index, arg in enumerate(args):
            parameter = self.parameter(index)
            assert parameter is not None  # the caller has counted
            if not parameter.allow_marked and cty.deep_marks(arg):
                arg, found = cty.unmark_deep(arg)
                marks |= found
                args[index] = arg
            v = arg.v
            if v is None:
                # Terraform looks at no argument after one of no type yet.
                if not parameter.allow_null and not no_type:
                    raise FunctionError(index, "argument must not be null")
            elif v.__class__ is cty.UnknownVal and not parameter.allow_unknown:
                is_unknown = True
            if arg.ty is DYNAMIC and not parameter.allow_dynamic:
                no_type = True
        if no_type:
            return self._unknown(DYNAMIC, args, marks, context)
        try:
            returns = self.returns
            result_type = returns if isinstance(returns, Type) else returns(args)
            if is_unknown:
                return self._unknown(result_type, args, marks, context)
            result = self.implementation(args, context)
        except FunctionError as refused:
            for arg in args:
                marks |= cty.deep_marks(arg)
            if marks & cty.SENSITIVE:
                # Messages quote what they refuse.
                raise FunctionError(refused.argument, HIDDEN) from None
            raise
        if self.not_null and result.v.__class__ is cty.UnknownVal:
            result = cty.not_null(result)
        return cty.mark(result, marks)

    def _unknown(self, type_: Type, args: list[Value], marks: int, context: Context) -> Value:
        """The result while arguments are unknown.

        As in cty it loses the marks of arguments that the implementation would have carried over
        itself; what is known of it keeps them, so that no secret gets out that way.
        """
        known: dict[str, Any] = {}
        if self.partial is not None:
            # The function may refuse these arguments, but only once all of them are known.
            with suppress(FunctionError):
                known.update(self.partial(args))
        if not known.keys() & _KNOWN_PARTS:
            options = each_option(args, lambda given: self.call_converted(given, context))
            if options is not None:
                known["one_of"] = options
        lost = 0
        for arg in args:
            lost |= arg.marks
        if lost and known:
            _mark_known_part(known, lost)
        known.setdefault("not_null", self.not_null)
        refs, because = cty.refs_of(*args), cty.cause_of(*args)
        return cty.unknown(type_, refs=refs, because=because, marks=marks, **known)


_KNOWN_PARTS: Final = frozenset({"parts", "items", "entries", "one_of"})


def _mark_known_part(known: dict[str, Any], marks: int) -> None:
    known.pop("parts", None)
    for name in ("items", "one_of"):
        if known.get(name) is not None:
            known[name] = tuple(cty.mark(value, marks) for value in known[name])
    if known.get("entries") is not None:
        known["entries"] = {key: cty.mark(v, marks) for key, v in known["entries"].items()}
