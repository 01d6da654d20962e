"""Where a part of a document stands that an argument holds as text: a statement of a policy.

`jsonencode` is walked into like any expression. This module finds a line of a heredoc or of a file,
and the `statement` block of an `aws_iam_policy_document`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.resource import Location
from auditor.terraform import cty
from auditor.terraform.cty import TerraformError
from auditor.terraform.declaring import location
from auditor.terraform.expressions import evaluate
from auditor.terraform.files import FileRefusedError
from auditor.terraform.nodes import Call, Expr, Literal, Node, Reference, Template
from auditor.terraform.scope import Scope
from auditor.values import Path, Within

if TYPE_CHECKING:
    from auditor.terraform.instances import ResourceInstance
    from auditor.terraform.module_instance import ModuleInstance

_ARGUMENTS = {
    "Sid": "sid",
    "Effect": "effect",
    "Action": "actions",
    "NotAction": "not_actions",
    "Resource": "resources",
    "NotResource": "not_resources",
    "Principal": "principals",
    "NotPrincipal": "not_principals",
    "Condition": "condition",
}
"""Elements of a statement and what they are called in `aws_iam_policy_document`."""

_SOURCES = ("aws_iam_policy_document", "template_file")
_MERGED = ("source_policy_documents", "override_policy_documents", "source_json", "override_json")


def text_place(node: Node, line: int, scope: Scope) -> Location | None:
    """The place of a line of the text that a node stands for; None where it is no such text.

    line: from 0. Text of quotes or of what cannot be counted has one place, the node's own.
    """
    if isinstance(node, Call) and node.name in ("file", "templatefile") and node.args:
        return _in_file(node, line, scope)
    if isinstance(node, Literal | Template) and node.text.startswith("<<"):
        at = _line_of(node, line, scope)
        within = at is not None and at < node.span.end_line
        return Location(node.span.file, at) if at is not None and within else None
    return None


def _line_of(node: Literal | Template, line: int, scope: Scope) -> int | None:
    """The line of the file that a line of a heredoc stands on."""
    first = node.span.line + 1
    if isinstance(node, Literal):
        return first + line
    moved = 0
    """Lines that the text has and the file has not: those of values put in."""
    passed = 0
    for part in node.parts:
        text = _text(part, scope)
        if text is None:
            continue
        breaks = text.count("\n")
        if passed + breaks >= line and (breaks or passed == line):
            return first + line - moved if isinstance(part, Literal) else part.span.line
        passed += breaks
        if not isinstance(part, Literal):
            moved += breaks - part.text.count("\n")
    return None


def _text(part: Expr, scope: Scope) -> str | None:
    try:
        value = cty.unmark(evaluate(part, scope))[0]
    except (TerraformError, AssertionError):
        return None
    return value.v if isinstance(value.v, str) else None


def _in_file(call: Call, line: int, scope: Scope) -> Location | None:
    name = _text(call.args[0], scope)
    if name is None or scope.files is None:
        return None
    try:
        return Location(str(scope.files.resolve(name)), line + 1)
    except FileRefusedError:
        return None


def document_source(module: ModuleInstance, ref: Reference) -> ResourceInstance | None:
    """The data source that a reference to a document names: `data.aws_iam_policy_document.x`."""
    names = [step.name for step in ref.steps[:2]]
    if len(names) < 2 or names[0] not in _SOURCES or names[1] is None:
        return None
    group = module.groups.get(f"data.{names[0]}.{names[1]}")
    if group is None:
        return None
    key = ref.steps[2].key.v if len(ref.steps) > 2 and ref.steps[2].key is not None else None
    return next((each for each in group.instances if each.key == key), None)


def statement_path(document: ResourceInstance, within: Within) -> Path:
    """The path in the data source of the statement that a place in its document came from.

    `()` where it is not one of its own, or cannot be told from those of other documents.
    """
    blocks = document.block.blocks.get("statement")
    index = within.path[1] if len(within.path) > 1 else None
    if blocks is None or not isinstance(index, int):
        return ()
    if any(name in document.block.attrs for name in _MERGED):
        named = [
            number
            for number, (block, _) in enumerate(blocks.items)
            if within.name and "sid" in block.attrs and block.attrs["sid"].v == within.name
        ]
        if len(named) != 1:
            return ()
        index = named[0]
    elif index >= len(blocks.items) or blocks.open is not None:
        return ()
    element = within.path[2] if len(within.path) > 2 else None
    argument = _ARGUMENTS.get(str(element))
    return ("statement", index, argument) if argument else ("statement", index)


def header(instance: ResourceInstance) -> Location | None:
    """The place of the block that an instance is of."""
    return location(instance.group.declared.block.header_span)
