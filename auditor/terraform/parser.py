"""From tokens to the syntax tree of a file.

Every way to read a piece of text is Terraform's own, and so is every refusal, with its words. A
refused argument or block is noted, skipped, and the rest is read. Where brackets do not balance,
reading starts again where the next line begins with a top-level word.

Source: hcl 2.23 `hclsyntax/parser.go`.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from auditor.terraform import tokens as t
from auditor.terraform.expression_reader import ExpressionReader
from auditor.terraform.nodes import Attribute, Block, Body, Expr, File, Invalid, Problem
from auditor.terraform.reader import Refused
from auditor.terraform.source import Source

_TOP_LEVEL = re.compile(
    r"^(?:resource|data|module|variable|output|locals|provider|terraform|moved|import|check|removed"
    r"|ephemeral)\b[^\n=]*\{",
    re.MULTILINE,
)
_OPENERS: Final = frozenset(
    {"(", "[", "{", t.OPEN_QUOTE, t.OPEN_HEREDOC, t.INTERPOLATION, t.DIRECTIVE}
)
_CLOSERS: Final = frozenset({")", "]", "}", t.CLOSE_QUOTE, t.CLOSE_HEREDOC, t.END_SEQUENCE})

_DOUBLED_LABEL: Final = [t.LITERAL, t.CLOSE_QUOTE]
"""What follows the quote of a label that is no plain string token, for a `$${` in it."""


class Parser(ExpressionReader):
    """Reads arguments and blocks."""

    def body(self, closer: str, start: int) -> Body:
        """Arguments and blocks up to `closer`, which is read."""
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        kinds, depth = self.kinds, self.depth
        while True:
            kind = kinds[self.at]
            if kind == "newline":
                self.at += 1
                continue
            if kind == closer:
                end = self.ends[self.at]
                self.at += 1
                break
            if kind == t.END:
                refused = Refused(
                    "Unclosed configuration block",
                    "There is no closing brace for this block before the end of the file. This may "
                    "be caused by incorrect brace nesting elsewhere in this file.",
                    start,
                    start + 1,
                )
                self.item = start
                self.note(refused)
                self.lose(start)
                end = self.ends[self.at]
                break
            begun = self.at
            self.item = self.starts[begun]
            try:
                self.body_item(attributes, blocks)
            except Refused as refused:
                self.depth = depth
                self.recover(self.note(refused), begun, attributes)
        return Body(self.source, start, end, attributes, blocks)

    def body_item(self, attributes: dict[str, Attribute], blocks: list[Block]) -> None:
        """One argument or block."""
        at = self.at
        kinds = self.kinds
        if kinds[at] != "id":
            if kinds[at] in (t.STRING, t.OPEN_QUOTE):
                self.refuse("Invalid argument name", "Argument names must not be quoted.")
            self.refuse(
                "Argument or block definition required",
                "An argument or block definition is required here.",
            )
        following = kinds[at + 1]
        if following == "=":
            self.attribute(attributes)
        elif following in (t.STRING, t.OPEN_QUOTE, "{", "id"):
            blocks.append(self.block())
        else:
            self.refuse(
                "Argument or block definition required",
                "An argument or block definition is required here. To set an argument, use the "
                'equals sign "=" to introduce the argument value.',
            )

    def attribute(self, attributes: dict[str, Attribute], *, one_line: bool = False) -> None:
        """`name = expression`, and the newline after it."""
        at = self.at
        start, name_end = self.starts[at], self.ends[at]
        name = self.text[start:name_end]
        self.at = at + 2
        expr = self.expression()
        end = self.ends[self.at - 1]
        found = Attribute(self.source, start, end, name, name_end, expr)
        if name in attributes:
            earlier = attributes[name].name_span
            refused = Refused(
                "Attribute redefined",
                f'The argument "{name}" was already set at {earlier}. Each argument may be set '
                "only once.",
                start,
                name_end,
            )
            self.note(refused)
        else:
            attributes[name] = found
        if one_line:
            return
        kind = self.kinds[self.at]
        if kind == "newline":
            self.at += 1
        elif kind == ",":
            self.refuse(
                "Unexpected comma after argument",
                "Argument definitions must be separated by newlines, not commas. An argument "
                "definition must end with a newline.",
            )
        elif kind != t.END:
            self.refuse(
                "Missing newline after argument", "An argument definition must end with a newline."
            )

    def block(self) -> Block:
        """`type "label" {`, a body, and the newline after it."""
        at = self.at
        start = self.starts[at]
        type_ = self.text[start : self.ends[at]]
        labels: list[str] = []
        places: list[tuple[int, int]] = []
        self.at = at = at + 1
        while True:
            kind = self.kinds[at]
            if kind == "{":
                break
            if kind == t.STRING:
                labels.append(self.quoted(at))
            elif kind == t.OPEN_QUOTE and self.kinds[at + 1 : at + 3] == _DOUBLED_LABEL:
                raw = self.text[self.starts[at + 1] : self.ends[at + 1]]
                labels.append(self.unescaped(raw, self.starts[at + 1]))
                places.append((self.starts[at], self.ends[at + 2]))
                self.at = at = at + 3
                continue
            elif kind == "id":
                labels.append(self.text[self.starts[at] : self.ends[at]])
            else:
                self.refuse_header(kind)
            places.append((self.starts[at], self.ends[at]))
            self.at = at = at + 1
        header_end = self.ends[at - 1]
        self.at = at + 1
        body = self.block_body(self.starts[at])
        end = self.ends[self.at - 1]
        kind = self.kinds[self.at]
        if kind == "newline":
            self.at += 1
        elif kind != t.END:
            refused = Refused(
                "Missing newline after block definition",
                "A block definition must end with a newline.",
                self.starts[self.at],
                self.ends[self.at],
            )
            self.note(refused)
        return Block(self.source, start, end, type_, labels, places, header_end, body)

    def refuse_header(self, kind: str) -> NoReturn:
        """Raises `Refused` for what cannot stand before the brace of a block."""
        if kind == t.OPEN_QUOTE:
            if self.kinds[self.at + 1] == t.LITERAL:
                self.at += 1
            if self.kinds[self.at + 1] == t.UNTERMINATED:
                self.at += 1
            self.refuse(
                "Invalid string literal", "Template sequences are not allowed in this string."
            )
        detail = 'Either a quoted string block label or an opening brace ("{") is expected here.'
        if kind == "=":
            detail = (
                'The equals sign "=" indicates an argument definition, and must not be used when '
                "defining a block."
            )
        elif kind == "newline":
            detail = (
                'A block definition must have block content delimited by "{" and "}", starting on '
                "the same line as the block header."
            )
        self.refuse("Invalid block definition", detail)

    def block_body(self, start: int) -> Body:
        """What stands between the braces of a block, the closing one included."""
        self.deeper()
        kind = self.kinds[self.at]
        if kind in ("newline", "}", t.END):
            found = self.body("}", start)
        else:
            found = self.one_line_body(start)
        self.depth -= 1
        return found

    def one_line_body(self, start: int) -> Body:
        """`{ name = expression }`."""
        attributes: dict[str, Attribute] = {}
        at = self.at
        if self.kinds[at] != "id" or self.kinds[at + 1] != "=":
            self.refuse(
                "Argument definition required",
                "A single-line block definition can contain only a single argument. To define a "
                "nested block, place it on a line of its own within its parent block.",
            )
        self.attribute(attributes, one_line=True)
        if self.kinds[self.at] != "}":
            self.refuse(
                "Invalid single-argument block definition",
                "A single-line block definition must end with a closing brace "
                "immediately after its "
                "single argument definition.",
            )
        self.at += 1
        return Body(self.source, start, self.ends[self.at - 1], attributes, [])

    def recover(self, problem: Problem, begun: int, attributes: dict[str, Attribute]) -> None:
        """After a refused argument or block: skips to the line after it, keeps the argument."""
        kinds = self.kinds
        if kinds[begun] == "id" and kinds[begun + 1] == "=":
            start, name_end = self.starts[begun], self.ends[begun]
            name = self.text[start:name_end]
            end = self.ends[max(self.at, begun + 1)]
            expr = Invalid(self.source, self.starts[begun + 1], end, problem)
            attributes.setdefault(name, Attribute(self.source, start, end, name, name_end, expr))
        self.at = begun
        nested = 0
        while kinds[self.at] != t.END:
            kind = kinds[self.at]
            if kind in _OPENERS:
                nested += 1
            elif kind in _CLOSERS:
                if not nested and kind == "}" and self.depth:
                    return
                nested = max(0, nested - 1)
            elif kind == "newline" and not nested:
                self.at += 1
                return
            self.at += 1
        self.lose(self.starts[begun])

    def lose(self, start: int) -> None:
        """Notes that everything after this offset may have been misread."""
        if self.lost is None or start < self.lost:
            self.lost = start


MOST_RESTARTS: Final = 25


def parse_file(source: Source) -> File:
    """A whole configuration file."""
    text = source.text
    whole = Body(source, 0, len(text), {}, [])
    problems: list[Problem] = []
    comments: list[tuple[int, int]] = []
    position, restarts = 0, 0
    while True:
        parser = Parser(source, t.scan(text, position))
        body = parser.body(t.END, position)
        restart = None
        if parser.lost is not None and restarts < MOST_RESTARTS:
            restart = _TOP_LEVEL.search(text, parser.lost + 1)
        limit = restart.start() if restart else len(text) + 1
        _keep_before(body, limit)
        for name, attribute in body.attributes.items():
            whole.attributes.setdefault(name, attribute)
        whole.blocks.extend(body.blocks)
        problems += [found for found in parser.problems if found.offset < limit]
        comments += [place for place in parser.comments if place[0] < limit]
        if restart is None:
            return File(source, whole, problems, comments)
        position, restarts = limit, restarts + 1


def _keep_before(body: Body, limit: int) -> None:
    """Drops what an unclosed block took in from the text after `limit`."""
    while body.attributes and next(reversed(body.attributes.values())).start >= limit:
        body.attributes.popitem()
    while body.blocks and body.blocks[-1].start >= limit:
        body.blocks.pop()
    if body.blocks and body.blocks[-1].end > limit:
        _keep_before(body.blocks[-1].body, limit)
        body.blocks[-1].end = limit


def parse_template_text(source: Source) -> Expr:
    """A bare template: the text of a `templatefile` file or of a JSON string."""
    parser = Parser(source, t.scan_template(source.text))
    parts = parser.template_parts(t.END, flush=False)
    return parser.template_of(parts, 0, len(source.text))


def parse_expression_text(source: Source) -> Expr:
    """Text that is one expression and nothing else, newlines around it allowed."""
    parser = Parser(source, t.scan(source.text))
    parser.skip_newlines()
    found = parser.expression()
    parser.skip_newlines()
    if parser.kinds[parser.at] != t.END:
        parser.refuse(
            "Extra characters after expression",
            "An expression was successfully parsed, but extra characters were found after it.",
        )
    return found
