"""What an expression is evaluated in, and how the names in it are told apart.

Source: Terraform 1.11 `internal/addrs/parse_ref.go`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from auditor.terraform.cty import TerraformError, Value
from auditor.terraform.function import Budget, Function
from auditor.terraform.nodes import Expr, Reference

if TYPE_CHECKING:
    from auditor.terraform.files import Files

Head = tuple[str, ...]
"""What a reference names, without the steps into it: `("var", "x")`, `("aws_vpc", "main")`."""

Resolve = Callable[[Head, Reference], Value]


def resolve_nothing(head: Head, _reference: Reference) -> Value:
    """Refuses every name: for expressions that may refer to nothing."""
    raise TerraformError("Variables not allowed", "Variables may not be used here.")


class Scope:
    """Where an expression gets its names from.

    variables: names of one word, that hide everything else: those of `for`, of templates, and the
        iterators of dynamic blocks. The evaluator adds and takes away its own while it runs.
    resolve: called with the head of every other reference and its node; gives the value that the
        head names (the steps after it are the evaluator's), or raises `TerraformError`.
    """

    __slots__ = ("budget", "files", "functions", "resolve", "variables")

    def __init__(
        self,
        resolve: Resolve = resolve_nothing,
        functions: Mapping[str, Function] | None = None,
        *,
        variables: Mapping[str, Value] | None = None,
        budget: Budget | None = None,
        files: Files | None = None,
    ) -> None:
        self.resolve = resolve
        self.functions: Mapping[str, Function] = functions if functions is not None else {}
        self.variables: dict[str, Value] = dict(variables or {})
        self.budget = budget if budget is not None else Budget()
        self.files = files


Run = Callable[[Scope], Value]
"""A compiled expression."""

Runner = Callable[[Expr], Run]
"""How an expression inside another is compiled."""

_TWO_WORDS: Final = frozenset({"var", "local", "path", "terraform", "each", "count", "module"})
_THREE_WORDS: Final = frozenset({"data", "ephemeral", "resource"})


def head_of(reference: Reference) -> Head:
    """What a reference names; raises `TerraformError` where it stops too early.

    `module.x` is the head of `module.x.y` and of `module.x[0].y`; `resource.a.b` is `("a", "b")`.
    """
    root, steps = reference.root, reference.steps
    if root == "self":
        return ("self",)
    wanted = 2 if root in _THREE_WORDS else 1
    names = []
    for step in steps[:wanted]:
        if step.name is None:
            break
        names.append(step.name)
    if len(names) < wanted:
        raise TerraformError("Invalid reference", _too_short(root), reference.span)
    return tuple(names) if root == "resource" else (root, *names)


def steps_of_head(reference: Reference) -> int:
    """How many steps of the reference its head takes up."""
    if reference.root == "self":
        return 0
    return 2 if reference.root in _THREE_WORDS else 1


def _too_short(root: str) -> str:
    if root in _TWO_WORDS:
        return (
            f'The "{root}" object cannot be accessed directly. Instead, access one of its '
            "attributes."
        )
    if root == "data":
        return (
            'The "data" object must be followed by two attribute names: the data source type and '
            "the resource name."
        )
    if root in _THREE_WORDS:
        return f'The "{root}" object must be followed by two attribute names: a type and a name.'
    return (
        "A reference to a resource type must be followed by at least one attribute access, "
        "specifying the resource name."
    )
