"""Calls of built-in functions as configurations write them, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from auditor.terraform import cty
from auditor.terraform.cty import SENSITIVE, TerraformError, Value
from auditor.terraform.expressions import evaluate
from auditor.terraform.files import Files
from auditor.terraform.function import Budget
from auditor.terraform.functions import Builtins
from auditor.terraform.plain import to_plain
from auditor.terraform.scope import Scope
from auditor.terraform.syntax import parse_expression
from auditor.terraform.types import BOOL, DYNAMIC, STRING, List, Map, Type
from auditor.values import Ref, Unknown


def unset(name: str, type_: Type = DYNAMIC) -> Value:
    return cty.unknown(type_, refs=(Ref(f"var.{name}"),), exact=True)


VARIABLES = {
    "x": unset("x", STRING),
    "cidrs": unset("cidrs", List(STRING)),
    "tags": unset("tags", Map(STRING)),
    "anything": unset("anything"),
    "flag": unset("flag", BOOL),
    "secret": cty.mark(cty.string("hunter2"), SENSITIVE),
    "template": cty.string("Hello, ${name}!"),
    "reads_a_file": cty.string('${file("secret.txt")}'),
    "nests": cty.string("${templatestring(name, {})}"),
}


def value_of(text: str, folder: Path | None = None, budget: Budget | None = None) -> Value:
    files = Files(folder, folder) if folder is not None else None
    scope = Scope(functions=Builtins(), variables=VARIABLES, files=files, budget=budget)
    return evaluate(parse_expression(text), scope)


def result(text: str, folder: Path | None = None) -> Any:
    """What a call comes to, as a plain tree."""
    return to_plain(value_of(text, folder))


def refusal(text: str, folder: Path | None = None) -> str:
    """Why a call is refused."""
    with pytest.raises(TerraformError) as caught:
        value_of(text, folder)
    return caught.value.detail


def pieces(text: str) -> list[str]:
    """The pieces of a string with holes: its text, and `<var.x>` for each hole."""
    found = result(text)
    assert isinstance(found, Unknown)
    assert found.parts is not None
    return [part if isinstance(part, str) else f"<{part.reason}>" for part in found.parts]
