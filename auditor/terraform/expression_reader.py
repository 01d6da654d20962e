"""Expressions read, by recursive descent as HCL does.

Source: hcl 2.23 `hclsyntax/parser.go`.
"""

from __future__ import annotations

from typing import Final, NoReturn

from auditor.terraform import cty, number
from auditor.terraform import tokens as t
from auditor.terraform.cty import FALSE, NULL, TRUE, Value
from auditor.terraform.nodes import (
    Binary,
    Call,
    Conditional,
    Expr,
    For,
    Index,
    Item,
    Literal,
    ObjectCons,
    Parens,
    Reference,
    Relative,
    Splat,
    Step,
    TupleCons,
    Unary,
)
from auditor.terraform.template_reader import TemplateReader
from auditor.terraform.types import NUMBER

_PRECEDENCE: Final = {
    "||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4,
    "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}  # fmt: skip
_WORDS: Final = {"true": TRUE, "false": FALSE, "null": NULL}


class ExpressionReader(TemplateReader):
    """Reads expressions."""

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
        """A value that begins with a bracket, quote or heredoc."""
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

    def number(self, at: int) -> Value:
        """The value of a number token."""
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
        """`(expression)`."""
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
        """A function call, `::` in its name included."""
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
        """What stands between the parentheses of a call, and whether `...` follows the last."""
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
        """`[…]`, a tuple or a `for` expression."""
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
                    "There is no corresponding closing bracket before the end of the file. "
                    "This may "
                    "be caused by incorrect bracket nesting elsewhere in this file.",
                )
            elif kind != "]":
                self.refuse(
                    "Missing item separator",
                    "Expected a comma to mark the beginning of the next item.",
                )
        self.at += 1
        return TupleCons(self.source, start, self.ends[self.at - 1], items)

    def object_cons(self) -> Expr:
        """`{…}`, an object or a `for` expression."""
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
        """Raises `Refused` at the end of the file."""
        self.refuse(
            "Unterminated object constructor expression",
            "There is no corresponding closing brace before the end of the file. "
            "This may be caused "
            "by incorrect brace nesting elsewhere in this file.",
        )

    def for_expression(self, start: int, closer: str) -> Expr:
        """A `for` expression from its keyword on."""
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
        """Raises `Refused` in a `for` expression."""
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
        """A value with one more step."""
        if isinstance(base, Reference | Relative):
            base.steps.append(step)
            base.end = step.end
            return base
        found = Relative(self.source, base.start, step.end, base)
        found.steps.append(step)
        return found

    def dot(self, base: Expr) -> Expr:
        """`.name`, `.0` or `.*`."""
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
                "When using the legacy index syntax, chaining two indexes together is "
                "not permitted."
                f" Use the proper index syntax instead, like [{first}][{second}].",
                at + 1,
            )
        key = self.number(at + 1)
        return Step(self.source, self.starts[at], self.ends[at + 1], None, key)

    def attribute_splat(self, base: Expr) -> Expr:
        """`.*` and the names and indexes after it."""
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
        """`[key]` or `[*]`."""
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
        """`[*]` and all steps after it."""
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
