"""From tokens to the syntax tree, by recursive descent as HCL itself does.

Every way to read a piece of text is Terraform's own, and so is every refusal, with its words. A
refused argument or block is noted, skipped, and the rest is read. Where brackets do not balance, the
file is read again piece by piece, each beginning where a line begins with a top-level word.

Source: hcl 2.23 `hclsyntax/parser.go`, `parser_template.go`.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from auditor.terraform import cty, number
from auditor.terraform import tokens as t
from auditor.terraform.cty import FALSE, NULL, TRUE, Value
from auditor.terraform.literals import TRIMMED, LiteralError, heredoc_text, quoted_text
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
from auditor.terraform.source import Source
from auditor.terraform.types import NUMBER

MOST_NESTED: Final = 120
"""Expressions and blocks nested deeper than this are refused."""

_PRECEDENCE: Final = {
    "||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4,
    "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}  # fmt: skip
_WORDS: Final = {"true": TRUE, "false": FALSE, "null": NULL}
_TOP_LEVEL = re.compile(
    r"^(?:resource|data|module|variable|output|locals|provider|terraform|moved|import|check|removed"
    r"|ephemeral)\b[^\n=]*\{",
    re.MULTILINE,
)


class Refused(Exception):  # noqa: N818 - how the parser leaves a piece of text
    """A syntax error, on its way to where parsing can go on."""

    def __init__(self, summary: str, detail: str, start: int, end: int) -> None:
        super().__init__(summary)
        self.summary = summary
        self.detail = detail
        self.start = start
        self.end = end


class Parser:
    """Reads one list of tokens; `at` is the index of the next."""

    def __init__(self, source: Source, tokens: t.Tokens) -> None:
        self.source = source
        self.text = source.text
        self.kinds, self.starts, self.ends, self.comments = tokens
        self.at = 0
        self.depth = 0
        self.problems: list[Problem] = []
        self.lost: int | None = None
        self.item = 0

    # -- refusals ----------------------------------------------------------------------------

    def refuse(self, summary: str, detail: str, at: int | None = None) -> NoReturn:
        """Raises `Refused` at the token of this index, by default the next; lexical errors win."""
        at = self.at if at is None else at
        kind = self.kinds[at]
        if kind == t.BAD:
            summary, detail = self.bad_character(at)
        elif kind == t.UNTERMINATED and self.starts[at] < len(self.text):
            summary, detail = (
                "Invalid multi-line string",
                "Quoted strings may not be split over multiple lines. To produce a multi-line "
                "string, either use the \\n escape to represent a newline character or use the "
                '"heredoc" multi-line template syntax.',
            )
        raise Refused(summary, detail, self.starts[at], self.ends[at])

    def bad_character(self, at: int) -> tuple[str, str]:
        char = self.text[self.starts[at] : self.ends[at]]
        if char in ("&", "|", "^", "~"):
            meant = {
                "&": ' Did you mean boolean AND ("&&")?',
                "|": ' Did you mean boolean OR ("||")?',
            }
            return "Unsupported operator", "Bitwise operators are not supported." + meant.get(
                char, ""
            )
        details = {
            "'": 'Single quotes are not valid. Use double quotes (") to enclose strings.',
            "`": 'The "`" character is not valid. To create a multi-line string, use the "heredoc" '
            'syntax, like "<<EOT".',
            ";": 'The ";" character is not valid. Use newlines to separate arguments and blocks, and '
            "commas to separate items in collection values.",
            "“": '"Curly quotes" are not valid here.',
            "”": '"Curly quotes" are not valid here.',
        }
        return "Invalid character", details.get(
            char, "This character is not used within the language."
        )

    def note(self, refused: Refused) -> Problem:
        span = self.source.span(refused.start, refused.end)
        problem = Problem(refused.summary, refused.detail, span, self.item)
        self.problems.append(problem)
        return problem

    def skip_newlines(self) -> None:
        while self.kinds[self.at] == t.NEWLINE:
            self.at += 1

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MOST_NESTED:
            self.refuse(
                "Nested too deeply", f"An audit reads at most {MOST_NESTED} levels of nesting."
            )

    # -- bodies ------------------------------------------------------------------------------

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
                f'The argument "{name}" was already set at {earlier}. Each argument may be set only '
                "once.",
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
        if kind == t.OPEN_QUOTE:
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
        self.deeper()
        kind = self.kinds[self.at]
        if kind in ("newline", "}", t.END):
            found = self.body("}", start)
        else:
            found = self.one_line_body(start)
        self.depth -= 1
        return found

    def one_line_body(self, start: int) -> Body:
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
                "A single-line block definition must end with a closing brace immediately after its "
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

    # -- expressions -------------------------------------------------------------------------

    def expression(self) -> Expr:
        """One expression, conditionals included."""
        condition = self.term()
        kind = self.kinds[self.at]
        if kind in _PRECEDENCE:
            condition = self.operations(condition, 1)
            kind = self.kinds[self.at]
        if kind != "?":
            return condition
        self.deeper()
        self.at += 1
        yes = self.expression()
        if self.kinds[self.at] != ":":
            self.refuse(
                "Missing false expression in conditional",
                "The conditional operator (...?...:...) requires a false expression, delimited by "
                "a colon.",
            )
        self.at += 1
        no = self.expression()
        self.depth -= 1
        return Conditional(self.source, condition.start, no.end, condition, yes, no)

    def operations(self, left: Expr, level: int) -> Expr:
        """Binary operations on `left` whose operators bind at least as strongly as `level`."""
        kinds = self.kinds
        while True:
            operator = kinds[self.at]
            precedence = _PRECEDENCE.get(operator, 0)
            if precedence < level:
                return left
            self.at += 1
            right = self.term()
            if _PRECEDENCE.get(kinds[self.at], 0) > precedence:
                right = self.operations(right, precedence + 1)
            left = Binary(self.source, left.start, right.end, operator, left, right)

    def term(self) -> Expr:
        """A value with the steps that follow it."""
        at = self.at
        kind = self.kinds[at]
        start, end = self.starts[at], self.ends[at]
        found: Expr
        if kind == "id":
            following = self.kinds[at + 1]
            if following == "(" or following == "::":
                found = self.call()
            else:
                self.at = at + 1
                name = self.text[start:end]
                value = _WORDS.get(name)
                if value is None:
                    found = Reference(self.source, start, end, name)
                else:
                    found = Literal(self.source, start, end, value)
        elif kind == "string":
            found = Literal(self.source, start, end, cty.string(self.quoted(at)))
            self.at = at + 1
        elif kind == "number":
            found = Literal(self.source, start, end, self.number(at))
            self.at = at + 1
        elif kind == "-" or kind == "!":
            self.deeper()
            self.at = at + 1
            operand = self.term()
            self.depth -= 1
            return Unary(self.source, start, operand.end, kind, operand)
        else:
            found = self.compound(kind)
        if self.kinds[self.at] in (".", "["):
            return self.steps(found)
        return found

    def compound(self, kind: str) -> Expr:
        self.deeper()
        if kind == "[":
            found = self.tuple_cons()
        elif kind == "{":
            found = self.object_cons()
        elif kind == "(":
            found = self.parens()
        elif kind in (t.OPEN_QUOTE, t.OPEN_HEREDOC):
            found = self.template()
        elif kind == t.END:
            self.refuse(
                "Missing expression",
                "Expected the start of an expression, but found the end of the file.",
            )
        else:
            self.refuse(
                "Invalid expression",
                "Expected the start of an expression, but found an invalid expression token.",
            )
        self.depth -= 1
        return found

    def quoted(self, at: int) -> str:
        start, end = self.starts[at] + 1, self.ends[at] - 1
        raw = self.text[start:end]
        if "\\" not in raw:
            return raw
        return self.unescaped(raw, start)

    def unescaped(self, raw: str, start: int) -> str:
        try:
            return quoted_text(raw)
        except LiteralError as wrong:
            raise Refused(
                "Invalid escape sequence", str(wrong), start + wrong.start, start + wrong.end
            ) from wrong

    def number(self, at: int) -> Value:
        text = self.text[self.starts[at] : self.ends[at]]
        try:
            return Value(
                NUMBER, int(text) if len(text) < 100 and text.isdigit() else number.parse(text)
            )
        except number.NumberError:
            self.refuse(
                "Invalid number literal",
                "Failed to recognize the value of this number literal.",
                at,
            )

    def parens(self) -> Expr:
        start = self.starts[self.at]
        self.at += 1
        inner = self.expression()
        if self.kinds[self.at] != ")":
            self.refuse(
                "Unbalanced parentheses",
                "Expected a closing parenthesis to terminate the expression.",
            )
        self.at += 1
        return Parens(self.source, start, self.ends[self.at - 1], inner)

    def call(self) -> Expr:
        start = self.starts[self.at]
        name = self.text[start : self.ends[self.at]]
        self.at += 1
        while self.kinds[self.at] == "::":
            if self.kinds[self.at + 1] != "id":
                self.at += 1
                self.refuse(
                    "Missing function name",
                    "Function scope resolution symbol :: must be followed by a function name in "
                    "this scope.",
                )
            name += "::" + self.text[self.starts[self.at + 1] : self.ends[self.at + 1]]
            self.at += 2
        name_end = self.ends[self.at - 1]
        if self.kinds[self.at] != "(":
            self.refuse(
                "Missing open parenthesis",
                "Function selector must be followed by an open parenthesis to begin the function "
                "call.",
            )
        self.deeper()
        self.at += 1
        args, expand = self.arguments()
        self.depth -= 1
        end = self.ends[self.at - 1]
        return Call(self.source, start, end, name, name_end, args, expand)

    def arguments(self) -> tuple[list[Expr], bool]:
        args: list[Expr] = []
        kinds = self.kinds
        while kinds[self.at] != ")":
            args.append(self.expression())
            kind = kinds[self.at]
            if kind == ",":
                self.at += 1
            elif kind == "...":
                if kinds[self.at + 1] != ")":
                    self.refuse(
                        "Missing closing parenthesis",
                        "An expanded function argument (with ...) must be immediately followed by "
                        "closing parentheses.",
                    )
                self.at += 2
                return args, True
            elif kind == t.END:
                self.refuse(
                    "Unterminated function call",
                    "There is no closing parenthesis for this function call before the end of the "
                    "file. This may be caused by incorrect parenthesis nesting elsewhere in this "
                    "file.",
                )
            elif kind != ")":
                self.refuse(
                    "Missing argument separator",
                    "A comma is required to separate each function argument from the next.",
                )
        self.at += 1
        return args, False

    def tuple_cons(self) -> Expr:
        start = self.starts[self.at]
        self.at += 1
        kinds = self.kinds
        if kinds[self.at] == "id" and self.word() == "for":
            return self.for_expression(start, "]")
        items: list[Expr] = []
        while kinds[self.at] != "]":
            items.append(self.expression())
            kind = kinds[self.at]
            if kind == ",":
                self.at += 1
            elif kind == t.END:
                self.refuse(
                    "Unterminated tuple constructor expression",
                    "There is no corresponding closing bracket before the end of the file. This may "
                    "be caused by incorrect bracket nesting elsewhere in this file.",
                )
            elif kind != "]":
                self.refuse(
                    "Missing item separator",
                    "Expected a comma to mark the beginning of the next item.",
                )
        self.at += 1
        return TupleCons(self.source, start, self.ends[self.at - 1], items)

    def word(self) -> str:
        return self.text[self.starts[self.at] : self.ends[self.at]]

    def object_cons(self) -> Expr:
        start = self.starts[self.at]
        self.at += 1
        kinds = self.kinds
        ahead = self.at
        while kinds[ahead] == "newline":
            ahead += 1
        if kinds[ahead] == "id" and self.text[self.starts[ahead] : self.ends[ahead]] == "for":
            self.at = ahead
            return self.for_expression(start, "}")
        items: list[tuple[Expr, Expr]] = []
        while True:
            kind = kinds[self.at]
            if kind == "newline":
                self.at += 1
                continue
            if kind == "}":
                break
            key = self.object_key()
            self.at += 1
            items.append((key, self.expression()))
            kind = kinds[self.at]
            if kind in (",", "newline"):
                self.at += 1
            elif kind == t.END:
                self.unterminated_object()
            elif kind != "}":
                self.refuse(
                    "Missing attribute separator",
                    "Expected a newline or comma to mark the beginning of the next attribute.",
                )
        self.at += 1
        return ObjectCons(self.source, start, self.ends[self.at - 1], items)

    def object_key(self) -> Expr:
        """The key of an object's attribute; the next token is then `=` or `:`."""
        at = self.at
        kind = self.kinds[at]
        following = self.kinds[at + 1]
        if kind == "id" and following in ("=", ":"):
            self.at = at + 1
            start, end = self.starts[at], self.ends[at]
            return Literal(self.source, start, end, cty.string(self.text[start:end]))
        key = self.expression()
        following = self.kinds[self.at]
        if following not in ("=", ":"):
            if following == t.END:
                self.unterminated_object()
            if following in ("newline", ","):
                self.refuse(
                    "Missing attribute value",
                    'Expected an attribute value, introduced by an equals sign ("=").',
                )
            self.refuse(
                "Missing key/value separator",
                'Expected an equals sign ("=") to mark the beginning of the attribute value.',
            )
        return key

    def unterminated_object(self) -> NoReturn:
        self.refuse(
            "Unterminated object constructor expression",
            "There is no corresponding closing brace before the end of the file. This may be caused "
            "by incorrect brace nesting elsewhere in this file.",
        )

    def for_expression(self, start: int, closer: str) -> Expr:
        names, collection = self.for_intro("expression")
        if self.kinds[self.at] != ":":
            self.bad_for("For expression requires a colon after the collection expression.")
        self.at += 1
        key: Expr | None = None
        value = self.expression()
        if self.kinds[self.at] == "=>":
            self.at += 1
            key, value = value, self.expression()
        group = self.kinds[self.at] == "..."
        if group:
            self.at += 1
        condition: Expr | None = None
        if self.kinds[self.at] == "id" and self.word() == "if":
            self.at += 1
            condition = self.expression()
        if self.kinds[self.at] != closer:
            self.bad_for("Extra characters after the end of the 'for' expression.")
        self.at += 1
        if closer == "]" and key is not None:
            self.bad_for("Key expression is not valid when building a tuple.")
        if closer == "]" and group:
            self.bad_for("Grouping ellipsis (...) cannot be used when building a tuple.")
        if closer == "}" and key is None:
            self.bad_for("Key expression is required when building an object.")
        end = self.ends[self.at - 1]
        return For(self.source, start, end, names, collection, key, value, condition, group)

    def bad_for(self, detail: str) -> NoReturn:
        self.refuse("Invalid 'for' expression", detail)

    def for_intro(self, what: str) -> tuple[tuple[str | None, str], Expr]:
        """`for k, v in collection`, of an expression or a template's directive."""
        self.at += 1
        summary = f"Invalid 'for' {what}"
        if self.kinds[self.at] != "id":
            self.refuse(summary, f"For {what} requires variable name after 'for'.")
        key_name: str | None = None
        value_name = self.word()
        self.at += 1
        if self.kinds[self.at] == ",":
            self.at += 1
            if self.kinds[self.at] != "id":
                self.refuse(summary, f"For {what} requires value variable name after comma.")
            key_name, value_name = value_name, self.word()
            self.at += 1
        if self.kinds[self.at] != "id" or self.word() != "in":
            self.refuse(
                summary, f"For {what} requires the 'in' keyword after its name declarations."
            )
        self.at += 1
        return (key_name, value_name), self.expression()

    # -- steps -------------------------------------------------------------------------------

    def steps(self, base: Expr) -> Expr:
        """`.name`, `[key]`, `[*]` and `.*` after a value."""
        kinds = self.kinds
        while True:
            kind = kinds[self.at]
            if kind == ".":
                base = self.dot(base)
            elif kind == "[":
                base = self.bracket(base)
            else:
                return base

    def stepped(self, base: Expr, step: Step) -> Expr:
        if isinstance(base, Reference | Relative):
            base.steps.append(step)
            base.end = step.end
            return base
        found = Relative(self.source, base.start, step.end, base)
        found.steps.append(step)
        return found

    def dot(self, base: Expr) -> Expr:
        at = self.at
        start = self.starts[at]
        kind = self.kinds[at + 1]
        end = self.ends[at + 1]
        if kind == "id":
            self.at = at + 2
            name = self.text[self.starts[at + 1] : end]
            return self.stepped(base, Step(self.source, start, end, name, None))
        if kind == "number":
            return self.stepped(base, self.legacy_index())
        if kind == "*":
            return self.attribute_splat(base)
        self.at = at + 1
        self.refuse("Invalid attribute name", "An attribute name is required after a dot.")

    def legacy_index(self) -> Step:
        """`.0`, the old way to write `[0]`."""
        at = self.at
        self.at = at + 2
        text = self.text[self.starts[at + 1] : self.ends[at + 1]]
        if "." in text:
            first, _, second = text.partition(".")
            self.refuse(
                "Invalid legacy index syntax",
                "When using the legacy index syntax, chaining two indexes together is not permitted."
                f" Use the proper index syntax instead, like [{first}][{second}].",
                at + 1,
            )
        key = self.number(at + 1)
        return Step(self.source, self.starts[at], self.ends[at + 1], None, key)

    def attribute_splat(self, base: Expr) -> Expr:
        start, end = self.starts[self.at], self.ends[self.at + 1]
        self.at += 2
        item = Item(self.source, start, end)
        each: Expr = item
        while self.kinds[self.at] == ".":
            kind = self.kinds[self.at + 1]
            if kind == "number":
                each = self.stepped(each, self.legacy_index())
            elif kind == "id":
                each = self.dot(each)
            else:
                self.at += 1
                if kind == "*":
                    self.refuse(
                        "Nested splat expression not allowed",
                        "A splat expression (*) cannot be used inside another attribute-only splat "
                        "expression.",
                    )
                self.refuse("Invalid attribute name", "An attribute name is required after a dot.")
        return Splat(self.source, base.start, each.end, base, each, item)

    def bracket(self, base: Expr) -> Expr:
        at = self.at
        if self.kinds[at + 1] == "*":
            return self.full_splat(base)
        self.deeper()
        self.at = at + 1
        key = self.expression()
        self.depth -= 1
        if self.kinds[self.at] != "]":
            self.refuse(
                "Missing close bracket on index",
                'The index operator must end with a closing bracket ("]").',
            )
        end = self.ends[self.at]
        self.at += 1
        if isinstance(key, Literal):
            return self.stepped(base, Step(self.source, self.starts[at], end, None, key.value))
        return Index(self.source, base.start, end, base, key)

    def full_splat(self, base: Expr) -> Expr:
        at = self.at
        if self.kinds[at + 2] != "]":
            self.at = at + 2
            self.refuse(
                "Missing close bracket on splat index",
                "The star for a full splat operator must be immediately followed by a closing "
                'bracket ("]").',
            )
        self.deeper()
        self.at = at + 3
        item = Item(self.source, self.starts[at], self.ends[at + 2])
        each = self.steps(item)
        self.depth -= 1
        return Splat(self.source, base.start, each.end, base, each, item)

    # -- templates ---------------------------------------------------------------------------

    def template(self) -> Expr:
        """A quoted template or heredoc."""
        at = self.at
        start = self.starts[at]
        self.at = at + 1
        if self.kinds[at] == t.OPEN_QUOTE:
            parts = self.template_parts(t.CLOSE_QUOTE, flush=False)
        else:
            flush = self.text.startswith("<<-", start)
            parts = self.template_parts(t.CLOSE_HEREDOC, flush=flush)
        return self.template_of(parts, start, self.ends[self.at - 1])

    def template_of(self, parts: list[_Part], start: int, end: int) -> Expr:
        """The template of these parts; one interpolation alone keeps its type."""
        if len(parts) == 1:
            only = parts[0]
            if only.kind == "text":
                return Literal(self.source, start, end, cty.string(only.text))
            if only.kind == "expr" and only.expr is not None:
                return TemplateWrap(self.source, start, end, only.expr)
        if not parts:
            return Literal(self.source, start, end, cty.string(""))
        exprs, used = self.directives(parts, 0, None)
        assert used == len(parts)
        return Template(self.source, start, end, exprs)

    def template_parts(self, closer: str, *, flush: bool) -> list[_Part]:
        """Text, sequences and directives up to `closer`, which is read."""
        kinds = self.kinds
        parts: list[_Part] = []
        trim_next = False
        while True:
            at = self.at
            kind = kinds[at]
            if kind == closer:
                self.at += 1
                break
            trim, trim_next = trim_next, False
            if kind == t.LITERAL:
                self.at += 1
                parts.append(self.literal_part(at, closer, trim))
            elif kind in (t.INTERPOLATION, t.DIRECTIVE):
                if self.ends[at] - self.starts[at] == 3 and parts and parts[-1].kind == "text":
                    if kinds[at - 1] == t.LITERAL:
                        parts[-1].text = parts[-1].text.rstrip(TRIMMED)
                self.at += 1
                parts.append(self.sequence(kind, at))
                trim_next = self.text[self.starts[self.at - 1]] == "~"
            else:
                self.refuse(
                    "Unterminated template string", "No closing marker was found for the string."
                )
        if flush:
            _flush(parts)
        return _melded(parts)

    def literal_part(self, at: int, closer: str, trim: bool) -> _Part:
        start, end = self.starts[at], self.ends[at]
        raw = self.text[start:end]
        if closer == t.CLOSE_QUOTE:
            text = self.unescaped(raw, start) if "\\" in raw or "{" in raw else raw
        else:
            text = heredoc_text(raw)
        if trim:
            text = text.lstrip(TRIMMED)
        return _Part("text", start, end, text=text)

    def sequence(self, kind: str, opened: int) -> _Part:
        """`${ expr }` or a directive, its end included."""
        start = self.starts[opened]
        if kind == t.INTERPOLATION:
            expr = self.expression()
            if self.kinds[self.at] != t.END_SEQUENCE:
                self.refuse(
                    "Extra characters after interpolation expression",
                    "Expected a closing brace to end the interpolation expression, but found extra "
                    "characters.",
                )
            self.at += 1
            return _Part("expr", start, self.ends[self.at - 1], expr=expr)
        if self.kinds[self.at] != "id":
            self.refuse(
                "Invalid template directive",
                'A template directive keyword ("if", "for", etc) is expected at the beginning of a '
                "%{ sequence.",
            )
        word = self.word()
        part = _Part(word, start, start)
        if word == "if":
            self.at += 1
            part.expr = self.expression()
        elif word == "for":
            part.names, part.expr = self.for_intro("directive")
        elif word in ("else", "endif", "endfor"):
            self.at += 1
        else:
            self.refuse(
                "Invalid template control keyword",
                f'"{word}" is not a valid template control keyword.',
            )
        if self.kinds[self.at] != t.END_SEQUENCE:
            self.refuse(
                f"Extra characters in {word} marker",
                "Expected a closing brace to end the sequence, but found extra characters.",
            )
        part.end = self.ends[self.at]
        self.at += 1
        return part

    def directives(
        self, parts: list[_Part], position: int, opener: _Part | None
    ) -> tuple[list[Expr], int]:
        """Expressions of parts, up to the directive that closes `opener` (not read)."""
        self.deeper()
        found: list[Expr] = []
        while position < len(parts):
            part = parts[position]
            if part.kind == "text":
                found.append(Literal(self.source, part.start, part.end, cty.string(part.text)))
                position += 1
            elif part.kind == "expr":
                assert part.expr is not None
                found.append(part.expr)
                position += 1
            elif part.kind == "if":
                expr, position = self.if_directive(parts, position)
                found.append(expr)
            elif part.kind == "for":
                expr, position = self.for_directive(parts, position)
                found.append(expr)
            else:
                if opener is None:
                    self.unbalanced(part)
                break
        self.depth -= 1
        if opener is not None and position == len(parts):
            raise Refused(
                "Unexpected end of template",
                f"The {opener.kind} directive at {self.source.span(opener.start, opener.end)} is "
                f"missing its corresponding end{opener.kind} directive.",
                opener.start,
                opener.end,
            )
        return found, position

    def unbalanced(self, part: _Part) -> NoReturn:
        raise Refused(
            f"Unexpected {part.kind} directive",
            "The control directives within this template are unbalanced.",
            part.start,
            part.end,
        )

    def if_directive(self, parts: list[_Part], position: int) -> tuple[Expr, int]:
        opener = parts[position]
        yes, position = self.directives(parts, position + 1, opener)
        no: list[Expr] = []
        if parts[position].kind == "else":
            no, position = self.directives(parts, position + 1, opener)
        closer = parts[position]
        if closer.kind != "endif":
            self.unbalanced(closer)
        assert opener.expr is not None
        expr = Conditional(
            self.source,
            opener.start,
            closer.end,
            opener.expr,
            self.piece(yes, opener.end),
            self.piece(no, closer.start),
        )
        return expr, position + 1

    def for_directive(self, parts: list[_Part], position: int) -> tuple[Expr, int]:
        opener = parts[position]
        content, position = self.directives(parts, position + 1, opener)
        closer = parts[position]
        if closer.kind != "endfor":
            self.unbalanced(closer)
        assert opener.expr is not None
        assert opener.names is not None
        loop = For(
            self.source,
            opener.start,
            closer.end,
            opener.names,
            opener.expr,
            None,
            self.piece(content, opener.end),
        )
        return Join(self.source, opener.start, closer.end, loop), position + 1

    def piece(self, exprs: list[Expr], place: int) -> Expr:
        """The template inside a directive."""
        if not exprs:
            exprs = [Literal(self.source, place, place, cty.string(""))]
        return Template(self.source, exprs[0].start, exprs[-1].end, exprs)


class _Part:
    """One piece of a template before directives are matched up.

    kind: text, expr, or the directive's word. Only what the kind needs is set.
    """

    __slots__ = ("end", "expr", "kind", "names", "start", "text")

    def __init__(
        self, kind: str, start: int, end: int, *, text: str = "", expr: Expr | None = None
    ) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.text = text
        self.expr = expr
        self.names: tuple[str | None, str] | None = None


def _flush(parts: list[_Part]) -> None:
    """Takes the common indentation off the lines of a `<<-` heredoc."""
    least: int | None = None
    adjust: list[_Part] = []
    at_line_start = True
    for part in parts:
        if at_line_start:
            spaces: int | None = 0
            if part.kind == "text":
                rest = part.text.lstrip(TRIMMED)
                if not rest and part.text.endswith("\n"):
                    spaces = None
                else:
                    spaces = len(part.text) - len(rest)
                    adjust.append(part)
            if spaces is not None and (least is None or spaces < least):
                least = spaces
        at_line_start = part.kind == "text" and part.text.endswith("\n")
    for part in adjust:
        part.text = part.text[least or 0 :]


def _melded(parts: list[_Part]) -> list[_Part]:
    """Neighbouring texts made one."""
    found: list[_Part] = []
    for part in parts:
        if part.kind == "text" and found and found[-1].kind == "text":
            found[-1].text += part.text
            found[-1].end = part.end
        else:
            found.append(part)
    return found


_OPENERS: Final = frozenset(
    {"(", "[", "{", t.OPEN_QUOTE, t.OPEN_HEREDOC, t.INTERPOLATION, t.DIRECTIVE}
)
_CLOSERS: Final = frozenset({")", "]", "}", t.CLOSE_QUOTE, t.CLOSE_HEREDOC, t.END_SEQUENCE})


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
