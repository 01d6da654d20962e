"""Functions that providers bring: `provider::aws::arn_build` and the like.

What a provider computes is not known without it, so a call of an unknown one is unknown, with the
cause. The three of the AWS provider that take ARNs apart and build them are computed.

Source: AWS provider 5.100, documentation of its functions; `arn` of the AWS SDK for Go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from auditor.terraform import cty
from auditor.terraform.cty import Value
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions import holes
from auditor.terraform.functions.arguments import refuse, text_of
from auditor.terraform.functions.holes import Piece
from auditor.terraform.types import DYNAMIC, STRING, Object

_SECTIONS: Final = ("partition", "service", "region", "account_id", "resource")
_ARN: Final = Parameter("arn", STRING)


def find(name: str) -> Function:
    """The function of a full name such as `provider::aws::arn_parse`."""
    return FUNCTIONS.get(name) or _of_a_provider(name)


def _of_a_provider(name: str) -> Function:
    def run(args: list[Value], _context: Context) -> Value:
        return cty.unknown(DYNAMIC, *args, because=f"{name}() is computed by its provider")

    anything = Parameter(
        "args", DYNAMIC, allow_null=True, allow_unknown=True, allow_marked=True, allow_dynamic=True
    )
    return Function(name, (), DYNAMIC, run, variadic=anything, not_null=False)


def _sections(arn: str) -> list[str]:
    if not arn.startswith("arn:"):
        refuse("arn: invalid prefix", 0)
    sections = arn.split(":", 5)
    if len(sections) != 6:
        refuse("arn: not enough sections", 0)
    return sections[1:]


def _arn_parse(args: list[Value], _context: Context) -> Value:
    sections = _sections(text_of(args[0]))
    return cty.object_(dict(zip(_SECTIONS, map(cty.string, sections), strict=True)))


def _arn_parse_partial(args: list[Value]) -> Mapping[str, Any]:
    """The sections that end before the first unknown piece."""
    first = holes.pieces(args[0])[0]
    if not isinstance(first, str) or not first.startswith("arn:"):
        return {}
    whole = first.split(":", 5)[1:-1]
    entries = {name: cty.string(text) for name, text in zip(_SECTIONS, whole, strict=False)}
    return {"entries": entries} if entries else {}


def _arn_build(args: list[Value], _context: Context) -> Value:
    return cty.string(":".join(("arn", *map(text_of, args))))


def _arn_build_partial(args: list[Value]) -> Mapping[str, Any]:
    parts: list[Piece] = ["arn"]
    for arg in args:
        parts += [":", *holes.pieces(arg)]
    return holes.known(parts)


def _trim_iam_role_path(args: list[Value], _context: Context) -> Value:
    arn = text_of(args[0])
    sections = _sections(arn)
    resource = sections[-1]
    if sections[1] != "iam" or not resource.startswith("role/"):
        refuse("expected the ARN of an IAM role", 0)
    return cty.string(arn.removesuffix(resource) + "role/" + resource.rpartition("/")[2])


_PARSED: Final = Object(dict.fromkeys(_SECTIONS, STRING))

FUNCTIONS: Final = {
    f"provider::aws::{function.name}": function
    for function in (
        Function("arn_parse", (_ARN,), _PARSED, _arn_parse, partial=_arn_parse_partial),
        Function(
            "arn_build",
            tuple(Parameter(name, STRING) for name in _SECTIONS),
            STRING,
            _arn_build,
            partial=_arn_build_partial,
        ),
        Function("trim_iam_role_path", (_ARN,), STRING, _trim_iam_role_path),
    )
}
