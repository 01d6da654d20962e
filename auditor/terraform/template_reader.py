"""Templates read: text, sequences, and the directives matched up.

Source: hcl 2.23 `hclsyntax/parser_template.go`.
"""

from __future__ import annotations

from typing import NoReturn

from auditor.terraform import cty
from auditor.terraform import tokens as t
from auditor.terraform.literals import TRIMMED, heredoc_text
from auditor.terraform.nodes import Conditional, Expr, For, Join, Literal, Template, TemplateWrap
from auditor.terraform.reader import Reader, Refused


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


class TemplateReader(Reader):
    """Reads templates; the expressions inside them are read by `ExpressionReader`."""

    def expression(self) -> Expr:
        """One expression."""
        raise TypeError("an ExpressionReader reads expressions")

    def for_intro(self, what: str) -> tuple[tuple[str | None, str], Expr]:
        """`for k, v in collection`."""
        raise TypeError("an ExpressionReader reads expressions")

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
                if self.ends[at] - self.starts[at] == 3 and parts and kinds[at - 1] == t.LITERAL:
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
        """A piece of text, its escapes resolved and trimmed as `~` asks."""
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
        """Raises `Refused` at a directive without its counterpart."""
        raise Refused(
            f"Unexpected {part.kind} directive",
            "The control directives within this template are unbalanced.",
            part.start,
            part.end,
        )

    def if_directive(self, parts: list[_Part], position: int) -> tuple[Expr, int]:
        """`%{ if }` up to its `%{ endif }`."""
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
        """`%{ for }` up to its `%{ endfor }`."""
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
