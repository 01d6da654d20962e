"""Terraform's language read: files, expressions and templates into syntax trees.

Both syntaxes give the same trees: `.tf` text and `.tf.json`. Whatever is wrong is a `Problem` with
its place, and what could be read besides it is kept.
"""

from __future__ import annotations

import gc

from auditor.terraform.cty import TerraformError
from auditor.terraform.nodes import (
    Attribute,
    Binary,
    Block,
    Body,
    Call,
    Conditional,
    Expr,
    File,
    For,
    Index,
    Invalid,
    Item,
    Join,
    Literal,
    ObjectCons,
    Parens,
    Problem,
    Reference,
    Relative,
    Splat,
    Step,
    Template,
    TemplateWrap,
    TupleCons,
    Unary,
)
from auditor.terraform.parser import parse_expression_text, parse_file, parse_template_text
from auditor.terraform.reader import Refused
from auditor.terraform.source import Source, Span

__all__ = [
    "Attribute",
    "Binary",
    "Block",
    "Body",
    "Call",
    "Conditional",
    "Expr",
    "File",
    "For",
    "Index",
    "Invalid",
    "Item",
    "Join",
    "Literal",
    "ObjectCons",
    "Parens",
    "Problem",
    "Reference",
    "Relative",
    "Source",
    "Span",
    "Splat",
    "Step",
    "Template",
    "TemplateWrap",
    "TupleCons",
    "Unary",
    "parse",
    "parse_expression",
    "parse_template",
]


def parse(data: bytes, filename: str) -> File:
    """The syntax tree of a file; `.json` names are read as JSON syntax. Never raises."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        return _undecodable(data, filename, wrong.start)
    source = Source(text, filename)
    # A syntax tree is a great many objects without cycles: collecting while it is built finds
    # nothing, and takes half the time.
    collects = gc.isenabled()
    gc.disable()
    try:
        if filename.endswith(".json"):
            from auditor.terraform.jsonsyntax import parse_json_file

            return parse_json_file(source)
        return parse_file(source)
    except RecursionError:
        return _unread(source, "Nested too deeply", "This file nests too deeply to be read.", 0)
    finally:
        if collects:
            gc.enable()


def _undecodable(data: bytes, filename: str, at: int) -> File:
    source = Source(data[:at].decode("utf-8-sig", "replace"), filename)
    return _unread(
        source,
        "Invalid character encoding",
        "All input files must be UTF-8 encoded. Ensure that UTF-8 encoding is selected in your "
        "editor.",
        len(source.text),
    )


def _unread(source: Source, summary: str, detail: str, at: int) -> File:
    problem = Problem(summary, detail, source.span(at, at), at)
    return File(source, Body(source, 0, len(source.text), {}, []), [problem], [])


def parse_expression(text: str, filename: str = "<expression>", line: int = 1) -> Expr:
    """The syntax tree of one expression; raises `TerraformError` with the place."""
    source = Source(text, filename, line)
    try:
        return parse_expression_text(source)
    except Refused as refused:
        raise refusal(source, refused) from None


def parse_template(text: str, filename: str = "<template>", line: int = 1) -> Expr:
    """The syntax tree of a bare template; raises `TerraformError` with the place."""
    source = Source(text, filename, line)
    try:
        return parse_template_text(source)
    except Refused as refused:
        raise refusal(source, refused) from None


def refusal(source: Source, refused: Refused) -> TerraformError:
    """The error for people that a parser's refusal is."""
    span = source.span(refused.start, refused.end)
    return TerraformError(refused.summary, refused.detail, span)
