"""The evaluator as a candidate for the conformance vectors (see `vectors/README.md`).

    python tests/terraform/vectors/score.py -- python tests/terraform/vector_candidate.py

One JSON request a line on standard input, one answer a line on standard output.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from auditor.terraform import cty, number
from auditor.terraform.configuration import Configuration, evaluate_root
from auditor.terraform.cty import UnknownVal, Value
from auditor.terraform.module_instance import ModuleInstance
from auditor.terraform.settings import Options
from auditor.terraform.types import NUMBER

Answer = dict[str, Any]


class Number(float):
    """A number that JSON writes with all its digits."""

    def __new__(cls, text: str) -> Number:
        made = float.__new__(cls, 0)
        made.text = text  # type: ignore[attr-defined]
        return made

    def __repr__(self) -> str:
        return str(self.text)  # type: ignore[attr-defined]


def as_json(value: Value) -> Any:
    v = value.v
    if isinstance(v, UnknownVal):
        return {"__unknown__": True}
    if isinstance(v, dict):
        return {key: as_json(item) for key, item in v.items()}
    if isinstance(v, list):
        return [as_json(item) for item in v]
    if value.ty is NUMBER and v is not None:
        return Number(number.text(v))
    return v


def sensitive_paths(value: Value, path: tuple[str | int, ...] = ()) -> list[list[str | int]]:
    if value.marks & cty.SENSITIVE:
        return [list(path)]
    v = value.v
    items = v.items() if isinstance(v, dict) else enumerate(v) if isinstance(v, list) else ()
    return [found for key, item in items for found in sensitive_paths(item, (*path, key))]


def dumps(answer: Answer) -> str:
    """As JSON, numbers with all their digits (the plain encoder would shorten floats)."""
    if isinstance(answer, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{dumps(v)}" for k, v in answer.items()) + "}"
    if isinstance(answer, list):
        return "[" + ",".join(dumps(item) for item in answer) + "]"
    return repr(answer) if isinstance(answer, Number) else json.dumps(answer)


def refusal(found: Configuration) -> str | None:
    """Why Terraform would refuse: a problem, or a variable that nobody set."""
    if found.refused:
        return str(found.refused[0])
    unset = [v.name for v in found.variables.values() if v.required and not v.is_set]
    return f"No value for required variable: {unset[0]}" if unset else None


def expression(request: Answer, folder: Path) -> Answer:
    for old in folder.iterdir():
        old.unlink()
    text = f"{request.get('context') or ''}\nlocals {{\n  vector_ = {request['expr']}\n}}\n"
    (folder / "main.tf").write_text(
        text + 'resource "terraform_data" "vector_" {\n  input = local.vector_\n}\n'
    )
    found = evaluate_root(folder)
    why = refusal(found)
    if why is not None or found.root is None:
        return {"error": why or "nothing was evaluated"}
    value = found.root.groups["terraform_data.vector_"].instances[0].block.attrs["input"]
    answer: Answer = {"value": as_json(value), "sensitive": sensitive_paths(value)}
    if value.v is not None and not cty.has_unknown(value):
        answer["type"] = value.ty.json()
    return answer


def configuration(request: Answer) -> Answer:
    before = Path.cwd()
    os.chdir(request["dir"])
    try:
        found = evaluate_root(
            request["dir"],
            Options(
                root=request["dir"],
                var_files=request["var_files"],
                arguments=list(request["vars"].items()),
                environment=request["env"],
                workspace=request["workspace"],
            ),
        )
    finally:
        os.chdir(before)
    why = refusal(found)
    if why is not None or found.root is None:
        return {"error": why or "nothing was evaluated"}
    answer: Answer = {}
    add_resources(found.root, answer)
    answer["outputs"] = {
        output.name: {"value": as_json(output.raw), "sensitive": output.sensitive}
        for output in found.outputs.values()
    }
    return answer


def add_resources(module: ModuleInstance, answer: Answer) -> None:
    for group in module.groups.values():
        for instance in group.instances:
            attrs = instance.block.attrs
            given = attrs.get("input", cty.NULL)
            entry = {"value": as_json(given), "sensitive": sensitive_paths(given)}
            if "triggers_replace" in attrs:
                entry["triggers_replace"] = as_json(attrs["triggers_replace"])
            answer[instance.address] = entry
    for call in module.calls.values():
        for inner in call.instances.values():
            add_resources(inner, answer)


def answer(request: Answer, folder: Path) -> Answer:
    try:
        if request["op"] == "expr":
            return expression(request, folder)
        return configuration(request)
    except number.NumberError as wrong:  # a number that no plan can hold
        return {"error": str(wrong)}


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        for line in sys.stdin:
            print(dumps(answer(json.loads(line), Path(name))), flush=True)


if __name__ == "__main__":
    main()
