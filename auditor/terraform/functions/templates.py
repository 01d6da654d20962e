"""`templatefile` and `templatestring`.

Source: Terraform 1.11 `lang/funcs/filesystem.go` (MakeTemplateFileFunc), `lang/funcs/render.go`,
`lang/funcs/string.go` (MakeTemplateStringFunc).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from auditor.terraform import cty
from auditor.terraform.convert import ConversionError, convert
from auditor.terraform.cty import TerraformError, UnknownVal, Value
from auditor.terraform.function import Context, Function, Parameter
from auditor.terraform.functions import FILE_READERS, TEMPLATE_READERS
from auditor.terraform.functions.arguments import refuse, text_of
from auditor.terraform.functions.filesystem import read_text
from auditor.terraform.nodes import Expr
from auditor.terraform.types import DYNAMIC, STRING, Map, Object, Type


def _any(_args: Sequence[Value]) -> Type:
    return DYNAMIC


def _render(text: str, name: str, given: Value, context: Context, caller: str) -> Value:
    from auditor.terraform.expressions import evaluate_template, references
    from auditor.terraform.syntax import parse_template

    variables = _variables(given)
    try:
        template: Expr = parse_template(text, name)
    except TerraformError as wrong:
        refuse(f"{wrong.range}: {wrong.summary}; {wrong.detail}" if wrong.range else wrong.detail)
    for reference in references(template):
        if reference.root not in variables:
            refuse(
                f'vars map does not contain key "{reference.root}", referenced at '
                f"{reference.source.span(reference.start, reference.end)}",
                1,
            )
    functions = _Without(context.functions, caller)
    try:
        result = evaluate_template(template, variables, functions, context)
    except TerraformError as wrong:
        refuse(f"{wrong.range}: {wrong.summary}; {wrong.detail}" if wrong.range else wrong.detail)
    if result.v is None:
        refuse(f"the result of the template is null, which is not a valid result for {caller}")
    return result


class _Without(Mapping[str, Function]):
    """The functions that a template may call: none that evaluate templates.

    From text that is no file of the configuration, none that read files either.
    """

    def __init__(self, all_of_them: Mapping[str, Function], caller: str) -> None:
        self._all = all_of_them
        self._caller = caller

    def __getitem__(self, name: str) -> Function:
        plain = name.removeprefix("core::")
        if plain in TEMPLATE_READERS:
            return _refused(name, f"cannot recursively call {plain} from inside a template")
        if plain in FILE_READERS and self._caller == "templatestring":
            return _refused(name, f"cannot use {plain}, which reads files, in a templatestring")
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


def _refused(name: str, why: str) -> Function:
    def implementation(_args: list[Value], _context: Context) -> Value:
        refuse(why)

    anything = Parameter("args", DYNAMIC, allow_null=True, allow_unknown=True, allow_dynamic=True)
    return Function(name, (), _any, implementation, variadic=anything)


def _variables(given: Value) -> Mapping[str, Value]:
    if not isinstance(given.ty, Object | Map):
        refuse("invalid vars value: must be a map", 1)
    variables: dict[str, Value] = {}
    for name, value in given.v.items():
        if not _is_identifier(name):
            refuse(
                f'invalid template variable name "{name}": must start with a letter, followed by '
                "zero or more letters, digits, and underscores",
                1,
            )
        variables[name] = cty.mark(value, given.marks)
    return variables


def _is_identifier(name: str) -> bool:
    rest = name.replace("_", "").replace("-", "")
    return name[:1].isalpha() and (not rest or rest.isalnum())


def _templatefile(args: list[Value], context: Context) -> Value:
    path = text_of(args[0])
    return _render(read_text(context, path), path, args[1], context, "templatefile")


def _templatestring(args: list[Value], context: Context) -> Value:
    template = args[0]
    if template.v.__class__ is UnknownVal:
        return cty.unknown(STRING, template)
    if template.ty is not STRING or template.v is None:
        refuse("invalid template value: a string is required", 0)
    text = text_of(template)
    result = _render(text, "<templatestring argument>", args[1], context, "templatestring")
    try:
        return convert(result, STRING)
    except ConversionError as wrong:
        refuse(f"invalid template result: {wrong}")


_VARS: Final = Parameter("vars", DYNAMIC)

FUNCTIONS: Final[Mapping[str, Function]] = {
    "templatefile": Function(
        "templatefile", (Parameter("path", STRING), _VARS), _any, _templatefile, not_null=False
    ),
    "templatestring": Function(
        "templatestring",
        (
            Parameter("template", DYNAMIC, allow_null=True, allow_unknown=True, allow_dynamic=True),
            _VARS,
        ),
        STRING,
        _templatestring,
    ),
}
